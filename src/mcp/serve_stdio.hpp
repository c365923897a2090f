#pragma once

#include "base/error.hpp"
#include "mcp/server.hpp"

#include <chrono>
#include <cstddef>
#include <stop_token>

namespace agent::mcp {

struct StdioLimits {
  std::size_t calls_at_once = 8;  ///< Each on a thread.
  std::size_t calls_waiting = 64;
  std::size_t max_line_bytes = std::size_t{8} << 20U;
  std::chrono::milliseconds grace{1'000};  ///< What calls have left when `in` ends.
};

/// Serves one client by lines of JSON-RPC: what it says on `in`, our answers on `out`, neither of which is closed.
/// Returns when `in` ends, after the grace that calls have then, or when `stop` is asked; calls that still run are
/// asked to stop, and waited for; answers that the client does not take then are given up. Calls beyond the limits are
/// refused (-32603), a longer line too (-32600). Errors: `unreachable` (`out` is closed, or `in` can't be read).
[[nodiscard]] Result<void> serve_stdio(const ToolServer& server, int in, int out, const std::stop_token& stop,
                                       const StdioLimits& limits = {});

}  // namespace agent::mcp
