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
  std::shared_ptr<Transport> transport;
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

/// Who is told of what while a wire is made, and after.
struct WireReceivers {
  Receive message;                                              ///< Requests and notifications of the server.
  std::function<void(std::shared_ptr<Transport>)> opened = {};  ///< Each transport before its handshake. May be empty.
  std::function<void(const Step&)> step = {};                   ///< Each attempt. May be empty.
};

/// Finds the way, or goes the one that this process found before, and shakes hands.
/// Errors: `settings` (neither URL nor command, an unknown revision); those of the way that came nearest.
[[nodiscard]] Result<Wire> open_wire(const Server& server, const Introduction& ours, const WireReceivers& receivers,
                                     const Limits& limits);

}  // namespace agent::mcp
