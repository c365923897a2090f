#include "mcp/server.hpp"

#include "mcp/envelope.hpp"
#include "mcp/schema.hpp"
#include "mcp/server_wire.hpp"
#include "tools/tool_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::int64_t list_ttl_ms = 300'000;  ///< Of a list that does not change while we run.
constexpr int bad_request = 400, not_found = 404;

/// An object of capabilities with those that are wanted.
Json as_capabilities(const std::vector<std::string>& names) {
  Json all = Json::object();
  for (const auto& name : names) all[name] = Json::object();
  return all;
}

Json described(const ServedTool& tool) {
  Json told{{"name", tool.name}, {"description", tool.description}, {"inputSchema", tool.input_schema}};
  if (!tool.output_schema.is_null()) told["outputSchema"] = tool.output_schema;
  if (!tool.annotations.is_null()) told["annotations"] = tool.annotations;
  return told;
}

/// Why a tool is not called with such arguments; told to the model, which can do better.
std::optional<Json> why_unfit(const ServedTool& tool, const Json& arguments) {
  if (const auto unknown = tools::unknown_argument(tool.name, tool.input_schema, arguments); !unknown.empty())
    return text_result(unknown, true);
  const auto checked = check(tool.input_schema, arguments);
  if (checked.violations.empty()) return std::nullopt;
  std::string text = "invalid arguments of '" + tool.name + "':";
  for (const auto& [at, reason] : checked.violations) {
    text += (at.empty() ? " the arguments " : " '" + at + "' ") + reason + ";";
  }
  text.pop_back();
  return text_result(text, true);
}

/// Where a page begins. Nothing when the cursor is none of ours.
std::optional<std::size_t> page_start(const Json& params, std::size_t count) {
  const Json& cursor = value_at(params, "cursor");
  if (cursor.is_null()) return 0;
  const auto text = text_at(params, "cursor");
  std::size_t start = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), start);
  const bool is_ours = error == std::errc() && end == text.data() + text.size() && !text.empty() && start < count;
  return is_ours ? std::optional(start) : std::nullopt;
}

}  // namespace

/// A request and what is known of its sender.
struct ToolServer::Request {
  const Message& message;
  const Peer& peer;
  bool modern = false;

  [[nodiscard]] Reaction refuse(const RpcError& error, int status = 200) const {
    return {error_text(message.id, error), status};
  }
  [[nodiscard]] Reaction unknown_method() const {
    return refuse({.code = rpc::method_not_found, .message = "method not found", .data = {}}, modern ? not_found : 200);
  }
  [[nodiscard]] Reaction invalid(const std::string& why) const {
    return refuse({.code = rpc::invalid_params, .message = why, .data = {}});
  }
};

ToolServer::ToolServer(ServerIdentity identity, std::vector<ServedTool> tools)
    : identity_(std::move(identity)), tools_(std::move(tools)) {}

Reaction ToolServer::react(const Message& message, const Peer& peer) const {
  if (!message.is_request()) return {.status = 202};
  const Request request{message, peer, is_modern(message, peer.headers)};
  if (!message.params.is_null() && !message.params.is_object()) return request.invalid("'params' is no object");
  return request.modern ? react_modern(request) : react_legacy(request);
}

Reaction ToolServer::react_modern(const Request& request) const {
  if (const auto why = why_refused(request.message, request.peer.headers)) return request.refuse(*why, bad_request);
  const auto& method = request.message.method;
  if (method == "server/discover") return discover(request);
  if (method == "tools/list") return list_tools(request);
  return method == "tools/call" ? call_tool(request) : request.unknown_method();
}

Reaction ToolServer::react_legacy(const Request& request) const {
  const auto& method = request.message.method;
  if (method == "initialize") return initialize(request);
  if (method == "ping") return give(request, Json::object());
  if (method == "tools/list") return list_tools(request);
  return method == "tools/call" ? call_tool(request) : request.unknown_method();
}

