#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

namespace agent::flows {

/// Ends pieces of work that take too long, each at its own time, and all of them when the whole is stopped.
/// One thread waits for all. Any number of threads at once.
class TimeLimits {
 public:
  explicit TimeLimits(std::stop_token whole);
  ~TimeLimits();
  TimeLimits(const TimeLimits&) = delete;
  TimeLimits& operator=(const TimeLimits&) = delete;

  /// The limit of one piece of work, for as long as it lives. The TimeLimits outlive it.
  class Limit {
   public:
    ~Limit();
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

    [[nodiscard]] std::stop_token token() const;  ///< Stops at the limit, or with the whole.
    [[nodiscard]] bool ran_out() const;           ///< The limit was reached, and the whole was not stopped.

   private:
    friend class TimeLimits;
    struct Entry;
    Limit(TimeLimits& limits, std::chrono::milliseconds most);
    TimeLimits& limits_;
    std::shared_ptr<Entry> entry_;
  };
  [[nodiscard]] Limit start(std::chrono::milliseconds most) { return {*this, most}; }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent::flows
