#pragma once

#include "base/error.hpp"
#include "net/http.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::sinks {

/// A repository of a forge, and how it is spoken to.
struct ForgeAccess {
  /// "https://gitea.example", "https://api.github.com", "https://github.example/api/v3".
  std::string api_url;
  std::string token;
  std::string owner, repository;
  net::ClientOptions http = {};
  /// A longer wait that the forge's limits ask for is not waited for.
  std::chrono::milliseconds most_rate_wait{20'000};
  std::chrono::milliseconds timeout{60'000};  ///< Of one request with its waits and tries.
  std::string token_setting = {};             ///< What the token is set by: "GITEA_TOKEN".
};

/// What the forge answered, whatever its status.
struct ForgeAnswer {
  int status = 0;
  std::vector<net::Header> headers;
  nlohmann::json body;  ///< Null where there was no JSON.
};

/// One page of a list.
struct ForgePage {
  std::vector<nlohmann::json> items;
  bool more = false;
};

/// JSON to and from a forge's API. Waits out its limits of rate where they are short, follows no redirect; errors as
/// forge.hpp has them.
class ForgeHttp {
 public:
  /// `name`: "gitea". `headers` go with each request, the token among them. `base`: before each path.
  ForgeHttp(const ForgeAccess& access, std::string name, std::string base, std::vector<net::Header> headers);

  /// `path` begins with "/"; `body` is not sent when null. Repeats all but POST when no answer came.
  [[nodiscard]] Result<ForgeAnswer> exchange(const std::string& method, const std::string& path,
                                             const nlohmann::json& body, const std::stop_token& stop) const;
  /// The body of an answer that is a success; others are errors.
  [[nodiscard]] Result<nlohmann::json> ask(const std::string& method, const std::string& path,
                                           const nlohmann::json& body, const std::stop_token& stop) const;
  /// Page `number` (from 1) of a list, after `before` items. `path` has its query, without page and size.
  [[nodiscard]] Result<ForgePage> page(const std::string& path, int number, std::size_t before,
                                       const std::stop_token& stop) const;
  /// The items of all pages, or of the first `most`.
  [[nodiscard]] Result<std::vector<nlohmann::json>> pages(const std::string& path, int most,
                                                          const std::stop_token& stop) const;
  /// What an answer that is no success means.
  [[nodiscard]] Error refusal(const std::string& method, const std::string& path, const ForgeAnswer& answer) const;

  static constexpr int most_pages = 50;

 private:
  [[nodiscard]] Result<ForgeAnswer> fetch(const net::Request& request, const std::stop_token& stop) const;
  [[nodiscard]] std::string where(const std::string& method, const std::string& path, int status) const;
  [[nodiscard]] std::string cleaned(std::string text) const;
  [[nodiscard]] std::string words(const nlohmann::json& body) const;
  [[nodiscard]] Error limited(const std::string& where, const ForgeAnswer& answer) const;
  [[nodiscard]] Error moved(const std::string& where, const ForgeAnswer& answer) const;
  [[nodiscard]] Error forbidden(const std::string& where, const ForgeAnswer& answer) const;

  net::HttpClient client_;
  std::string name_, base_, token_, token_setting_, repository_;
  std::vector<net::Header> headers_;
  std::chrono::milliseconds most_rate_wait_, timeout_;
};

/// How long an answer asks to wait, when it says that we ask too often; none when it does not. Of GitHub's two limits
/// one is told by `x-ratelimit-remaining: 0` and `x-ratelimit-reset`, the other by `retry-after` or its words; without
/// a time it wants a minute:
/// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
[[nodiscard]] std::optional<std::chrono::milliseconds> rate_wait(const ForgeAnswer& answer,
                                                                 std::chrono::system_clock::time_point now);

/// False when a stop ended the pause.
[[nodiscard]] bool pause(std::chrono::milliseconds time, const std::stop_token& stop);

}  // namespace agent::sinks
