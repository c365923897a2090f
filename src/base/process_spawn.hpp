#pragma once

#include "base/error.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace agent {

/// Where a command stands towards terminals.
enum class Session {
  own_group,   ///< Its own process group in our session.
  foreground,  ///< The same, and our controlling terminal's foreground is given to it.
  detached,    ///< A session without a controlling terminal.
  pty,         ///< A session whose controlling terminal is SpawnPlan::terminal.
};

struct SpawnPlan {
  std::vector<std::string> argv;
  int input = 0, output = 1, error = 2;  ///< Descriptors that become its standard ones.
  Session session = Session::own_group;
  int terminal = -1;
  /// NAME=VALUE; null: ours. With one of its own, it gets no other descriptors than the standard ones either.
  const std::vector<std::string>* environment = nullptr;
};

/// Starts a command in a process group of its own, with default signal dispositions for those that run_command
/// changes, no blocked signal, and SIGTERM for it when our thread dies. It is executing when this returns.
/// fork(2), as posix_spawn(3) can ask neither for that signal nor for a controlling terminal.
/// Of our descriptors it sees those that are not close-on-exec: inherited ones, such as make's job server, stay.
/// Errors: `target_not_found`, `unreadable`.
[[nodiscard]] Result<pid_t> spawn(const SpawnPlan& plan);

}  // namespace agent
