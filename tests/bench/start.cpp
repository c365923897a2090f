// start RUNS PROGRAM [ARG…]: median CPU time and greatest resident memory of RUNS runs, their output dropped.
// A program of its own, small and static, because a child's peak memory starts at its parent's.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

double milliseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

/// The usage of one run; exits when the program can't be started or fails, for then the figure would mean nothing.
rusage run(char** argv, const posix_spawn_file_actions_t& quiet) {
  pid_t child = 0;
  if (posix_spawn(&child, argv[0], &quiet, nullptr, argv, environ) != 0) {
    std::perror(argv[0]);
    std::exit(2);
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child || status != 0) {
    std::fprintf(stderr, "%s: ended with status %d\n", argv[0], status);
    std::exit(1);
  }
  return usage;
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 2 ? std::atoi(argv[1]) : 0;
  if (runs < 1) {
    std::fprintf(stderr, "usage: start RUNS PROGRAM [ARG…]\n");
    return 2;
  }
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<double> cpu_ms;
  double rss_mib = 0;
  for (int i = 0; i < runs; ++i) {
    const rusage usage = run(argv + 2, quiet);
    cpu_ms.push_back(milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime));
    rss_mib = std::max(rss_mib, static_cast<double>(usage.ru_maxrss) / 1024);
  }
  std::ranges::nth_element(cpu_ms, cpu_ms.begin() + runs / 2);
  std::printf("%.2f %.1f\n", cpu_ms[static_cast<std::size_t>(runs / 2)], rss_mib);
}
