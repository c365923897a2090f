#pragma once

#include "cli/command.hpp"

#include <vector>

namespace agent::cli {

/// `agent explain WORD`: what is known of a reason, an exit code, a signal, a category or a log rule.
[[nodiscard]] std::vector<Command> explain_commands();

}  // namespace agent::cli
