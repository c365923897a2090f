#pragma once

#include "base/settings_file.hpp"

namespace agent {

/// Collects what a parser finds in a settings file, and refuses what the table does not know.
class SettingsTree {
 public:
  SettingsTree(std::span<const Setting> table, std::string path) : table_(table), path_(std::move(path)) {}

  /// The table's row of `key`. Errors: it is unknown, or was found before, or can't stand in a file; too many.
  [[nodiscard]] Result<const Setting*> row(const std::string& key, std::size_t line) const;

  /// True when `key` is the start of known keys ("log"), so that a table may stand there.
  [[nodiscard]] bool is_table(std::string_view key) const;

  /// The value of a list from its parts. Errors: a word with a line break.
  [[nodiscard]] Result<std::string> joined(const Setting& setting, const std::string& key, std::size_t line,
                                           const std::vector<std::string>& parts) const;
  /// What a value that can't be the row's is told by.
  [[nodiscard]] std::unexpected<Error> bad_form(const Setting& setting, const std::string& key, std::size_t line) const;
  void add(const Setting& setting, const std::string& key, std::string value, std::size_t line);
  [[nodiscard]] std::unexpected<Error> wrong(std::string what, std::size_t line, std::string fix = {}) const;
  [[nodiscard]] std::vector<FileSetting> take() { return std::move(found_); }

 private:
  [[nodiscard]] std::unexpected<Error> unknown(const std::string& key, std::size_t line) const;

  std::span<const Setting> table_;
  std::string path_;
  std::vector<FileSetting> found_;
  std::map<std::string, std::size_t, std::less<>> lines_;  ///< Of the keys that were found.
};

/// True when the setting takes several values.
[[nodiscard]] bool is_list(const Setting& setting);

/// The two forms. Errors: as parse_settings().
[[nodiscard]] Result<void> read_toml(std::string_view text, SettingsTree& tree);
[[nodiscard]] Result<void> read_yaml(std::string_view text, SettingsTree& tree);

}  // namespace agent
