#pragma once

#include "base/settings_file.hpp"

namespace agent {

/// Collects what a parser finds in a settings file, and refuses what the table does not know.
class SettingsTree {
 public:
  SettingsTree(std::span<const Setting> table, std::string path) : table_(table), path_(std::move(path)) {}

  /// The table's row of `key`. Errors: it is unknown, or was found before, or can't stand in a file.
  [[nodiscard]] Result<const Setting*> row(const std::string& key, std::size_t line);

  /// True when `key` is the start of known keys ("log"), so that a table may stand there.
  [[nodiscard]] bool is_table(std::string_view key) const;

  void add(const Setting& setting, std::string value, std::size_t line);
  [[nodiscard]] std::unexpected<Error> wrong(std::string what, std::size_t line, std::string fix = {}) const;
  [[nodiscard]] std::vector<FileSetting> take() { return std::move(found_); }

 private:
  std::span<const Setting> table_;
  std::string path_;
  std::vector<FileSetting> found_;
};

/// The two forms. Errors: as parse_settings().
[[nodiscard]] Result<void> read_toml(std::string_view text, SettingsTree& tree);
[[nodiscard]] Result<void> read_yaml(std::string_view text, SettingsTree& tree);

}  // namespace agent
