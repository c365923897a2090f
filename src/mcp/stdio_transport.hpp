#pragma once

#include "mcp/transport.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace agent::mcp {

/// A server that is a command of ours.
struct StdioWay {
  std::vector<std::string> command;      ///< argv; found by PATH; no shell.
  std::vector<std::string> environment;  ///< NAME=VALUE; all of it.
  std::size_t max_message_bytes = std::size_t{64} << 20U;
};

/// Starts the command in a process group of its own; messages are lines of JSON on its standard input and output, other
/// lines are skipped. Of its standard error the last 4 KiB are kept, at level debug the lines are logged. When it ends,
/// all calls that wait fail with `unreachable`, and so do those that follow.
/// close(): its input is closed; if it does not end, its group gets SIGTERM after 1 s and SIGKILL after 2 s.
/// Errors: `target_not_found` (no such command), `unreadable` (not executable).
[[nodiscard]] Result<std::unique_ptr<Transport>> open_stdio(StdioWay way, Receive receive);

}  // namespace agent::mcp
