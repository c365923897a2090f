#pragma once

#include "base/error.hpp"
#include "mcp/authorizer.hpp"
#include "net/http.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

namespace agent::mcp {

/// Is told each secret as it is read, such as a redactor: the kind ("token"), then the secret.
using Learn = std::function<void(std::string_view, std::string_view)>;

/// A bearer token, or the file it stands in; the file wins.
struct StaticToken {
  std::string token = {};
  std::string file = {};
  Learn learn = {};
};

/// A token that nobody asked for (RFC 6750, 2.1). Its file is read again when its time or size changes, and after a
/// 401; blanks and line breaks around the token don't count.
class StaticAuthorizer : public Authorizer {
 public:
  explicit StaticAuthorizer(StaticToken from);

  /// Errors: `settings`, when the file can't be read, is longer than 64 KiB, or holds no token.
  [[nodiscard]] Result<std::string> authorization(net::Deadline deadline, const std::stop_token& stop) override;
  /// True when the file has another token now.
  [[nodiscard]] Result<bool> challenged(int status, std::string_view www_authenticate,
                                        std::string_view used_authorization, net::Deadline deadline,
                                        const std::stop_token& stop) override;

 private:
  /// What tells one state of a file from another without reading it.
  struct Stamp {
    std::int64_t seconds = 0, nanoseconds = 0, size = -1;
    bool operator==(const Stamp&) const = default;
  };
  [[nodiscard]] bool is_of(const Stamp& stamp);
  void take(std::string token, const Stamp& stamp);
  [[nodiscard]] std::string value();

  const StaticToken from_;
  std::mutex mutex_;  ///< Of what follows.
  std::string token_;
  Stamp read_;
};

}  // namespace agent::mcp
