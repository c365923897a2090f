#include "loop/conversation.hpp"

#include "loop/marks.hpp"
#include "loop/offer.hpp"
#include "loop/shown.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <algorithm>
#include <utility>

namespace agent::loop {
namespace {

using nlohmann::json;

constexpr std::size_t tokens_of_a_message = 4;  // Role and separators, as chat templates add them.
constexpr Tokens gist_tokens{160};              // Of a paragraph of 200.
constexpr std::size_t shortened_bytes = 400;    // Of what a model said in a turn that gives way.
// Tokenizers give 1.5 to 5 code points a token; what lies outside was not measured but miscounted.
constexpr double least_ratio = 0.8, greatest_ratio = 2.7;

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::size_t tokens_of(const json& value) {
  if (value.is_null()) return 0;
  return estimated_tokens(dumped(value));
}

/// At most `most` bytes of the text, whole characters.
std::string beginning(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return std::string(text.substr(0, most)) + "…";
}

/// A server may ignore the limit of output; what it sent is sent back in each turn to come.
void bound(llm::Message& said) {
  said.text = beginning(said.text, most_said_bytes);
  for (llm::ToolCall& call : said.tool_calls)
    if (dumped(call.arguments).size() > most_said_bytes) call.arguments = {{"omitted", "the arguments were too long"}};
  if (!said.carried.is_null() && dumped(said.carried).size() > most_said_bytes) said.carried = nullptr;
}

}  // namespace

std::size_t estimated_tokens(const llm::Message& message) {
  std::size_t tokens = tokens_of_a_message + estimated_tokens(message.text) + tokens_of(message.carried);
  for (const llm::ToolCall& call : message.tool_calls)
    tokens += estimated_tokens(call.id) + estimated_tokens(call.name) + tokens_of(call.arguments);
  return tokens;
}

Conversation::Conversation(llm::ModelRequest opening, int window_tokens)
    : request_(std::move(opening)), window_(static_cast<std::size_t>(std::max(window_tokens, 1))) {
  for (const llm::Message& message : request_.messages) raw_tokens_ += estimated_tokens(message);
  tools_tokens_ = estimated_tokens(request_.tools);
}

std::size_t Conversation::scaled(std::size_t raw) const {
  return static_cast<std::size_t>(static_cast<double>(raw) * ratio_);
}

std::size_t Conversation::tokens() const { return scaled(raw_tokens_ + tools_tokens_); }

Tokens Conversation::room() const {
  const std::size_t used = tokens();
  if (used >= limit()) return {0};
  return {static_cast<std::size_t>(static_cast<double>(limit() - used) / ratio_)};
}

void Conversation::push(llm::Message message) {
  raw_tokens_ += estimated_tokens(message);
  request_.messages.push_back(std::move(message));
}

void Conversation::add_turn(llm::Message assistant) {
  ++turns_;
  static const RE2 named(R"((tool/[0-9]{1,4})[:,#]? *(?:[Ll]ines?|L)? *([0-9]{1,9}))");
  re2::StringPiece rest(assistant.text);
  std::string source;
  std::size_t line = 0;
  while (RE2::FindAndConsume(&rest, named, &source, &line)) cite(source, line);
  bound(assistant);
  push(std::move(assistant));
  said_.push_back(request_.messages.size() - 1);
}

void Conversation::add_answer(llm::Message tool, Answered about) {
  push(std::move(tool));
  answers_.push_back({request_.messages.size() - 1, turns_, std::move(about)});
}

void Conversation::add_user(std::string_view text) {
  if (request_.messages.back().role != llm::Role::user) {
    push({.role = llm::Role::user, .text = std::string(text)});
    return;
  }
  // Some servers' templates refuse two messages of a user in a row.
  llm::Message last = std::move(request_.messages.back());
  request_.messages.pop_back();
  raw_tokens_ -= estimated_tokens(last);
  last.text += "\n";
  last.text += text;
  push(std::move(last));
}

void Conversation::offer(std::vector<llm::ToolDescription> tools, llm::ToolChoice choice) {
  request_.tools = std::move(tools);
  request_.tool_choice = choice;
  tools_tokens_ = estimated_tokens(request_.tools);
}

void Conversation::measure(const Usage& usage) {
  const std::size_t raw = raw_tokens_ + tools_tokens_;
  if (usage.input_tokens <= 0 || raw == 0) return;
  ratio_ = std::clamp(static_cast<double>(usage.input_tokens) / static_cast<double>(raw), least_ratio, greatest_ratio);
}

void Conversation::shorten(Answer& answer) {
  llm::Message& message = request_.messages[answer.message];
  const Answered& about = answer.about;
  const auto cited = cited_.find(about.source);
  const std::string lines =
      gist(about.shown, cited == cited_.end() ? std::vector<std::size_t>{} : cited->second, gist_tokens);
  std::string text = fmt::format("Shortened. {} gave {} lines, {} bytes", about.call, about.lines, about.bytes);
  text += about.source.empty() ? ". " : fmt::format(", kept as {}: evidence_read shows them. ", about.source);
  if (!lines.empty()) text += "Some of them:\n" + as_data(about.source, lines);
  const std::size_t before = estimated_tokens(message);
  if (estimated_tokens(text) >= estimated_tokens(message.text)) return;
  message.text = std::move(text);
  raw_tokens_ = raw_tokens_ - before + estimated_tokens(message);
}

/// What the dialect carries has the text once more, in its order with what a model thought: it stays.
void Conversation::shorten_said(std::size_t index) {
  llm::Message& message = request_.messages[index];
  const std::size_t before = estimated_tokens(message);
  if (message.carried.is_null()) message.text = beginning(message.text, shortened_bytes);
  for (llm::ToolCall& call : message.tool_calls)
    if (const std::string arguments = dumped(call.arguments); arguments.size() > shortened_bytes)
      call.arguments = {{"shortened", beginning(arguments, shortened_bytes / 2)}};
  raw_tokens_ = raw_tokens_ - before + estimated_tokens(message);
}

std::vector<std::string> Conversation::compact(std::size_t spared_turns) {
  std::vector<std::string> keys;
  if (tokens() <= limit()) return keys;
  // Down to 60 %, so that not every turn shortens something and the provider's cache can hold on to the rest.
  const std::size_t wanted = window_ / 5 * 3;
  auto next = answers_.begin();
  for (; next != answers_.end() && next->turn + spared_turns <= turns_ && tokens() > wanted; ++next) {
    shorten(*next);
    keys.push_back(std::move(next->about.key));
  }
  answers_.erase(answers_.begin(), next);
  for (std::size_t turn = 0; turn + spared_turns < turns_ && tokens() > wanted; ++turn) shorten_said(said_[turn]);
  return keys;
}

void Conversation::halve_window() { window_ = std::min(window_, tokens() * 5 / 4) / 2; }

}  // namespace agent::loop
