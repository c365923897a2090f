#pragma once

#include "base/error.hpp"

#include <chrono>
#include <string>

namespace agent::mcp {

/// A JWT by which a client proves itself to an authorization server (RFC 7523, 2.2 and 3), for five minutes from `now`.
/// `private_key`: PEM, of P-256 (ES256), RSA (RS256) or Ed25519 (EdDSA). `audience`: the issuer.
/// Errors: `settings`, when the key can't be used.
[[nodiscard]] Result<std::string> client_assertion(const std::string& client_id, const std::string& audience,
                                                   const std::string& private_key,
                                                   std::chrono::system_clock::time_point now);

}  // namespace agent::mcp
