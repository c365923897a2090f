#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// `words` is a list whose parts stay as they are, such as a command's arguments. A `number` is a decimal one, without
/// an exponent, from 0 to a billion.
enum class SettingType { text, boolean, integer, number, duration, choice, path, list, words };
enum class Secret { no, yes };
enum class InFile { yes, no };

/// One setting: the only place that names it. Flags, environment, files, `config show`, help and completion follow.
struct Setting {
  /// In a TOML or YAML file, with its table: "log.level". A '*' stands for a name that the file chooses
  /// ("mcp.servers.*.url"), '**' for one with dots ("llm.prices.**.input"); such a row has neither flag nor
  /// environment.
  std::string_view key;
  std::string_view flag;         ///< "--log-level"; "-q,--quiet"; empty: no flag.
  std::string_view environment;  ///< Names split by blanks, first wins, legacy ones last: "AGENT_LOG_LEVEL LOG_LEVEL".
  SettingType type = SettingType::text;
  std::string_view default_value;
  std::string_view help;
  std::string_view commands;      ///< That take the flag, split by blanks ("analyze mcp/serve"); empty: all.
  std::string_view choices = {};  ///< For `choice`, split by blanks; compared without case.
  Secret secret = Secret::no;
  InFile in_file = InFile::yes;  ///< Whether a settings file may hold it.
  std::int64_t minimum = 0;      ///< For `integer`.
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::string_view value = {};  ///< What the help calls the value, where its type says too little: "NAME".
};

/// All settings, in the order of the help. The table: src/base/settings_table.cpp.
[[nodiscard]] std::span<const Setting> settings_table();

/// Where a value came from.
enum class Origin { default_value, file, env_file, environment, flag };

struct SettingValue {
  std::string value;  ///< As text, checked against the type; lists joined by '\n'; each word followed by one.
  Origin origin = Origin::default_value;
  std::string where;  ///< "--log-level", "LOG_LEVEL", "/home/u/.config/agent/config.toml:3".
};

/// What settings are made from. Nothing else is read: in particular nothing of the working directory.
struct SettingsInput {
  std::map<std::string, std::string, std::less<>> flags;  ///< By key, as given on the command line.
  std::map<std::string, std::string, std::less<>> environment;
  /// `--config`; empty: `$AGENT_CONFIG`, then `config.toml` (or `.yaml`, `.yml`) in `$XDG_CONFIG_HOME/agent`, or in
  /// `$HOME/.config/agent` where that is not set, if there is one.
  std::string config_path;
  std::string env_file;  ///< `--env-file`; empty: none.
};

/// The settings of one run. Flags win over environment, over the env file, over the file, over the defaults.
class Settings {
 public:
  /// A file is TOML (`.toml`) or YAML (`.yaml`, `.yml`), at most 1 MiB. Tests give their own `table`, which must
  /// outlive the call only. Errors: `usage` for a flag's value, `settings` for all else: file and line, key, and the
  /// nearest known key.
  [[nodiscard]] static Result<Settings> load(const SettingsInput& input,
                                             std::span<const Setting> table = settings_table());

  /// `key` must be in the table, or fit a row of it (else a bug: assert).
  [[nodiscard]] const SettingValue& at(std::string_view key) const;
  [[nodiscard]] const std::string& text(std::string_view key) const { return at(key).value; }
  [[nodiscard]] bool enabled(std::string_view key) const { return at(key).value == "true"; }
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key) const;  ///< None: it is empty.
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;

  /// The keys that stand for a row of the table: itself; of a row with '*' those that the file has, in alphabetic
  /// order.
  [[nodiscard]] std::vector<std::string> keys(std::string_view row) const;

  [[nodiscard]] const std::string& config_path() const {
    return config_path_;
  }  ///< The file that was read; may be empty.
  [[nodiscard]] const std::vector<std::string>& warnings() const {
    return warnings_;
  }  ///< For the log, once it is set up.

 private:
  std::map<std::string, SettingValue, std::less<>> values_;
  std::set<std::string, std::less<>> named_;  ///< The keys of rows with '*'.
  std::string config_path_;
  std::vector<std::string> warnings_;
};

/// "250ms", "30s", "5m", "1h30m", "90" (seconds); at most 1000 days. Errors: `usage`.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace agent
