#pragma once

#include "base/error.hpp"
#include "net/http.hpp"
#include "net/server_request.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agent::net {

/// The answer to one request; for the handler's thread, but for client_gone(). Errors: `unreachable` (the client is
/// gone, or takes nothing for `write_timeout`), `bug` (a header that would break out of its line).
class Responder {
 public:
  virtual ~Responder() = default;

  /// A whole answer. `Content-Length`, `Date` and `Connection` are ours; HEAD, 204 and 304 go without the body.
  [[nodiscard]] virtual Result<void> answer(int status, const std::vector<Header>& headers, std::string_view body) = 0;

  /// An answer of unknown length, such as events: its head now, then its pieces, each sent at once. Without end() the
  /// client is shown that it was cut off.
  [[nodiscard]] virtual Result<void> begin(int status, const std::vector<Header>& headers) = 0;
  [[nodiscard]] virtual Result<void> send(std::string_view bytes) = 0;
  [[nodiscard]] virtual Result<void> end() = 0;

  /// The client has closed its side, or the server stops: what ServerRequest::stop says.
  [[nodiscard]] virtual bool client_gone() const = 0;
};

/// Called on one of the server's threads. One that returns without an answer has the client told 500.
using RequestHandler = std::function<void(const ServerRequest&, Responder&)>;

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6; "localhost" is 127.0.0.1.
  std::uint16_t port = 0;             ///< 0: one that is free.
  /// Connections at once, idle ones too, each with a thread. For a further one that which has been idle for the longest
  /// is closed; where none is, it is told 503.
  std::size_t max_connections = 64;
  std::size_t max_header_bytes = std::size_t{64} * 1024;
  std::uint64_t max_body_bytes = std::uint64_t{8} * 1024 * 1024;
  std::chrono::milliseconds idle_timeout{60'000};     ///< Between requests.
  std::chrono::milliseconds request_timeout{30'000};  ///< From a request's first byte to its last.
  std::chrono::milliseconds write_timeout{30'000};    ///< While the client takes nothing.
  /// What answers that are being written have left when the server stops.
  std::chrono::milliseconds stop_grace{1'000};
};

/// HTTP/1.1 on a port, without TLS: kept connections, pipelining, chunked bodies both ways, `100-continue`.
class HttpServer {
 public:
  /// Listens from now on. Errors: `settings` (no such address here, the port is taken or not allowed).
  [[nodiscard]] static Result<HttpServer> listen(const ServerOptions& options, RequestHandler handler);
  ~HttpServer();  ///< stop().
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;

  [[nodiscard]] std::uint16_t port() const;

  /// Takes no more requests, asks those under way to stop, and returns when their handlers have. Not for a handler.
  void stop();

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agent::net
