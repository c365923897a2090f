#pragma once

#include "net/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::mcp {

/// Who may talk to an HTTP server of ours.
class HttpGuard {
 public:
  struct Refusal {
    int status = 403;
    std::string reason;
  };

  /// As ServeHttpOptions has them.
  HttpGuard(std::string_view address, std::string token, std::vector<std::string> hosts,
            std::vector<std::string> origins);

  /// Nothing when the request may be served. 403: a `Host` that is not ours, which is a name that someone else bound to
  /// our address, or a page of another site; 401: the token is missing or another, compared in constant time.
  [[nodiscard]] std::optional<Refusal> why_refused(const std::vector<net::Header>& headers) const;

 private:
  [[nodiscard]] bool is_known_host(std::string_view host) const;
  [[nodiscard]] bool is_known_origin(std::string_view origin) const;
  [[nodiscard]] bool has_token(std::string_view authorization) const;

  bool loopback_;
  std::string token_;
  std::vector<std::string> hosts_, origins_;
};

}  // namespace agent::mcp
