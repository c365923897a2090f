#pragma once

#include "evidence/rule_match.hpp"
#include "evidence/rules.hpp"

#include <span>
#include <vector>

namespace agent::evidence {

/// Whether the log's last lines say that all went well, and nothing in it says otherwise. `tail`: the last lines of the
/// log, all of them; `lines`: those that the rules saw.
/// Method: src/evidence/README.md, "How a log ends".
[[nodiscard]] LogEnd end_of(std::span<const BareLine> tail, std::span<const BareLine> lines,
                            const std::vector<Matched>& matched);

}  // namespace agent::evidence
