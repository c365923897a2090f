#pragma once

#include "evidence/rule_match.hpp"

#include <span>
#include <vector>

namespace agent::evidence {

/// A rule's hits with what they count for.
struct Ranked {
  Matched matched;
  int score = 0;
  bool echo = false;      ///< Says that something failed, not why.
  bool survived = false;  ///< Something that is often survived, and later things failed.
};

/// What explains the failure best first. Echoes ("Error 2") are left out where a cause is known.
/// Method: src/evidence/README.md, "Which finding is the cause".
[[nodiscard]] std::vector<Ranked> rank(const std::vector<Matched>& matched, std::span<const BareLine> lines);

}  // namespace agent::evidence
