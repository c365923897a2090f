#pragma once

#include "base/settings.hpp"
#include "cli/command.hpp"

#include <span>
#include <string>

namespace agent::cli {

/// The help of `command` (none: of the program), made from the same rows that the command line is parsed by.
[[nodiscard]] std::string help(const Command* command, std::span<const Command> commands,
                               std::span<const Setting> settings);

}  // namespace agent::cli
