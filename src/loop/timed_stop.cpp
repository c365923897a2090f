#include "loop/timed_stop.hpp"

#include <system_error>

namespace agent::loop {

TimedStop::TimedStop(const std::stop_token& stop, std::optional<std::chrono::steady_clock::duration> time)
    : forward_(stop, Forward{source_}) {
  if (!time) return;
  if (*time <= std::chrono::steady_clock::duration::zero()) {
    source_.request_stop();
    return;
  }
  try {
    timer_ = std::jthread([this, time = *time](const std::stop_token& done) {
      std::unique_lock lock(guard_);
      over_.wait_for(lock, done, time, [] { return false; });
      if (!done.stop_requested()) source_.request_stop();
    });
  } catch (const std::system_error&) {
    timer_ = {};  // without a thread to spare, the time is only looked at between turns
  }
}

TimedStop::~TimedStop() = default;

}  // namespace agent::loop
