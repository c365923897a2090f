#include "mcp/header_params.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <expected>
#include <set>
#include <span>

namespace agent::mcp {
namespace {

constexpr std::string_view annotation = "x-mcp-header";
constexpr std::string_view wrapped_start = "=?base64?", wrapped_end = "?=";
constexpr std::int64_t max_safe_integer = (std::int64_t{1} << 53) - 1;

/// Keywords whose value is data, in which `x-mcp-header` means nothing.
constexpr std::string_view data_keywords[] = {"const", "default", "dependentRequired", "enum", "examples", "required"};
/// Keywords whose value maps names of any spelling to schemas.
constexpr std::string_view map_keywords[] = {"properties", "patternProperties", "dependentSchemas", "dependencies",
                                             "$defs",      "definitions"};

/// An annotated property: the header's name, and the names that lead to the value.
struct Annotated {
  std::string name;
  std::vector<std::string> path;
};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

bool is_carried(const Json& type) { return type == "string" || type == "integer" || type == "boolean"; }

/// One of the types that a header carries, or several, with null or without.
bool has_carried_type(const Json& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return false;
  if (!type->is_array()) return is_carried(*type);
  return std::ranges::any_of(*type, is_carried) &&
         std::ranges::all_of(*type, [](const Json& one) { return is_carried(one) || one == "null"; });
}

/// Reads the annotations of a schema, and stops at the first that is invalid.
class Reader {
 public:
  std::expected<std::vector<Annotated>, std::string> read(const Json& schema) {
    visit(schema, Place::reached, 0);
    if (!wrong_.empty()) return std::unexpected(wrong_);
    return std::move(found_);
  }

 private:
  enum class Place { reached, elsewhere };

  void visit(const Json& schema, Place place, std::size_t depth) {
    if (!wrong_.empty()) return;
    if (depth > most_depth) return refuse("is nested deeper than " + std::to_string(most_depth) + " levels");
    if (schema.is_array()) {
      for (const auto& one : schema) visit(one, Place::elsewhere, depth + 1);
      return;
    }
    if (!schema.is_object()) return;
    if (const auto name = schema.find(annotation); name != schema.end()) take(*name, schema, place);
    for (const auto& [keyword, value] : schema.items()) visit_keyword(keyword, value, place, depth);
  }

  void visit_keyword(const std::string& keyword, const Json& value, Place place, std::size_t depth) {
    if (is_one_of(data_keywords, keyword)) return;
    if (!is_one_of(map_keywords, keyword) || !value.is_object()) {
      return visit(value, Place::elsewhere, depth + 1);
    }
    if (keyword != "properties") place = Place::elsewhere;
    for (const auto& [name, schema] : value.items()) {
      path_.push_back(name);
      visit(schema, place, depth + 1);
      path_.pop_back();
    }
  }

  void take(const Json& name, const Json& schema, Place place) {
    if (!name.is_string()) return refuse("has a name that is no string");
    const auto& text = name.get_ref<const std::string&>();
    if (!net::is_token(text)) return refuse("has a name that is no HTTP token");
    if (place != Place::reached || path_.empty()) return refuse("is not on a property reached by 'properties' alone");
    if (!has_carried_type(schema)) return refuse("is not on a string, integer or boolean");
    if (!names_.insert(lower(text)).second) return refuse("has the name '" + text + "' twice");
    found_.push_back({text, path_});
  }

  void refuse(const std::string& reason) {
    if (wrong_.empty()) wrong_ = "'" + std::string(annotation) + "' " + reason;
  }

  std::vector<std::string> path_;
  std::set<std::string> names_;  ///< In lower case.
  std::vector<Annotated> found_;
  std::string wrong_;
};

const Json* value_at(const Json& arguments, const std::vector<std::string>& path) {
  const Json* value = &arguments;
  for (const auto& name : path) {
    if (!value->is_object()) return nullptr;
    const auto at = value->find(name);
    if (at == value->end()) return nullptr;
    value = &*at;
  }
  return value;
}

/// The value as text; nothing for what no header carries.
std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (!value.is_number()) return std::nullopt;
  const auto number = value.get<double>();
  // Comparing as doubles is exact up to 2^53, where it matters.
  if (std::trunc(number) != number || std::abs(number) > static_cast<double>(max_safe_integer)) return std::nullopt;
  return std::to_string(static_cast<std::int64_t>(number));
}

bool is_wrapped(std::string_view value) { return value.starts_with(wrapped_start) && value.ends_with(wrapped_end); }

}  // namespace

std::optional<std::string> why_invalid(const Json& input_schema) {
  auto found = Reader().read(input_schema);
  if (found) return std::nullopt;
  return std::move(found).error();
}

std::vector<net::Header> header_params(const Json& input_schema, const Json& arguments) {
  std::vector<net::Header> headers;
  const auto annotated = Reader().read(input_schema);
  if (!annotated) return headers;
  for (const auto& [name, path] : *annotated) {
    const Json* value = value_at(arguments, path);
    const auto text = value == nullptr ? std::nullopt : text_of(*value);
    if (text) headers.push_back({"Mcp-Param-" + name, to_header_value(*text)});
  }
  return headers;
}

std::string to_header_value(std::string_view value) {
  const bool printable = std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
  if (printable && trim(value) == value && !is_wrapped(value)) return std::string(value);
  return std::string(wrapped_start) + base64(value) + std::string(wrapped_end);
}

std::optional<std::string> from_header_value(std::string_view value) {
  // "=?base64?=" has one '?' for both marks: it stands for itself.
  if (!is_wrapped(value) || value.size() < wrapped_start.size() + wrapped_end.size()) return std::string(value);
  value.remove_prefix(wrapped_start.size());
  value.remove_suffix(wrapped_end.size());
  if (value.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;  // decoding skips them
  return decode_base64(value);
}

}  // namespace agent::mcp
