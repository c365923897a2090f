#include "mcp/oauth.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "mcp/oauth_grant.hpp"
#include "mcp/oauth_scopes.hpp"

#include <algorithm>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::chrono::seconds early{30};  ///< A token is renewed so long before its end.
constexpr std::chrono::seconds young{10};
constexpr int most_step_ups = 5;
constexpr std::chrono::minutes longest_sign_in{5};  ///< Of a person.

std::string bearer(const Tokens& tokens) { return tokens.access.empty() ? "" : "Bearer " + tokens.access; }

bool is_grant_over(const std::string& error) {
  return error == "invalid_grant" || error == "invalid_client" || error == "unauthorized_client";
}

std::unexpected<Error> no_token(const std::string& error, const AuthorizationServer& server) {
  return fail(ErrorKind::unauthorised, "the authorization server gives no token: '" + error + "'",
              clean_line(server.issuer), "check which client, grant and scopes it allows");
}

}  // namespace

void OAuthAuthorizer::EndTurn::operator()(OAuthAuthorizer* of) const {
  const std::lock_guard lock(of->mutex_);
  of->taken_ = false;
  of->changed_.notify_all();
}

Result<std::unique_ptr<OAuthAuthorizer>> OAuthAuthorizer::make(OAuthOptions options) {
  const net::Url server = TRY(net::parse_url(options.server_url));
  const std::string& document = options.client.document_url;
  if (!document.empty() && !TRY(net::parse_url(document)).tls)
    return fail(ErrorKind::settings, "the client metadata document is not at an https URL", clean_line(document));
  if (options.grant == OAuthGrant::client_credentials && options.client.id.empty())
    return fail(ErrorKind::settings, "client credentials without a client id", server.shown(), "give the client's id");
  return std::unique_ptr<OAuthAuthorizer>(new OAuthAuthorizer(std::move(options), server));
}

OAuthAuthorizer::OAuthAuthorizer(OAuthOptions options, const net::Url& server)
    : options_(std::move(options)),
      http_(UrlGuard(server, options_.allow_internal, options_.http.dns_servers), options_.http),
      store_(options_.state_folder) {
  learn("client-secret", options_.client.secret);
  learn("private-key", options_.client.private_key);
}

Result<std::string> OAuthAuthorizer::authorization(net::Deadline deadline, const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (loaded_ && (value_.empty() || !is_over(expires_at_))) return value_;
  }
  const Limits limits{deadline, stop};
  const Turn turn = TRY(take_turn(limits));
  load();
  if (!is_over(tokens().expires_at)) return bearer(tokens());
  if (tokens().refresh.empty()) return std::string();
  const std::string issuer = record_.issuer;
  if (!facts_) TRY(look_around("", limits));
  const bool is_same = facts_->server.issuer == issuer;
  return is_same && TRY(refresh(limits)) ? bearer(tokens()) : std::string();
}

Result<bool> OAuthAuthorizer::challenged(int status, std::string_view www_authenticate,
                                         std::string_view used_authorization, net::Deadline deadline,
                                         const std::stop_token& stop) {
  if (status != 401 && status != 403) return false;
  const Limits limits{deadline, stop};
  const Turn turn = TRY(take_turn(limits));
  load();
  // Another thread was faster.
  if (bearer(tokens()) != used_authorization && !tokens().access.empty() && !is_over(tokens().expires_at)) return true;
  const BearerChallenge asked = bearer_challenge(www_authenticate);
  if (status == 403) return step_up(asked, limits);
  TRY(look_around(asked.resource_metadata, limits));
  return renew(asked, used_authorization, limits);
}

Result<OAuthAuthorizer::Turn> OAuthAuthorizer::take_turn(const Limits& limits) {
  std::unique_lock lock(mutex_);
  const auto is_free = [&] { return !taken_; };
  if (!changed_.wait_until(lock, limits.stop, limits.deadline, is_free)) {
    const bool stopped = limits.stop.stop_requested();
    return fail(stopped ? ErrorKind::interrupted : ErrorKind::deadline,
                std::string(stopped ? "stopped" : "the deadline passed") + " while another call signs in",
                http_.guard().server().shown());
  }
  taken_ = true;
  return Turn(this);
}

void OAuthAuthorizer::load() {
  {
    const std::lock_guard lock(mutex_);
    if (loaded_) return;
  }
  record_ = store_.load(options_.server_url);
  for (const auto& [issuer, one] : record_.issuers) {
    learn("client-secret", one.registration.client_secret);
    learn("token", one.tokens.access);
    learn("token", one.tokens.refresh);
  }
  publish();
}

void OAuthAuthorizer::publish() {
  const Tokens& now = tokens();
  const std::lock_guard lock(mutex_);
  loaded_ = true;
  value_ = bearer(now);
  expires_at_ = now.expires_at;
}

