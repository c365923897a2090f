#include "mcp/message.hpp"

#include "base/json_limits.hpp"

namespace agent::mcp {
namespace {

constexpr auto replace = Json::error_handler_t::replace;

std::unexpected<Error> no_rpc(const std::string& why) {
  return fail(ErrorKind::unreadable, "what came is no JSON-RPC 2.0: " + why, "",
              "check that the address is that of an MCP server");
}

std::optional<RpcError> error_of(const Json& value) {
  const Json& code = value_at(value, "code");
  RpcError error{.code = rpc::internal_error, .message = text_at(value, "message"), .data = value_at(value, "data")};
  if (code.is_number_integer()) {
    const auto number = code.get<std::int64_t>();
    error.code = number >= INT32_MIN && number <= INT32_MAX ? static_cast<int>(number) : rpc::internal_error;
  }
  return error;
}

Result<Message> message_of(Json&& value) {
  if (!value.is_object()) return no_rpc("a message is no object");
  if (text_at(value, "jsonrpc") != "2.0") return no_rpc("a message has no 'jsonrpc' 2.0");
  Message message;
  if (const auto id = value.find("id"); id != value.end()) {
    if (!id->is_string() && !id->is_number() && !id->is_null()) return no_rpc("an id is neither text nor number");
    message.id = std::move(*id);
  }
  message.method = text_at(value, "method");
  if (!message.method.empty()) {
    if (const auto params = value.find("params"); params != value.end()) message.params = std::move(*params);
    return message;
  }
  if (const auto result = value.find("result"); result != value.end()) {
    message.result = std::move(*result);
    return message;
  }
  const Json& error = value_at(value, "error");
  if (!error.is_object()) return no_rpc("a message has neither method, result nor error");
  message.error = error_of(error);
  return message;
}

std::string line_of(const Json& message) { return message.dump(-1, ' ', false, replace); }

}  // namespace

Result<Json> parse_json_text(std::string_view text) {
  if (exceeds(text, {.depth = most_depth, .values = most_values})) {
    return fail(ErrorKind::unreadable, "what came is JSON nested deeper than " + std::to_string(most_depth) +
                                           " levels, or of more than " + std::to_string(most_values) + " values");
  }
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return fail(ErrorKind::unreadable, "what came is no JSON");
  return value;
}

Result<std::vector<Message>> parse_messages(std::string_view text) {
  Json value = TRY(parse_json_text(text));
  std::vector<Message> messages;
  if (!value.is_array()) {
    messages.push_back(TRY(message_of(std::move(value))));
    return messages;
  }
  if (value.empty()) return no_rpc("a batch is empty");
  for (Json& one : value) messages.push_back(TRY(message_of(std::move(one))));
  return messages;
}

std::string request_text(const Json& id, std::string_view method, const Json& params) {
  Json message{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}};
  if (!params.is_null()) message["params"] = params;
  return line_of(message);
}

std::string notification_text(std::string_view method, const Json& params) {
  Json message{{"jsonrpc", "2.0"}, {"method", method}};
  if (!params.is_null()) message["params"] = params;
  return line_of(message);
}

std::string result_text(const Json& id, const Json& result) {
  return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"result", result}});
}

std::string error_text(const Json& id, const RpcError& error) {
  Json told{{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) told["data"] = error.data;
  return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(told)}});
}

std::string text_at(const Json& object, std::string_view key) {
  const Json& value = value_at(object, key);
  return value.is_string() ? value.get_ref<const std::string&>() : std::string();
}

const Json& value_at(const Json& object, std::string_view key) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

}  // namespace agent::mcp
