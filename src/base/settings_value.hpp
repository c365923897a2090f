#pragma once

#include "base/error.hpp"
#include "base/settings.hpp"

#include <string>
#include <string_view>

namespace agent {

/// `raw` in the one form that Settings holds: booleans "true" or "false", choices as the table writes them, lists with
/// '\n' between their parts (a blank part is dropped), words and all else as they stand.
/// Errors: of `kind`, with `where`, and what is allowed. The value of a secret is not told.
[[nodiscard]] Result<std::string> checked_value(const Setting& setting, std::string_view raw, ErrorKind kind,
                                                const std::string& where);

}  // namespace agent
