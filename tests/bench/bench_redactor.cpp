#include "base/redactor.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

namespace {

constexpr int rounds = 5;

/// Megabytes a second of `work` over all `texts`: the best of several rounds.
double speed(const std::vector<std::string>& texts, const std::function<void(const std::string&)>& work) {
  double bytes = 0, best = 0;
  for (const auto& text : texts) bytes += static_cast<double>(text.size());
  for (int round = 0; round < rounds; ++round) {
    auto start = std::chrono::steady_clock::now();
    for (const auto& text : texts) work(text);
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::max(best, bytes / took.count() / 1e6);
  }
  return best;
}

}  // namespace

/// Prints how fast the redactor goes through the files named, each with a redactor of its own, and what it hides there.
int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: bench_redactor FILE...\n", stderr);
    return 2;
  }
  std::vector<std::string> texts;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::printf("harvest %.0f MB/s\n", speed(texts, [](const std::string& text) { agent::Redactor().harvest(text); }));
  std::printf("redact  %.0f MB/s\n",
              speed(texts, [](const std::string& text) { (void)agent::Redactor().redact(text); }));
  agent::Redactor redactor;
  for (const auto& text : texts) (void)redactor.redact(text);
  for (const auto& [kind, count] : redactor.counts()) std::printf("%8zu %s\n", count, kind.c_str());
}
