#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agent::evidence {

inline constexpr std::size_t headline_limit = 160;  ///< Code points.
inline constexpr std::size_t quote_limit = 400;     ///< Bytes.

/// A line of a log as a headline: one line of at most headline_limit, and of a JSON object its message, when it has
/// one ("message", "msg", "error", "err"). The object may be cut off.
[[nodiscard]] std::string headline_of(std::string_view line);

/// The start of a line that a citation may carry: at most quote_limit, whole code points.
[[nodiscard]] std::string quote_of(std::string_view line);

}  // namespace agent::evidence
