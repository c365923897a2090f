#pragma once

#include <cstddef>
#include <string_view>

namespace agent::sinks {

struct Decoded {
  char32_t code_point = 0xFFFD;
  std::size_t bytes = 1;  ///< Of a malformed sequence: one, so that what follows is read afresh.
};

/// The first code point of `text`, which is not empty; U+FFFD for what is not well-formed by RFC 3629, section 4.
[[nodiscard]] Decoded decode(std::string_view text);

/// Calls `visit(code_point, bytes)` for each code point of `text`; `bytes` are its own, or those of U+FFFD for what is
/// malformed.
template <class Visit>
void for_each_code_point(std::string_view text, Visit visit) {
  constexpr std::string_view replacement = "\uFFFD";
  while (!text.empty()) {
    const Decoded next = decode(text);
    const bool malformed = next.code_point == 0xFFFD && next.bytes == 1;
    visit(next.code_point, malformed ? replacement : text.substr(0, next.bytes));
    text.remove_prefix(next.bytes);
  }
}

}  // namespace agent::sinks
