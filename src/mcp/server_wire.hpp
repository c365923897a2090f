#pragma once

#include "mcp/message.hpp"
#include "mcp/server.hpp"

#include <optional>
#include <string_view>

namespace agent::mcp {

/// Keys of `_meta` (2026-07-28).
namespace meta {
constexpr std::string_view version = "io.modelcontextprotocol/protocolVersion",
                           capabilities = "io.modelcontextprotocol/clientCapabilities",
                           server = "io.modelcontextprotocol/serverInfo";
}  // namespace meta

/// The revisions that we serve, the newest first.
[[nodiscard]] Json served_revisions();

/// Is the request of 2026-07-28, or of one we don't know? `headers` null: not by HTTP.
[[nodiscard]] bool is_modern(const Message& request, const std::vector<net::Header>* headers);

/// Why a request of 2026-07-28 is refused before it is looked at: `_meta`, revision, and HTTP's headers against the
/// body. Its HTTP status is 400.
[[nodiscard]] std::optional<RpcError> why_refused(const Message& request, const std::vector<net::Header>* headers);

/// Why HTTP's `Mcp-Param-…` headers don't say what the arguments do.
[[nodiscard]] std::optional<RpcError> why_params_differ(const Json& input_schema, const Json& arguments,
                                                        const std::vector<net::Header>& headers);

}  // namespace agent::mcp
