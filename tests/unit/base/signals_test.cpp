#include "base/signals.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <array>
#include <csignal>
#include <future>
#include <string>
#include <thread>

namespace agent {
namespace {

using namespace std::chrono_literals;

/// Blocks until a stop is asked for; false when that takes a minute.
bool wait_for_stop(const Interrupts& interrupts) {
  std::promise<void> stopped;
  const std::stop_callback tell(interrupts.token(), [&stopped] { stopped.set_value(); });
  return stopped.get_future().wait_for(60s) == std::future_status::ready;
}

void send(int number) { ::kill(::getpid(), number); }

struct Stop {
  std::string name;
  int number;
  ErrorKind kind;
};

void PrintTo(const Stop& stop, std::ostream* out) { *out << stop.name; }

class InterruptsBy : public testing::TestWithParam<Stop> {};

TEST_P(InterruptsBy, AsksForAStopAndSaysWhy) {
  const Interrupts interrupts;
  EXPECT_FALSE(interrupts.reason());

  send(GetParam().number);

  ASSERT_TRUE(wait_for_stop(interrupts));
  ASSERT_TRUE(interrupts.reason());
  EXPECT_EQ(interrupts.reason()->kind, GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(Signal, InterruptsBy,
                         testing::Values(Stop{"sigint", SIGINT, ErrorKind::interrupted},
                                         Stop{"sigterm", SIGTERM, ErrorKind::terminated},
                                         Stop{"sighup", SIGHUP, ErrorKind::terminated}),
                         [](const auto& info) { return info.param.name; });

TEST(Interrupts, StopsAtTheDeadline) {
  const Interrupts interrupts({.timeout = 1ms});

  ASSERT_TRUE(wait_for_stop(interrupts));

  EXPECT_EQ(interrupts.reason()->kind, ErrorKind::deadline);
}

TEST(Interrupts, GiveTheSignalsBackInTheEnd) {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_BLOCK, nullptr, &before);
  {
    const Interrupts interrupts;
  }
  pthread_sigmask(SIG_BLOCK, nullptr, &after);

  EXPECT_EQ(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
}

TEST(Interrupts, LeaveAnIgnoredSignalIgnored) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    const Interrupts interrupts;
    send(SIGHUP);  // ignored
    send(SIGINT);

    ASSERT_TRUE(wait_for_stop(interrupts));
    EXPECT_EQ(interrupts.reason()->kind, ErrorKind::interrupted);
  }
  static_cast<void>(std::signal(SIGHUP, before));
}

using InterruptsDeathTest = testing::Test;

void stop_twice(int first, int second) {
  const Interrupts interrupts;
  send(first);
  if (!wait_for_stop(interrupts)) return;
  send(second);
  while (true) ::pause();
}

TEST(InterruptsDeathTest, ExitAtOnceOnASecondSignal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  EXPECT_EXIT(stop_twice(SIGINT, SIGINT), testing::ExitedWithCode(130), "agent: interrupted by SIGINT");
  EXPECT_EXIT(stop_twice(SIGTERM, SIGTERM), testing::ExitedWithCode(143), "agent: ended by SIGTERM");
}

void outlive(InterruptOptions options) {
  const Interrupts interrupts(options);
  while (true) ::pause();
}

TEST(InterruptsDeathTest, ExitWhenTheGraceIsOver) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  EXPECT_EXIT(outlive({.timeout = 1ms, .grace = 1ms}), testing::ExitedWithCode(124), "agent: the time is over");
}

}  // namespace
}  // namespace agent
