#pragma once

#include "base/error.hpp"
#include "evidence/rule.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

inline constexpr std::size_t max_rules_bytes = 1 << 20;

/// The rules of one file. Form: src/evidence/README.md, "Log rules".
/// Errors: `settings` with "PATH:LINE", and the nearest known key or category where one was misspelt.
[[nodiscard]] Result<std::vector<Rule>> read_rules(std::string_view toml, const std::string& path);

}  // namespace agent::evidence
