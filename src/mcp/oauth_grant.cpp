#include "mcp/oauth_grant.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "mcp/oauth_secret.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::int64_t longest_life = std::int64_t{10} * 366 * 24 * 3600;

/// A value of a query, where '+' is a blank (WHATWG URL, 5.1).
std::string decoded(std::string_view text) {
  std::string plain(text);
  std::ranges::replace(plain, '+', ' ');
  return percent_decode(plain);
}

/// The first value of each name.
std::map<std::string, std::string, std::less<>> query_of(std::string_view url) {
  std::map<std::string, std::string, std::less<>> values;
  const auto from = url.find('?');
  if (from == std::string_view::npos) return values;
  std::string_view rest = url.substr(from + 1);
  rest = rest.substr(0, rest.find('#'));
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const auto equals = std::min(pair.find('='), pair.size());
    values.emplace(decoded(pair.substr(0, equals)), decoded(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return values;
}

std::unexpected<Error> refused(const std::string& what, const AuthorizationServer& server, std::string fix = {}) {
  return fail(ErrorKind::unauthorised, what, clean_line(server.issuer), std::move(fix));
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

/// Some servers give the number as a text.
std::int64_t life_of(const Json& value) {
  double life = 0;
  if (value.is_number()) life = value.get<double>();
  if (value.is_string()) life = std::strtod(value.get_ref<const std::string&>().c_str(), nullptr);
  if (!(life >= 1)) return 0;
  return life > static_cast<double>(longest_life) ? longest_life : static_cast<std::int64_t>(life);
}

bool is_without_query(std::string_view url, std::string_view base) {
  return url.substr(0, url.find_first_of("?#")) == base.substr(0, base.find_first_of("?#"));
}

}  // namespace

Result<AuthorizationRequest> authorization_request(const AuthorizationServer& server, const Registration& who,
                                                   const std::string& redirect_uri, const std::string& scope,
                                                   const std::string& resource) {
  if (std::ranges::find(server.code_challenge_methods, "S256") == server.code_challenge_methods.end())
    return refused("the authorization server does not say that it does PKCE with S256", server,
                   "switch it on there: 'code_challenge_methods_supported' in its metadata");
  if (server.authorization_endpoint.empty())
    return refused("the authorization server has no endpoint for a browser", server,
                   "use client credentials or a token");
  AuthorizationRequest request{server.authorization_endpoint, random_text(), random_text()};
  Form form{{"response_type", "code"},
            {"client_id", who.client_id},
            {"redirect_uri", redirect_uri},
            {"state", request.state},
            {"code_challenge", code_challenge(request.code_verifier)},
            {"code_challenge_method", "S256"}};
  if (!scope.empty()) form.emplace_back("scope", scope);
  if (!resource.empty()) form.emplace_back("resource", resource);
  // OpenID Connect Core 1.0, 11: without it a server ignores the scope.
  if ((" " + scope + " ").contains(" offline_access ")) form.emplace_back("prompt", "consent");
  request.url = request.url.substr(0, request.url.find('#'));
  request.url += (request.url.contains('?') ? "&" : "?") + encode(form);
  return request;
}

Result<std::string> code_in(const std::string& redirected, const AuthorizationRequest& request,
                            const AuthorizationServer& server, const std::string& redirect_uri) {
  if (!is_without_query(redirected, redirect_uri)) return refused("the sign-in ended at another address", server);
  const auto values = query_of(redirected);
  const auto value_of = [&](std::string_view name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
  if (value_of("state") != request.state)
    return refused("the sign-in's answer is not the one to our question (its 'state' differs)", server);
  if (values.contains("iss") ? value_of("iss") != server.issuer : server.names_issuer)
    return refused(values.contains("iss") ? "the sign-in's answer is of another issuer"
                                          : "the sign-in's answer does not say which issuer it is of",
                   server, "if nobody is in between, mend the authorization server's 'iss'");
  if (values.contains("error"))
    return refused("the sign-in failed: '" + clean_line(value_of("error").substr(0, 64)) + "'", server);
  std::string code = value_of("code");
  if (code.empty()) return refused("the sign-in's answer has no code", server);
  return code;
}

Result<TokenAnswer> ask_for_tokens(const OAuthHttp& http, const AuthorizationServer& server, const OAuthClient& client,
                                   const Registration& who, Form form, std::chrono::system_clock::time_point now,
                                   const Limits& limits) {
  std::vector<net::Header> headers;
  TRY(add_client(form, headers, who, server, client, now));
  const OAuthReply reply =
      TRY(http.post(server.token_endpoint, "the token endpoint", "application/x-www-form-urlencoded", encode(form),
                    std::move(headers), limits));
  // Some servers answer 200 with an error.
  if (const std::string error = reply.error(); !error.empty()) return TokenAnswer{{}, error};
  Tokens tokens{.access = text_at(reply.body, "access_token"),
                .refresh = text_at(reply.body, "refresh_token"),
                .scope = text_at(reply.body, "scope")};
  if (reply.status / 100 != 2)
    return refused("the authorization server gives no token: status " + std::to_string(reply.status), server);
  if (!is_token(tokens.access)) return refused("the token endpoint's answer has no token", server);
  const std::string type = lower(text_at(reply.body, "token_type"));
  if (!type.empty() && type != "bearer")
    return refused("the authorization server gives no bearer token, but another kind", server);
  const std::int64_t life = life_of(value_at(reply.body, "expires_in"));
  if (life > 0)
    tokens.expires_at = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() + life;
  return TokenAnswer{std::move(tokens), ""};
}

}  // namespace agent::mcp
