#pragma once

#include "base/error.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// How a command ended.
struct CommandEnd {
  int exit_code = 0;           ///< The command's own; 128 + signal when a signal ended it, as shells say it.
  std::optional<int> signal;   ///< The signal that ended it.
  bool timed_out = false;      ///< We ended it at the deadline.
  bool output_closed = false;  ///< The reader of our output went away while the command wrote.
};

struct CommandOptions {
  std::optional<std::chrono::milliseconds> timeout;
};

/// Runs `argv` (found by PATH; no shell) and passes its output through untouched as it comes, to our own standard
/// output and error, while `observe` sees the same bytes in the order in which they came. Where our output and error
/// are the same file, the command's are, too, so that their order is the command's; else it is the order of arrival.
///
/// The command keeps what it had: standard input, environment and inherited descriptors are ours; where our output is a
/// terminal, the command sees a terminal (of the same size, resized with it); where it is a pipe or a file, it sees a
/// pipe. Ctrl-C, SIGINT, SIGTERM, SIGHUP and SIGQUIT reach the command, and we wait for its end; Ctrl-Z does nothing
/// where the command has a terminal of ours. At the deadline its process group gets SIGTERM, after 2 s SIGKILL. If our
/// own output is closed, the command sees a closed pipe, and we go on quietly. Output that a background process of the
/// command holds open is followed until it is quiet for 200 ms, 2 s at most. Call it before other threads run, or with
/// INT, TERM, HUP, QUIT, CHLD, WINCH and CONT blocked in them: it takes these signals for itself, and gives them back.
/// Memory: 256 KiB a stream, and the kernel's pipe of 1 MiB. Errors: `target_not_found` (no such command: the shells'
/// 127), `unreadable` (not executable: 126), `delivery_failed` (our output can't be written: a full disk; told once the
/// command ended).
[[nodiscard]] Result<CommandEnd> run_command(const std::vector<std::string>& argv, const CommandOptions& options,
                                             const std::function<void(std::string_view)>& observe);

/// Opens those of descriptors 0 to 2 that are closed on nothing, so that no file, pipe or socket of ours gets their
/// numbers: a closed standard stream is an empty one.
void open_standard_streams();

}  // namespace agent
