#pragma once

#include "base/error.hpp"
#include "net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::net {

struct WebSocketRequest {
  std::string url;                        ///< ws or wss; http and https mean the same.
  std::vector<std::string> subprotocols;  ///< Wanted, the best first; the server must take one of them.
  std::vector<Header> headers;            ///< Besides those of the protocol, which are ours and refused.
  Deadline deadline = Deadline::max();    ///< Of the connection's making.
  std::size_t max_message_bytes = std::size_t{64} * 1024 * 1024;
};

class WebSocket;

/// What a server answers to being asked for a WebSocket.
struct Upgrade {
  int status = 0;
  std::vector<Header> headers;
  std::unique_ptr<WebSocket> socket;  ///< None where the server refuses: 401, 404, a redirect…
};

/// How a connection was closed.
struct Farewell {
  int code = 0;        ///< RFC 6455, 7.4; 1000 is the usual one, 1005 stands for none.
  std::string reason;  ///< UTF-8, at most 123 bytes; by the server: untrusted.
};

/// A client's connection by the WebSocket protocol (RFC 6455), for text; without extensions. Any thread may send, while
/// one receives; pings are answered while one does.
///
/// Errors: `unreachable` (the connection broke, was closed, or takes nothing for the client's `idle_timeout`),
/// `unreadable` (what came is not the protocol, no text, or too large), `deadline`, `interrupted`. After the first two
/// the connection is lost; after a deadline or a stop it is if a message was sent in part.
class WebSocket {
 public:
  /// Connects as HttpClient does, with its limits; a proxy opens a tunnel. Nothing is tried again and no redirect
  /// followed. Errors besides: `settings` (URL, header, PEM data or proxy is wrong), `unauthorised` (the proxy's 407;
  /// the server refuses our certificate).
  [[nodiscard]] static Result<Upgrade> connect(const ClientOptions& options, const WebSocketRequest& request,
                                               const std::stop_token& stop = {});
  ~WebSocket();  ///< Without a farewell, unless close() said it.
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  /// What the server took of the subprotocols; empty when none was wanted.
  [[nodiscard]] const std::string& subprotocol() const;

  /// One message; `text` is UTF-8.
  [[nodiscard]] Result<void> send_text(std::string_view text, Deadline deadline, const std::stop_token& stop = {});

  /// The next message; none when the connection was closed by a farewell of either side, also by close() meanwhile.
  [[nodiscard]] Result<std::optional<std::string>> receive(Deadline deadline, const std::stop_token& stop = {});

  /// Says farewell and waits for the server's, at most until `deadline`; messages that come before it are lost when no
  /// other thread receives them. Ends a receive() at the latest then.
  void close(Deadline deadline);

  /// Once receive() gave none: the server's farewell, or 1000 where it owes one.
  [[nodiscard]] Farewell farewell() const;

 private:
  struct State;
  explicit WebSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agent::net
