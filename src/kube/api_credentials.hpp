#pragma once

#include "base/error.hpp"
#include "kube/access.hpp"
#include "kube/api_source.hpp"
#include "kube/exec_credential.hpp"
#include "net/http.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::kube {

/// What a request goes with.
struct Pass {
  std::shared_ptr<const net::HttpClient> client;  ///< It has the client certificate.
  std::vector<net::Header> headers;               ///< `Authorization`, `Impersonate-…`.
  unsigned run = 0;                               ///< Which run of the exec plugin gave it, from 1.
};

/// The credentials of an Access as they change. Any number of threads; one at a time runs the plugin, and the others
/// wait for what it gives.
class Credentials {
 public:
  Credentials(Access access, ApiOptions options);

  /// Errors: those of run_exec_plugin() and current_token(); `interrupted`. A plugin that failed is not run again for
  /// 30 s: its error is given.
  [[nodiscard]] Result<Pass> current(const std::stop_token& stop);
  /// Another one than `refused`, which the server did not accept; nothing where there is no other. The plugin is run
  /// for that at most once a minute.
  [[nodiscard]] Result<std::optional<Pass>> renewed(const Pass& refused, const std::stop_token& stop);

  [[nodiscard]] const Access& access() const { return access_; }
  [[nodiscard]] const ApiOptions& options() const { return options_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  [[nodiscard]] bool by_plugin() const;
  [[nodiscard]] Result<Pass> without_plugin();
  /// A pass of run `least` or a later one.
  [[nodiscard]] Result<Pass> of_plugin(unsigned least, const std::stop_token& stop);
  [[nodiscard]] Result<void> run_plugin(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void take(ExecCredential credential);
  void learn(std::string_view kind, std::string_view secret);
  [[nodiscard]] std::shared_ptr<const net::HttpClient> make_client(const std::string& certificate,
                                                                   const std::string& key) const;
  [[nodiscard]] std::vector<net::Header> headers(const std::string& token) const;

  const Access access_;
  const ApiOptions options_;
  const bool may_send_;  ///< Whether credentials may go to the server at all.
  std::mutex mutex_;     ///< Of what follows.
  std::condition_variable_any changed_;
  std::string learnt_token_;
  Pass pass_;  ///< The plugin's, or the client that is the same for all requests.
  ExecCredential given_;
  std::optional<std::chrono::sys_seconds> expires_;
  bool running_ = false;
  std::optional<Error> failure_;
  Time failed_at_{};
  std::optional<Time> renewed_at_;
};

/// The time in an RFC 3339 text, to the second; nothing when it is none.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_time(const std::string& text);

}  // namespace agent::kube
