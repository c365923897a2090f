#pragma once

#include "base/error.hpp"
#include "mcp/transport.hpp"
#include "net/url.hpp"

#include <netinet/in.h>

#include <string>
#include <string_view>

namespace agent::mcp {

/// Who can reach an address: the further down, the fewer.
enum class Reach { all, network, host };

/// Where one host is.
struct Place {
  Reach reach = Reach::all;
  bool link_local = false;  ///< 169.254.0.0/16, fe80::/10: cloud metadata services are there.
};

/// RFC 6890 and its updates; 100.64.0.0/10, 198.18.0.0/15 and unique local addresses count as `network`, addresses that
/// are mapped into IPv6, and those of NAT64, as the address that is in them; those of 6to4, and those compatible with
/// IPv4, too, but never as `all`.
[[nodiscard]] Place place_of(const sockaddr_storage& address);

/// Holds which URLs may be asked because an MCP server or its authorization server named them. Such a URL must not make
/// us ask what the server itself could not reach (SSRF). The server's own origin may always be asked. Others by https,
/// or by http on loopback; not where fewer can reach than the server's own host, nor link-local addresses unless the
/// server has one. Names are looked up for that and again for the request, so a name that changes in between is not
/// caught; names without an address count as reached by all.
class UrlGuard {
 public:
  /// `allow_internal`: any place, and http, too. `dns_servers`: ClientOptions::dns_servers.
  UrlGuard(net::Url server, bool allow_internal, std::string dns_servers)
      : server_(std::move(server)), allow_internal_(allow_internal), dns_servers_(std::move(dns_servers)) {}

  /// `text`, if it may be asked. `what` names it in errors ("the token endpoint").
  /// Errors: `unauthorised`, with the reason; `deadline`, `interrupted`.
  [[nodiscard]] Result<net::Url> check(std::string_view text, std::string_view what, const Limits& limits) const;

  [[nodiscard]] const net::Url& server() const { return server_; }

 private:
  [[nodiscard]] Result<Place> place(const net::Url& url, const Limits& limits) const;

  net::Url server_;
  bool allow_internal_;
  std::string dns_servers_;
};

}  // namespace agent::mcp
