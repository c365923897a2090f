#pragma once

#include "tools/spool.hpp"
#include "tools/tool.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace agent::tools {

/// "ok", "error", "denied", "timeout".
[[nodiscard]] std::string_view name(ToolStatus status);

/// A result of our own: `text` with its size.
[[nodiscard]] ToolResult make_result(ToolStatus status, std::string text);

/// Makes `result` fit for a model: redacted, then cut at a line's end to at most `limit_bytes`, with a last line that
/// says so, and the whole in `spool` where there is one. Structured content that is larger is left out. `redact` may be
/// empty.
void fit_for_model(ToolResult& result, std::size_t limit_bytes,
                   const std::function<std::string(std::string_view)>& redact, Spool* spool);

}  // namespace agent::tools
