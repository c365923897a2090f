#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "mcp/authorizer.hpp"
#include "mcp/oauth_challenge.hpp"
#include "mcp/oauth_client.hpp"
#include "mcp/oauth_http.hpp"
#include "mcp/oauth_metadata.hpp"
#include "mcp/static_authorizer.hpp"
#include "mcp/token_store.hpp"
#include "mcp/transport.hpp"
#include "net/http.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace agent::mcp {

/// Shows `authorize_url` to a user, and gives the URL that the browser is sent back to: it begins with `redirect_uri`,
/// the client's.
using Visit = std::function<Result<std::string>(const std::string& authorize_url, const std::string& redirect_uri,
                                                const Limits& limits)>;

enum class OAuthGrant { authorization_code, client_credentials };

struct OAuthOptions {
  std::string server_url;  ///< Of the MCP server.
  OAuthClient client;
  OAuthGrant grant = OAuthGrant::authorization_code;
  /// None: nobody is there to sign in, and what needs it is an error. It may take five minutes, also where the request
  /// that waits for it has less.
  Visit visit;
  std::string state_folder;     ///< Of TokenStore; empty: tokens end with the process.
  bool allow_internal = false;  ///< Of UrlGuard.
  net::ClientOptions http;
  Learn learn;
  const Clock* clock = &system_clock();
};

/// Signs in by OAuth 2.1 as MCP's revisions ask: 2025-03-26 (the MCP server is its own authorization server), then with
/// protected resource metadata (2025-06-18), client documents and step-up (2025-11-25), issuer checks (2026-07-28).
///
/// Nothing is asked before the server's first challenge; then its metadata, and those of its authorization server. A
/// token is refreshed when its time is over or the server refuses it. More scopes are asked for when a tool needs them
/// (403, insufficient_scope), with those before, at most five times, and never the same again. Each authorization
/// server sees only what it gave itself. A token of the last ten seconds that is refused is not replaced by another
/// sign-in. One thread at a time signs in; the others wait for what comes of it.
///
/// Errors: `unauthorised`, with the reason; `settings`; `unreachable`, `unreadable`, `deadline`, `interrupted`. They
/// hold no secrets, and of a server's own words only URLs and one word of an error.
class OAuthAuthorizer : public Authorizer {
 public:
  /// Errors: `settings`, when the URL of the server, or of our document, can't be used.
  [[nodiscard]] static Result<std::unique_ptr<OAuthAuthorizer>> make(OAuthOptions options);

  [[nodiscard]] Result<std::string> authorization(net::Deadline deadline, const std::stop_token& stop) override;
  [[nodiscard]] Result<bool> challenged(int status, std::string_view www_authenticate,
                                        std::string_view used_authorization, net::Deadline deadline,
                                        const std::stop_token& stop) override;

 private:
  /// Whoever has it may use what is not behind the mutex.
  struct EndTurn {
    void operator()(OAuthAuthorizer* of) const;
  };
  using Turn = std::unique_ptr<OAuthAuthorizer, EndTurn>;

  OAuthAuthorizer(OAuthOptions options, const net::Url& server);

  [[nodiscard]] Result<Turn> take_turn(const Limits& limits);
  void load();
  void publish();
  void save();
  void learn(std::string_view kind, std::string_view secret) const;
  [[nodiscard]] bool is_over(std::int64_t expires_at) const;

  [[nodiscard]] const Tokens& tokens() const;
  [[nodiscard]] Registration known_client(const IssuerRecord& mine) const;
  [[nodiscard]] Result<void> look_around(const std::string& named, const Limits& limits);
  [[nodiscard]] Result<bool> refresh(const Limits& limits);
  [[nodiscard]] Result<bool> renew(const BearerChallenge& asked, std::string_view used, const Limits& limits);
  [[nodiscard]] Result<bool> step_up(const BearerChallenge& asked, const Limits& limits);
  [[nodiscard]] Result<void> check_client();
  [[nodiscard]] Result<void> check_first_issuer() const;
  [[nodiscard]] Result<void> sign_in(std::string scope, const Limits& limits);
  [[nodiscard]] Result<Form> grant(const Registration& who, const std::string& scope, const std::string& resource,
                                   const Limits& limits);
  void take(Tokens given, const std::string& scope, const std::string& resource);

  const OAuthOptions options_;
  const OAuthHttp http_;
  const TokenStore store_;

  // Of the thread whose turn it is.
  ServerRecord record_;
  std::optional<SignInFacts> facts_;
  std::optional<std::chrono::steady_clock::time_point> signed_in_at_, refreshed_at_;
  int step_ups_ = 0;

  std::mutex mutex_;  ///< Of what follows.
  std::condition_variable_any changed_;
  bool taken_ = false, loaded_ = false;
  std::string value_;  ///< Of the header.
  std::int64_t expires_at_ = 0;
};

}  // namespace agent::mcp
