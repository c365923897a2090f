#pragma once

#include "base/error.hpp"
#include "net/http.hpp"

#include <stop_token>
#include <string>
#include <string_view>

namespace agent::mcp {

/// Gives what HTTP requests to one MCP server prove themselves with. Any number of threads at once.
class Authorizer {
 public:
  virtual ~Authorizer() = default;

  /// The value of `Authorization` for the next request; empty: none.
  [[nodiscard]] virtual Result<std::string> authorization(net::Deadline deadline, const std::stop_token& stop) = 0;
  /// The server answered `status` (401 or 403) to a request with `used`, and this `WWW-Authenticate`. True: there is
  /// something new, the request is worth another try.
  [[nodiscard]] virtual Result<bool> challenged(int status, std::string_view www_authenticate, std::string_view used,
                                                net::Deadline deadline, const std::stop_token& stop) = 0;
};

}  // namespace agent::mcp
