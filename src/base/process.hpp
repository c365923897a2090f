#pragma once

#include "base/error.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// How a command ended.
struct CommandEnd {
  int exit_code = 0;          ///< The command's own; 128 + signal when a signal ended it, as shells say it.
  std::optional<int> signal;  ///< The signal that ended it.
  bool timed_out = false;     ///< We ended it at the deadline.
};

struct CommandOptions {
  std::optional<std::chrono::milliseconds> timeout;
};

/// Runs `argv` (found by PATH; no shell) and passes its output through untouched as it comes, to our own standard output
/// and error, while `observe` sees the same bytes in the order in which they came.
///
/// The command keeps what it had: standard input is ours; where our output is a terminal, the command sees a terminal (of
/// the same size, resized with it); where it is a pipe or a file, it sees a pipe. Ctrl-C, Ctrl-Z's absence, SIGTERM, SIGHUP
/// and SIGQUIT reach the command, and we wait for its end. At the deadline its process group gets SIGTERM, after 2 s SIGKILL.
/// If our own output is closed, the command sees a closed pipe, and we go on quietly.
/// Errors: `target_not_found` (no such command: the shells' 127), `unreadable` (not executable: 126).
[[nodiscard]] Result<CommandEnd> run_command(const std::vector<std::string>& argv, const CommandOptions& options,
                                             const std::function<void(std::string_view)>& observe);

}  // namespace agent
