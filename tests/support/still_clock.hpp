#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace agent::test {

/// A clock that stands still until told; any threads.
class StillClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(passed_));
  }
  std::chrono::steady_clock::time_point ticks() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(passed_));
  }
  void pass(std::chrono::milliseconds time) { passed_ += time.count(); }

 private:
  std::atomic<std::int64_t> passed_ = 1'000;
};

}  // namespace agent::test
