#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace agent::evidence {

/// A phrase that speaks of failure. Found without regard to case.
struct Signal {
  std::string_view phrase;  ///< Lower case, at least 4 bytes.
  int weight = 0;           ///< 0 to 100: how much a line that has it explains.
  std::uint8_t anchor = 0;  ///< Where its rarest four bytes stand (counted over CI logs): the scan looks for those.
  bool whole_word = false;  ///< No letter, digit, '_' or '-' may stand directly before or after.
};

/// All phrases; the scan's prefilter and score_line() are made from this one table.
[[nodiscard]] std::span<const Signal> signals();

/// What a line is, apart from how much it says.
enum class LineKind : std::uint8_t {
  plain,
  blank,
  frame,   ///< A line of a stack trace, or of a dump of memory.
  passed,  ///< Says that something went well.
  drawn,   ///< Drawn with backspaces or other control characters: a progress bar.
  closing  ///< Says that a command or a job failed, not why: what explains it stands before.
};

/// From this weight on, a line says by itself that something failed.
inline constexpr int names_a_failure = 50;

struct LineScore {
  int weight = 0;  ///< 0 (says nothing) to 100.
  LineKind kind = LineKind::plain;
};

/// Judges one cleaned line (no ANSI, no CI time stamp) on its own, with no log around it.
[[nodiscard]] LineScore score_line(std::string_view line);

/// A line's text after the time stamp that a CI system puts before every line ("2026-01-01T00:00:00.1234567Z "), if
/// any.
[[nodiscard]] std::string_view without_ci_stamp(std::string_view line);

}  // namespace agent::evidence
