#include "mcp/schema_values.hpp"

#include <algorithm>
#include <cmath>

namespace agent::mcp {
namespace {

constexpr std::size_t bytes_a_step = 64;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Null, boolean, number, string, array, object.
int rank(const Json& value) {
  if (value.is_number()) return 2;
  if (value.is_null()) return 0;
  if (value.is_boolean()) return 1;
  return value.is_string() ? 3 : value.is_array() ? 4 : 5;
}

std::strong_ordering order_texts(const std::string& left, const std::string& right, Budget& budget) {
  if (!budget.spend(1 + std::min(left.size(), right.size()) / bytes_a_step)) return std::strong_ordering::less;
  return left <=> right;
}

std::strong_ordering order_arrays(const Json& left, const Json& right, Budget& budget) {
  for (std::size_t at = 0; at < std::min(left.size(), right.size()); ++at) {
    if (const auto one = order(left[at], right[at], budget); one != 0) return one;
  }
  return left.size() <=> right.size();
}

/// Members are sorted by name.
std::strong_ordering order_objects(const Json& left, const Json& right, Budget& budget) {
  for (auto [a, b] = std::pair(left.begin(), right.begin()); a != left.end() && b != right.end(); ++a, ++b) {
    if (const auto names = order_texts(a.key(), b.key(), budget); names != 0) return names;
    if (const auto one = order(*a, *b, budget); one != 0) return one;
  }
  return left.size() <=> right.size();
}

std::strong_ordering order_numbers(const Json& left, const Json& right) {
  const long double a = number_of(left), b = number_of(right);
  return a < b ? std::strong_ordering::less : a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

}  // namespace

std::strong_ordering order(const Json& left, const Json& right, Budget& budget) {
  if (!budget.spend(1)) return std::strong_ordering::less;
  if (const int kind = rank(left); kind != rank(right)) return kind <=> rank(right);
  if (left.is_number()) return order_numbers(left, right);
  if (left.is_string())
    return order_texts(left.get_ref<const std::string&>(), right.get_ref<const std::string&>(), budget);
  if (left.is_boolean()) return static_cast<int>(left.get<bool>()) <=> static_cast<int>(right.get<bool>());
  if (left.is_array()) return order_arrays(left, right, budget);
  return left.is_object() ? order_objects(left, right, budget) : std::strong_ordering::equal;
}

// A long double has 64 bits of precision or more wherever we run.
long double number_of(const Json& number) {
  if (number.is_number_unsigned()) return static_cast<long double>(number.get<Json::number_unsigned_t>());
  if (number.is_number_integer()) return static_cast<long double>(number.get<Json::number_integer_t>());
  return static_cast<long double>(number.get<Json::number_float_t>());
}

bool is_integer(const Json& value) {
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::trunc(number) == number;
}

std::size_t code_points(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t most = 80;
  return "'" + shortened(text, most) + "'";
}

std::string shortened(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && is_continuation(text[bytes])) --bytes;
  return std::string(text.substr(0, bytes)) + "…";
}

}  // namespace agent::mcp
