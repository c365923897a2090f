#include "net/retry.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace agent::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

struct RetryAfterCase {
  std::string name, value;
  std::optional<milliseconds> expected;
};

class RetryAfter : public testing::TestWithParam<RetryAfterCase> {};

TEST_P(RetryAfter, IsReadAsServersWriteIt) {
  const auto now = system_clock::from_time_t(784'111'777);  // Sun, 06 Nov 1994 08:49:37 GMT

  EXPECT_EQ(retry_after(GetParam().value, now), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Values, RetryAfter,
    testing::Values(RetryAfterCase{"seconds", "3", milliseconds(3000)}, RetryAfterCase{"zero", "0", milliseconds(0)},
                    RetryAfterCase{"blanks", " 3 ", milliseconds(3000)},
                    RetryAfterCase{"date", "Sun, 06 Nov 1994 08:49:40 GMT", milliseconds(3000)},
                    RetryAfterCase{"past", "Sun, 06 Nov 1994 08:49:30 GMT", milliseconds(0)},
                    RetryAfterCase{"year_9258", "Sun, 06 Nov 9258 08:49:37 GMT", milliseconds(8'215'888'223'000)},
                    RetryAfterCase{"very_long", "999999999999", milliseconds(31'536'000'000)},
                    RetryAfterCase{"too_long_for_a_number", "99999999999999999999999", std::nullopt},
                    RetryAfterCase{"negative", "-1", std::nullopt}, RetryAfterCase{"words", "soon", std::nullopt},
                    RetryAfterCase{"empty", "", std::nullopt}),
    [](const auto& info) { return info.param.name; });

TEST(Backoff, DoublesWithJitter) {
  Backoff backoff(milliseconds(100));

  for (int most = 100; most <= 800; most *= 2) {
    const auto wait = backoff.next();
    EXPECT_GE(wait, milliseconds(most / 2));
    EXPECT_LE(wait, milliseconds(most));
  }
}

TEST(IsCredential, KnowsTheUsualNames) {
  for (const char* name :
       {"Authorization", "cookie", "X-Api-Key", "PRIVATE-TOKEN", "X-Auth-Token", "Impersonate-User"}) {
    EXPECT_TRUE(is_credential(name)) << name;
  }
  EXPECT_FALSE(is_credential("Accept"));
}

TEST(AtOnce, DoesAllWithNoMoreThanAllowed) {
  std::vector<std::atomic<int>> done(100);
  std::atomic<int> running = 0, most = 0;

  at_once(done.size(), 4, [&](std::size_t i) {
    const int now = ++running;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    ++done[i];
    --running;
  });
  at_once(0, 4, [](std::size_t) { FAIL(); });
  at_once(1, 0, [&](std::size_t) { ++done[0]; });

  EXPECT_LE(most, 4);
  EXPECT_EQ(done[0], 2);
  for (std::size_t i = 1; i < done.size(); ++i) EXPECT_EQ(done[i], 1);
}

}  // namespace
}  // namespace agent::net
