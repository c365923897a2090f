#include "base/settings_tree.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace agent {
namespace {

std::size_t line_of(const toml::node& node) { return node.source().begin.line; }

/// "0.25": the shortest decimal that is the same.
std::string plain_number(double value) {
  std::array<char, 400> text{};
  const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return code == std::errc{} ? std::string(text.data(), end) : std::string("inf");
}

std::optional<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return plain_number(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

// A list setting takes one value as well.
Result<std::string> value_of(const Setting& setting, const std::string& key, const toml::node& node,
                             const SettingsTree& tree) {
  std::vector<std::string> parts;
  if (auto one = scalar(node)) {
    if (!is_list(setting)) return *std::move(one);
    parts.push_back(*std::move(one));
    return tree.joined(setting, key, line_of(node), parts);
  }
  const toml::array* array = is_list(setting) ? node.as_array() : nullptr;
  if (array == nullptr) return tree.bad_form(setting, key, line_of(node));
  for (const toml::node& element : *array) {
    auto part = scalar(element);
    if (!part) return tree.bad_form(setting, key, line_of(element));
    parts.push_back(*std::move(part));
  }
  return tree.joined(setting, key, line_of(node), parts);
}

// Depth is bounded by the table's: a table that stands nowhere in it is refused.
Result<void> read_table(const toml::table& table, const std::string& prefix, SettingsTree& tree) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (node.is_table() && tree.is_table(key)) {
      TRY(read_table(*node.as_table(), key + ".", tree));
      continue;
    }
    const Setting* setting = TRY(tree.row(key, line_of(node)));
    tree.add(*setting, key, TRY(value_of(*setting, key, node, tree)), line_of(node));
  }
  return {};
}

}  // namespace

Result<void> read_toml(std::string_view text, SettingsTree& tree) {
  if (const std::size_t line = line_with_too_many_dots(text); line != 0)
    return tree.wrong("bad TOML: a line has more than 1000 dots", line, "shorten it");
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return tree.wrong("bad TOML: " + clean_line(error.description()), error.source().begin.line);
  }
  return read_table(parsed.table(), "", tree);
}

}  // namespace agent
