#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace agent::tools {

struct BackOffOptions {
  std::size_t failures = 3;                    ///< In a row, until calls fail at once.
  std::chrono::milliseconds first{5'000};      ///< For so long; twice that after each further failure,
  std::chrono::milliseconds longest{300'000};  ///< at most so long.
};

/// Leaves a server alone that did not answer several times in a row. One thread at a time.
class BackOff {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit BackOff(BackOffOptions options) : options_(options) {}

  /// How long calls fail at once from `now` on; nothing when one may be tried.
  [[nodiscard]] std::optional<std::chrono::milliseconds> wait(Time now) const;

  void failed(Time now);
  void succeeded();
  [[nodiscard]] std::size_t failures() const { return failures_; }

 private:
  BackOffOptions options_;
  std::size_t failures_ = 0;
  Time until_{};
};

}  // namespace agent::tools
