#pragma once

#include "base/error.hpp"
#include "mcp/message.hpp"
#include "mcp/oauth_guard.hpp"
#include "mcp/transport.hpp"
#include "net/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::mcp {

/// Names and values of a form, in order.
using Form = std::vector<std::pair<std::string, std::string>>;

/// application/x-www-form-urlencoded, and what follows the '?' of a URL.
[[nodiscard]] std::string encode(const Form& form);

/// What a POST gave: `body` is null when it is no JSON.
struct OAuthReply {
  int status = 0;
  Json body;

  /// The server's `error` (RFC 6749, 5.2), if it is one word: never its description, which is foreign text.
  [[nodiscard]] std::string error() const;
};

/// Asks a server and its authorization servers for JSON: UrlGuard allows each URL, redirects are followed for GET alone
/// and at most three times, an answer has at most 1 MiB. The MCP server's client certificate, its name, and leave to
/// trust any certificate don't hold for others.
class OAuthHttp {
 public:
  OAuthHttp(UrlGuard guard, net::ClientOptions options);

  /// The object at `url`; nothing when something else is there. `what` names it in errors.
  [[nodiscard]] Result<std::optional<Json>> get(const std::string& url, std::string_view what,
                                                const Limits& limits) const;
  [[nodiscard]] Result<OAuthReply> post(const std::string& url, std::string_view what, std::string_view type,
                                        std::string body, std::vector<net::Header> headers, const Limits& limits) const;

  [[nodiscard]] const UrlGuard& guard() const { return guard_; }

 private:
  [[nodiscard]] const net::HttpClient& client_for(const net::Url& url) const;

  UrlGuard guard_;
  net::HttpClient own_, others_;
};

}  // namespace agent::mcp
