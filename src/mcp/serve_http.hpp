#pragma once

#include "base/error.hpp"
#include "mcp/server.hpp"
#include "net/http_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace agent::mcp {

struct ServeHttpOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: one that is free.
  std::string path = "/mcp";
  /// What requests must carry as `Authorization: Bearer`; empty: nothing, and only where the address is loopback.
  std::string token = {};
  /// Besides loopback's: who may be named as `Host`, with or without a port, and as `Origin` ("https://host").
  std::vector<std::string> hosts = {}, origins = {};
  net::ServerOptions http = {};  ///< Its address and port are not used.
};

/// A server of tools by streamable HTTP, both eras.
///
/// POST at `path` alone: an answer as JSON, or as events once a call tells its progress. Before 2026-07-28 a session is
/// begun by `initialize` (at most 1,000, the oldest ends first), ended by DELETE, and needed for nothing but to cancel
/// calls. 400 no JSON-RPC, or a revision nobody knows; 401 no or another token; 403 another site's `Origin`, or a
/// `Host` that is not ours (DNS rebinding); 404 no such session, path or method; 405 GET. A client that closes its
/// connection cancels its request.
class HttpToolServer {
 public:
  /// Listens from now on. Errors: `settings` (no such address, the port is taken, no token on an address that others
  /// can reach).
  [[nodiscard]] static Result<HttpToolServer> listen(std::shared_ptr<const ToolServer> server,
                                                     const ServeHttpOptions& options);
  ~HttpToolServer();  ///< stop().
  HttpToolServer(HttpToolServer&&) noexcept;
  HttpToolServer& operator=(HttpToolServer&&) noexcept;

  [[nodiscard]] std::string url() const;
  void stop();  ///< Ends all calls, and returns when they have.

 private:
  struct State;
  explicit HttpToolServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agent::mcp
