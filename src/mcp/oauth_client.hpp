#pragma once

#include "base/error.hpp"
#include "mcp/oauth_http.hpp"
#include "mcp/oauth_metadata.hpp"
#include "mcp/token_store.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace agent::mcp {

/// Who we are, as far as settings say it.
struct OAuthClient {
  std::string id;           ///< Registered beforehand.
  std::string secret;       ///< With it; or
  std::string private_key;  ///< PEM (private_key_jwt).
  /// Whom `id` is for; empty: the first authorization server that is met. A secret or a key then goes to one of the MCP
  /// server's own origin only.
  std::string issuer;
  /// Where our client metadata document stands: https, and itself our id where a server reads such documents.
  std::string document_url;
  std::string redirect_uri = "http://127.0.0.1:33418/callback";  ///< RFC 8252, 7.3.
};

/// Who we are to `server`: the client that was registered beforehand; else our document, where the server reads it;
/// else `kept`, as long as it holds for the redirect URI and `scope`; else a new one (RFC 7591).
/// Errors: `unauthorised`, when there is no way, and those of OAuthHttp.
[[nodiscard]] Result<Registration> register_client(const OAuthHttp& http, const AuthorizationServer& server,
                                                   const OAuthClient& client, const Registration& kept,
                                                   const std::string& scope, std::chrono::system_clock::time_point now,
                                                   const Limits& limits);

/// How the token endpoint learns who asks: as it was registered, else what the server offers and we can do; without an
/// offer as RFC 8414, 2 has it.
[[nodiscard]] std::string auth_method(const Registration& who, const AuthorizationServer& server,
                                      const OAuthClient& client);

/// Adds to a token request who asks. Errors: `settings`, when the private key can't be used.
[[nodiscard]] Result<void> add_client(Form& form, std::vector<net::Header>& headers, const Registration& who,
                                      const AuthorizationServer& server, const OAuthClient& client,
                                      std::chrono::system_clock::time_point now);

}  // namespace agent::mcp
