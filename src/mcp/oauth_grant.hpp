#pragma once

#include "base/error.hpp"
#include "mcp/oauth_client.hpp"
#include "mcp/oauth_http.hpp"
#include "mcp/oauth_metadata.hpp"
#include "mcp/token_store.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace agent::mcp {

/// One question to a user, and what its answer is held against.
struct AuthorizationRequest {
  std::string url;            ///< For a browser.
  std::string state;          ///< Ties the answer to the question (RFC 6749, 10.12).
  std::string code_verifier;  ///< Ties the code to us (RFC 7636).
};

/// `scope`, `resource` (RFC 8707): empty ones are left out. Errors: `unauthorised`, when the server offers no S256
/// (MCP, "Authorization Code Protection") or has no endpoint for a browser.
[[nodiscard]] Result<AuthorizationRequest> authorization_request(const AuthorizationServer& server,
                                                                 const Registration& who,
                                                                 const std::string& redirect_uri,
                                                                 const std::string& scope, const std::string& resource);

/// The code in the URL that the browser was sent back to. Errors: `unauthorised`, when it is not the answer to
/// `request`, is of another issuer (RFC 9207, 2.4: compared byte for byte), or has an error of the server.
[[nodiscard]] Result<std::string> code_in(const std::string& redirected, const AuthorizationRequest& request,
                                          const AuthorizationServer& server, const std::string& redirect_uri);

/// Tokens, or why there are none.
struct TokenAnswer {
  std::optional<Tokens> tokens;
  std::string error;  ///< "invalid_grant" (RFC 6749, 5.2).
};

/// Asks the token endpoint. `form`: the grant; who asks is added. Errors: `unauthorised`, when the answer is neither
/// tokens nor an OAuth error, or the tokens are no bearer tokens; those of add_client() and OAuthHttp.
[[nodiscard]] Result<TokenAnswer> ask_for_tokens(const OAuthHttp& http, const AuthorizationServer& server,
                                                 const OAuthClient& client, const Registration& who, Form form,
                                                 std::chrono::system_clock::time_point now, const Limits& limits);

}  // namespace agent::mcp
