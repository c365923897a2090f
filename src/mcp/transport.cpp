#include "mcp/transport.hpp"

namespace agent::mcp {

std::string_view name_of(TransportKind kind) {
  switch (kind) {
    case TransportKind::automatic: return "auto";
    case TransportKind::streamable_http: return "streamable-http";
    case TransportKind::sse: return "sse";
    case TransportKind::stdio: return "stdio";
    case TransportKind::websocket: return "websocket";
  }
  return "auto";
}

}  // namespace agent::mcp
