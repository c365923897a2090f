#pragma once

#include "cli/command.hpp"

#include <span>
#include <string>
#include <vector>

namespace agent::cli {

/// Each setting of `table` on a line, "key = value  # where it came from"; a secret is "(set)".
[[nodiscard]] std::string show_text(const Settings& settings, std::span<const Setting> table = settings_table());

/// The same as JSON: {"settings": [{"key", "value", "origin", "where"}], "config_path"}.
[[nodiscard]] std::string show_json(const Settings& settings, std::span<const Setting> table = settings_table());

/// `agent config show|check|path`: which settings are in force and where each came from.
[[nodiscard]] std::vector<Command> config_commands();

}  // namespace agent::cli
