#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace agent::net {

/// An http or https URL in its parts.
struct Url {
  bool tls = false;
  std::string host;  ///< Lower case; an IPv6 address without brackets.
  std::uint16_t port = 0;
  std::string target;    ///< Path and query, encoded; begins with "/".
  std::string userinfo;  ///< "user:password", decoded; empty when there is none.

  [[nodiscard]] std::string host_port() const;  ///< "host:443", "[::1]:443".
  [[nodiscard]] std::string authority() const;  ///< The same without the scheme's own port: a Host header.
  [[nodiscard]] std::string origin() const;     ///< "https://host:443".
  [[nodiscard]] std::string shown() const;      ///< For errors: no credentials, no values of the query.
};

/// True of "localhost", 127.0.0.0/8 and ::1, in brackets or not: what is sent there stays on this machine. A name that
/// only begins so, such as "127.example.org", is another's.
[[nodiscard]] bool is_loopback(std::string_view host);

/// Errors: `settings`.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// What `location` means in an answer from `base` (RFC 3986, 5.2). Errors: `unreadable`.
[[nodiscard]] Result<Url> resolve_url(const Url& base, std::string_view location);

}  // namespace agent::net
