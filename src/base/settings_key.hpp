#pragma once

#include "base/settings.hpp"

#include <span>
#include <string>
#include <string_view>

namespace agent {

/// True when the row `row` is for names that the file chooses: "mcp.servers.*.url".
[[nodiscard]] bool is_pattern(std::string_view row);

/// True when `key` is what `row` stands for: the same; or with one word in place of each '*'. A '*' at the end stands
/// for all that is left, a '**' for a name that may have dots ("llm.prices.**.input").
[[nodiscard]] bool fits_row(std::string_view row, std::string_view key);

/// True when `key` is where `row` begins, so that a table may stand there: "mcp.servers.gitea".
[[nodiscard]] bool begins_row(std::string_view row, std::string_view key);

/// `row` with the words of `key` in place of its '*': what a wrong key may have meant.
[[nodiscard]] std::string filled_row(std::string_view row, std::string_view key);

/// The row of `key`; one without '*' first. Null when there is none.
[[nodiscard]] const Setting* find_row(std::span<const Setting> table, std::string_view key);

}  // namespace agent
