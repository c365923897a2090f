#pragma once

#include "base/error.hpp"
#include "mcp/message.hpp"
#include "net/http.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::mcp {

enum class TransportKind { automatic, streamable_http, sse, stdio, websocket };

/// "streamable-http", as settings and reports write it.
[[nodiscard]] std::string_view name_of(TransportKind kind);

/// Until when a call may wait, and what ends it earlier.
struct Limits {
  net::Deadline deadline = net::Deadline::max();
  std::stop_token stop = {};
};

/// A message on its way to the server.
struct Outgoing {
  Json id;                                ///< Of a request; null of what is not answered.
  std::string text;                       ///< The message.
  std::vector<net::Header> headers = {};  ///< What HTTP sends with it: Mcp-Method, Mcp-Name, Mcp-Param-….
  bool repeatable = false;                ///< It only reads, and may be sent again when no answer came.
  bool opens_session = false;             ///< initialize: its answer names the session.
};

/// What came back to a request.
struct Reply {
  int status = 200;                       ///< HTTP's; 200 of other transports.
  std::optional<Message> message;         ///< The answer; none: an HTTP status without one.
  std::vector<net::Header> headers = {};  ///< HTTP's.
};

/// Told of each request and notification of the server, on the thread that received it. Must not block.
using Receive = std::function<void(Message)>;

/// The way to one server. Any number of threads at once.
/// Errors of all calls: `unreachable` (closed, cut off, died), `unreadable` (no JSON-RPC, larger than the limit),
/// `unauthorised`, `forbidden`, `deadline`, `interrupted`.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends a request and waits for its answer.
  [[nodiscard]] virtual Result<Reply> exchange(const Outgoing& request, const Limits& limits) = 0;
  /// Sends what has no answer: a notification, or our answer to a request of the server.
  [[nodiscard]] virtual Result<void> send(const Outgoing& message, const Limits& limits) = 0;
  /// The revision that was agreed on ("2025-11-25"): HTTP names it in each request from now on.
  virtual void agree(const std::string& revision) = 0;
  /// Follows what the server says unasked, where that is a stream of its own (HTTP before 2026-07-28).
  virtual void listen() {}
  /// Says good-bye as far as `limits` allow; waits of other threads end.
  virtual void close(const Limits& limits) = 0;
  /// A session was ended by the server (404): the next exchange begins without one.
  virtual void forget_session() {}

  [[nodiscard]] virtual TransportKind kind() const = 0;
  /// The end of what a stdio server wrote to its standard error, at most 4 KiB: foreign text. Else empty.
  [[nodiscard]] virtual std::string last_words() const { return {}; }
};

}  // namespace agent::mcp
