#pragma once

#include "base/report.hpp"

#include <string>
#include <string_view>

namespace agent::evidence {

/// `text` with all that changes between two runs of the same failure taken out: numbers, hexadecimal and random
/// names, time stamps, addresses, temporary paths.
[[nodiscard]] std::string normalised(std::string_view text);

/// 16 hexadecimal digits: the same for the same failure, another for another. Made from the first finding's rule and
/// normalised headline, or from the normalised last excerpt where nothing was found.
[[nodiscard]] std::string fingerprint(const Report& report);

}  // namespace agent::evidence
