#pragma once

#include "cli/command.hpp"

#include <vector>

namespace agent::cli {

/// `agent config show|check|path`: which settings are in force and where each came from.
[[nodiscard]] std::vector<Command> config_commands();

}  // namespace agent::cli
