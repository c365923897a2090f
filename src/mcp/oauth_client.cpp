#include "mcp/oauth_client.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "mcp/oauth_assertion.hpp"
#include "mcp/oauth_scopes.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace agent::mcp {
namespace {

bool offers(const std::vector<std::string>& list, std::string_view one) {
  return std::ranges::find(list, one) != list.end();
}

std::int64_t seconds(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

/// A program on somebody's machine keeps no secret, so it asks for none where it may (RFC 8252, 8.5).
std::string method_to_register(const AuthorizationServer& server) {
  for (const char* method : {"none", "client_secret_basic", "client_secret_post"})
    if (offers(server.auth_methods, method)) return method;
  return server.has_metadata ? "client_secret_basic" : "none";
}

std::string registration_request(const AuthorizationServer& server, const OAuthClient& client,
                                 const std::string& scope) {
  Json asked{{"client_name", "agent"},
             {"application_type", "native"},
             {"redirect_uris", {client.redirect_uri}},
             {"grant_types", {"authorization_code", "refresh_token"}},
             {"response_types", {"code"}},
             {"token_endpoint_auth_method", method_to_register(server)}};
  if (!scope.empty()) asked["scope"] = scope;
  return asked.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Registration> register_anew(const OAuthHttp& http, const AuthorizationServer& server, const OAuthClient& client,
                                   const std::string& scope, const Limits& limits) {
  const OAuthReply reply = TRY(http.post(server.registration_endpoint, "the registration endpoint", "application/json",
                                         registration_request(server, client, scope), {}, limits));
  Registration who{text_at(reply.body, "client_id"),
                   text_at(reply.body, "client_secret"),
                   text_at(reply.body, "token_endpoint_auth_method"),
                   client.redirect_uri,
                   scope,
                   0};
  const Json& expires = value_at(reply.body, "client_secret_expires_at");
  if (expires.is_number_integer()) who.expires_at = expires.get<std::int64_t>();
  if (reply.status / 100 == 2 && !who.client_id.empty()) return who;
  if (!server.has_metadata)
    return fail(ErrorKind::unauthorised, "the MCP server wants credentials, and does not say how to sign in",
                http.guard().server().shown(), "give it a token");
  const std::string why = reply.error();
  return fail(ErrorKind::unauthorised,
              "the authorization server does not register us: " +
                  (why.empty() ? "status " + std::to_string(reply.status) : "'" + why + "'"),
              clean_line(server.issuer), "register a client there, and give its id");
}

bool holds(const Registration& kept, const OAuthClient& client, const std::string& scope,
           std::chrono::system_clock::time_point now) {
  return !kept.client_id.empty() && kept.redirect_uri == client.redirect_uri && has_scopes(kept.scope, scope) &&
         (kept.expires_at == 0 || kept.expires_at > seconds(now));
}

}  // namespace

Result<Registration> register_client(const OAuthHttp& http, const AuthorizationServer& server,
                                     const OAuthClient& client, const Registration& kept, const std::string& scope,
                                     std::chrono::system_clock::time_point now, const Limits& limits) {
  if (!client.id.empty()) return Registration{.client_id = client.id, .client_secret = client.secret};
  if (server.reads_documents && !client.document_url.empty())
    return Registration{.client_id = client.document_url, .auth_method = "none"};
  if (holds(kept, client, scope, now)) return kept;
  if (!server.registration_endpoint.empty()) return register_anew(http, server, client, scope, limits);
  return fail(ErrorKind::unauthorised, "the authorization server registers no clients by itself",
              clean_line(server.issuer), "register a client there, and give its id");
}

std::string auth_method(const Registration& who, const AuthorizationServer& server, const OAuthClient& client) {
  if (!who.auth_method.empty()) return who.auth_method;
  const auto may = [&](std::string_view method) { return offers(server.auth_methods, method); };
  if (!client.private_key.empty() && who.client_id == client.id) return "private_key_jwt";
  if (who.client_secret.empty()) return "none";
  for (const char* method : {"client_secret_basic", "client_secret_post", "none"})
    if (may(method)) return method;
  return server.auth_methods.empty() && server.has_metadata ? "client_secret_basic" : "client_secret_post";
}

Result<void> add_client(Form& form, std::vector<net::Header>& headers, const Registration& who,
                        const AuthorizationServer& server, const OAuthClient& client,
                        std::chrono::system_clock::time_point now) {
  const std::string method = auth_method(who, server, client);
  // With Basic as well, where it is not needed: the Python SDK's server looks for it there alone.
  form.emplace_back("client_id", who.client_id);
  if (method == "client_secret_basic") {
    // Both are encoded first (RFC 6749, 2.3.1).
    const std::string pair = percent_encode(who.client_id) + ":" + percent_encode(who.client_secret);
    headers.push_back({"Authorization", "Basic " + base64(pair)});
  }
  if (method == "client_secret_post") form.emplace_back("client_secret", who.client_secret);
  if (method == "private_key_jwt") {
    form.emplace_back("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.emplace_back("client_assertion", TRY(client_assertion(who.client_id, server.issuer, client.private_key, now)));
  }
  return {};
}

}  // namespace agent::mcp
