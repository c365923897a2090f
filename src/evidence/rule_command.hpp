#pragma once

#include "evidence/rule_pattern.hpp"

#include <span>
#include <string>
#include <string_view>

namespace agent::evidence {

/// The command template `text` filled from the first of `hits`, for a POSIX shell: whatever a log says, each value is
/// nothing but part of the one word where its name stands. Brackets are those of expand().
/// Empty (no command rather than a wrong one) when a name outside `[…]` has no value, and when a value has control
/// characters, more than 400 bytes or a '-' at the start of an argument, or stands where quotes alone do not hold it
/// (within "…", `…`, $(…), or quotes of both kinds) and is not made of safe characters.
[[nodiscard]] std::string expand_command(std::string_view text, std::span<const Groups> hits);

}  // namespace agent::evidence
