#include "llm/json_text.hpp"

#include "base/json_limits.hpp"
#include "base/text.hpp"

namespace agent::llm {
std::optional<Json> parse_json(std::string_view text) {
  if (exceeds(text, {.depth = most_depth, .values = most_values})) return std::nullopt;
  Json value = Json::parse(text, nullptr, false);
  // A server may cut a character in two where it cuts its text into tokens.
  if (value.is_discarded() && !is_utf8(text)) value = Json::parse(clean_line(text), nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::string json_text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

const Json& value_at(const Json& object, std::string_view key) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::string text_at(const Json& object, std::string_view key) {
  const Json& value = value_at(object, key);
  return value.is_string() ? value.get_ref<const std::string&>() : std::string();
}

std::int64_t count_at(const Json& object, std::string_view key) {
  const Json& value = value_at(object, key);
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return number > INT32_MAX ? INT32_MAX : static_cast<std::int64_t>(number);
  }
  if (!value.is_number_float()) return 0;
  const double number = value.get<double>();
  return number >= 0 && number <= INT32_MAX ? static_cast<std::int64_t>(number) : 0;
}

}  // namespace agent::llm
