#pragma once

#include "base/report.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::sinks {

// What a report says, in the pieces that a summary, an issue and a comment are put together from. Each is empty where
// the report has nothing of it, else ends with a line end.

[[nodiscard]] std::string markdown_heading(std::string_view title);

/// "verdict: cause" as prose of one line, cut.
[[nodiscard]] std::string markdown_summary(const Report& report);

/// "Seen 4 times since Monday 16 November, issue …": a paragraph.
[[nodiscard]] std::string markdown_seen(const Report& report);

/// The lines that prove the cause, or the likeliest ones, in fences.
[[nodiscard]] std::string markdown_proof(const Report& report);

/// The model's chain of causation, numbered.
[[nodiscard]] std::string markdown_chain(const Report& report);

/// What the model ruled out and doubts, with headings.
[[nodiscard]] std::string markdown_doubts(const Report& report);

[[nodiscard]] std::string markdown_remedies(const Report& report);

/// The findings that are not the cause, 20 at most.
[[nodiscard]] std::string markdown_other_findings(const Report& report);

[[nodiscard]] std::string markdown_not_checked(const Report& report);

/// All excerpts, as far as `room` code points go, and how many are left out.
[[nodiscard]] std::string markdown_excerpts(const Report& report, std::size_t room);

/// `content` behind a line that opens it.
[[nodiscard]] std::string markdown_folded(std::string_view title, const std::string& content);

/// What the report was made by and from: "cause found by `x.y`", "fingerprint `…`".
[[nodiscard]] std::vector<std::string> markdown_how_made(const Report& report);

/// How many code points `text` has, which is UTF-8.
[[nodiscard]] std::size_t count_code_points(std::string_view text);

/// `text`, or as many of its lines as `most_code_points` take with what closes their fence and <details>, and with a
/// line that says that it was cut, where that fits.
[[nodiscard]] std::string cut_markdown(const std::string& text, std::size_t most_code_points);

}  // namespace agent::sinks
