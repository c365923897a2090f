#pragma once

#include "mcp/message.hpp"
#include "mcp/served_tool.hpp"
#include "net/http.hpp"

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::mcp {

/// What a server says of itself.
struct ServerIdentity {
  std::string name = "agent", version = "0";
  std::string instructions = {};
  std::size_t page_size = 100;  ///< Tools in one answer to tools/list.
};

/// Whom a message comes from.
struct Peer {
  /// HTTP's headers, held against the message as 2026-07-28 wants; null: another transport.
  const std::vector<net::Header>* headers = nullptr;
  std::function<void(const std::string& text)> notify = {};  ///< Sends what belongs to the request before its answer.
  std::stop_token stop = {};  ///< The client is gone, or has cancelled the request: a call ends without an answer.
};

/// What a message is answered with.
struct Reaction {
  std::string text = {};  ///< JSON-RPC, on one line; empty: nothing (a notification, or a call that was cancelled).
  int status = 200;       ///< HTTP's.
};

/// Tools as an MCP server, of all revisions from 2024-11-05 to 2026-07-28, without any transport: a message in, an
/// answer out. Declares tools and nothing else. Any number of threads.
///
/// Which era a request is of, it says itself: 2026-07-28 by its `_meta` or HTTP's `MCP-Protocol-Version`; all else is
/// served as before, whether or not there was an `initialize`. Errors of the protocol: -32600 to -32603; -32020 a
/// header that does not match, -32021 a capability the client lacks, -32022 an unknown revision. What goes wrong in a
/// tool, and arguments that don't fit its schema, is a result with `isError`.
class ToolServer {
 public:
  ToolServer(ServerIdentity identity, std::vector<ServedTool> tools);

  [[nodiscard]] Reaction react(const Message& message, const Peer& peer) const;

 private:
  struct Request;
  [[nodiscard]] Reaction react_modern(const Request& request) const;
  [[nodiscard]] Reaction react_legacy(const Request& request) const;
  [[nodiscard]] Reaction initialize(const Request& request) const;
  [[nodiscard]] Reaction discover(const Request& request) const;
  [[nodiscard]] Reaction list_tools(const Request& request) const;
  [[nodiscard]] Reaction call_tool(const Request& request) const;
  [[nodiscard]] Reaction run(const Request& request, const ServedTool& tool, const Json& arguments) const;
  [[nodiscard]] Reaction give(const Request& request, Json result) const;
  [[nodiscard]] const ServedTool* find(std::string_view name) const;

  const ServerIdentity identity_;
  const std::vector<ServedTool> tools_;
};

}  // namespace agent::mcp
