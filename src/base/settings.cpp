#include "base/settings.hpp"

#include "base/settings_file.hpp"
#include "base/settings_key.hpp"
#include "base/settings_value.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <iterator>
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

struct FileValue {
  const Setting* setting = nullptr;
  SettingValue value;
};

/// What each origin says, read once.
struct Sources {
  const SettingsInput& input;
  std::map<std::string, FileVariable, std::less<>> env_file_lines;
  Environment env_file;                                ///< Their values.
  std::map<std::string, FileValue, std::less<>> file;  ///< By key.
};

std::string at_line(const std::string& path, std::size_t line) { return path + ":" + std::to_string(line); }

// What a file says is checked even where a flag wins, so that a mistake does not hide.
Result<void> read_file(Sources& sources, const std::string& path, std::string_view text,
                       std::span<const Setting> table) {
  for (FileSetting& found : TRY(parse_settings(text, path, table))) {
    const std::string where = at_line(path, found.line);
    Setting named = *found.setting;  // errors tell the key, not the row that it fits
    named.key = found.key;
    SettingValue value{TRY(checked_value(named, found.value, ErrorKind::settings, where)), Origin::file, where};
    sources.file.emplace(found.key, FileValue{found.setting, std::move(value)});
  }
  return {};
}

Result<void> read_env_file(Sources& sources) {
  const std::string& path = sources.input.env_file;
  if (path.empty()) return {};
  const SmallFile file = TRY(read_small_file(path, "env file", "--env-file"));
  sources.env_file_lines = TRY(parse_env_file(file.text, path));
  for (const auto& [name, variable] : sources.env_file_lines) sources.env_file.emplace(name, variable.value);
  return {};
}

// The environment, and of the env file what it lacks.
Environment variables(const Sources& sources) {
  Environment all;
  for (const auto* some : {&sources.input.environment, &sources.env_file})
    for (const auto& [name, value] : *some)
      if (!value.empty()) all.emplace(name, value);
  return all;
}

Result<std::optional<SettingValue>> of_flag(const Setting& setting, const Sources& sources) {
  const auto flag = sources.input.flags.find(setting.key);
  if (flag == sources.input.flags.end()) return std::nullopt;
  const std::string where = long_flag(setting.flag);
  return SettingValue{TRY(checked_value(setting, flag->second, ErrorKind::usage, where)), Origin::flag, where};
}

Result<std::optional<SettingValue>> of_environment(const Setting& setting, const Sources& sources) {
  const auto variable = first_set(setting.environment, sources.input.environment);
  if (!variable) return std::nullopt;
  const std::string raw = from_variable(setting, variable->value);
  return SettingValue{TRY(checked_value(setting, raw, ErrorKind::settings, variable->name)), Origin::environment,
                      variable->name};
}

Result<std::optional<SettingValue>> of_env_file(const Setting& setting, const Sources& sources) {
  const auto variable = first_set(setting.environment, sources.env_file);
  if (!variable) return std::nullopt;
  const std::string where = at_line(sources.input.env_file, sources.env_file_lines.find(variable->name)->second.line);
  const std::string raw = from_variable(setting, variable->value);
  return SettingValue{TRY(checked_value(setting, raw, ErrorKind::settings, where)), Origin::env_file, where};
}

Result<SettingValue> value_of(const Setting& setting, const Sources& sources) {
  for (auto* said : {&of_flag, &of_environment, &of_env_file})
    if (auto value = TRY((*said)(setting, sources))) return *std::move(value);
  if (const auto found = sources.file.find(setting.key); found != sources.file.end()) return found->second.value;
  return SettingValue{std::string(setting.default_value), Origin::default_value, ""};
}

// A warning for each secret in a settings file that others may read.
std::vector<std::string> exposed_secrets(const Sources& sources, const std::string& path) {
  std::vector<std::string> warnings;
  for (const auto& [key, found] : sources.file)
    if (found.setting->secret == Secret::yes && !found.value.value.empty())
      warnings.push_back("'" + clean_line(key) + "' is in a file that others may read; chmod 600 " + path);
  return warnings;
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
  Sources sources{.input = input, .env_file_lines = {}, .env_file = {}, .file = {}};
  TRY(read_env_file(sources));
  Settings settings;
  const NamedFile named = TRY(find_settings_file(input.config_path, variables(sources)));
  if (!named.path.empty()) {
    const SmallFile file = TRY(read_small_file(named.path, "settings file", named.named_by));
    TRY(read_file(sources, named.path, file.text, table));
    if (file.readable_by_others) settings.warnings_ = exposed_secrets(sources, named.path);
  }
  settings.config_path_ = named.path;
  for (const Setting& setting : table) settings.values_.emplace(setting.key, TRY(value_of(setting, sources)));
  for (const auto& [key, found] : sources.file)
    if (is_pattern(found.setting->key) && settings.values_.emplace(key, found.value).second)
      settings.named_.insert(key);
  return settings;
}

const SettingValue& Settings::at(std::string_view key) const {
  auto found = values_.find(key);
  if (found == values_.end())  // what the file does not say has the default of its row
    found = std::ranges::find_if(values_, [key](const auto& entry) { return fits_row(entry.first, key); });
  assert(found != values_.end());
  return found->second;
}

std::vector<std::string> Settings::keys(std::string_view row) const {
  if (!is_pattern(row)) return {std::string(row)};
  std::vector<std::string> keys;
  std::ranges::copy_if(named_, std::back_inserter(keys), [row](const std::string& key) { return fits_row(row, key); });
  return keys;
}

std::int64_t Settings::integer(std::string_view key) const {
  const std::string& value = text(key);
  std::int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);  // checked by load()
  return number;
}

std::optional<double> Settings::number(std::string_view key) const {
  const std::string& value = text(key);
  double number = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);  // checked by load()
  return code == std::errc{} ? std::optional(number) : std::nullopt;
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