/// A revision of this era that the client asks for, or else our newest.
Reaction ToolServer::initialize(const Request& request) const {
  const auto asked = text_at(request.message.params, "protocolVersion");
  Json result{{"protocolVersion", is_legacy_revision(asked) ? asked : std::string(legacy_revisions.front())},
              {"capabilities", {{"tools", Json::object()}}},
              {"serverInfo", {{"name", identity_.name}, {"version", identity_.version}}}};
  if (!identity_.instructions.empty()) result["instructions"] = identity_.instructions;
  return give(request, std::move(result));
}

Reaction ToolServer::discover(const Request& request) const {
  Json result{{"supportedVersions", served_revisions()},
              {"capabilities", {{"tools", Json::object()}}},
              {"ttlMs", list_ttl_ms},
              {"cacheScope", "private"}};
  if (!identity_.instructions.empty()) result["instructions"] = identity_.instructions;
  return give(request, std::move(result));
}

Reaction ToolServer::list_tools(const Request& request) const {
  const auto start = page_start(request.message.params, tools_.size());
  if (!start) return request.invalid("invalid cursor");
  const auto end = std::min(*start + identity_.page_size, tools_.size());
  Json result{{"tools", Json::array()}};
  for (auto at = *start; at < end; ++at) result["tools"].push_back(described(tools_[at]));
  if (end < tools_.size()) result["nextCursor"] = std::to_string(end);
  if (request.modern) result.update({{"ttlMs", list_ttl_ms}, {"cacheScope", "private"}});
  return give(request, std::move(result));
}

Reaction ToolServer::call_tool(const Request& request) const {
  const Json& params = request.message.params;
  const ServedTool* tool = find(text_at(params, "name"));
  if (tool == nullptr) return request.invalid("unknown tool");
  const Json& given = value_at(params, "arguments");
  const Json arguments = given.is_null() ? Json::object() : given;
  if (!arguments.is_object()) return request.invalid("'arguments' is no object");
  if (!request.modern) return run(request, *tool, arguments);

  const Json& able = value_at(value_at(params, "_meta"), meta::capabilities);
  if (std::ranges::any_of(tool->asks, [&](const std::string& name) { return !able.contains(name); })) {
    return request.refuse({.code = rpc::missing_capability,
                           .message = "missing required client capability",
                           .data = {{"requiredCapabilities", as_capabilities(tool->asks)}}},
                          bad_request);
  }
  if (request.peer.headers != nullptr) {
    const auto why = why_params_differ(tool->input_schema, arguments, *request.peer.headers);
    if (why) return request.refuse(*why, bad_request);
  }
  return run(request, *tool, arguments);
}

Reaction ToolServer::run(const Request& request, const ServedTool& tool, const Json& arguments) const {
  if (auto unfit = why_unfit(tool, arguments)) return give(request, *std::move(unfit));
  const Json token = value_at(value_at(request.message.params, "_meta"), "progressToken");
  ServedCall call{.arguments = arguments, .progress = {}, .stop = request.peer.stop};
  call.progress = [&](double progress, std::optional<double> total, const std::string& message) {
    if (token.is_null() || !request.peer.notify || call.stop.stop_requested()) return;
    Json told{{"progressToken", token}, {"progress", progress}};
    if (total) told["total"] = *total;
    if (!message.empty()) told["message"] = message;
    request.peer.notify(notification_text("notifications/progress", told));
  };
  Json result = tool.call(call);
  if (call.stop.stop_requested()) return {};
  return give(request, std::move(result));
}

Reaction ToolServer::give(const Request& request, Json result) const {
  if (request.modern) {
    result["resultType"] = "complete";
    result["_meta"][meta::server] = {{"name", identity_.name}, {"version", identity_.version}};
  } else if (const auto structured = result.find("structuredContent");
             structured != result.end() && !structured->is_object()) {
    result.erase(structured);  // only objects, before 2026-07-28
  }
  return {.text = result_text(request.message.id, result)};
}

const ServedTool* ToolServer::find(std::string_view name) const {
  const auto found = std::ranges::find(tools_, name, &ServedTool::name);
  return found == tools_.end() ? nullptr : &*found;
}

}  // namespace agent::mcp
