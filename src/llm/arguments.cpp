#include "llm/arguments.hpp"

#include "base/text.hpp"
#include "llm/loose_json.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace agent::llm {
namespace {

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Between "```json" and "```".
std::string_view within_fence(std::string_view text) {
  if (!text.starts_with("```")) return text;
  text.remove_prefix(std::min(text.find('\n'), text.size()));
  return without_blanks(text.substr(0, text.rfind("```")));
}

/// An object, also as the only one of a list, or within a text of JSON.
std::optional<Json> object_in(Json value, int texts_left = 3) {
  if (value.is_object()) return value;
  if (value.is_null()) return Json::object();
  if (value.is_array() && value.size() == 1 && value.front().is_object()) return Json(std::move(value.front()));
  if (!value.is_string() || texts_left == 0) return std::nullopt;
  auto inner = parse_json(value.get_ref<const std::string&>());
  return inner ? object_in(*std::move(inner), texts_left - 1) : std::nullopt;
}

std::optional<Json> loose_object(std::string_view text) {
  const auto brace = text.find('{');
  if (brace != std::string_view::npos && (brace == 0 || text.front() != '"'))
    if (auto loose = read_loose(text.substr(brace))) return std::move(loose->value);
  if (text.starts_with('"'))
    if (auto loose = read_loose(text)) {
      const auto inner = loose->value.get<std::string>();
      if (const auto at = inner.find('{'); at != std::string::npos)
        if (auto object = read_loose(std::string_view(inner).substr(at))) return std::move(object->value);
    }
  if (auto keywords = read_keywords(std::string(text) + ")"); keywords && !keywords->value.empty())
    return std::move(keywords->value);
  return std::nullopt;
}

bool allows(const Json& schema, std::string_view type) {
  const Json& types = value_at(schema, "type");
  return types.is_array() ? std::ranges::find(types, Json(type)) != types.end() : types == Json(type);
}

bool has_type(const Json& value, const Json& schema) {
  return (value.is_object() && allows(schema, "object")) || (value.is_array() && allows(schema, "array")) ||
         (value.is_boolean() && allows(schema, "boolean")) || (value.is_number() && allows(schema, "number")) ||
         (value.is_number_integer() && allows(schema, "integer"));
}

/// True when a member was a text and is now what the schema wants.
bool fit(Json& object, const Json& schema) {
  bool mended = false;
  const Json& properties = value_at(schema, "properties");
  for (auto& [name, value] : object.items()) {
    const Json& wanted = value_at(properties, name);
    if (!value.is_string() || !wanted.is_object() || allows(wanted, "string")) continue;
    const auto text = without_blanks(value.get_ref<const std::string&>());
    auto meant = parse_json(text);
    if (!meant)
      if (auto loose = read_loose(text)) meant = std::move(loose->value);
    if (text == "True" || text == "False") meant = text == "True";
    if (!meant || !has_type(*meant, wanted)) continue;
    value = *std::move(meant);
    mended = true;
  }
  return mended;
}

ReadArguments read_object(std::string_view text) {
  const auto value = parse_json(text);
  if (value && value->is_object()) return {*value, false};
  if (value)
    if (auto object = object_in(*value)) return {*std::move(object), true};
  const std::string_view plain = within_fence(without_blanks(text));
  if (plain.empty()) return {Json::object(), true};
  if (auto inner = plain.size() < text.size() ? parse_json(plain) : std::nullopt)
    if (auto object = object_in(*std::move(inner))) return {*std::move(object), true};
  if (!value)
    if (auto object = loose_object(plain); object && object->is_object()) return {*std::move(object), true};
  return {std::string(text), false};
}

}  // namespace

ReadArguments read_arguments(std::string_view text, const Json& schema) {
  ReadArguments read = read_object(text);
  if (read.value.is_object()) read.mended = fit(read.value, schema) || read.mended;
  return read;
}

}  // namespace agent::llm
