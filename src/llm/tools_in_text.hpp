#pragma once

#include "llm/model.hpp"

#include <vector>

namespace agent::llm {

/// The conversation for a server that knows no tools: they are described in the system's message, calls are written as
/// <tool_call>{"name": …, "arguments": {…}}</tool_call>, which calls_in_text() reads, and what they gave is the user's,
/// in <tool_response>. Roles take turns, as the templates of such servers want it.
[[nodiscard]] std::vector<Message> with_tools_in_text(const ModelRequest& request);

}  // namespace agent::llm
