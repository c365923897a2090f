#pragma once

#include "net/stream.hpp"

#include <memory>
#include <string>

namespace agent::net {

/// Which server a handshake is with.
enum class Peer {
  named,       ///< By a request: our certificate, `server_name` and `insecure` hold.
  redirected,  ///< By another server: they do not.
};

/// TLS 1.2 and later, as TlsOptions says. Made once a client, used from any thread.
class Tls {
 public:
  virtual ~Tls() = default;

  /// Errors: `unreachable` (the certificate, with the reason; no TLS spoken), `unauthorised` (ours is refused) and
  /// those of Call::wait().
  [[nodiscard]] virtual Result<std::unique_ptr<Stream>> handshake(Descriptor socket, const std::string& host, Peer peer,
                                                                  Call& call) const = 0;
};

/// Sets OpenSSL up, without a configuration file of the machine. Errors: `settings` (a file or PEM data).
[[nodiscard]] Result<std::unique_ptr<Tls>> make_tls(const TlsOptions& options);

}  // namespace agent::net
