#pragma once

#include "base/report.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace agent::sinks {

/// One line to show as proof; safe_lines() has cleaned it.
struct ProofLine {
  std::size_t number = 0;  ///< 0: the source has no lines.
  std::string text;
  bool key = false;  ///< A citation stands here; other lines are its context.
};

/// What is shown of one source. Where two numbers are not neighbours, lines were left out.
struct ProofBlock {
  std::string source;  ///< A source id.
  std::vector<ProofLine> lines;
  std::size_t folded = 0;  ///< Further lines that said the same.
};

/// The few lines that prove one finding.
struct Proof {
  std::vector<ProofBlock> blocks;
  std::size_t left_out = 0;  ///< Cited lines beyond the limit.
};

/// The lines that `finding` cites, each with up to three lines of context from `evidence`: less context when there
/// would be more than `max_lines`, and then fewer citations. A citation outside `evidence` is shown by its quote.
[[nodiscard]] Proof proof_of(const Finding& finding, const std::vector<SourceEvidence>& evidence,
                             std::size_t max_lines);

/// Where there is no cited cause: the excerpt that most likely holds it, which is the last one kept for an error or
/// a trace, else the end of the last source. Errors come last in a log that stops at the first one.
[[nodiscard]] Proof likeliest_excerpt(const std::vector<SourceEvidence>& evidence, std::size_t max_lines);

/// An excerpt's lines, numbered.
[[nodiscard]] std::vector<ProofLine> numbered_lines(const Excerpt& excerpt);

}  // namespace agent::sinks
