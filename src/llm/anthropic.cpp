#include "llm/anthropic_reader.hpp"
#include "llm/dialect.hpp"

#include <algorithm>
#include <utility>

// The messages API: platform.claude.com/docs/en/api/messages, version 2023-06-01.

namespace agent::llm {
namespace {

Json text_block(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

Json call_block(const ToolCall& call) {
  return {{"type", "tool_use"}, {"id", call.id}, {"name", call.name}, {"input", argument_object(call)}};
}

const ToolCall* call_of(const Message& message, const std::string& id) {
  for (const ToolCall& call : message.tool_calls)
    if (call.id == id) return &call;
  return nullptr;
}

/// What the model wrote, in its order, where thinking must come back as it was.
Json carried_blocks(const Message& message, const Json& carried) {
  Json blocks = Json::array();
  std::size_t calls = 0;
  for (const Json& block : carried) {
    const std::string type = text_at(block, "type");
    const ToolCall* call = type == "tool_use" ? call_of(message, text_at(block, "id")) : nullptr;
    if (call != nullptr) blocks.push_back(call_block(*call)), ++calls;
    if (type == "thinking" || type == "redacted_thinking") blocks.push_back(block);
    if (type == "text" && !message.text.empty()) blocks.push_back(text_block(text_at(block, "text")));
  }
  if (calls < message.tool_calls.size())
    for (const ToolCall& call : message.tool_calls)
      if (std::ranges::none_of(carried, [&call](const Json& block) { return text_at(block, "id") == call.id; }))
        blocks.push_back(call_block(call));
  return blocks;
}

Json blocks_of(const Message& message, const std::string& model) {
  Json blocks = Json::array();
  if (message.role == Role::tool) {
    Json result{{"type", "tool_result"}, {"tool_use_id", message.tool_call_id}};
    if (!message.text.empty()) result["content"] = message.text;
    if (message.failed) result["is_error"] = true;
    blocks.push_back(std::move(result));
    return blocks;
  }
  const Json& carried = value_at(message.carried, "anthropic");
  const Json& content = value_at(carried, "content");
  if (message.role == Role::assistant && content.is_array() && text_at(carried, "model") == model)
    return carried_blocks(message, content);
  if (!message.text.empty()) blocks.push_back(text_block(message.text));
  for (const ToolCall& call : message.tool_calls) blocks.push_back(call_block(call));
  return blocks;
}

/// From here back, the provider may keep what was sent (prompt caching; five minutes).
void mark_cached(Json& block) {
  const std::string type = text_at(block, "type");
  if (type != "thinking" && type != "redacted_thinking") block["cache_control"] = {{"type", "ephemeral"}};
}

/// Messages by turns: what tools answered and what the user says are one turn, results first.
Json turns_of(const ModelRequest& request, const std::string& model) {
  Json turns = Json::array();
  for (const Message& message : request.messages) {
    if (message.role == Role::system) continue;
    const char* role = message.role == Role::assistant ? "assistant" : "user";
    Json blocks = blocks_of(message, model);
    if (blocks.empty()) continue;
    if (turns.empty() || turns.back()["role"] != role) turns.push_back({{"role", role}, {"content", Json::array()}});
    Json& content = turns.back()["content"];
    for (Json& block : blocks) content.push_back(std::move(block));
  }
  if (!turns.empty()) mark_cached(turns.back()["content"].back());
  return turns;
}

Json system_of(const ModelRequest& request) {
  Json blocks = Json::array();
  for (const Message& message : request.messages)
    if (message.role == Role::system && !message.text.empty()) blocks.push_back(text_block(message.text));
  if (!blocks.empty()) mark_cached(blocks.back());
  return blocks;
}

Json tools_of(const ModelRequest& request) {
  Json tools = Json::array();
  for (const ToolDescription& tool : request.tools)
    tools.push_back({{"name", tool.name}, {"description", tool.description}, {"input_schema", tool.input_schema}});
  if (!tools.empty()) mark_cached(tools.back());
  return tools;
}

std::string_view name_of(ToolChoice choice) {
  switch (choice) {
    case ToolChoice::automatic: return "auto";
    case ToolChoice::required: return "any";
    case ToolChoice::none: return "none";
  }
  return "auto";
}

class Anthropic final : public Dialect {
 public:
  [[nodiscard]] std::string_view path() const override { return "/messages"; }
  [[nodiscard]] std::vector<net::Header> headers() const override { return {{"anthropic-version", "2023-06-01"}}; }

  [[nodiscard]] std::string body(const ModelRequest& request, const Manner& manner) const override {
    Json body{{"model", manner.model},
              {"max_tokens", manner.output_tokens(request)},
              {"messages", turns_of(request, manner.model)}};
    if (Json system = system_of(request); !system.empty()) body["system"] = std::move(system);
    if (Json tools = tools_of(request); !tools.empty()) {
      body["tools"] = std::move(tools);
      body["tool_choice"] = {{"type", name_of(manner.tool_choice ? request.tool_choice : ToolChoice::automatic)}};
    }
    if (manner.temperature) body["temperature"] = *manner.temperature;
    if (manner.stream) body["stream"] = true;
    return json_text(body);
  }

  [[nodiscard]] std::unique_ptr<AnswerReader> reader(const Manner& manner, OnText on_text) const override {
    return std::make_unique<AnthropicReader>(manner.model, std::move(on_text));
  }
};

}  // namespace

std::unique_ptr<Dialect> anthropic_dialect() { return std::make_unique<Anthropic>(); }

}  // namespace agent::llm
