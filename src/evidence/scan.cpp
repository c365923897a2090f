#include "evidence/scan.hpp"

#include "evidence/signals.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

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

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// True when `phrase` stands at `begin` (which may lie before or reach behind the block), without regard to case. The
/// ends of a line are blanks to a phrase.
bool stands_at(std::string_view phrase, std::string_view block, std::size_t begin) {
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    const std::size_t at = begin + i;  // Wraps round before the block, and is then behind its end.
    const char c = at < block.size() ? block[at] : ' ';
    if (folded(c) == phrase[i] || (phrase[i] == ' ' && (c == '\n' || c == '\r'))) continue;
    return false;
  }
  return true;
}

/// Roughly how often a byte stands in logs, per thousand, letters of both cases together.
constexpr double share(unsigned byte) {
  constexpr std::array<std::uint8_t, 26> letters{55, 12, 30, 30, 75, 16, 16, 18, 50, 4, 8, 30, 22,
                                                 50, 50, 22, 1,  45, 45, 60, 20, 9,  8, 5, 10, 3};
  if (byte < 0x20 || byte >= 0x80) return 0;
  if (byte >= 'a' && byte <= 'z') return letters.at(byte - 'a');
  if (byte == ' ') return 150;
  return byte >= '-' && byte <= ':' ? 10 : 3;
}

/// Deals grams to the eight buckets of a vector path: those that look alike share one, so few strangers fit.
class Buckets {
 public:
  /// The bucket that is widened least by four more bytes, which are put there.
  std::size_t put(std::uint32_t bytes) {
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      double before = 1, after = 1;
      for (std::size_t place = 0; place < gram; ++place) {
        before *= buckets_[bucket][place].passed;
        after *= buckets_[bucket][place].passed + gain(buckets_[bucket][place], byte_of(bytes, place));
      }
      if (after - before < least) best = bucket;
      least = std::min(least, after - before);
    }
    for (std::size_t place = 0; place < gram; ++place) widen(buckets_[best][place], byte_of(bytes, place));
    return best;
  }

 private:
  /// The nibbles that a bucket lets pass at one place, and how often such a byte stands in logs.
  struct Place {
    std::array<bool, 16> low{}, high{};
    double passed = 0;
  };
  static unsigned byte_of(std::uint32_t bytes, std::size_t place) { return bytes >> (8 * place) & 0xFFU; }

  /// What one more byte adds to Place::passed: all pairs of its nibbles with those that pass already.
  static double gain(const Place& place, unsigned byte) {
    const unsigned low = byte & 15U, high = byte >> 4U;
    double more = 0;
    for (unsigned other = 0; other < 16; ++other) {
      if (!place.low[low] && (place.high[other] || other == high)) more += share(other << 4U | low);
      if (!place.high[high] && place.low[other]) more += share(high << 4U | other);
    }
    return more;
  }

  static void widen(Place& place, unsigned byte) {
    place.passed += gain(place, byte);
    place.low[byte & 15U] = place.high[byte >> 4U] = true;
  }

  std::array<std::array<Place, gram>, 8> buckets_{};
};

/// The rarest four bytes of every phrase, as nibble masks for the vector path, and as a hash table to settle what they
/// leave open.
class Filter {
 public:
  // Teddy's tables (Hyperscan, Intel 2015): for each of the four bytes, bit b of low[i][n] says that a gram of
  // bucket b has the low nibble n there. A candidate has a bucket in which all eight nibbles fit.
  std::array<std::array<std::uint8_t, 16>, gram> low{}, high{};

  Filter() {
    std::vector<std::uint32_t> grams;
    for (std::size_t i = 0; i < signals().size(); ++i) {
      const std::uint32_t bytes = gram_of(signals()[i]);
      grams.push_back(bytes);
      next_.at(i) = std::exchange(first_.at(slot(bytes)), static_cast<std::uint8_t>(i + 1));
    }
    std::ranges::sort(grams);
    const auto [first, last] = std::ranges::unique(grams);
    grams.erase(first, last);
    Buckets buckets;
    for (const std::uint32_t bytes : grams) add(bytes, buckets.put(bytes));
  }

  /// False for most four bytes that belong to no phrase: one look-up.
  [[nodiscard]] bool may_belong(const char* at) const { return first_[slot(gram_at(at))] != 0; }

  /// True when the four bytes at `at` belong to a phrase that stands there.
  [[nodiscard]] bool confirms(std::string_view block, std::size_t at) const {
    for (std::uint8_t i = first_[slot(gram_at(block.data() + at))]; i != 0; i = next_[i - 1U]) {
      const Signal& signal = signals()[i - 1U];
      if (stands_at(signal.phrase, block, at - signal.anchor)) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t most_signals = 255;
  static std::uint32_t gram_of(const Signal& signal) { return gram_at(signal.phrase.data() + signal.anchor); }
  static std::size_t slot(std::uint32_t bytes) { return (bytes * 0x9E3779B1U) >> 20; }

  void add(std::uint32_t bytes, std::size_t bucket) {
    const auto bit = static_cast<std::uint8_t>(1U << bucket);
    for (std::size_t place = 0; place < gram; ++place) {
      const auto byte = static_cast<std::uint8_t>(bytes >> (8 * place));
      low.at(place).at(byte & 15U) |= bit;
      high.at(place).at(byte >> 4U) |= bit;
    }
  }

  std::array<std::uint8_t, 4096> first_{};
  std::array<std::uint8_t, most_signals> next_{};
};

const Filter& filter() {
  static const Filter made;
  return made;
}

std::size_t line_end(std::string_view block, std::size_t at) { return std::min(block.find('\n', at), block.size()); }

/// Where a vector path has come to in a block.
struct Progress {
  std::size_t at = 0, newlines = 0, skip_to = 0;
};

/// Scans the rest one byte at a time; `skip_to` is the first place of which a hit may be told. The number of newlines.
std::size_t scan_bytes(std::string_view block, Progress progress, std::vector<ScanHit>& hits) {
  const Filter& table = filter();
  const char* data = block.data();
  std::size_t newlines = progress.newlines;
  for (std::size_t at = std::max(progress.at, progress.skip_to); at < block.size(); ++at) {
    if (data[at] == '\n') {
      ++newlines;
    } else if (at + gram <= block.size() && table.may_belong(data + at) && table.confirms(block, at)) {
      const std::size_t end = line_end(block, at);
      hits.push_back({at, end, newlines});
      at = end - 1;
    }
  }
  return newlines;
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
      if (!table.may_belong(data + at) || at < progress.skip_to || !table.confirms(block, at)) continue;
      const std::uint32_t before = lines & ((1U << bit) - 1U);
      progress.skip_to = line_end(block, at);
      hits.push_back({at, progress.skip_to, progress.newlines + static_cast<std::size_t>(std::popcount(before))});
    }
    progress.newlines += static_cast<std::size_t>(std::popcount(lines));
    progress.at += 32;
  }
  return scan_bytes(block, progress, hits);
}

#endif

}  // namespace

std::size_t scan_portable(std::string_view block, std::vector<ScanHit>& hits) { return scan_bytes(block, {}, hits); }

std::size_t scan(std::string_view block, std::vector<ScanHit>& hits) {
#if defined(__x86_64__)
  static const bool fast = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0;
  if (fast) return scan_avx2(block, hits);
#endif
  return scan_portable(block, hits);
}

}  // namespace agent::evidence
