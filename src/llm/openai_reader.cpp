#include "llm/openai_reader.hpp"

#include <algorithm>
#include <utility>

namespace agent::llm {
namespace {

constexpr std::size_t most_calls = 128;

std::string arguments_of(const Json& function) {
  const Json& arguments = value_at(function, "arguments");
  if (arguments.is_string()) return arguments.get<std::string>();
  return arguments.is_null() ? std::string() : json_text(arguments);
}

}  // namespace

std::expected<void, Complaint> OpenAIReader::take(const Json& event) {
  if (const Json& error = value_at(event, "error"); !error.is_null()) return std::unexpected(read_error_object(event));
  if (text_at(event, "object") == "error") return std::unexpected(read_error_object(event));
  take_usage(value_at(event, "usage"));
  const Json& choices = value_at(event, "choices");
  if (!choices.is_array() || choices.empty()) return {};
  const Json& choice = choices.front();
  const Json& delta = value_at(choice, "delta");
  take_message(delta.is_object() ? delta : value_at(choice, "message"));
  take_finish(value_at(choice, "finish_reason"));
  return {};
}

void OpenAIReader::take_usage(const Json& usage) {
  if (!usage.is_object()) return;
  answer_.usage.input_tokens = std::max(answer_.usage.input_tokens, count_at(usage, "prompt_tokens"));
  answer_.usage.output_tokens = std::max(answer_.usage.output_tokens, count_at(usage, "completion_tokens"));
  const std::int64_t cached = std::max(count_at(value_at(usage, "prompt_tokens_details"), "cached_tokens"),
                                       count_at(usage, "prompt_cache_hit_tokens"));  // DeepSeek's name
  answer_.usage.cached_tokens = std::min(std::max(answer_.usage.cached_tokens, cached), answer_.usage.input_tokens);
}

void OpenAIReader::take_message(const Json& message) {
  take_text(value_at(message, "content"));
  for (const char* key : {"reasoning_content", "reasoning"}) {
    const std::string thought = text_at(message, key);
    answer_.reasoning += thought;
    if (!thought.empty()) break;  // a server may say it under both names
  }
  if (!text_at(message, "refusal").empty()) answer_.refused = true;
  const Json& calls = value_at(message, "tool_calls");
  if (!calls.is_array()) return;
  for (const Json& call : calls) take_call(call);
}

void OpenAIReader::take_text(const Json& content) {
  if (content.is_array()) {
    for (const Json& part : content) take_text(value_at(part, "text"));
    return;
  }
  if (!content.is_string()) return;
  const auto& text = content.get_ref<const std::string&>();
  answer_.text += text;
  if (on_text_ && !text.empty()) on_text_(text);
}

// An index is only as good as its server: some say 0 for each of several calls, some none at all, and some give a call
// another id with each piece. A call begins where a name comes with an id of its own, or with arguments from their
// start.
OpenAIReader::Slot& OpenAIReader::slot_of(const Json& delta, const RawCall& piece) {
  const Json& said = value_at(delta, "index");
  std::optional<std::int64_t> index;
  if (said.is_number_integer()) index = count_at(delta, "index");
  const auto same = [&](const Slot& slot) {
    const bool other_id = !piece.id.empty() && !slot.call.id.empty() && slot.call.id != piece.id;
    if (other_id && !piece.name.empty()) return false;
    return index && slot.index ? index == slot.index : !other_id;
  };
  const auto found = std::find_if(slots_.rbegin(), slots_.rend(), same);
  if (found == slots_.rend()) return slots_.size() == most_calls ? slots_.back() : slots_.emplace_back(Slot{index, {}});
  const bool begins = piece.id.empty() && !piece.name.empty() && !found->call.arguments.empty() &&
                      piece.arguments.starts_with('{') && slots_.size() < most_calls;
  return begins ? slots_.emplace_back(Slot{index, {}}) : *found;
}

void OpenAIReader::take_call(const Json& delta) {
  const Json& function = value_at(delta, "function");
  const RawCall piece{
      .id = text_at(delta, "id"), .name = text_at(function, "name"), .arguments = arguments_of(function)};
  RawCall& call = slot_of(delta, piece).call;
  if (call.id.empty()) call.id = piece.id;
  if (call.name != piece.name) call.name += piece.name;
  call.arguments += piece.arguments;
  if (const Json& extra = value_at(delta, "extra_content"); !extra.is_null()) call.extra = extra;
}

void OpenAIReader::take_finish(const Json& reason) {
  if (!reason.is_string()) return;
  complete_ = true;
  answer_.cut_off = answer_.cut_off || reason == "length";
  answer_.refused = answer_.refused || reason == "content_filter";
}

RawAnswer OpenAIReader::finish() {
  for (Slot& slot : slots_) answer_.calls.push_back(std::move(slot.call));
  slots_.clear();
  return std::move(answer_);
}

}  // namespace agent::llm
