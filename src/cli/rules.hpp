#pragma once

#include "base/settings.hpp"
#include "cli/command.hpp"
#include "evidence/rules.hpp"

#include <vector>

namespace agent::cli {

/// The built-in rules and those of `--rules`. Errors: `settings`.
[[nodiscard]] Result<evidence::RuleSet> load_rules(const Settings& settings);

/// `agent rules list`, `agent rules test LOG`.
[[nodiscard]] std::vector<Command> rules_commands();

}  // namespace agent::cli
