#pragma once

#include "llm/dialect.hpp"
#include "llm/model.hpp"

namespace agent::llm {

/// The answer as the loop gets it: arguments read, calls that were written as text found, ids given where they are
/// missing, thinking taken out of the text. A call in the text whose arguments stand in a message of the user or a tool
/// is a quotation, and none. What had to be mended is in `repairs`.
[[nodiscard]] ModelAnswer mended(RawAnswer raw, const ModelRequest& request);

}  // namespace agent::llm
