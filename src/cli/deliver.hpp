#pragma once

#include "cli/command.hpp"

#include <vector>

namespace agent::cli {

/// `agent deliver`: sends the reports that could not be delivered.
[[nodiscard]] std::vector<Command> deliver_commands();

}  // namespace agent::cli
