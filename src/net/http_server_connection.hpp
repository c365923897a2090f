#pragma once

#include "base/descriptor.hpp"
#include "net/http_server.hpp"
#include "net/stream.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

namespace agent::net {

/// Since when no byte of a request has come, in ticks of the steady clock.
using IdleSince = std::atomic<std::chrono::steady_clock::rep>;
constexpr auto never_idle = std::chrono::steady_clock::duration::max().count();

/// One client of a server, on one thread.
class ServerConnection {
 public:
  /// `stopping`: the server's. `gone`: this client has closed its side, or the server stops. `idle_since` is kept up to
  /// date, and outlives this.
  ServerConnection(Descriptor socket, const ServerOptions& options, const std::stop_token& stopping,
                   std::stop_token gone, IdleSince& idle_since);

  /// Its requests, one after the other, until either side ends the connection.
  void serve(const RequestHandler& handler);
  /// 503: too many connections.
  void turn_away();

 private:
  enum class Received { request, nothing, refused };
  [[nodiscard]] Received receive(RequestParser& parser);
  [[nodiscard]] Received no_more(const Error& error, bool begun);
  [[nodiscard]] Result<void> invite_body(const RequestParser& parser);
  [[nodiscard]] bool serve_one(const RequestHandler& handler);
  void refuse(int status);
  void end();

  const ServerOptions& options_;
  std::stop_token stopping_, gone_;
  IdleSince& idle_since_;
  int fd_;
  std::unique_ptr<Stream> stream_;
  Call reads_, writes_;
  std::string input_;  ///< Received, not taken.
  int refusal_ = 0;
};

}  // namespace agent::net
