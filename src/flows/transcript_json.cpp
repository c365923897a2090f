#include "flows/transcript_json.hpp"

#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cstdlib>

namespace agent::flows::transcript {
namespace {

constexpr std::array<std::string_view, 4> roles{"system", "user", "assistant", "tool"};

std::string hidden(std::string_view text, const Redact& redact) { return redact ? redact(text) : std::string(text); }

json strings_redacted(const json& value, const Redact& redact) {
  if (const auto* text = value.get_ptr<const std::string*>()) return hidden(*text, redact);
  if (value.is_array()) {
    json list = json::array();
    for (const json& one : value) list.push_back(strings_redacted(one, redact));
    return list;
  }
  if (!value.is_object()) return value;
  json object = json::object();
  for (const auto& [key, one] : value.items()) object[hidden(key, redact)] = strings_redacted(one, redact);
  return object;
}

json of(const llm::ToolCall& call, const Redact& redact) {
  return {{"id", hidden(call.id, redact)},
          {"name", hidden(call.name, redact)},
          {"arguments", redacted(call.arguments, redact)}};
}

Result<llm::ToolCall> call_of(const json& value) {
  llm::ToolCall call;
  Fields fields(value);
  TRY(fields.take("id", call.id).take("name", call.name).done());
  if (const json* arguments = fields.find("arguments")) call.arguments = *arguments;
  return call;
}

Result<llm::Message> message_of(const json& value) {
  llm::Message message;
  std::string role;
  Fields fields(value);
  TRY(fields.take("role", role)
          .take("text", message.text)
          .take("tool_call_id", message.tool_call_id)
          .take("failed", message.failed)
          .done());
  const auto known = std::ranges::find(roles, role);
  if (known == roles.end()) return std::unexpected(fields.wrong("role").done().error());
  message.role = static_cast<llm::Role>(known - roles.begin());
  if (const json* calls = fields.find("tool_calls"); calls != nullptr && calls->is_array())
    for (const json& call : *calls) message.tool_calls.push_back(TRY(call_of(call)));
  if (const json* carried = fields.find("carried")) message.carried = *carried;
  return message;
}

}  // namespace

std::string digest(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

std::string line_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json redacted(const json& value, const Redact& redact) {
  if (!redact || value.is_null()) return value;
  json labelled = json::parse(redact(value.dump(1, ' ', false, json::error_handler_t::replace)), nullptr, false);
  return strings_redacted(labelled.is_discarded() || labelled.type() != value.type() ? value : labelled, redact);
}

json of(const llm::Message& message, const Redact& redact) {
  json calls = json::array();
  for (const llm::ToolCall& call : message.tool_calls) calls.push_back(of(call, redact));
  return {{"role", roles.at(static_cast<std::size_t>(message.role))},
          {"text", hidden(message.text, redact)},
          {"tool_calls", std::move(calls)},
          {"tool_call_id", hidden(message.tool_call_id, redact)},
          {"failed", message.failed}};
}

json of(const Usage& usage) {
  return {{"model", usage.model},
          {"calls", usage.calls},
          {"tool_calls", usage.tool_calls},
          {"input_tokens", usage.input_tokens},
          {"cached_tokens", usage.cached_tokens},
          {"output_tokens", usage.output_tokens},
          {"cost_usd", usage.cost_usd}};
}

json of(const Error& error, const Redact& redact) {
  return {{"kind", traits(error.kind).name},
          {"what", hidden(error.what, redact)},
          {"where", hidden(error.where, redact)},
          {"fix", hidden(error.fix, redact)}};
}

json of(const llm::ModelAnswer& answer, const Redact& redact) {
  json message = of(answer.message, redact);
  message["carried"] = redacted(answer.message.carried, redact);
  return {{"message", std::move(message)}, {"reasoning", hidden(answer.reasoning, redact)},
          {"usage", of(answer.usage)},     {"cut_off", answer.cut_off},
          {"repairs", answer.repairs},     {"took_ms", answer.took.count()}};
}

json of(const llm::ModelFailure& failure, const Redact& redact) {
  return {{"error", of(failure.error, redact)}, {"too_long", failure.too_long}, {"usage", of(failure.usage)}};
}

json of(const loop::Prompts& prompts) {
  return {{"system", prompts.system},
          {"examples", prompts.examples},
          {"last_turn", prompts.last_turn},
          {"mend", prompts.mend},
          {"nudge", prompts.nudge}};
}

json of(const loop::LibrarySource& source) {
  return {{"id", source.id}, {"lines", source.lines}, {"bytes", source.bytes}, {"kept_from", source.kept_from}};
}

const json* Fields::find(const char* key) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

Fields& Fields::wrong(const char* key) {
  if (wrong_.empty()) wrong_ = fmt::format("'{}' is missing or wrong", key);
  return *this;
}

Fields& Fields::take(const char* key, std::string& out) {
  const json* value = find(key);
  if (value == nullptr) return *this;
  if (!value->is_string()) return wrong(key);
  out = value->get_ref<const std::string&>();
  return *this;
}

void Fields::take_number(const char* key, std::int64_t& out) {
  const json* value = find(key);
  if (value == nullptr) return;
  const bool fits = value->is_number_integer() &&
                    (!value->is_number_unsigned() || std::in_range<std::int64_t>(value->get<std::uint64_t>())) &&
                    std::abs(value->get<std::int64_t>() / 2) <= most_of_a_number / 2;
  if (fits)
    out = value->get<std::int64_t>();
  else
    wrong(key);
}

Fields& Fields::take(const char* key, bool& out) {
  const json* value = find(key);
  if (value == nullptr) return *this;
  if (!value->is_boolean()) return wrong(key);
  out = value->get<bool>();
  return *this;
}

Fields& Fields::take(const char* key, double& out) {
  const json* value = find(key);
  if (value == nullptr) return *this;
  if (!value->is_number()) return wrong(key);
  out = value->get<double>();
  return *this;
}

Fields& Fields::take(const char* key, std::vector<std::string>& out) {
  const json* value = find(key);
  if (value == nullptr) return *this;
  if (!value->is_array()) return wrong(key);
  for (const json& one : *value) {
    if (!one.is_string()) return wrong(key);
    out.push_back(one.get_ref<const std::string&>());
  }
  return *this;
}

Result<void> Fields::done() const {
  if (wrong_.empty()) return {};
  return fail(ErrorKind::unreadable, wrong_);
}

Result<Usage> usage_of(const json& value) {
  constexpr std::int64_t most_tokens = 1'000'000'000'000;
  constexpr int most_calls = 1000;  // Of one turn.
  Usage usage;
  Fields fields(value);
  TRY(fields.take("model", usage.model)
          .take("calls", usage.calls)
          .take("tool_calls", usage.tool_calls)
          .take("input_tokens", usage.input_tokens)
          .take("cached_tokens", usage.cached_tokens)
          .take("output_tokens", usage.output_tokens)
          .take("cost_usd", usage.cost_usd)
          .done());
  for (const int calls : {usage.calls, usage.tool_calls})
    if (calls < 0 || calls > most_calls) fields.wrong("calls");
  for (const std::int64_t tokens : {usage.input_tokens, usage.cached_tokens, usage.output_tokens})
    if (tokens < 0 || tokens > most_tokens) fields.wrong("tokens");
  TRY(fields.done());
  return usage;
}

Result<Error> error_of(const json& value) {
  Error error;
  std::string kind;
  TRY(Fields(value)
          .take("kind", kind)
          .take("what", error.what)
          .take("where", error.where)
          .take("fix", error.fix)
          .done());
  for (int i = 0; i <= static_cast<int>(ErrorKind::bug); ++i)
    if (traits(static_cast<ErrorKind>(i)).name == kind) error.kind = static_cast<ErrorKind>(i);
  return error;
}

Result<llm::ModelAnswer> answer_of(const json& value) {
  llm::ModelAnswer answer;
  std::int64_t took = 0;
  Fields fields(value);
  TRY(fields.take("reasoning", answer.reasoning)
          .take("cut_off", answer.cut_off)
          .take("repairs", answer.repairs)
          .take("took_ms", took)
          .done());
  answer.took = std::chrono::milliseconds(took);
  const json *message = fields.find("message"), *usage = fields.find("usage");
  if (message == nullptr) return std::unexpected(fields.wrong("message").done().error());
  answer.message = TRY(message_of(*message));
  if (usage != nullptr) answer.usage = TRY(usage_of(*usage));
  return answer;
}

Result<llm::ModelFailure> failure_of(const json& value) {
  llm::ModelFailure failure;
  Fields fields(value);
  TRY(fields.take("too_long", failure.too_long).done());
  const json *error = fields.find("error"), *usage = fields.find("usage");
  if (error == nullptr) return std::unexpected(fields.wrong("error").done().error());
  failure.error = TRY(error_of(*error));
  if (usage != nullptr) failure.usage = TRY(usage_of(*usage));
  return failure;
}

Result<loop::Prompts> prompts_of(const json& value) {
  loop::Prompts prompts;
  TRY(Fields(value)
          .take("system", prompts.system)
          .take("examples", prompts.examples)
          .take("last_turn", prompts.last_turn)
          .take("mend", prompts.mend)
          .take("nudge", prompts.nudge)
          .done());
  return prompts;
}

Result<loop::LibrarySource> source_of(const json& value) {
  loop::LibrarySource source;
  TRY(Fields(value)
          .take("id", source.id)
          .take("lines", source.lines)
          .take("bytes", source.bytes)
          .take("kept_from", source.kept_from)
          .done());
  return source;
}

std::optional<tools::ToolStatus> status_named(std::string_view name) {
  using tools::ToolStatus;
  for (const ToolStatus status : {ToolStatus::ok, ToolStatus::error, ToolStatus::denied, ToolStatus::timeout})
    if (tools::name(status) == name) return status;
  return std::nullopt;
}

}  // namespace agent::flows::transcript
