#pragma once

#include "mcp/client.hpp"
#include "mcp/handshake.hpp"
#include "mcp/transport.hpp"

#include <memory>
#include <string>
#include <vector>

namespace agent::mcp {

/// A transport, and what was agreed on over it.
struct Wire {
  std::unique_ptr<Transport> transport;
  Agreement agreement;
  std::string url;  ///< Where the server was found, without credentials; empty: stdio.
};

/// One way to try.
struct Way {
  TransportKind kind = TransportKind::streamable_http;
  std::string url;
  bool operator==(const Way&) const = default;
};

/// The ways to a server in the order to try them in. `url` may lack its path ("/mcp", then "/sse", are the usual ones),
/// and a server may have dropped the "/sse" that a URL names, or not have "/mcp" yet.
[[nodiscard]] std::vector<Way> ways_to(const Server& server);

/// Finds the way, or goes the one that this process found before, and shakes hands.
/// `step` is told of each attempt; may be empty. Errors: those of the last way that told more than "not here".
[[nodiscard]] Result<Wire> open_wire(const Server& server, const Introduction& ours, const Receive& receive,
                                     const std::function<void(const Step&)>& step, const Limits& limits);

}  // namespace agent::mcp