void OAuthAuthorizer::save() {
  const auto saved = store_.save(options_.server_url, record_);
  if (!saved) log(LogLevel::warning, "tokens_not_kept", {{"why", saved.error().what}, {"where", saved.error().where}});
}

void OAuthAuthorizer::learn(std::string_view kind, std::string_view secret) const {
  if (!secret.empty() && options_.learn) options_.learn(kind, secret);
}

bool OAuthAuthorizer::is_over(std::int64_t expires_at) const {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(options_.clock->now().time_since_epoch());
  return expires_at != 0 && now + early >= std::chrono::seconds(expires_at);
}

const Tokens& OAuthAuthorizer::tokens() const {
  static const Tokens none;
  const auto found = record_.issuers.find(record_.issuer);
  return found == record_.issuers.end() ? none : found->second.tokens;
}

/// A client that settings name is not kept: its secret is theirs.
Registration OAuthAuthorizer::known_client(const IssuerRecord& mine) const {
  const OAuthClient& client = options_.client;
  if (client.id.empty()) return mine.registration;
  return {.client_id = client.id, .client_secret = client.secret};
}

Result<void> OAuthAuthorizer::look_around(const std::string& named, const Limits& limits) {
  const std::string& preferred = options_.client.issuer.empty() ? record_.client_of : options_.client.issuer;
  facts_ = TRY(discover(http_, named, preferred, limits));
  return {};
}

/// False when the grant is over. Another process may have refreshed meanwhile: then its token is ours.
Result<bool> OAuthAuthorizer::refresh(const Limits& limits) {
  const std::string issuer = record_.issuer;
  IssuerRecord& mine = record_.issuers[issuer];
  ServerRecord kept = store_.load(options_.server_url);
  if (kept.issuer == issuer && kept.issuers[issuer].tokens.access != mine.tokens.access &&
      !is_over(kept.issuers[issuer].tokens.expires_at)) {
    take(kept.issuers[issuer].tokens, mine.tokens.scope, mine.tokens.resource);
    refreshed_at_ = options_.clock->ticks();
    return true;
  }
  TRY(check_client());
  Form form{{"grant_type", "refresh_token"}, {"refresh_token", mine.tokens.refresh}};
  if (!mine.tokens.resource.empty()) form.emplace_back("resource", mine.tokens.resource);
  TokenAnswer answer = TRY(ask_for_tokens(http_, facts_->server, options_.client, known_client(mine), std::move(form),
                                          options_.clock->now(), limits));
  if (!answer.tokens && !is_grant_over(answer.error)) return no_token(answer.error, facts_->server);
  if (!answer.tokens) {
    mine.tokens.refresh.clear();
    if (answer.error == "invalid_client") mine.registration = {};
    save();
    return false;
  }
  if (answer.tokens->refresh.empty()) answer.tokens->refresh = mine.tokens.refresh;
  take(*std::move(answer.tokens), mine.tokens.scope, mine.tokens.resource);
  refreshed_at_ = options_.clock->ticks();
  return true;
}

Result<bool> OAuthAuthorizer::renew(const BearerChallenge& asked, std::string_view used, const Limits& limits) {
  const auto now = options_.clock->ticks();
  const auto is_young = [&](const auto& at) { return at && now - *at < young; };
  const bool is_same = record_.issuer == facts_->server.issuer;
  const bool is_ours = is_same && !used.empty() && used == bearer(tokens());
  if (is_same && !tokens().refresh.empty() && !(is_ours && (is_young(refreshed_at_) || is_young(signed_in_at_))))
    if (TRY(refresh(limits))) return true;
  const std::string before = is_same ? tokens().scope : "";
  if (is_ours && is_young(signed_in_at_) && has_scopes(before, asked.scope))
    return fail(ErrorKind::unauthorised, "the MCP server refuses the token that its authorization server gave",
                http_.guard().server().shown(), "check that it trusts '" + clean_line(facts_->server.issuer) + "'");
  const auto supported = facts_->resource ? facts_->resource->scopes_supported : std::vector<std::string>();
  TRY(sign_in(scopes_to_ask(asked.scope, supported, before), limits));
  return true;
}

Result<bool> OAuthAuthorizer::step_up(const BearerChallenge& asked, const Limits& limits) {
  const std::string before = tokens().scope;
  const bool is_known = !asked.scope.empty() && has_scopes(before, asked.scope);
  if (asked.error != "insufficient_scope" || is_known || step_ups_ >= most_step_ups) return false;
  TRY(look_around(asked.resource_metadata, limits));
  const auto supported = facts_->resource ? facts_->resource->scopes_supported : std::vector<std::string>();
  const bool is_same = record_.issuer == facts_->server.issuer;
  const std::string scope = scopes_to_ask(asked.scope, supported, is_same ? before : "");
  if (is_same && has_scopes(before, scope)) return false;
  ++step_ups_;
  TRY(sign_in(scope, limits));
  return true;
}

