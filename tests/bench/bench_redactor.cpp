#include "base/redactor.hpp"
#include "support/synthetic_secrets.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace agent::testing;

constexpr int draws = 100;  // Of each kind in each place.
constexpr int rounds = 5;

struct Tally {
  int hit = 0, all = 0;

  void add(bool is_hit) {
    hit += is_hit;
    ++all;
  }
  void add(const Tally& other) {
    hit += other.hit;
    all += other.all;
  }
};

std::string redacted(const std::string& text) { return agent::Redactor().redact(text); }

/// Prints a kind that does not come out as it should, and counts it.
void note(Tally& sum, std::string_view kind, const Tally& seen, int wanted) {
  sum.add(seen);
  if (seen.hit != wanted) std::printf("  %-28s %d of %d\n", std::string(kind).c_str(), seen.hit, seen.all);
}

void print_sum(const char* what, const Tally& sum, std::size_t kinds) {
  std::printf("%s: %d of %d hidden (%.2f %%), %zu kinds\n", what, sum.hit, sum.all, 100.0 * sum.hit / sum.all, kinds);
}

void measure_tokens(std::mt19937& lot) {
  Tally sum;
  for (const SyntheticKind& kind : token_kinds()) {
    Tally seen;
    for (const std::string_view place : token_places())
      for (int i = 0; i < draws; ++i) {
        const std::string token = drawn(kind.pattern, lot);
        seen.add(!redacted(put(place, token)).contains(token));
      }
    note(sum, kind.name, seen, seen.all);
  }
  print_sum("tokens by their shape", sum, token_kinds().size());
}

void measure_labelled(std::mt19937& lot) {
  Tally sum;
  for (const SyntheticKind& kind : labelled_kinds()) {
    Tally seen;
    for (int i = 0; i < draws; ++i) {
      const Labelled drawn_line = without_marks(drawn(kind.pattern, lot));
      seen.add(!redacted(drawn_line.line).contains(drawn_line.secret));
    }
    note(sum, kind.name, seen, seen.all);
  }
  print_sum("secrets behind a label", sum, labelled_kinds().size());
}

void measure_harmless(std::mt19937& lot) {
  Tally sum;
  for (const SyntheticKind& kind : harmless_kinds()) {
    Tally seen;
    for (int i = 0; i < draws; ++i) {
      const std::string line = drawn(kind.pattern, lot);
      seen.add(redacted(line) != line);
    }
    note(sum, kind.name, seen, 0);
  }
  print_sum("no secrets", sum, harmless_kinds().size());
}

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

/// How fast it goes through the texts, each with a redactor of its own, and what it hides there.
void measure_logs(const std::vector<std::string>& texts) {
  std::printf("harvest %.0f MB/s\n", speed(texts, [](const std::string& text) { agent::Redactor().harvest(text); }));
  std::printf("redact  %.0f MB/s\n", speed(texts, [](const std::string& text) { (void)redacted(text); }));
  agent::Redactor redactor;
  std::ptrdiff_t lines = 0, hidden = 0;
  for (const auto& text : texts) {
    lines += std::ranges::count(text, '\n');
    const std::string shown = redactor.redact(text);
    for (std::size_t at = shown.find("[REDACTED:"); at != std::string::npos; ++hidden)
      at = shown.find("[REDACTED:", std::min(shown.find('\n', at), shown.size()));
  }
  std::printf("%td of %td lines have something hidden\n", hidden, lines);
  for (const auto& [kind, count] : redactor.counts()) std::printf("%8zu %s\n", count, kind.c_str());
}

}  // namespace

/// Prints the share of synthetic secrets of each kind that is hidden, the share of harmless look-alikes that is, too
/// (each kind that is not all hidden, or not all left alone, by name), and, when files are named, speed and what is
/// hidden there.
int main(int argc, char** argv) {
  std::mt19937 lot(20'240'607);  // NOLINT: the same texts at each run
  measure_tokens(lot);
  measure_labelled(lot);
  measure_harmless(lot);
  std::vector<std::string> texts;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (!texts.empty()) measure_logs(texts);
}
