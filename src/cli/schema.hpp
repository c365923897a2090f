#pragma once

#include "cli/command.hpp"

#include <vector>

namespace agent::cli {

/// `agent schema`: prints the JSON Schema of a report.
[[nodiscard]] std::vector<Command> schema_commands();

}  // namespace agent::cli
