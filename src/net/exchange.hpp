#pragma once

#include "net/call.hpp"
#include "net/http.hpp"
#include "net/message.hpp"
#include "net/pool.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"

#include <memory>
#include <mutex>
#include <optional>

namespace agent::net {

/// What the exchanges of one client share. Bodies hold it, so that they may outlive the client.
struct Client {
  explicit Client(ClientOptions given) : options(std::move(given)) {}

  /// Made at the first need. Errors: those of make_tls(), the same each time.
  [[nodiscard]] Result<const Tls*> tls();

  const ClientOptions options;
  Pool pool;

 private:
  std::mutex mutex_;
  std::optional<Result<std::unique_ptr<Tls>>> tls_;
};

/// One request to one server: what is sent, but for how to get there.
struct Hop {
  Url url;
  std::string method;
  std::vector<Header> headers;  ///< Without those that are ours.
  std::string body;
  Peer peer = Peer::named;
  bool* sent = nullptr;  ///< Request::sent
};

/// An answer whose body is still on its connection.
struct Answer {
  ResponseHead head;
  std::unique_ptr<Connection> connection;
  ResponseReader reader;
};

/// A new connection to the server of `hop`, for another protocol than HTTP: a proxy opens a tunnel to it, also where
/// it is not encrypted.
[[nodiscard]] Result<std::unique_ptr<Stream>> open_own_stream(Client& client, const Hop& hop, Call& call);

/// Sends `hop` over an idle connection or a new one, and reads the answer's head. An idle connection that turns out to
/// be closed is replaced when `repeatable`.
[[nodiscard]] Result<Answer> send(Client& client, const Hop& hop, bool repeatable, Call& call);

}  // namespace agent::net
