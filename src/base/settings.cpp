#include "base/settings.hpp"

#include "base/settings_value.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>

namespace agent {
namespace {

using Environment = std::map<std::string, std::string, std::less<>>;

struct Variable {
  std::string name;
  std::string value;
};

// The first of the names in `names` that is set; an empty variable counts as unset.
std::optional<Variable> first_set(std::string_view names, const Environment& environment) {
  while (!(names = trim(names)).empty()) {
    const std::string_view name = names.substr(0, names.find(' '));
    const auto found = environment.find(name);
    if (found != environment.end() && !found->second.empty()) return Variable{std::string(name), found->second};
    names.remove_prefix(name.size());
  }
  return std::nullopt;
}

// A variable holds a list with commas.
std::string from_variable(const Setting& setting, std::string value) {
  if (setting.type == SettingType::list) std::ranges::replace(value, ',', '\n');
  return value;
}

std::string long_flag(std::string_view flag) { return std::string(flag.substr(flag.find(',') + 1)); }

// What a flag or the environment says of one setting; none when they are silent.
Result<std::optional<SettingValue>> given(const Setting& setting, const SettingsInput& input) {
  if (const auto flag = input.flags.find(setting.key); flag != input.flags.end()) {
    const std::string where = long_flag(setting.flag);
    return SettingValue{TRY(checked_value(setting, flag->second, ErrorKind::usage, where)), Origin::flag, where};
  }
  if (const auto variable = first_set(setting.environment, input.environment)) {
    const std::string raw = from_variable(setting, variable->value);
    return SettingValue{TRY(checked_value(setting, raw, ErrorKind::settings, variable->name)), Origin::environment,
                        variable->name};
  }
  return std::nullopt;
}

// "1h" of "1h30m": the number and how many milliseconds its unit has; none for anything else.
std::optional<std::int64_t> take_part(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  constexpr std::int64_t most = std::int64_t{1000} * 24 * 3600 * 1000;
  struct Unit {
    std::string_view name;
    std::int64_t millis;
  };
  for (const Unit& unit :
       {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000}}) {
    const bool bare = unit.name == "s" && text.empty();
    if (!text.starts_with(unit.name) && !bare) continue;
    if (!bare) text.remove_prefix(unit.name.size());
    if (number > most / unit.millis) return std::nullopt;
    return number * unit.millis;
  }
  return std::nullopt;
}

}  // namespace

Result<Settings> Settings::load(const SettingsInput& input, std::span<const Setting> table) {
  Settings settings;
  for (const Setting& setting : table) {
    SettingValue value{std::string(setting.default_value), Origin::default_value, ""};
    if (auto said = TRY(given(setting, input))) value = *std::move(said);
    settings.values_.emplace(setting.key, std::move(value));
  }
  return settings;
}

const SettingValue& Settings::at(std::string_view key) const {
  const auto found = values_.find(key);
  assert(found != values_.end());
  return found->second;
}

std::int64_t Settings::integer(std::string_view key) const {
  const std::string& value = text(key);
  std::int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);  // checked by load()
  return number;
}

std::chrono::milliseconds Settings::duration(std::string_view key) const {
  return parse_duration(text(key)).value_or(std::chrono::milliseconds{0});
}

std::vector<std::string> Settings::list(std::string_view key) const {
  std::vector<std::string> parts;
  std::string_view rest = text(key);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    parts.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return parts;
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::string_view rest = trim(text);
  std::int64_t millis = 0;
  bool good = !rest.empty();
  while (good && !rest.empty()) {
    const auto part = take_part(rest);
    good = part.has_value();
    millis += part.value_or(0);
    constexpr std::int64_t most = std::int64_t{1000} * 24 * 3600 * 1000;
    good = good && millis <= most;
  }
  if (good) return std::chrono::milliseconds(millis);
  return fail(ErrorKind::usage, "'" + clean_line(text) + "' is no time", "", "30s, 5m or 1h30m");
}

}  // namespace agent
