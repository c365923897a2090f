#include "base/redactor.hpp"
#include "evidence/distiller.hpp"
#include "support/hard_logs.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>
#include <string>

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// CPU time of the extract of 1,000 tokens, redacted: the best of three.
double seconds(const std::string& log) {
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 3; ++round) {
    const double start = cpu_seconds();
    agent::Redactor redactor;
    agent::evidence::Distiller distiller(nullptr, &redactor);
    distiller.feed(log);
    (void)distiller.finish(agent::Tokens{1000});
    best = std::min(best, cpu_seconds() - start);
  }
  return best;
}

}  // namespace

/// Prints how long an extract of hard logs takes at three sizes, each eight times the one before: time is linear in
/// bytes when the last two factors are about 8 or less.
int main() {
  std::printf("%-30s%12s%12s%12s%18s\n", "hard log", "0.5 MiB", "4 MiB", "32 MiB", "factors");
  for (const agent::testing::HardLog& log : agent::testing::hard_logs) {
    double took[3] = {};
    for (std::size_t i = 0; i < 3; ++i) took[i] = seconds(log.of(std::size_t{1} << (19 + 3 * i)));
    std::printf("%-30s%9.1f ms%9.1f ms%9.1f ms%10.1f%8.1f\n", std::string(log.name).c_str(), took[0] * 1e3,
                took[1] * 1e3, took[2] * 1e3, took[1] / took[0], took[2] / took[1]);
  }
}
