#include "flows/time_limits.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace agent::flows {

using Ticks = std::chrono::steady_clock;

struct TimeLimits::Limit::Entry {
  explicit Entry(const std::stop_token& whole) : with_whole(whole, [this] { source.request_stop(); }) {}

  std::stop_source source;
  std::atomic<bool> ran_out{false};
  Ticks::time_point until;
  std::stop_callback<std::function<void()>> with_whole;  // last: it may run at once
};

struct TimeLimits::State {
  explicit State(std::stop_token all) : whole(std::move(all)) {}

  void wait(const std::stop_token& end) {
    std::unique_lock lock(guard);
    while (!end.stop_requested()) {
      if (entries.empty()) {
        changed.wait(lock, end, [this] { return !entries.empty(); });
        continue;
      }
      const auto first = entries.begin();
      if (Ticks::now() < first->first) {
        const auto until = first->first;
        changed.wait_until(lock, end, until, [&] { return entries.empty() || entries.begin()->first < until; });
        continue;
      }
      const std::shared_ptr<Limit::Entry> entry = first->second;
      entries.erase(first);
      lock.unlock();  // what stops may take its time
      entry->ran_out = !whole.stop_requested();
      entry->source.request_stop();
      lock.lock();
    }
  }

  std::stop_token whole;
  std::mutex guard;  // of the entries
  std::condition_variable_any changed;
  std::multimap<Ticks::time_point, std::shared_ptr<Limit::Entry>> entries;
  std::jthread thread;
};

TimeLimits::TimeLimits(std::stop_token whole) : state_(std::make_unique<State>(std::move(whole))) {
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& end) { state->wait(end); });
}

TimeLimits::~TimeLimits() = default;

TimeLimits::Limit::Limit(TimeLimits& limits, std::chrono::milliseconds most)
    : limits_(limits), entry_(std::make_shared<Entry>(limits.state_->whole)) {
  entry_->until = Ticks::now() + most;
  {
    const std::lock_guard lock(limits_.state_->guard);
    limits_.state_->entries.emplace(entry_->until, entry_);
  }
  limits_.state_->changed.notify_all();
}

TimeLimits::Limit::~Limit() {
  const std::lock_guard lock(limits_.state_->guard);
  auto& entries = limits_.state_->entries;
  const auto [begin, end] = entries.equal_range(entry_->until);
  for (auto at = begin; at != end; ++at)
    if (at->second == entry_) {
      entries.erase(at);
      return;
    }
}

std::stop_token TimeLimits::Limit::token() const { return entry_->source.get_token(); }

bool TimeLimits::Limit::ran_out() const { return entry_->ran_out; }

}  // namespace agent::flows
