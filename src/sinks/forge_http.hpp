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
  std::chrono::milliseconds timeout{60'000};  ///< Of one request, or a whole list, with waits and tries.
  std::string token_setting = {};             ///< What the token is set by: "GITEA_TOKEN".
};

/// What the forge answered, whatever its status.
struct ForgeAnswer {
  int status = 0;
  std::vector<net::Header> headers;
  nlohmann::json body;  ///< Null where there was no JSON.
};

/// A list that is read page after page, and where it stands.
struct ForgeList {
  std::string path;  ///< With its query, without page and size.
  int most_pages;
  net::Deadline deadline;  ///< Of all pages.
  int pages = 0;           ///< That were read.
  std::size_t items = 0;   ///< On them.
  std::size_t kept = 0;    ///< Bytes; see ForgeHttp::keep().
  bool more = true;
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
  /// The list at `path`, of which at most `most` pages are read; ForgeAccess::timeout begins now.
  [[nodiscard]] ForgeList list(std::string path, int most) const;
  /// The items of its next page, an array; where `more` is false there is none.
  [[nodiscard]] Result<nlohmann::json> next(ForgeList& list, const std::stop_token& stop) const;
  /// Counts what a caller keeps of a list. Errors: `unreadable` beyond 32 MiB, whoever filled it.
  [[nodiscard]] Result<void> keep(ForgeList& list, std::size_t bytes) const;
  /// What an answer that is no success means.
  [[nodiscard]] Error refusal(const std::string& method, const std::string& path, const ForgeAnswer& answer) const;

  static constexpr int most_pages = 50;

 private:
  [[nodiscard]] Result<ForgeAnswer> exchange_until(net::Deadline deadline, const std::string& method,
                                                   const std::string& path, const nlohmann::json& body,
                                                   const std::stop_token& stop) const;
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
