#pragma once

#include "llm/json_text.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace agent::llm {

/// A value as weak models write it, and where it ends.
struct LooseValue {
  Json value;
  std::size_t end = 0;
};

/// Reads one value at the start of `text`: JSON, and what is nearly so: single quotes, quotes within a text that are
/// not escaped, keys and words without quotes, Python's True, False and None, commas too many or too few, closing
/// brackets that are missing. Nothing: neither object, list nor text starts here, or it is nested deeper than
/// most_depth. Linear in what it reads.
[[nodiscard]] std::optional<LooseValue> read_loose(std::string_view text);

/// The arguments of a Python call, from behind its '(' to behind its ')': `namespace="ci", tail=50`. Nothing: an
/// argument without a name.
[[nodiscard]] std::optional<LooseValue> read_keywords(std::string_view text);

}  // namespace agent::llm
