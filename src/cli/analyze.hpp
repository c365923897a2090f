#pragma once

#include "cli/command.hpp"

#include <vector>

namespace agent::cli {

/// `agent analyze`: explains a failing log, several, standard input, or a command that it runs.
[[nodiscard]] std::vector<Command> analyze_commands();

}  // namespace agent::cli
