#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace agent::evidence {

/// A log line without what CI systems put before it.
struct BareLine {
  std::size_t number = 0;  ///< In the log, counted from 1.
  std::string_view text;   ///< From the first byte that the tool itself wrote.
  bool marked = false;     ///< The CI system marked it as an error ("##[error]").
  bool step = false;       ///< A step of the CI job starts here.
  int vertex = 0;          ///< BuildKit's number of the build step; 0: none.
  bool known = false;      ///< A passing run said it, too.
  bool script = false;     ///< The text of a command that is to run, not what it wrote.
};

/// Takes time stamps, BuildKit's "#12 0.345 ", Compose's "web-1  | ", Tekton's "[task : step] " and the like off.
[[nodiscard]] BareLine bare_line(std::size_t number, std::string_view line);

/// Marks what a step of GitHub Actions or Azure shows of its own script before it runs.
void mark_scripts(std::span<BareLine> lines);

}  // namespace agent::evidence
