#include "llm/anthropic_reader.hpp"

#include <algorithm>
#include <utility>

namespace agent::llm {
namespace {

constexpr std::size_t most_blocks = 512;

}  // namespace

std::expected<void, Complaint> AnthropicReader::take(const Json& event) {
  const std::string type = text_at(event, "type");
  if (type == "error" || !value_at(event, "error").is_null()) return std::unexpected(read_error_object(event));
  if (type == "message_start") {
    take_usage(value_at(value_at(event, "message"), "usage"));
  } else if (type == "content_block_start") {
    take_block(count_at(event, "index"), value_at(event, "content_block"));
  } else if (type == "content_block_delta") {
    take_delta(event);
  } else if (type == "message_delta") {
    take_usage(value_at(event, "usage"));
    take_stop(value_at(value_at(event, "delta"), "stop_reason"));
  } else if (type == "message_stop") {
    complete_ = true;
  } else if (type == "message") {
    take_usage(value_at(event, "usage"));
    std::int64_t index = 0;
    if (const Json& content = value_at(event, "content"); content.is_array())
      for (const Json& block : content) take_block(index++, block);
    take_stop(value_at(event, "stop_reason"));
    complete_ = true;
  }
  return {};
}

// Numbers that come again are of all so far.
void AnthropicReader::take_usage(const Json& usage) {
  fresh_ = std::max(fresh_, count_at(usage, "input_tokens"));
  cached_ = std::max(cached_, count_at(usage, "cache_read_input_tokens"));
  written_ = std::max(written_, count_at(usage, "cache_creation_input_tokens"));
  answer_.usage.output_tokens = std::max(answer_.usage.output_tokens, count_at(usage, "output_tokens"));
}

void AnthropicReader::say(Block& block, const std::string& text) {
  block.text += text;
  if (on_text_ && !text.empty() && text_at(block.block, "type") == "text") on_text_(text);
}

void AnthropicReader::take_block(std::int64_t index, const Json& block) {
  if (!block.is_object() || blocks_.size() == most_blocks) return;
  Block& begun = blocks_.emplace_back(Block{.index = index, .block = block});
  say(begun, text_at(block, text_at(block, "type") == "thinking" ? "thinking" : "text"));
  begun.signature = text_at(block, "signature");
}

void AnthropicReader::take_delta(const Json& event) {
  const std::int64_t index = count_at(event, "index");
  const auto found =
      std::find_if(blocks_.rbegin(), blocks_.rend(), [index](const Block& one) { return one.index == index; });
  if (found == blocks_.rend()) return;
  const Json& delta = value_at(event, "delta");
  say(*found, text_at(delta, "text") + text_at(delta, "thinking"));
  found->signature += text_at(delta, "signature");
  found->input += text_at(delta, "partial_json");
}

void AnthropicReader::take_stop(const Json& reason) {
  if (!reason.is_string()) return;
  complete_ = true;
  answer_.cut_off = reason == "max_tokens" || reason == "model_context_window_exceeded";
  answer_.refused = reason == "refusal";
}

Json AnthropicReader::put_together(Block& one) {
  const std::string type = text_at(one.block, "type");
  if (type == "text") {
    answer_.text += one.text;
    return {{"type", "text"}, {"text", std::move(one.text)}};
  }
  if (type == "thinking") {
    answer_.reasoning += one.text;
    one.block["thinking"] = std::move(one.text);
    one.block["signature"] = std::move(one.signature);
  }
  if (type == "tool_use") {
    const Json& input = value_at(one.block, "input");
    std::string arguments = one.input.empty() ? (input.is_null() ? "{}" : json_text(input)) : std::move(one.input);
    const std::string id = text_at(one.block, "id");
    answer_.calls.push_back({.id = id, .name = text_at(one.block, "name"), .arguments = std::move(arguments)});
    return {{"type", "tool_use"}, {"id", id}};
  }
  return std::move(one.block);
}

RawAnswer AnthropicReader::finish() {
  Json content = Json::array();
  bool has_thinking = false;
  for (Block& one : blocks_) {
    content.push_back(put_together(one));
    has_thinking = has_thinking || text_at(content.back(), "type").ends_with("thinking");
  }
  blocks_.clear();
  if (has_thinking) answer_.carried["anthropic"] = {{"model", model_}, {"content", std::move(content)}};
  answer_.usage.input_tokens = fresh_ + cached_ + written_;
  answer_.usage.cached_tokens = cached_;
  answer_.cache_written_tokens = written_;
  return std::move(answer_);
}

}  // namespace agent::llm
