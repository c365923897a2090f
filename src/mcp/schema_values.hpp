#pragma once

#include "mcp/message.hpp"

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace agent::mcp {

/// What is left of the steps of a check.
class Budget {
 public:
  explicit Budget(std::size_t steps) : left_(steps) {}
  /// False, from now on, when fewer than `steps` are left.
  [[nodiscard]] bool spend(std::size_t steps) {
    left_ = steps > left_ ? 0 : left_ - steps;
    return left_ > 0;
  }
  [[nodiscard]] bool is_spent() const { return left_ == 0; }

 private:
  std::size_t left_;
};

/// How values sort; equal as JSON Schema has it: 1 is 1.0, objects in any order. Values that the budget does not let us
/// compare are unequal.
[[nodiscard]] std::strong_ordering order(const Json& left, const Json& right, Budget& budget);

/// Exact for all numbers that JSON values of ours hold.
[[nodiscard]] long double number_of(const Json& number);

/// A number without a fraction, however it is written.
[[nodiscard]] bool is_integer(const Json& value);

/// Of valid UTF-8.
[[nodiscard]] std::size_t code_points(std::string_view text);

/// `text` in '…', cut after 80 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// The first `bytes` of `text`, fewer where a code point would be cut, and "…" when that is not all.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t bytes);

}  // namespace agent::mcp
