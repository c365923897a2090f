#pragma once

#include "base/clock.hpp"
#include "mcp/oauth.hpp"
#include "support/http_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::mcp {

class StandingClock : public Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000 + seconds));
  }
  [[nodiscard]] std::chrono::steady_clock::time_point ticks() const override {
    return std::chrono::steady_clock::time_point(std::chrono::seconds(1000 + seconds));
  }
  std::atomic<int> seconds = 0;
};

/// An MCP server that wants a token, and its authorization server, on one port. Members are set before a call.
class FakeSignIn {
 public:
  FakeSignIn() : server_([this](const test::SeenRequest& request, test::Talk& talk) { answer(request, talk); }) {}

  std::string issuer = "/as1";            ///< Path of the authorization server in use.
  Json resource_changes, server_changes;  ///< Merged into the metadata (RFC 7396).
  bool has_metadata = true;
  std::string challenge = "Bearer scope=\"read\"";
  std::string needs;    ///< A scope for /mcp; without it: 403.
  bool accepts = true;  ///< Any token at all.
  bool refreshes = true;
  std::function<void(test::Talk&)> token_answer;  ///< Instead of tokens.

  [[nodiscard]] std::string url(std::string_view path = "/mcp") const { return server_.url(path); }
  /// The bodies of what was sent to `path`.
  [[nodiscard]] std::vector<std::string> sent_to(std::string_view path) const {
    std::vector<std::string> bodies;
    for (const auto& one : server_.seen())
      if (one.target.substr(0, one.target.find('?')) == path)
        bodies.push_back(one.body.empty() ? one.target : one.body);
    return bodies;
  }
  /// From now on no token holds that was given before.
  void forget_tokens() {
    const std::lock_guard lock(mutex_);
    valid_.clear();
  }

 private:
  void answer(const test::SeenRequest& request, test::Talk& talk) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (path == "/mcp") return answer_mcp(request, talk);
    if (path.ends_with("/token")) return answer_token(request, talk);
    if (path.ends_with("/register"))
      return talk.answer(201, Json{{"client_id", "client-of" + path.substr(0, path.rfind('/'))}}.dump());
    if (path.ends_with("/authorize")) return answer_authorize(request, talk);
    if (!has_metadata) return talk.answer(404);
    if (path == "/.well-known/oauth-protected-resource/mcp") return talk.answer(200, resource().dump());
    if (path == "/.well-known/oauth-authorization-server" + issuer) return talk.answer(200, issuer_document().dump());
    talk.answer(404, "not found");
  }

  [[nodiscard]] Json resource() const {
    Json document{{"resource", url()}, {"authorization_servers", {url(issuer)}}};
    document.merge_patch(resource_changes.is_null() ? Json::object() : resource_changes);
    return document;
  }
  [[nodiscard]] Json issuer_document() const {
    Json document{{"issuer", url(issuer)},
                  {"authorization_endpoint", url(issuer + "/authorize")},
                  {"token_endpoint", url(issuer + "/token")},
                  {"registration_endpoint", url(issuer + "/register")},
                  {"token_endpoint_auth_methods_supported", {"none"}},
                  {"code_challenge_methods_supported", {"S256"}}};
    document.merge_patch(server_changes.is_null() ? Json::object() : server_changes);
    return document;
  }

  void answer_authorize(const test::SeenRequest& request, test::Talk& talk) {
    const auto value = [&](const std::string& name) {
      const auto at = request.target.find(name + "=");
      if (at == std::string::npos) return std::string();
      const auto from = at + name.size() + 1;
      return request.target.substr(from, request.target.find('&', from) - from);
    };
    {
      const std::lock_guard lock(mutex_);
      asked_ = value("scope");
      for (auto at = asked_.find("%20"); at != std::string::npos; at = asked_.find("%20")) asked_.replace(at, 3, " ");
    }
    talk.answer(302, "", {{"Location", "http://127.0.0.1:33418/callback?code=c&state=" + value("state")}});
  }

  void answer_token(const test::SeenRequest& request, test::Talk& talk) {
    if (token_answer) return token_answer(talk);
    const bool is_refresh = request.body.contains("grant_type=refresh_token");
    if (is_refresh && !refreshes) return talk.answer(400, R"({"error":"invalid_grant"})");
    const std::lock_guard lock(mutex_);
    const std::string number = std::to_string(++given_);
    const std::string scope = is_refresh ? refreshed_scope_ : asked_;
    refreshed_scope_ = scope;
    valid_[("Bearer access-" + number)] = scope;
    talk.answer(200, Json{{"access_token", "access-" + number},
                          {"token_type", "bearer"},
                          {"expires_in", 3600},
                          {"scope", scope},
                          {"refresh_token", "refresh-" + number}}
                         .dump());
  }

  void answer_mcp(const test::SeenRequest& request, test::Talk& talk) {
    const std::lock_guard lock(mutex_);
    const auto found = valid_.find(request.header("authorization"));
    if (found == valid_.end() || !accepts) return talk.answer(401, "", {{"WWW-Authenticate", challenge}});
    if (!(" " + found->second + " ").contains(" " + needs + " ") && !needs.empty())
      return talk.answer(403, "",
                         {{"WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" + needs + "\""}});
    talk.answer(200, "{}");
  }

  std::mutex mutex_;
  std::map<std::string, std::string> valid_;  ///< Header and scope.
  std::string asked_, refreshed_scope_;
  int given_ = 0;
  test::HttpServer server_;
};

