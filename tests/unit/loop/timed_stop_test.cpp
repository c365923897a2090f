#include "loop/timed_stop.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace agent::loop {
namespace {

using namespace std::chrono_literals;

/// Waits until `token` is asked to stop; false after half a minute.
bool is_asked(const std::stop_token& token) {
  std::mutex guard;
  std::condition_variable_any never;
  std::unique_lock lock(guard);
  never.wait_for(lock, token, 30s, [] { return false; });
  return token.stop_requested();
}

TEST(TimedStop, IsAskedWhenTheTimeIsOver) {
  const TimedStop stop({}, 5ms);

  EXPECT_TRUE(is_asked(stop.token()));
}

TEST(TimedStop, IsAskedAtOnceWithoutTime) {
  EXPECT_TRUE(TimedStop({}, 0ms).token().stop_requested());
  EXPECT_TRUE(TimedStop({}, -5s).token().stop_requested());
}

TEST(TimedStop, IsAskedWhenTheCallerIs) {
  std::stop_source caller;
  const TimedStop stop(caller.get_token(), 1h);
  EXPECT_FALSE(stop.token().stop_requested());

  caller.request_stop();

  EXPECT_TRUE(stop.token().stop_requested());
}

TEST(TimedStop, EndsBeforeItsTime) { const TimedStop stop({}, 24h); }

TEST(TimedStop, TakesAsLongAsItTakesWithoutALimit) {
  const TimedStop stop({}, std::nullopt);

  EXPECT_FALSE(stop.token().stop_requested());
}

}  // namespace
}  // namespace agent::loop
