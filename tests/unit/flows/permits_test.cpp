#include "flows/permits.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace agent::flows {
namespace {

TEST(Permits, LetOnlySoManyInAtOnce) {
  Permits permits(2);
  std::atomic<int> inside{0}, most{0};
  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < 8; ++n)
      threads.emplace_back([&] {
        Permits::Permit permit(permits);
        permit.take({});
        permit.take({});
        const int now = ++inside;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --inside;
      });
  }

  EXPECT_LE(most, 2);
}

TEST(Permits, AreNotWaitedForAfterAStop) {
  Permits permits(0);
  std::stop_source stop;
  stop.request_stop();
  Permits::Permit permit(permits);

  permit.take(stop.get_token());
}

}  // namespace
}  // namespace agent::flows
