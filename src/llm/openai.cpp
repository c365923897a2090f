#include "llm/dialect.hpp"
#include "llm/openai_reader.hpp"
#include "llm/tools_in_text.hpp"

#include <algorithm>
#include <mutex>

// Chat completions: platform.openai.com/docs/api-reference/chat, and what others made of it.

namespace agent::llm {
namespace {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::system: return "system";
    case Role::user: return "user";
    case Role::assistant: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

Json call_json(const ToolCall& call, const Json& carried) {
  Json written{{"id", call.id},
               {"type", "function"},
               {"function", {{"name", call.name}, {"arguments", json_text(argument_object(call))}}}};
  if (const Json& extra = value_at(carried, call.id); !extra.is_null()) written["extra_content"] = extra;
  return written;
}

Json message_json(const Message& message, const Manner& manner) {
  Json written{{"role", name_of(message.role)}, {"content", message.text}};
  if (message.role == Role::tool) written["tool_call_id"] = message.tool_call_id;
  if (message.role != Role::assistant || message.tool_calls.empty()) return written;
  if (message.text.empty() && manner.null_content) written["content"] = nullptr;
  const Json& carried = value_at(message.carried, "openai");
  Json& calls = written["tool_calls"] = Json::array();
  for (const ToolCall& call : message.tool_calls) calls.push_back(call_json(call, carried));
  return written;
}

Json messages_of(const ModelRequest& request, const Manner& manner) {
  Json messages = Json::array();
  if (manner.tools)
    for (const Message& message : request.messages) messages.push_back(message_json(message, manner));
  else
    for (const Message& message : with_tools_in_text(request)) messages.push_back(message_json(message, manner));
  return messages;
}

Json tool_json(const ToolDescription& tool) {
  return {{"type", "function"},
          {"function", {{"name", tool.name}, {"description", tool.description}, {"parameters", tool.input_schema}}}};
}

std::string_view name_of(ToolChoice choice) {
  switch (choice) {
    case ToolChoice::automatic: return "auto";
    case ToolChoice::required: return "required";
    case ToolChoice::none: return "none";
  }
  return "auto";
}

bool same(const ToolDescription& one, const ToolDescription& other) {
  return one.name == other.name && one.description == other.description && one.input_schema == other.input_schema;
}

/// The tools as JSON. They are half of what is sent, and the same in nearly every turn of an investigation.
class ToolsText {
 public:
  [[nodiscard]] std::string text(const std::vector<ToolDescription>& tools) {
    const std::lock_guard lock(guard_);
    if (!text_.empty() && std::ranges::equal(tools, tools_, same)) return text_;
    Json list = Json::array();
    for (const ToolDescription& tool : tools) list.push_back(tool_json(tool));
    tools_ = tools;
    return text_ = json_text(list);
  }

 private:
  std::mutex guard_;
  std::vector<ToolDescription> tools_;
  std::string text_;
};

class OpenAI final : public Dialect {
 public:
  [[nodiscard]] std::string_view path() const override { return "/chat/completions"; }
  [[nodiscard]] std::vector<net::Header> headers() const override { return {}; }

  [[nodiscard]] std::string body(const ModelRequest& request, const Manner& manner) const override {
    Json body{{"model", manner.model}};
    body["messages"] = messages_of(request, manner);
    const bool has_tools = manner.tools && !request.tools.empty();
    if (has_tools) body["tool_choice"] = name_of(manner.tool_choice ? request.tool_choice : ToolChoice::automatic);
    body[manner.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] = manner.output_tokens(request);
    if (manner.temperature) body["temperature"] = *manner.temperature;
    if (manner.stream) body["stream"] = true;
    if (manner.stream && manner.stream_options) body["stream_options"] = {{"include_usage", true}};
    std::string text = json_text(body);
    if (has_tools) text.replace(text.size() - 1, 1, ",\"tools\":" + tools_.text(request.tools) + "}");
    return text;
  }

  [[nodiscard]] std::unique_ptr<AnswerReader> reader(const Manner& /*manner*/, OnText on_text) const override {
    return std::make_unique<OpenAIReader>(std::move(on_text));
  }

 private:
  mutable ToolsText tools_;
};

}  // namespace

std::unique_ptr<Dialect> openai_dialect() { return std::make_unique<OpenAI>(); }

int Manner::output_tokens(const ModelRequest& request) const {
  int tokens = request.max_output_tokens;
  if (output_tokens_wanted > 0)  // who asks for less than usual has no money or no room for more
    tokens = tokens < ModelRequest{}.max_output_tokens ? std::min(tokens, output_tokens_wanted) : output_tokens_wanted;
  return most_output_tokens > 0 ? std::min(tokens, most_output_tokens) : tokens;
}

Json argument_object(const ToolCall& call) {
  if (call.arguments.is_object()) return call.arguments;
  return call.arguments.is_null() ? Json::object() : Json{{"unreadable", call.arguments}};
}

}  // namespace agent::llm
