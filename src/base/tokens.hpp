#pragma once

#include <cstddef>
#include <string_view>

namespace agent {

/// A budget of model tokens. One token stands for four code points of output: measured tokenizers
/// give 3 to 5 on logs, and a rule that anyone can check beats a closer estimate.
struct Tokens {
  std::size_t count = 0;
  [[nodiscard]] constexpr std::size_t code_points() const { return count * 4; }
  auto operator<=>(const Tokens&) const = default;
};

/// Code points of `utf8`; a stray byte counts as one.
[[nodiscard]] constexpr std::size_t count_code_points(std::string_view utf8) {
  std::size_t count = 0;
  for (char byte : utf8) count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return count;
}

}  // namespace agent
