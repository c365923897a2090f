#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

/// Characters and places in a line, for the Redactor's scanners.
namespace agent::redaction {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alpha(char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr bool is_word(char c) { return is_alnum(c) || c == '_'; }
constexpr bool is_slug(char c) { return is_word(c) || c == '-'; }  ///< base64url too.
constexpr bool is_base64(char c) { return is_alnum(c) || c == '+' || c == '/' || c == '='; }
constexpr bool is_name(char c) { return is_slug(c) || c == '.'; }
constexpr bool is_gap(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
constexpr char fold(char c) { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr bool one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

/// Where the first byte of a set stands: one look-up a byte.
class ByteSet {
 public:
  constexpr explicit ByteSet(std::string_view members) {
    for (const char c : members) in_[static_cast<unsigned char>(c)] = true;
  }
  /// The end of `text` without one.
  [[nodiscard]] constexpr std::size_t find_in(std::string_view text, std::size_t from) const {
    while (from < text.size() && !in_[static_cast<unsigned char>(text[from])]) ++from;
    return from;
  }

 private:
  std::array<bool, 256> in_{};
};

/// The byte at `at`; NUL outside the text.
constexpr char at_or_nul(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

constexpr bool equal_folded(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return fold(x) == fold(y); });
}
constexpr bool starts_folded(std::string_view text, std::string_view start) {
  return equal_folded(text.substr(0, start.size()), start);
}
constexpr bool ends_folded(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_folded(text.substr(text.size() - end.size()), end);
}

template <class Predicate>
constexpr std::size_t skip(std::string_view text, std::size_t at, Predicate predicate) {
  while (at < text.size() && predicate(text[at])) ++at;
  return at;
}
template <class Predicate>
constexpr std::size_t skip_back(std::string_view text, std::size_t at, Predicate predicate) {
  while (at > 0 && predicate(text[at - 1])) --at;
  return at;
}

constexpr std::size_t line_begin(std::string_view text, std::size_t at) {
  auto newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}
constexpr std::size_t line_end(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

/// The end of the line at `at`, or `most` bytes on.
constexpr std::size_t line_end_within(std::string_view text, std::size_t at, std::size_t most) {
  return line_end(text.substr(0, std::min(text.size(), at + most)), at);
}
/// The begin of the line at `at`, or `most` bytes back.
constexpr std::size_t line_begin_within(std::string_view text, std::size_t at, std::size_t most) {
  auto from = at > most ? at - most : 0;
  return from + line_begin(text.substr(from), at - from);
}

/// Behind blanks and ANSI control sequences.
constexpr std::size_t skip_gaps(std::string_view text, std::size_t at) {
  for (;;) {
    at = skip(text, at, is_gap);
    if (at_or_nul(text, at) != '\x1b' || at_or_nul(text, at + 1) != '[') return at;
    at = skip(text, at + 2, [](char c) { return is_digit(c) || c == ';' || c == ':'; });
    if (is_alpha(at_or_nul(text, at))) ++at;
  }
}

/// True when a token may start at `at`: no letter, digit or '_' before it, but the end of an ANSI sequence ("ESC[32m"),
/// of a percent code ("%3D") or of an escape ("\n").
constexpr bool token_may_start(std::string_view text, std::size_t at) {
  if (at == 0 || !is_word(text[at - 1])) return true;
  if (at >= 2 && text[at - 2] == '\\' && one_of(text[at - 1], "nrt")) return true;
  if (at >= 3 && text[at - 3] == '%' && is_hex(text[at - 2]) && is_hex(text[at - 1])) return true;
  if (text[at - 1] != 'm') return false;
  auto parameters = skip_back(text, at - 1, [](char c) { return is_digit(c) || c == ';'; });
  return parameters > 0 && text[parameters - 1] == '[';
}

}  // namespace agent::redaction
