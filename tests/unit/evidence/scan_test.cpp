#include "evidence/scan.hpp"

#include "evidence/signals.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace agent::evidence {
namespace {

using Hits = std::vector<std::pair<std::size_t, std::size_t>>;

Hits hits_of(std::size_t (*scanner)(std::string_view, std::vector<ScanHit>&), std::string_view block) {
  std::vector<ScanHit> hits;
  scanner(block, hits);
  Hits pairs;
  for (const ScanHit& hit : hits) pairs.emplace_back(hit.offset, hit.newlines_before);
  return pairs;
}

TEST(Scan, TellsEachLineOnceAndCountsNewlines) {
  const std::string log = "all is well\nerror: an error\nnothing\nFATAL\n";
  std::vector<ScanHit> hits;

  const std::size_t newlines = scan(log, hits);

  EXPECT_EQ(newlines, 4U);
  EXPECT_EQ(hits_of(scan, log), (Hits{{12, 1}, {36, 3}}));
}

TEST(Scan, FindsEveryPhraseAnywhereInABlock) {
  for (const Signal& signal : signals())
    for (const std::size_t before : {0U, 1U, 30U, 31U, 32U, 61U, 64U, 100U}) {
      const std::string block = std::string(before, '.') + std::string(signal.phrase) + std::string(40, '.');
      EXPECT_FALSE(hits_of(scan, block).empty()) << signal.phrase << " behind " << before;
    }
}

TEST(Scan, VectorAndPortablePathsAgreeOnAnyBytes) {
  std::mt19937 random(7);  // NOLINT: the same bytes at each run
  const std::string_view letters = "erofail \n[]\xE2\x9C\x96*^~dntk:";
  for (int round = 0; round < 300; ++round) {
    std::string block(random() % 700, ' ');
    for (char& byte : block)
      byte = random() % 10 == 0 ? static_cast<char>(random()) : letters[random() % letters.size()];
    if (round % 3 == 0) block.insert(random() % (block.size() + 1), "undefined reference");

    EXPECT_EQ(hits_of(scan, block), hits_of(scan_portable, block)) << "round " << round;
  }
}

}  // namespace
}  // namespace agent::evidence