/// A test with such a server, a user who agrees to everything, and a folder for tokens.
class SignIn : public testing::Test {
 protected:
  SignIn() {
    std::string pattern = (std::filesystem::temp_directory_path() / "signin-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
  }
  ~SignIn() override { std::filesystem::remove_all(folder_); }

  OAuthOptions options() {
    OAuthOptions options;
    options.server_url = fake_.url();
    options.state_folder = folder_ + "/mcp";
    options.clock = &clock_;
    options.visit = [this](const std::string& url, const std::string&, const Limits& limits) -> Result<std::string> {
      ++visits_;
      net::Request request{.url = url};
      request.deadline = limits.deadline;
      const auto answer = TRY(browser_.fetch(request));
      return std::string(net::header(answer.headers, "location"));
    };
    options.learn = [this](std::string_view, std::string_view secret) {
      const std::lock_guard lock(learnt_mutex_);
      learnt_.emplace(secret);
    };
    return options;
  }

  static std::unique_ptr<OAuthAuthorizer> make(OAuthOptions options) {
    auto made = OAuthAuthorizer::make(std::move(options));
    EXPECT_TRUE(made) << (made ? "" : describe(made.error()));
    return made ? *std::move(made) : nullptr;
  }

  /// A request to the MCP server as a transport does it: at most one more time. Gives the status.
  Result<int> call(Authorizer& authorizer) const {
    for (int tries = 1;; ++tries) {
      const std::string value = TRY(authorizer.authorization(soon(), {}));
      net::Request request{.method = "POST", .url = fake_.url(), .body = "{}"};
      if (!value.empty()) request.headers.push_back({"Authorization", value});
      const auto answer = TRY(http_.fetch(request));
      if (answer.status == 200 || tries == 2) return answer.status;
      const auto challenge = net::header(answer.headers, "www-authenticate");
      if (!TRY(authorizer.challenged(answer.status, challenge, value, soon(), {}))) return answer.status;
    }
  }

  static net::Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

  StandingClock clock_;
  FakeSignIn fake_;
  std::string folder_;
  std::atomic<int> visits_ = 0;
  net::HttpClient http_;
  net::HttpClient browser_{[] {
    net::ClientOptions options;
    options.max_redirects = 0;
    return options;
  }()};
  std::mutex learnt_mutex_;
  std::set<std::string, std::less<>> learnt_;
};

}  // namespace agent::mcp
