#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace agent::loop {

/// A stop token that is asked when `stop` is, or when the time is over. One thread, and none without a time.
class TimedStop {
 public:
  TimedStop(const std::stop_token& stop, std::optional<std::chrono::steady_clock::duration> time);
  ~TimedStop();
  TimedStop(const TimedStop&) = delete;
  TimedStop& operator=(const TimedStop&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  struct Forward {
    std::stop_source& source;
    void operator()() const { source.request_stop(); }
  };

  std::stop_source source_;
  std::stop_callback<Forward> forward_;
  std::mutex guard_;
  std::condition_variable_any over_;
  std::jthread timer_;
};

}  // namespace agent::loop
