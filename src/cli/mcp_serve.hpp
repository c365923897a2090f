#pragma once

#include "cli/command.hpp"

#include <vector>

namespace agent::cli {

/// `agent mcp serve`: the tools that look at a cluster or a snapshot, and `analyze`, as an MCP server.
[[nodiscard]] std::vector<Command> mcp_serve_commands();

}  // namespace agent::cli
