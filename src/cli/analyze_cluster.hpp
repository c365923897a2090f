#pragma once

#include "cli/command.hpp"

#include <vector>

namespace agent::cli {

/// What `agent analyze` takes to name something of a cluster.
[[nodiscard]] std::vector<Argument> cluster_arguments();

/// True when the command line asks for a cluster or a snapshot: a target, or a flag that says which cluster.
[[nodiscard]] bool asks_for_cluster(const Context& context);

/// Explains what fails there. Gives the exit code.
[[nodiscard]] Result<int> analyze_cluster(Context& context);

}  // namespace agent::cli
