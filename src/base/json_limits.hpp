#pragma once

#include <cstddef>
#include <limits>
#include <string_view>

namespace agent {

/// How much JSON of others is read at all: a parser recurses a frame a level, and a value takes 16 bytes and more.
struct JsonLimits {
  std::size_t depth = 100;
  std::size_t values = std::numeric_limits<std::size_t>::max();  ///< All together.
};

/// True when `text` nests deeper or has more values; without the work of reading, by its brackets and commas outside of
/// strings. What is no JSON is told by the parser.
[[nodiscard]] bool exceeds(std::string_view text, const JsonLimits& limits);

}  // namespace agent
