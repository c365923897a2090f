#include "loop/budget.hpp"

#include <algorithm>
#include <limits>

namespace agent::loop {
namespace {

using Duration = std::chrono::steady_clock::duration;

constexpr int most_output = 4096;
constexpr std::int64_t usual_output = 1000;  // Tokens of an answer, for estimates.
constexpr std::int64_t least_output = 400;   // A short report; with less there is no sense in asking.

/// The last tenth, but at least ten seconds; of a short time a quarter.
Duration reserve_of(Duration all) {
  return std::min<Duration>(std::max<Duration>(all / 10, std::chrono::seconds(10)), all / 4);
}

}  // namespace

Budget::Budget(const Limits& limits, const Clock& clock, std::optional<llm::Price> price, int window_tokens)
    : limits_(limits), clock_(clock), price_(price), window_(window_tokens) {
  if (limits_.until) reserve_ = reserve_of(std::max<Duration>(*limits_.until - clock_.ticks(), Duration::zero()));
}

void Budget::spend(const Usage& usage) {
  if (!usage.model.empty()) spent_.model = usage.model;
  spent_.calls += usage.calls;
  spent_.input_tokens += usage.input_tokens;
  spent_.cached_tokens += usage.cached_tokens;
  spent_.output_tokens += usage.output_tokens;
  const bool is_priced = usage.cost_usd > 0 || !price_;
  spent_.cost_usd += is_priced ? usage.cost_usd : llm::cost_usd(*price_, usage);
}

double Budget::cost_of(std::size_t input_tokens, std::int64_t output_tokens) const {
  Usage usage;
  usage.input_tokens = static_cast<std::int64_t>(input_tokens);
  usage.output_tokens = output_tokens;
  return price_ ? llm::cost_usd(*price_, usage) : 0;
}

std::string_view Budget::reached(int turn, std::size_t input_tokens) const {
  const std::int64_t one = static_cast<std::int64_t>(input_tokens) + usual_output;
  const std::int64_t sent = spent_.input_tokens + spent_.output_tokens;
  const double cost = cost_of(input_tokens, usual_output);
  if (limits_.turns > 0 && turn >= limits_.turns) return "turns";
  if (limits_.tool_calls > 0 && spent_.tool_calls >= limits_.tool_calls) return "tool calls";
  if (limits_.tokens > 0 && sent + 2 * one > limits_.tokens) return "tokens";
  if (limits_.cost_usd > 0 && spent_.cost_usd + 2 * cost > limits_.cost_usd) return "cost";
  if (const auto left = until_last_turn(); left && *left <= Duration::zero()) return "time";
  return {};
}

bool Budget::is_spent(std::size_t input_tokens) const {
  if (const auto left = until_end(); left && *left <= Duration::zero()) return true;
  const std::int64_t sent = spent_.input_tokens + spent_.output_tokens;
  const std::int64_t one = static_cast<std::int64_t>(input_tokens) + least_output;
  if (limits_.tokens > 0 && sent + one > limits_.tokens) return true;
  return limits_.cost_usd > 0 && spent_.cost_usd + cost_of(input_tokens, least_output) > limits_.cost_usd;
}

int Budget::output_tokens(std::size_t input_tokens) const {
  const int usual = std::min(most_output, std::max(window_ / 5, 1));
  if (limits_.cost_usd <= 0 || !price_ || price_->output <= 0) return usual;
  const double money = limits_.cost_usd - spent_.cost_usd - cost_of(input_tokens, 0);
  const double enough_for = money / price_->output * 1e6;
  return static_cast<int>(std::clamp(enough_for, std::min<double>(usual, least_output), static_cast<double>(usual)));
}

std::size_t Budget::calls_left() const {
  if (limits_.tool_calls <= 0) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(std::max(limits_.tool_calls - spent_.tool_calls, 0));
}

std::size_t Budget::tokens_left(std::size_t input_tokens) const {
  if (limits_.tokens <= 0) return std::numeric_limits<std::size_t>::max();
  const std::int64_t spent = spent_.input_tokens + spent_.output_tokens + usual_output;
  const std::int64_t left = limits_.tokens - spent - static_cast<std::int64_t>(input_tokens);
  return static_cast<std::size_t>(std::max<std::int64_t>(left, 0));
}

std::optional<Duration> Budget::until_end() const {
  if (!limits_.until) return std::nullopt;
  return *limits_.until - clock_.ticks();
}

std::optional<Duration> Budget::until_last_turn() const {
  if (!limits_.until) return std::nullopt;
  return *limits_.until - clock_.ticks() - reserve_;
}

}  // namespace agent::loop
