#pragma once

#include "base/settings.hpp"
#include "cli/command.hpp"

#include <span>
#include <string>
#include <vector>

namespace agent::cli {

/// A bash script that completes commands, flags, their choices and files: made from the rows that the command line is
/// parsed by. completions/agent.bash is what it gives.
[[nodiscard]] std::string bash_completion(std::span<const Command> commands, std::span<const Setting> settings);

/// `agent completion bash`: prints that script.
[[nodiscard]] std::vector<Command> completion_commands();

}  // namespace agent::cli
