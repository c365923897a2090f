#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace agent::net {

/// RFC 9110, 9.2.2.
[[nodiscard]] bool is_idempotent(std::string_view method);

/// A status that another try may not meet: 429, 500, 502, 503, 504.
[[nodiscard]] bool is_busy(int status);

/// A header that tells who we are, and so is for one server only.
[[nodiscard]] bool is_credential(std::string_view header_name);

/// What a `Retry-After` asks for: seconds, or a date (IMF-fixdate; RFC 9110, 10.2.3). None: nothing readable.
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after(
    std::string_view value, std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

/// Waits that double, each between a half and the whole of it by chance, so that many clients don't come back at once.
class Backoff {
 public:
  explicit Backoff(std::chrono::milliseconds first) : most_(first) {}
  [[nodiscard]] std::chrono::milliseconds next();

 private:
  std::chrono::milliseconds most_;
};

/// Calls `work` with 0 … count-1, on up to `most` threads at once (this one among them); returns when all is done.
void at_once(std::size_t count, std::size_t most, const std::function<void(std::size_t)>& work);

}  // namespace agent::net
