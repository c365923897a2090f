#pragma once

#include "base/report.hpp"
#include "base/tokens.hpp"
#include "llm/model.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::loop {

/// So much of what a model says in one turn is kept: bytes of its text, of one call's arguments, of what the dialect
/// carries.
inline constexpr std::size_t most_said_bytes = std::size_t{32} * 1024;

/// Tokens that a message takes in a request.
[[nodiscard]] std::size_t estimated_tokens(const llm::Message& message);

/// What a tool's answer holds, for the paragraph that may take its place.
struct Answered {
  std::string call;    ///< "pods_log {"name":"web-0"}"
  std::string key;     ///< Of the call, for the memory of calls; empty: nothing is remembered.
  std::string source;  ///< In the library; empty: there is none.
  std::size_t lines = 0;
  std::uint64_t bytes = 0;
  std::vector<Excerpt> shown;
};

/// What was said so far, as the next request; and how much of the window it takes.
///
/// One token is four code points, times the ratio that the last answer's usage showed. Assistant messages and the
/// answers to their calls are never parted; the opening stays as it is.
class Conversation {
 public:
  Conversation(llm::ModelRequest opening, int window_tokens);

  [[nodiscard]] llm::ModelRequest& request() { return request_; }
  [[nodiscard]] const llm::ModelRequest& request() const { return request_; }

  /// The model's answer: a new turn begins. Lines that its text names ("tool/3 line 12") count as cited.
  /// Of what is too long the beginning of the text stays, and of arguments that they were omitted.
  void add_turn(llm::Message assistant);
  void add_answer(llm::Message tool, Answered about);
  void add_user(std::string_view text);  ///< Joined to a user's message when that is the last one.
  void offer(std::vector<llm::ToolDescription> tools, llm::ToolChoice choice);

  /// Learns from what the provider counted for the request as it stood before the answer was added.
  void measure(const Usage& usage);
  void cite(const std::string& source, std::size_t line) { cited_[source].push_back(line); }

  [[nodiscard]] std::size_t tokens() const;  ///< Of the next request.
  [[nodiscard]] Tokens room() const;         ///< Up to 80 % of the window.

  /// When the next request takes more than 80 % of the window, a paragraph takes the place of each of the oldest tool
  /// results, but those of the last `spared_turns` turns, until it takes 60 %; then the model's own texts and arguments
  /// of those turns are shortened. Gives the keys of the calls whose results gave way.
  std::vector<std::string> compact(std::size_t spared_turns);

  /// The window is smaller than was told: half of what is assumed, and of what was sent.
  void halve_window();

 private:
  struct Answer {
    std::size_t message = 0;  // Index.
    std::size_t turn = 0;
    Answered about;
  };
  [[nodiscard]] std::size_t scaled(std::size_t raw) const;
  [[nodiscard]] std::size_t limit() const { return window_ / 5 * 4; }
  void push(llm::Message message);
  void shorten(Answer& answer);
  void shorten_said(std::size_t message);

  llm::ModelRequest request_;
  std::size_t window_;
  std::size_t raw_tokens_ = 0;  // Of all messages, by the rule of four code points.
  std::size_t tools_tokens_ = 0;
  double ratio_ = 1;  // What the provider counts for one of ours.
  std::size_t turns_ = 0;
  std::vector<Answer> answers_;    // Those that were not shortened yet; the oldest first.
  std::vector<std::size_t> said_;  // Of each turn, the index of the model's message.
  std::map<std::string, std::vector<std::size_t>, std::less<>> cited_;
};

}  // namespace agent::loop
