#pragma once

#include "evidence/rule.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

// The built-in rules are packed when the project is built: parsing their TOML in each process would take longer than
// most analyses. User files are read as they are.

/// `rules` as one text: records of fields between control characters, which no rule holds.
[[nodiscard]] std::string pack_rules(std::span<const Rule> rules);

/// What pack_rules() was given, expressions not yet compiled. Anything else than its result is a bug.
[[nodiscard]] std::vector<Rule> unpack_rules(std::string_view table);

}  // namespace agent::evidence
