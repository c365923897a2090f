#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agent::mcp {

/// 32 bytes.
[[nodiscard]] std::string sha256(std::string_view bytes);

/// Of 32 random bytes, in 43 characters of base64url: a `state`, or a code verifier (RFC 7636, 4.1). Nothing else in
/// the process can go on without such bytes: when there are none, it ends.
[[nodiscard]] std::string random_text();

/// The S256 challenge to a code verifier (RFC 7636, 4.2).
[[nodiscard]] std::string code_challenge(std::string_view verifier);

}  // namespace agent::mcp
