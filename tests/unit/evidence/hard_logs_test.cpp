#include "support/hard_logs.hpp"
#include "base/text.hpp"
#include "evidence/distiller.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <sstream>
#include <string>

namespace agent::testing {
namespace {

std::string extract(const std::string& log, Tokens budget) {
  Redactor redactor;
  evidence::Distiller distiller(nullptr, &redactor);
  distiller.feed(log);
  return evidence::print_extract(distiller.finish(budget).excerpts);
}

/// CPU time of this thread: other processes make no difference. The better of two.
double cpu_seconds(const std::string& log) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 2; ++round) {
    const double start = now();
    (void)extract(log, Tokens{1000});
    best = std::min(best, now() - start);
  }
  return best;
}

class Hard : public ::testing::TestWithParam<HardLog> {};

TEST_P(Hard, LogGivesCleanLinesWithinTheBudget) {
  const std::string log = GetParam().of(64U << 10);
  for (const std::size_t tokens : {1U, 250U, 16000U}) {
    const std::string text = extract(log, Tokens{tokens});
    std::istringstream lines(text);

    EXPECT_LE(count_code_points(text), tokens * 4);
    for (std::string line; std::getline(lines, line);) EXPECT_TRUE(is_clean(line)) << line;
  }
}

// Sixteen times the bytes take sixteen times as long; quadratic work would take 256 times as long.
TEST_P(Hard, LogTakesTimeLinearInItsBytes) {
  const double little = cpu_seconds(GetParam().of(8U << 10)), much = cpu_seconds(GetParam().of(128U << 10));

  EXPECT_LT(much, 64 * little + 0.01) << little << " s, then " << much << " s";
}

INSTANTIATE_TEST_SUITE_P(Logs, Hard, ::testing::ValuesIn(hard_logs),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace agent::testing
