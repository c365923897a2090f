#include "evidence/scan.hpp"

#include "evidence/signals.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace agent::evidence {
namespace {

constexpr std::size_t gram = 4;             // A phrase is looked for by its rarest four bytes.
constexpr std::uint32_t fold = 0x20202020;  // Makes ASCII letters lower case; the table is folded in the same way.

std::uint32_t gram_at(const char* at) {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, at, gram);
  return bytes | fold;
}

/// The rarest four bytes of every phrase, as a hash set, and as nibble masks for the vector path.
struct Filter {
  // Teddy's tables (Hyperscan, Intel 2015): for each of the four bytes, bit b of low[i][n] says that a gram of
  // bucket b has the low nibble n there. A candidate has a bucket in which all eight nibbles fit.
  std::array<std::array<std::uint8_t, 16>, gram> low{}, high{};
  static constexpr std::size_t slots = 4096;
  std::array<std::uint32_t, slots> set{};

  static std::size_t slot(std::uint32_t bytes) { return (bytes * 0x9E3779B1U) >> 20; }

  Filter() {
    std::vector<std::uint32_t> grams;
    for (const Signal& signal : signals()) grams.push_back(gram_at(signal.phrase.data() + signal.anchor));
    // Neighbours in the alphabet share a bucket: their nibbles are alike, so few strangers fit.
    std::ranges::sort(grams, {}, [](std::uint32_t bytes) { return std::byteswap(bytes); });
    const auto [first, last] = std::ranges::unique(grams);
    grams.erase(first, last);
    for (std::size_t i = 0; i < grams.size(); ++i) add(grams[i], i * 8 / grams.size());
  }

  void add(std::uint32_t bytes, std::size_t bucket) {
    for (std::size_t place = 0; place < gram; ++place) {
      const auto byte = static_cast<std::uint8_t>(bytes >> (8 * place));
      const auto bit = static_cast<std::uint8_t>(1U << bucket);
      low.at(place).at(byte & 15U) |= bit;
      high.at(place).at(byte >> 4U) |= bit;
    }
    std::size_t at = slot(bytes);
    while (set.at(at) != 0 && set.at(at) != bytes) at = (at + 1) % slots;
    set.at(at) = bytes;
  }

  [[nodiscard]] bool has(std::uint32_t bytes) const {
    for (std::size_t at = slot(bytes); set[at] != 0; at = (at + 1) % slots)
      if (set[at] == bytes) return true;
    return false;
  }
};

const Filter& filter() {
  static const Filter made;
  return made;
}

/// Where a vector path has come to in a block.
struct Progress {
  std::size_t at = 0, newlines = 0, skip_to = 0;
};

/// Scans from `from` one byte at a time; `skip_to` is the first place of which a hit may be told.
void scan_bytes(std::string_view block, Progress progress, std::vector<ScanHit>& hits, std::size_t& newlines) {
  const Filter& table = filter();
  const char* data = block.data();
  bool told = progress.skip_to > progress.at;
  for (std::size_t at = progress.at; at < block.size(); ++at) {
    if (data[at] == '\n') {
      ++progress.newlines;
      told = false;
      continue;
    }
    if (told || at + gram > block.size()) continue;
    if (table.has(gram_at(data + at))) {
      hits.push_back({at, progress.newlines});
      told = true;
    }
  }
  newlines = progress.newlines;
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) inline __m256i look_up(const std::array<std::uint8_t, 16>& table, __m256i nibbles) {
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data()));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(half), nibbles);
}

/// Buckets that fit at byte `place` of a gram, for 32 places at once.
__attribute__((target("avx2"))) inline __m256i fits(const Filter& table, std::size_t place, const char* data) {
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i bytes =
      _mm256_or_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + place)), _mm256_set1_epi8(0x20));
  const __m256i low = _mm256_and_si256(bytes, nibble);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);
  return _mm256_and_si256(look_up(table.low[place], low), look_up(table.high[place], high));
}

__attribute__((target("avx2,bmi,popcnt"))) std::size_t scan_avx2(std::string_view block, std::vector<ScanHit>& hits) {
  const Filter& table = filter();
  const char* data = block.data();
  const __m256i newline = _mm256_set1_epi8('\n');
  Progress progress;
  while (progress.at + 32 + gram <= block.size()) {
    const char* here = data + progress.at;
    const __m256i raw = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(here));
    const auto lines = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(raw, newline)));
    const __m256i buckets = _mm256_and_si256(_mm256_and_si256(fits(table, 0, here), fits(table, 1, here)),
                                             _mm256_and_si256(fits(table, 2, here), fits(table, 3, here)));
    const auto none =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(buckets, _mm256_setzero_si256())));
    auto candidates = ~(none | lines);  // A folded '\n' looks like '*'.
    while (candidates != 0) {
      const auto bit = static_cast<unsigned>(std::countr_zero(candidates));
      candidates &= candidates - 1;
      const std::size_t at = progress.at + bit;
      if (at < progress.skip_to || !table.has(gram_at(data + at))) continue;
      const std::uint32_t before = lines & ((1U << bit) - 1U);
      hits.push_back({at, progress.newlines + static_cast<std::size_t>(std::popcount(before))});
      const void* end = std::memchr(data + at, '\n', block.size() - at);
      progress.skip_to = end == nullptr ? block.size() : static_cast<std::size_t>(static_cast<const char*>(end) - data);
    }
    progress.newlines += static_cast<std::size_t>(std::popcount(lines));
    progress.at += 32;
  }
  std::size_t newlines = 0;
  scan_bytes(block, progress, hits, newlines);
  return newlines;
}

#endif

}  // namespace

std::size_t scan_portable(std::string_view block, std::vector<ScanHit>& hits) {
  std::size_t newlines = 0;
  scan_bytes(block, {}, hits, newlines);
  return newlines;
}

std::size_t scan(std::string_view block, std::vector<ScanHit>& hits) {
#if defined(__x86_64__)
  static const bool fast = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0;
  if (fast) return scan_avx2(block, hits);
#endif
  return scan_portable(block, hits);
}

}  // namespace agent::evidence
