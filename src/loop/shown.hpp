#pragma once

#include "base/report.hpp"
#include "base/tokens.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::loop {

/// Tokens of a text: a token stands for four code points.
[[nodiscard]] constexpr std::size_t estimated_tokens(std::string_view text) {
  return (count_code_points(text) + 3) / 4;
}

/// Lines of `text`; a last one without a newline counts.
[[nodiscard]] std::size_t count_lines(std::string_view text);

/// The lines of `excerpts`, each behind its number; '…' stands for what was left out between them.
[[nodiscard]] std::string print_lines(const std::vector<Excerpt>& excerpts);

/// What is shown of a text.
struct Shown {
  std::string text;               ///< Lines behind their numbers, or the bare text when it is short.
  std::vector<Excerpt> excerpts;  ///< The same lines.
  bool whole = true;              ///< Nothing was left out.
};

/// As much of `text` as `share` allows. What fits is shown whole, with line numbers from 21 lines on. Of a log, or of
/// any text of many lines, the lines that explain a failure are shown, in at most 1,500 tokens; else head and tail.
[[nodiscard]] Shown show_text(std::string_view text, bool is_log, Tokens share);

/// The first lines of a text whose lines have numbers already.
[[nodiscard]] Shown show_head(std::string_view text, Tokens share);

/// The lines of `excerpts` that a reader would want back first, within `budget`: those of `cited`, then those that the
/// distiller ranks first. Each behind its number.
[[nodiscard]] std::string gist(const std::vector<Excerpt>& excerpts, const std::vector<std::size_t>& cited,
                               Tokens budget);

}  // namespace agent::loop
