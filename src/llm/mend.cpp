#include "llm/mend.hpp"

#include "llm/arguments.hpp"
#include "llm/text_calls.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

namespace agent::llm {
namespace {

constexpr std::string_view blanks = " \t\r\n";

void add_once(std::vector<std::string>& words, std::string_view word) {
  if (std::ranges::find(words, word) == words.end()) words.emplace_back(word);
}

/// Thinking that a server left in the text: "<think>…</think>", whose start may be in the prompt already.
void take_thinking(ModelAnswer& answer) {
  constexpr std::string_view open = "<think>", close = "</think>";
  std::string& text = answer.message.text;
  const auto end = text.find(close);
  const auto first = std::min(text.find_first_not_of(blanks), text.size());
  const bool opens = std::string_view(text).substr(first).starts_with(open);
  if (!opens && end == std::string::npos) return;
  const auto begin = opens ? first + open.size() : first;
  answer.reasoning += text.substr(begin, end == std::string::npos ? end : end - begin);
  text.erase(0, end == std::string::npos ? end : end + close.size());
  text.erase(0, std::min(text.find_first_not_of(blanks), text.size()));
}

const Json& schema_of(std::string_view tool, const ModelRequest& request) {
  static const Json none;
  const auto found = std::ranges::find(request.tools, tool, &ToolDescription::name);
  return found == request.tools.end() ? none : found->input_schema;
}

/// Ids by which the conversation already tells calls apart.
std::set<std::string, std::less<>> ids_in(const ModelRequest& request) {
  std::set<std::string, std::less<>> ids;
  for (const Message& message : request.messages)
    for (const ToolCall& call : message.tool_calls) ids.insert(call.id);
  return ids;
}

/// Without white space and escapes, which a quotation adds or loses.
std::string bare(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (blanks.contains(text[at])) continue;
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    while (at + 1 < text.size() && text[at + 1] == '\\') ++at;
    if (at + 1 < text.size() && std::string_view("ntr").contains(text[at + 1])) ++at;
  }
  return out;
}

/// Whether a call, or as little of it as its arguments, stands in what the model was given to read: then it quotes.
/// Short arguments may be anywhere.
bool is_quoted(const std::vector<WrittenCall>& written, const ModelRequest& request) {
  constexpr std::size_t least = 24;
  std::vector<std::string> wanted;
  for (const WrittenCall& one : written) {
    std::string arguments = bare(one.arguments);
    wanted.push_back(arguments.size() < least ? bare(one.whole) : std::move(arguments));
  }
  return std::ranges::any_of(request.messages, [&wanted](const Message& message) {
    if (message.role != Role::user && message.role != Role::tool) return false;
    const std::string read = bare(message.text);
    return std::ranges::any_of(wanted, [&read](const std::string& one) {
      // Linear, unlike find(): both are foreign.
      return memmem(read.data(), read.size(), one.data(), one.size()) != nullptr;
    });
  });
}

void take_calls(std::vector<RawCall> raw, const ModelRequest& request, ModelAnswer& answer) {
  if (raw.empty()) return;
  auto ids = ids_in(request);
  Json carried = Json::object();
  for (RawCall& one : raw) {
    if (one.name.find_first_not_of(blanks) == std::string::npos) continue;  // a call of nothing
    if (const auto meant = tool_meant(one.name, request.tools); !meant.empty() && meant != one.name) {
      one.name = meant;
      add_once(answer.repairs, "tool_name");
    }
    auto arguments = read_arguments(one.arguments, schema_of(one.name, request));
    if (arguments.mended) add_once(answer.repairs, "arguments");
    for (std::size_t number = ids.size() + 1; one.id.empty() || !ids.insert(one.id).second; ++number)
      one.id = "call_" + std::to_string(number);
    if (!one.extra.is_null()) carried[one.id] = std::move(one.extra);
    answer.message.tool_calls.push_back({std::move(one.id), std::move(one.name), std::move(arguments.value)});
  }
  if (!carried.empty()) answer.message.carried["openai"] = std::move(carried);
}

}  // namespace

ModelAnswer mended(RawAnswer raw, const ModelRequest& request) {
  ModelAnswer answer;
  answer.message = {.role = Role::assistant, .text = std::move(raw.text), .carried = std::move(raw.carried)};
  answer.reasoning = std::move(raw.reasoning);
  answer.cut_off = raw.cut_off;
  take_thinking(answer);
  if (raw.calls.empty()) {
    TextCalls written = calls_in_text(answer.message.text, request.tools);
    if (!written.calls.empty() && !is_quoted(written.written, request)) {
      answer.repairs.emplace_back("text_tool_call");
      answer.message.text = std::move(written.text);
      raw.calls = std::move(written.calls);
    }
  }
  take_calls(std::move(raw.calls), request, answer);
  return answer;
}

}  // namespace agent::llm
