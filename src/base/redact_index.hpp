#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace agent::redaction {

/// Finds the places in a text that start with one of many words; thousands cost as much as one. Method: the first four
/// bytes of each word, case folded, hashed into a bitmap that fits a processor's first cache; a set bit is looked up.
class StartIndex {
 public:
  /// `id` is given where a text goes on as `start` does; of a `start` shorter than four bytes (two at least) each byte
  /// of `next` may follow.
  void add(std::string_view start, std::string_view next, std::size_t id) {
    if (start.size() >= 4)                   // Four bytes are read.
      return put(key_of(start.data()), id);  // NOLINT(bugprone-suspicious-stringview-data-usage)
    std::array<char, 4> bytes{};
    start.copy(bytes.data(), start.size());
    for (char third : start.size() == 2 ? next : start.substr(2)) {
      bytes[2] = third;
      for (char last : next) {
        bytes[3] = last;
        put(key_of(bytes.data()), id);
      }
    }
  }

  /// Where in `word` (four bytes at least) the four bytes stand that fewest words are known by: tokens of one kind
  /// start alike.
  [[nodiscard]] std::size_t rarest(std::string_view word) const {
    std::size_t best = 0, fewest = static_cast<std::size_t>(-1);
    for (std::size_t at = 0; at + 4 <= word.size() && at < 32 && fewest > 0; ++at) {
      auto known = ids_.find(key_of(word.data() + at));
      auto count = known == ids_.end() ? 0 : known->second.size();
      if (count >= fewest) continue;
      fewest = count;
      best = at;
    }
    return best;
  }

  /// Calls `use(at, id)` for each place of `text`, in order.
  template <class Use>
  void scan(std::string_view text, Use use) const {
    constexpr std::size_t stride = 4;  // one branch for several places: nearly all bits are clear
    std::size_t at = 0;
    for (; at + stride + 3 <= text.size(); at += stride) {
      const char* bytes = text.data() + at;
      auto any = has(key_of(bytes)) | has(key_of(bytes + 1)) | has(key_of(bytes + 2)) | has(key_of(bytes + 3));
      if (any == 0) [[likely]]
        continue;
      for (std::size_t i = at; i < at + stride; ++i) look_up(text, i, use);
    }
    for (; at + 4 <= text.size(); ++at) look_up(text, at, use);
  }

 private:
  static constexpr unsigned bits = 17;

  /// Bit 5 set makes letters lower case; that it joins other bytes too is settled by who looks closer.
  static std::uint32_t key_of(const char* bytes) {
    std::uint32_t key = 0;
    std::memcpy(&key, bytes, sizeof key);
    return key | 0x20202020u;
  }
  static std::uint32_t bit_of(std::uint32_t key) { return key * 0x9E3779B1u >> (32 - bits); }  // Knuth, TAOCP 3, 6.4

  [[nodiscard]] std::uint64_t has(std::uint32_t key) const {
    auto bit = bit_of(key);
    return bits_[bit / 64] >> (bit % 64) & 1;
  }

  template <class Use>
  void look_up(std::string_view text, std::size_t at, Use& use) const {
    auto key = key_of(text.data() + at);
    if (has(key) == 0) return;
    auto known = ids_.find(key);
    if (known == ids_.end()) return;
    for (auto id : known->second) use(at, id);
  }

  void put(std::uint32_t key, std::size_t id) {
    bits_[bit_of(key) / 64] |= std::uint64_t{1} << (bit_of(key) % 64);
    auto& ids = ids_[key];
    if (ids.empty() || ids.back() != id) ids.push_back(id);
  }

  std::vector<std::uint64_t> bits_ = std::vector<std::uint64_t>((std::size_t{1} << bits) / 64);  ///< 16 KiB.
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> ids_;
};

}  // namespace agent::redaction
