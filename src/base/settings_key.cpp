#include "base/settings_key.hpp"

#include <algorithm>

namespace agent {
namespace {

/// Takes the word before the next dot.
std::string_view take_word(std::string_view& rest) {
  const std::size_t dot = std::min(rest.find('.'), rest.size());
  const std::string_view word = rest.substr(0, dot);
  rest.remove_prefix(std::min(dot + 1, rest.size()));
  return word;
}

/// Names with dots in them: what a '**' stands for, up to the `after` that the row ends with.
std::string_view take_dotted(std::string_view& rest, std::string_view after) {
  if (rest.size() <= after.size() + 1 || !rest.ends_with(after) || rest[rest.size() - after.size() - 1] != '.')
    return {};
  const std::string_view name = rest.substr(0, rest.size() - after.size() - 1);
  rest = after;
  return name;
}

bool fits_word(std::string_view word, std::string_view named) {
  return !named.empty() && (word == "*" || word == named);
}

}  // namespace

bool is_pattern(std::string_view row) { return row.find('*') != std::string_view::npos; }

bool fits_row(std::string_view row, std::string_view key) {
  while (!row.empty() && !key.empty()) {
    if (row == "*") return true;
    const std::string_view word = take_word(row);
    if (word == "**") {
      if (take_dotted(key, row).empty()) return false;
      continue;
    }
    if (!fits_word(word, take_word(key))) return false;
  }
  return row.empty() && key.empty();
}

bool begins_row(std::string_view row, std::string_view key) {
  while (!row.empty() && !key.empty()) {
    const std::string_view word = take_word(row);
    if (word == "**") return true;
    if (!fits_word(word, take_word(key))) return false;
  }
  return !row.empty();
}

std::string filled_row(std::string_view row, std::string_view key) {
  std::string text;
  while (!row.empty()) {
    const std::string_view word = take_word(row);
    const std::string_view dotted =
        word == "**" ? take_dotted(key, key.substr(key.rfind('.') + 1)) : std::string_view{};
    const std::string_view named = dotted.empty() ? take_word(key) : dotted;
    text.append(text.empty() ? "" : ".").append(is_pattern(word) && !named.empty() ? named : word);
  }
  return text;
}

const Setting* find_row(std::span<const Setting> table, std::string_view key) {
  const auto itself = std::ranges::find(table, key, &Setting::key);
  if (itself != table.end()) return &*itself;
  const auto fitting = std::ranges::find_if(table, [key](const Setting& row) { return fits_row(row.key, key); });
  return fitting == table.end() ? nullptr : &*fitting;
}

}  // namespace agent
