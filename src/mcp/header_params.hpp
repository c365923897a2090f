#pragma once

#include "mcp/message.hpp"
#include "net/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::mcp {

/// Why the `x-mcp-header` annotations of a tool's `inputSchema` are invalid, so that the tool must not be offered;
/// nothing when all are well, or when there are none.
/// Rule: MCP 2026-07-28, "Custom Headers from Tool Parameters". A name is an HTTP token, and unique in any case; what
/// it stands on is a string, integer or boolean (or null with these), reached from the root by `properties` alone.
/// Schemas nested deeper than most_depth are refused.
[[nodiscard]] std::optional<std::string> why_invalid(const Json& input_schema);

/// The `Mcp-Param-…` headers of a call with `arguments`, in the order of the schema's properties. A value that is
/// absent or null has none; nor has one that no header can carry: a list, an object, a fraction, an integer beyond 2^53
/// - 1. None at all when the annotations are invalid.
[[nodiscard]] std::vector<net::Header> header_params(const Json& input_schema, const Json& arguments);

/// `value` as a header carries it: itself when it is printable ASCII without blanks at its ends, else
/// `=?base64?…?=`. For `Mcp-Name` and `Mcp-Param-…` (MCP 2026-07-28, "Value Encoding").
[[nodiscard]] std::string to_header_value(std::string_view value);

/// What a header's value stands for: to_header_value() undone. Nothing when it says base64 and is not.
[[nodiscard]] std::optional<std::string> from_header_value(std::string_view value);

}  // namespace agent::mcp
