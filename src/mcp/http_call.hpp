#pragma once

#include "mcp/http_transport.hpp"

#include <string>

namespace agent::mcp {

/// An HTTP client for MCP: waits are the calls' own, as a tool may be silent for long.
[[nodiscard]] net::HttpClient http_client(const HttpWay& way);

/// Sends `request` with the way's headers and credentials. A 401 or 403 is shown to the authoriser, which may make
/// another try worth it (at most 6; time that a person took for it is not counted).
/// Errors: those of HttpClient; `unauthorised`, `forbidden`.
[[nodiscard]] Result<net::Response> send_http(const net::HttpClient& client, const HttpWay& way, net::Request request,
                                              const Limits& limits);

enum class BodyKind { json, events, other };
[[nodiscard]] BodyKind body_kind(const net::Response& response);

/// A body that is not a stream, in memory. Errors: `unreadable` (larger than `most`), the stream's.
[[nodiscard]] Result<std::string> read_body(net::Response& response, std::size_t most, const std::string& where);

}  // namespace agent::mcp
