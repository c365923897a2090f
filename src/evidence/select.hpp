#pragma once

#include "base/redactor.hpp"
#include "base/report.hpp"
#include "base/tokens.hpp"
#include "evidence/distiller.hpp"
#include "evidence/retain.hpp"
#include "evidence/signals.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// A line that moves the cursor about is drawn rather than said: a progress bar, a full screen. What it shows at the
/// end is not what it holds.
enum class Drawn { no, perhaps, surely };

/// A retained line, ready to be shown.
struct Line {
  std::size_t number = 0;  ///< Counted from 1.
  std::string text;        ///< Cleaned, without the CI system's time stamp, at most 4,000 code points.
  LineScore score = {};
  Drawn drawn = Drawn::no;
  double priority = 0;   ///< Lines of greater priority are shown first.
  const char* why = "";  ///< What gave it the priority: "error", "context", "end", "tail", "head".
};

/// Splits, cleans and redacts (when there is a redactor) what was retained.
[[nodiscard]] std::vector<Line> lines_of(const std::vector<Segment>& segments, Redactor* redactor);

inline constexpr std::size_t longest_kept = 4000;  ///< Code points of a line that lines_of() keeps.

/// At most the first `limit` code points, the last of them '…' when something was cut; a placeholder of a secret is
/// never cut in two.
[[nodiscard]] std::string cut(std::string_view text, std::size_t limit);

/// Gives every line its priority: from its own words, its neighbours, and how near it stands before the end of what
/// failed. Method and constants: src/evidence/README.md, "How logs are distilled".
void rank(std::vector<Line>& lines, const Baseline* baseline);

/// Indices of lines in the order in which they deserve a place.
struct FillOrder {
  std::vector<std::size_t> lines;
  std::size_t repeats_from =
      0;  ///< From here on: lines that say what another one said, for when there is plenty of room.
};

/// Blank lines, progress bars, lines that say next to nothing, and lines that say what the line before said, are left
/// out.
[[nodiscard]] FillOrder fill_order(std::vector<Line>& lines);

/// The first lines of `order` that fit, as excerpts in log order; a line takes 160 to 320 code points. From 8,000
/// tokens on, what room is left lengthens cut lines, and then shows repeats.
[[nodiscard]] std::vector<Excerpt> fill(const std::vector<Line>& lines, const FillOrder& order, Tokens budget);

}  // namespace agent::evidence
