#pragma once

#include "evidence/rule.hpp"
#include "evidence/rule_line.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// One rule that knew one line.
struct Hit {
  std::size_t line = 0;            ///< Index into the lines, not the log's number.
  Groups groups;                   ///< Of `match`, then of `follow` and `back`.
  std::vector<std::size_t> proof;  ///< Indices of the lines that gave the groups; `line` first.
};

/// All that one rule found.
struct Matched {
  const Rule* rule = nullptr;
  std::vector<Hit> hits;  ///< In log order; those whose `match` captured the same are one.
  std::size_t last = 0;   ///< Index of the last line it knew.
  std::size_t count = 0;  ///< Of hits, or what the tool itself counted (`total`).
};

using RulePointers = std::span<const std::shared_ptr<const Rule>>;

/// What each rule finds in the lines; rules without hits are left out. Cost: one pass that looks for all literals at
/// once, then expressions on the lines that hold one.
[[nodiscard]] std::vector<Matched> match_lines(RulePointers rules, std::span<const BareLine> lines);

}  // namespace agent::evidence
