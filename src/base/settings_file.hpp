#pragma once

#include "base/error.hpp"
#include "base/settings.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// One line of a settings file: a row of the table, the key that stands for it, and its value as text (lists as in
/// SettingValue).
struct FileSetting {
  const Setting* setting = nullptr;
  std::string key;
  std::string value;
  std::size_t line = 0;  ///< Counted from 1.
};

/// The settings in `text`, which is TOML, or YAML when `path` ends so. Keys are nested (`[log] level`) or dotted
/// (`log.level`). Every key is in `table`, or fits a row of it, once; values are not yet checked. At most 10,000
/// settings. Errors: `settings`, at "PATH:LINE": syntax, an unknown key (with the nearest), a key given twice, a list
/// for a single value, an extension other than .toml, .yaml and .yml.
[[nodiscard]] Result<std::vector<FileSetting>> parse_settings(std::string_view text, const std::string& path,
                                                              std::span<const Setting> table);

/// One variable of an env file.
struct FileVariable {
  std::string value;
  std::size_t line = 0;  ///< Counted from 1.
};

/// The variables in `text`: lines `KEY=VALUE`, `export ` before them or not, '#' comments. A value may be in 'single'
/// quotes (taken as it stands) or "double" ones (\n, \t, \", \\, \$ are known); nothing is expanded. The last line of a
/// key wins. Errors: `settings`, at "PATH:LINE"; the line itself is not told, it may hold a secret.
[[nodiscard]] Result<std::map<std::string, FileVariable, std::less<>>> parse_env_file(std::string_view text,
                                                                                      const std::string& path);

/// A settings or env file's bytes and whether others may read it. At most 1 MiB.
struct SmallFile {
  std::string text;
  bool readable_by_others = false;
};

/// Errors: `settings`, at `named_by`: it is missing, unreadable, a folder, or too large. `what` names it: "settings
/// file".
[[nodiscard]] Result<SmallFile> read_small_file(const std::string& path, std::string_view what,
                                                const std::string& named_by);

/// A settings file to read, and what named it: "--config", "AGENT_CONFIG", or the folder that it was looked for in.
struct NamedFile {
  std::string path;  ///< Empty: there is none.
  std::string named_by;
};

/// The settings file to read, by SettingsInput's order. `variables` hold $AGENT_CONFIG, $XDG_CONFIG_HOME (ignored
/// unless absolute, as its specification says) and $HOME.
/// Errors: `settings`: more than one stands in the same folder.
[[nodiscard]] Result<NamedFile> find_settings_file(const std::string& flag,
                                                   const std::map<std::string, std::string, std::less<>>& variables);

}  // namespace agent