/// A client that was registered beforehand goes to one issuer only.
Result<void> OAuthAuthorizer::check_client() {
  const std::string& issuer = facts_->server.issuer;
  if (options_.client.id.empty()) return {};
  const std::string& own = options_.client.issuer.empty() ? record_.client_of : options_.client.issuer;
  if (own.empty()) {
    TRY(check_first_issuer());
    record_.client_of = issuer;
    return {};
  }
  if (is_same_issuer(own, issuer)) return {};
  return fail(ErrorKind::unauthorised,
              "the MCP server names another authorization server than the one that the client id is for",
              clean_line(issuer), "if that is meant to be so, give the client id for it, and name it as the issuer");
}

/// A server could name anybody, to be given the secret of a client that is registered elsewhere.
Result<void> OAuthAuthorizer::check_first_issuer() const {
  if (options_.client.secret.empty() && options_.client.private_key.empty()) return {};
  const std::string& issuer = facts_->server.issuer;
  const net::Url named = TRY(net::parse_url(issuer));
  if (named.origin() == http_.guard().server().origin()) return {};
  return fail(ErrorKind::settings,
              "the MCP server names an authorization server elsewhere, and settings don't say whom the client's secret "
              "is for",
              clean_line(issuer),
              "if the client is registered there, set its oauth.issuer to '" + clean_line(issuer) + "'");
}

Result<void> OAuthAuthorizer::sign_in(std::string scope, const Limits& limits) {
  const AuthorizationServer& server = facts_->server;
  const bool by_user = options_.grant == OAuthGrant::authorization_code;
  if (by_user && !options_.visit)
    return fail(ErrorKind::unauthorised, "the MCP server wants a user to sign in", http_.guard().server().shown(),
                "sign in once at a terminal, or give it a token or client credentials");
  TRY(check_client());
  // A refresh token is worth asking for where the server says how (SEP-2207).
  const bool may_stay = std::ranges::find(server.scopes_supported, "offline_access") != server.scopes_supported.end();
  if (by_user && may_stay && !scope.empty()) scope = join_scopes(scope, "offline_access");

  IssuerRecord& mine = record_.issuers[server.issuer];
  const Registration who =
      TRY(register_client(http_, server, options_.client, mine.registration, scope, options_.clock->now(), limits));
  if (options_.client.id.empty()) mine.registration = who;
  learn("client-secret", who.client_secret);
  const std::string resource = facts_->resource ? facts_->resource->resource : "";
  // A person is slower than any request that waits for the token; a stop still ends it.
  Limits own = limits;
  if (by_user) own.deadline = std::max(limits.deadline, std::chrono::steady_clock::now() + longest_sign_in);
  Result<Form> form = grant(who, scope, resource, own);
  if (!form) {
    // A server that has lost its clients says so to the browser alone: the next sign-in begins with a new one.
    mine.registration = {};
    save();
    return std::unexpected(std::move(form).error());
  }
  TokenAnswer answer =
      TRY(ask_for_tokens(http_, server, options_.client, who, *std::move(form), options_.clock->now(), own));
  if (!answer.tokens) {
    if (answer.error == "invalid_client") mine.registration = {};
    save();
    return no_token(answer.error, server);
  }
  record_.issuer = server.issuer;
  take(*std::move(answer.tokens), scope, resource);
  signed_in_at_ = options_.clock->ticks();
  return {};
}

Result<Form> OAuthAuthorizer::grant(const Registration& who, const std::string& scope, const std::string& resource,
                                    const Limits& limits) {
  Form form;
  if (options_.grant == OAuthGrant::client_credentials) {
    form.emplace_back("grant_type", "client_credentials");
    if (!scope.empty()) form.emplace_back("scope", scope);
  } else {
    const AuthorizationServer& server = facts_->server;
    const std::string& redirect_uri = options_.client.redirect_uri;
    const auto request = TRY(authorization_request(server, who, redirect_uri, scope, resource));
    TRY(http_.guard().check(request.url, "the authorization endpoint", limits));
    const std::string redirected = TRY(options_.visit(request.url, redirect_uri, limits));
    form = {{"grant_type", "authorization_code"},
            {"code", TRY(code_in(redirected, request, server, redirect_uri))},
            {"redirect_uri", redirect_uri},
            {"code_verifier", request.code_verifier}};
  }
  if (!resource.empty()) form.emplace_back("resource", resource);
  return form;
}

void OAuthAuthorizer::take(Tokens given, const std::string& scope, const std::string& resource) {
  given.scope = join_scopes(scope, given.scope);
  given.resource = resource;
  learn("token", given.access);
  learn("token", given.refresh);
  record_.issuers[record_.issuer].tokens = std::move(given);
  publish();
  save();
}

}  // namespace agent::mcp
