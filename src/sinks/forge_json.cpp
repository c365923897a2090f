#include "sinks/forge_json.hpp"

#include "base/json_limits.hpp"
#include "sinks/display.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace agent::sinks {
namespace {

using nlohmann::json;

constexpr JsonLimits limits{.depth = 100, .values = 1'000'000};
constexpr std::size_t most_columns = 200;

}  // namespace

std::optional<json> parse_foreign(std::string_view text) {
  if (exceeds(text, limits)) return {};
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return {};
  return value;
}

const json& member(const json& object, std::string_view key) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

std::string text_member(const json& object, std::string_view key) {
  const json& value = member(object, key);
  return value.is_string() ? value.get_ref<const std::string&>() : std::string();
}

std::uint64_t number_member(const json& object, std::string_view key) {
  const json& value = member(object, key);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (!value.is_string()) return 0;
  const std::string& digits = value.get_ref<const std::string&>();
  std::uint64_t number = 0;
  const auto end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? number : 0;
}

std::string web_address(std::string text) {
  constexpr std::size_t most_bytes = 2000;
  constexpr std::string_view taken = "\"'<>`()[]{}\\|@";
  const bool is_web = text.starts_with("https://") || text.starts_with("http://");
  const bool is_plain = std::ranges::all_of(
      text, [&](char c) { return c > ' ' && c < '\x7f' && taken.find(c) == std::string_view::npos; });
  return is_web && is_plain && text.size() <= most_bytes ? std::move(text) : std::string();
}

std::string quoted_words(std::string_view text) {
  constexpr std::size_t enough = 4096;  // bytes; what is cut off by columns needs no cleaning
  return cut(one_line(text.substr(0, enough)), most_columns);
}

}  // namespace agent::sinks
