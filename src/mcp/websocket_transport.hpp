#pragma once

#include "mcp/http_transport.hpp"

#include <memory>

namespace agent::mcp {

/// A WebSocket with the subprotocol `mcp`, one JSON-RPC message a text frame, as the TypeScript and Python SDKs 1.x
/// have it; it is in no revision of the protocol. A connection that ends makes all waiting calls fail with
/// `unreachable`.
[[nodiscard]] Result<std::unique_ptr<Transport>> open_websocket(const HttpWay& way, Receive receive,
                                                                const Limits& limits);

}  // namespace agent::mcp
