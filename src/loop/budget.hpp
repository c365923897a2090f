#pragma once

#include "base/clock.hpp"
#include "base/report.hpp"
#include "llm/model.hpp"
#include "loop/investigate.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace agent::loop {

/// What was spent, and what is left. The last turn, in which a model can only submit, is paid for beforehand.
class Budget {
 public:
  Budget(const Limits& limits, const Clock& clock, std::optional<llm::Price> price, int window_tokens);

  void spend(const Usage& usage);
  void spend_calls(std::size_t calls) { spent_.tool_calls += static_cast<int>(calls); }

  /// Which limit lets turn `turn` (counted from 1) of `input_tokens` be only the last one: "turns", "tool calls",
  /// "tokens", "cost", "time"; empty: none does.
  [[nodiscard]] std::string_view reached(int turn, std::size_t input_tokens) const;

  /// True when not even one more turn can be paid for or is within the tokens, or the time is over.
  [[nodiscard]] bool is_spent(std::size_t input_tokens) const;

  /// What the model may answer: at most 4,096 tokens, a fifth of its window, and what the money is enough for.
  [[nodiscard]] int output_tokens(std::size_t input_tokens) const;

  [[nodiscard]] std::size_t calls_left() const;

  /// So much may be added to a conversation of `input_tokens` for the last turn to stay within the tokens.
  [[nodiscard]] std::size_t tokens_left(std::size_t input_tokens) const;

  /// How long the model may look further, and how long it may take in all; nothing: as long as it takes.
  [[nodiscard]] std::optional<std::chrono::steady_clock::duration> until_last_turn() const;
  [[nodiscard]] std::optional<std::chrono::steady_clock::duration> until_end() const;

  [[nodiscard]] const Usage& spent() const { return spent_; }

 private:
  [[nodiscard]] double cost_of(std::size_t input_tokens, std::int64_t output_tokens) const;

  Limits limits_;
  const Clock& clock_;
  std::optional<llm::Price> price_;
  int window_;
  std::chrono::steady_clock::duration reserve_{};  // Of the time, for the last turn.
  Usage spent_;
};

}  // namespace agent::loop
