#include "base/settings_value.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace agent {
namespace {

constexpr std::array<std::string_view, 4> words_for_true{"true", "1", "yes", "on"};
constexpr std::array<std::string_view, 4> words_for_false{"false", "0", "no", "off"};

std::optional<std::string> boolean(std::string_view raw) {
  const std::string word = lower(raw);
  if (std::ranges::count(words_for_true, word) > 0) return "true";
  if (std::ranges::count(words_for_false, word) > 0) return "false";
  return std::nullopt;
}

std::optional<std::string> integer(const Setting& setting, std::string_view raw) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  const bool whole = code == std::errc{} && end == raw.data() + raw.size();
  if (!whole || number < setting.minimum || number > setting.maximum) return std::nullopt;
  return std::to_string(number);
}

std::optional<std::string> number(std::string_view raw) {
  constexpr double most = 1e9;
  double value = -1;
  const auto [end, code] = std::from_chars(raw.data(), raw.data() + raw.size(), value, std::chars_format::fixed);
  const bool whole = code == std::errc{} && end == raw.data() + raw.size();
  return whole && value >= 0 && value <= most ? std::optional(std::string(raw)) : std::nullopt;
}

std::optional<std::string> choice(const Setting& setting, std::string_view raw) {
  const std::string word = lower(raw);
  std::string_view choices = setting.choices;
  while (!choices.empty()) {
    const std::string_view one = choices.substr(0, choices.find(' '));
    if (lower(one) == word) return std::string(one);
    choices.remove_prefix(std::min(choices.size(), one.size() + 1));
  }
  return std::nullopt;
}

std::string parts(std::string_view raw) {
  std::string text;
  while (!raw.empty()) {
    const std::size_t end = raw.find('\n');
    const std::string_view one = trim(raw.substr(0, end));
    if (!one.empty()) text.append(text.empty() ? "" : "\n").append(one);
    raw = end == std::string_view::npos ? std::string_view{} : raw.substr(end + 1);
  }
  return text;
}

std::optional<std::string> normal_form(const Setting& setting, std::string_view raw) {
  switch (setting.type) {
    case SettingType::boolean: return boolean(raw);
    case SettingType::integer: return integer(setting, raw);
    case SettingType::number: return number(raw);
    case SettingType::choice: return choice(setting, raw);
    case SettingType::duration: return parse_duration(raw) ? std::optional(std::string(raw)) : std::nullopt;
    case SettingType::list: return parts(raw);
    case SettingType::words: return std::string(raw);
    case SettingType::text:
    case SettingType::path: return std::string(raw);
  }
  return std::nullopt;
}

std::string what_is_allowed(const Setting& setting) {
  switch (setting.type) {
    case SettingType::boolean: return "true or false";
    case SettingType::integer:
      return "a whole number from " + std::to_string(setting.minimum) +
             (setting.maximum == std::numeric_limits<std::int64_t>::max() ? " on"
                                                                          : " to " + std::to_string(setting.maximum));
    case SettingType::number: return "a number such as 0.2";
    case SettingType::choice: {
      std::string choices(setting.choices);
      for (std::size_t at = 0; (at = choices.find(' ', at)) != std::string::npos; at += 2) choices.replace(at, 1, ", ");
      return "one of " + choices;
    }
    case SettingType::duration: return "a time such as 30s, 5m or 1h30m";
    case SettingType::list:
    case SettingType::words:
    case SettingType::text:
    case SettingType::path: return "";
  }
  return "";
}

// Short and on one line, whatever a file held.
std::string shown(const Setting& setting, std::string_view raw) {
  if (setting.secret == Secret::yes) return "what it is set to";
  constexpr std::size_t longest = 80;
  std::string text = clean_line(raw.substr(0, std::min(raw.find('\n'), longest)));
  return "'" + text + (text.size() < raw.size() && raw.size() > longest ? "…" : "") + "'";
}

}  // namespace

Result<std::string> checked_value(const Setting& setting, std::string_view raw, ErrorKind kind,
                                  const std::string& where) {
  if (raw.find('\0') == std::string_view::npos)
    if (auto value = normal_form(setting, setting.type == SettingType::words ? raw : trim(raw)))
      return *std::move(value);
  return fail(kind, "'" + std::string(setting.key) + "' can't be " + shown(setting, raw), where,
              what_is_allowed(setting));
}

}  // namespace agent
