#pragma once

#include "base/report.hpp"

#include <cstddef>
#include <string>

namespace agent::sinks {

/// How a report is shown on a terminal or in a job's log.
struct TextStyle {
  bool color = false;            ///< ANSI colour on the verdict; nothing else is ever coloured.
  std::size_t width = 100;       ///< Columns; what a terminal says, 100 where there is none. At least 20 are used.
  bool verbose = false;          ///< All findings with their proof, all evidence and why it was kept, timings.
  bool defuse_commands = false;  ///< Inside a CI system that reads commands from output (`GITHUB_ACTIONS=true`).
};

/// The report as a person reads it in twenty seconds: verdict, cause, proof, what to do, where the rest is.
/// Prose is wrapped at the width, log lines are cut with "…", commands are left whole. No control character of the
/// report's texts is passed on.
[[nodiscard]] std::string render_text(const Report& report, const TextStyle& style);

}  // namespace agent::sinks
