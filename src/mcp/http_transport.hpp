#pragma once

#include "mcp/authorizer.hpp"
#include "mcp/transport.hpp"
#include "net/http.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace agent::mcp {

/// What the HTTP transports to one server need.
struct HttpWay {
  std::string url;
  std::vector<net::Header> headers;
  std::shared_ptr<Authorizer> authorizer;  ///< May be none.
  net::ClientOptions http;
  std::size_t max_message_bytes = std::size_t{64} << 20U;
};

/// "Streamable HTTP", 2025-03-26 to 2026-07-28: a POST for each message, answered by JSON or a stream of events. Before
/// 2026-07-28: a session that the server names, a GET stream for what it says unasked, and streams that are taken up
/// again by `Last-Event-ID` when they end without the answer (at most 10 times without an event between, waiting as
/// `retry:` asks for, 1 s without it). Statuses from 400 on are replies but for 401 (`unauthorised`) and 403
/// (`forbidden`) without a JSON-RPC error.
[[nodiscard]] std::unique_ptr<Transport> open_streamable_http(HttpWay way, Receive receive);

/// HTTP+SSE, 2024-11-05: a GET stream on which all answers come, and the address for POSTs as its first event. The
/// address must be of the same origin. A stream that ends makes all waiting calls fail with `unreachable`; so do those
/// that follow. Errors: `unreadable` (no event stream, another first event), Transport's.
[[nodiscard]] Result<std::unique_ptr<Transport>> open_sse(HttpWay way, Receive receive, const Limits& limits);

}  // namespace agent::mcp
