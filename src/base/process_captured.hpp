#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

namespace agent {

/// A command whose output we want for ourselves.
struct CapturedCommand {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< All of it, as NAME=VALUE.
  std::chrono::milliseconds timeout{60'000};
  std::size_t most_output_bytes = std::size_t{1} << 20U;
};

struct CapturedEnd {
  int exit_code = 0;      ///< 128 + signal when a signal ended it.
  std::string output;     ///< Standard output.
  std::string error_end;  ///< The last 4 KiB of standard error.
};

/// Runs `argv` (found by PATH; no shell) with an empty standard input, in a process group of its own that is killed at
/// the end of `timeout`, when `stop` is asked, or when it writes too much. It inherits no other descriptor. What it
/// leaves running is not waited for. Blocks no signal: a caller in a terminal blocks them in this thread.
/// Errors: `target_not_found` (no such command), `unreadable` (not executable, too much output), `deadline`,
/// `interrupted`.
[[nodiscard]] Result<CapturedEnd> run_captured(const CapturedCommand& command, const std::stop_token& stop);

}  // namespace agent
