#include "base/settings_tree.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"

#include <optional>

namespace agent {
namespace {

std::size_t line_of(const toml::node& node) { return node.source().begin.line; }

std::optional<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

std::unexpected<Error> bad_form(const Setting& setting, std::size_t line, const SettingsTree& tree) {
  const bool list = setting.type == SettingType::list;
  return tree.wrong("'" + std::string(setting.key) + "' can't be a value of this form", line,
                    list ? "a list of texts" : "one text, whole number or boolean");
}

// A list setting takes one value as well.
Result<std::string> value_of(const Setting& setting, const toml::node& node, const SettingsTree& tree) {
  if (auto one = scalar(node)) return *std::move(one);
  const toml::array* array = setting.type == SettingType::list ? node.as_array() : nullptr;
  if (array == nullptr) return bad_form(setting, line_of(node), tree);
  std::string joined;
  for (const toml::node& element : *array) {
    const auto part = scalar(element);
    if (!part) return bad_form(setting, line_of(element), tree);
    joined += (joined.empty() ? "" : "\n") + *part;
  }
  return joined;
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
    tree.add(*setting, TRY(value_of(*setting, node, tree)), line_of(node));
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
