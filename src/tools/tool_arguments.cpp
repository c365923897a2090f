#include "tools/tool_arguments.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <string_view>
#include <vector>

namespace agent::tools {
namespace {

using nlohmann::json;

constexpr std::size_t most_shown = 80;     // Bytes of a name.
constexpr std::size_t least_guessed = 4;   // Of shorter names any other is near.
constexpr std::size_t most_guessed = 200;  // The distance of names takes time in the product of their sizes.

/// The properties of a schema that allows no others; null: it does not say so in a plain way.
const json* closed_properties(const json& schema) {
  if (!schema.is_object() || schema.contains("patternProperties")) return nullptr;
  const auto others = schema.find("additionalProperties"), properties = schema.find("properties");
  const bool is_closed = others != schema.end() && others->is_boolean() && !others->get<bool>();
  return is_closed && properties != schema.end() && properties->is_object() ? &*properties : nullptr;
}

std::string describe_unknown(const std::string& tool, const std::string& wrong, const json& properties) {
  std::vector<std::string> names;
  for (const auto& [name, ignored] : properties.items()) names.push_back(name);
  std::string text = fmt::format("unknown argument '{}'", clean_line(wrong.substr(0, most_shown)));
  text += names.empty() ? fmt::format("; {} takes none", tool)
                        : fmt::format("; {} takes '{}'", tool, fmt::join(names, "', '"));
  if (wrong.size() < least_guessed || wrong.size() > most_guessed) return text;
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view near = nearest(wrong, known);
  return near.empty() ? text : text + fmt::format("; did you mean '{}'?", near);
}

}  // namespace

std::string unknown_argument(const std::string& tool, const json& schema, const json& arguments) {
  const json* properties = closed_properties(schema);
  if (properties == nullptr || !arguments.is_object()) return {};
  for (const auto& [name, ignored] : arguments.items())
    if (!properties->contains(name)) return describe_unknown(tool, name, *properties);
  return {};
}

}  // namespace agent::tools
