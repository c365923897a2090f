#pragma once

#include "mcp/message.hpp"
#include "mcp/schema_values.hpp"

#include <string>
#include <string_view>

namespace agent::mcp {

enum class Verdict { fits, fails, unknown };

/// What a keyword says of a value.
struct Finding {
  Verdict verdict = Verdict::fits;
  std::string reason = {};  ///< Why it fails ("is less than 3"), or is unknown ("'minimum' is no number").
};

/// A keyword that looks at a value alone, not at schemas within: `wanted` is what the schema has for it.
using Assertion = Finding (*)(const Json& wanted, const Json& value, Budget& budget);

/// Null when `keyword` is no such keyword.
[[nodiscard]] Assertion find_assertion(std::string_view keyword);

}  // namespace agent::mcp
