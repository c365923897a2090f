#pragma once

#include "base/error.hpp"
#include "net/http.hpp"
#include "net/url.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace agent::net {

struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  ///< "Basic …"; empty without credentials.
};

/// The proxy to `url`; none for a direct way. Errors: `settings`.
[[nodiscard]] Result<std::optional<Proxy>> proxy_for(const Url& url, const ProxyOptions& options);

}  // namespace agent::net
