#pragma once

#include <chrono>
#include <string>

namespace agent {

/// The time, so that a replay and a test can give their own.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() const = 0;    ///< Wall clock.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point ticks() const = 0;  ///< For durations.
};

/// The machine's clock.
[[nodiscard]] const Clock& system_clock();

/// "2026-11-21T08:30:00.123Z" (RFC 3339, UTC, milliseconds).
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point at);

}  // namespace agent
