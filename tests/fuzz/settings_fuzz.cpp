#include "base/settings.hpp"
#include "base/settings_file.hpp"
#include "base/settings_key.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// An error tells its place; what was found is known, is there once, and stands on a line of the text.
void check_settings(std::string_view text, const std::string& path) {
  const auto found = agent::parse_settings(text, path, agent::settings_table());
  if (!found) {
    require(found.error().kind == agent::ErrorKind::settings && found.error().where.starts_with(path));
    return;
  }
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n') + std::ranges::count(text, '\r')) + 1;
  std::set<std::string> seen;
  for (const agent::FileSetting& one : *found)
    require(one.setting != nullptr && agent::fits_row(one.setting->key, one.key) && seen.insert(one.key).second &&
            one.line >= 1 && one.line <= lines);
}

void check_env_file(std::string_view text) {
  const auto variables = agent::parse_env_file(text, "env");
  if (!variables) return require(variables.error().where.starts_with("env:"));
  for (const auto& [name, variable] : *variables)
    require(!name.empty() && name.find('=') == std::string::npos && text.find(name) != std::string_view::npos);
}

}  // namespace

/// The first byte picks the form: TOML, YAML or env file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) check_settings(text, "a.toml");
  if (data[0] % 3 == 1) check_settings(text, "a.yaml");
  if (data[0] % 3 == 2) check_env_file(text);
  return 0;
}
