#pragma once

#include "mcp/message.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace agent::mcp {

/// What one check may cost; foreign schemas are bounded by these, not by their size.
struct SchemaLimits {
  std::size_t steps = 1'000'000;  ///< Keywords and values looked at; some 100 ns each.
  std::size_t depth = 256;        ///< Of schemas within schemas, references counted.
  std::size_t violations = 5;     ///< After these no more are looked for.
};

struct Violation {
  std::string at;      ///< JSON pointer into the value; empty: the value itself. At most 200 bytes and "…".
  std::string reason;  ///< "is a string, not an integer". It has names of the schema, no values.
};

/// What came of a check. A value may have been found wrong although a part of the schema could not be checked.
struct SchemaCheck {
  std::vector<Violation> violations;  ///< The first few; empty: none.
  std::string unchecked;              ///< Empty: checked in full. Else "could not be checked: …".

  [[nodiscard]] bool fits() const { return violations.empty() && unchecked.empty(); }
};

/// Does `value` fit `schema`? JSON Schema 2020-12 and 2019-09, draft-07 and draft-06 when `$schema` says so.
///
/// Not checked, and told: references out of the schema (never fetched) and dynamic ones, patterns that RE2 does not
/// know or that are more than 200, `unevaluated…` beside schemas in place, keywords whose value is malformed, dialects
/// but these, and what is beyond the limits. `format` and the `content…` keywords are annotations. Patterns match as
/// RE2's do: ASCII classes,
/// '.' is all but \n.
[[nodiscard]] SchemaCheck check(const Json& schema, const Json& value, const SchemaLimits& limits = {});

/// Adds to `object` the default of each property of `schema` that it does not have, if that default fits the property's
/// own schema; null becomes an object (elicitation, SEP-1034).
void fill_defaults(const Json& schema, Json& object);

}  // namespace agent::mcp
