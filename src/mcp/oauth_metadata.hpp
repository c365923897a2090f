#pragma once

#include "base/error.hpp"
#include "mcp/message.hpp"
#include "mcp/oauth_http.hpp"
#include "net/url.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::mcp {

/// What a protected resource says of itself (RFC 9728, 2).
struct ResourceMetadata {
  std::string resource;  ///< As published: it is sent on without a change.
  std::vector<std::string> authorization_servers;
  std::vector<std::string> scopes_supported;
};

/// What an authorization server says of itself (RFC 8414, 2).
struct AuthorizationServer {
  std::string issuer, authorization_endpoint, token_endpoint, registration_endpoint;
  std::vector<std::string> scopes_supported, auth_methods, code_challenge_methods;
  bool names_issuer = false;     ///< In its answers (RFC 9207, 3).
  bool reads_documents = false;  ///< Of clients (draft-ietf-oauth-client-id-metadata-document).
  bool has_metadata = true;      ///< False: its endpoints are those of 2025-03-26 for servers without metadata.
};

/// How to sign in at one MCP server.
struct SignInFacts {
  std::optional<ResourceMetadata> resource;  ///< None: a server of 2025-03-26, its own authorization server.
  AuthorizationServer server;
};

/// Where the metadata of the MCP server at `server` may stand, the best place first: RFC 9728, 3.1, then the root.
[[nodiscard]] std::vector<std::string> resource_metadata_urls(const net::Url& server);

/// Where the metadata of `issuer` may stand, in MCP's order: RFC 8414, then OpenID Connect Discovery 1.0 with the path
/// inserted and appended. Errors: `unauthorised`, when it is no web URL.
[[nodiscard]] Result<std::vector<std::string>> issuer_metadata_urls(const std::string& issuer);

/// True when `resource` names `server` or what it is a part of: the same origin, and a path that begins its
/// path. A server without a path is looked for at several, so that any path is its own.
[[nodiscard]] bool covers(std::string_view resource, const net::Url& server);

/// Errors: `unauthorised`, when `resource` does not cover `server`.
[[nodiscard]] Result<ResourceMetadata> read_resource_metadata(const Json& document, const net::Url& server);

/// A slash at the end makes no other issuer: the place of the metadata is the same with and without.
[[nodiscard]] bool is_same_issuer(std::string_view one, std::string_view other);

/// Errors: `unauthorised`, when the document is of another issuer (RFC 8414, 3.3) or has no token endpoint.
[[nodiscard]] Result<AuthorizationServer> read_issuer_metadata(const Json& document, const std::string& issuer);

/// Asks for all of it. `named`: the `resource_metadata` of the challenge; empty: none. `preferred`: an issuer to choose
/// where several are offered; else the first. Errors: `unauthorised`, with the reason, and those of OAuthHttp.
[[nodiscard]] Result<SignInFacts> discover(const OAuthHttp& http, const std::string& named,
                                           const std::string& preferred, const Limits& limits);

}  // namespace agent::mcp
