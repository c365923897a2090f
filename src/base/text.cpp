#include "base/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace agent {
namespace {

constexpr char escape = '\x1b';
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool between(unsigned value, unsigned low, unsigned high) { return value - low <= high - low; }

/// A code point, or what stands in its place: `valid` is false for a maximal subpart of an ill-formed sequence.
struct Decoded {
  char32_t code = 0;
  std::size_t length = 1;
  bool valid = true;
};

/// Bytes that may follow a lead byte, and how many must: The Unicode Standard, table 3-7.
struct Lead {
  std::size_t length = 0;  ///< 0: not a lead byte.
  unsigned char low = 0x80, high = 0xBF;
};

Lead lead_of(unsigned char byte) {
  if (between(byte, 0xC2, 0xDF)) return {2};
  if (byte == 0xE0) return {3, 0xA0};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (between(byte, 0xE1, 0xEF)) return {3};
  if (byte == 0xF0) return {4, 0x90};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  if (between(byte, 0xF1, 0xF3)) return {4};
  return {};
}

/// Reads the code point at `at`. "U+FFFD substitution of maximal subparts", The Unicode Standard, 3.9.
Decoded decode(std::string_view text, std::size_t at) {
  auto first = byte_at(text, at);
  if (first < 0x80) return {first};
  auto lead = lead_of(first);
  if (lead.length == 0) return {first, 1, false};
  char32_t code = first & (0x7Fu >> lead.length);
  for (std::size_t i = 1; i < lead.length; ++i) {
    auto next = byte_at(text, at + i);
    bool fits = i == 1 ? between(next, lead.low, lead.high) : between(next, 0x80, 0xBF);
    if (!fits) return {first, i, false};
    code = (code << 6) | (next & 0x3Fu);
  }
  return {code, lead.length};
}

bool is_c1(const Decoded& decoded) {
  // A lone byte 80–9F is C1 of an 8-bit terminal; as part of a longer broken sequence it is not.
  return between(decoded.code, 0x80, 0x9F) && (decoded.valid || decoded.length == 1);
}

/// Overrides, embeddings and isolates make text read in another order than it is stored ("Trojan Source",
/// CVE-2021-42574).
bool is_bidi_control(char32_t code) { return between(code, 0x202A, 0x202E) || between(code, 0x2066, 0x2069); }

bool is_zero_width(char32_t code) { return between(code, 0x200B, 0x200D) || code == 0x2060 || code == 0xFEFF; }

/// Where the parameters and the final byte of a control sequence end (ECMA-48, 5.4); `from` is behind "ESC [".
/// A sequence that is cut off ends where it stops being one.
std::size_t skip_control_sequence(std::string_view text, std::size_t from) {
  while (between(byte_at(text, from), 0x30, 0x3F)) ++from;
  while (between(byte_at(text, from), 0x20, 0x2F)) ++from;
  return between(byte_at(text, from), 0x40, 0x7E) ? from + 1 : from;
}

/// Where a control string (OSC, DCS, SOS, PM, APC) ends: behind BEL or ST. Without an end only its opener goes: what
/// follows is more likely a log's text than a title. `unended` remembers that, or many openers would take quadratic
/// time.
std::size_t skip_control_string(std::string_view text, std::size_t from, bool& unended) {
  for (auto at = from; at < text.size() && !unended; ++at) {
    if (text[at] == '\a') return at + 1;
    if (text[at] == escape && byte_at(text, at + 1) == '\\') return at + 2;
    if (text.substr(at, 2) == "\xC2\x9C") return at + 2;
  }
  unended = true;
  return from;
}

/// Where the escape sequence at `at` ends (ECMA-35, 13.2; ECMA-48, 5).
std::size_t skip_escape(std::string_view text, std::size_t at, bool& unended) {
  auto next = byte_at(text, at + 1);
  if (next == '[') return skip_control_sequence(text, at + 2);
  if (next == ']' || next == 'P' || next == 'X' || next == '^' || next == '_')
    return skip_control_string(text, at + 2, unended);
  auto end = at + 1;
  while (between(byte_at(text, end), 0x20, 0x2F)) ++end;
  return between(byte_at(text, end), 0x30, 0x7E) ? end + 1 : at + 1;
}

/// Where the C1 control that ends at `end` and what belongs to it end.
std::size_t skip_c1(std::string_view text, std::size_t end, char32_t code, bool& unended) {
  if (code == 0x9B) {
    auto behind = skip_control_sequence(text, end);
    // In Windows-1252 the byte is '›': text goes with it only when it really is a sequence.
    return behind > end && between(byte_at(text, behind - 1), 0x40, 0x7E) ? behind : end;
  }
  bool opens_string = code == 0x90 || code == 0x98 || between(code, 0x9D, 0x9F);
  return opens_string ? skip_control_string(text, end, unended) : end;
}

bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }

void trim_end(std::string& text) {
  while (!text.empty() && is_blank(text.back())) text.pop_back();
}

/// ASCII printable or tab: one pass without a branch, so that compilers vectorise it.
bool is_plain_ascii(std::string_view text) {
  unsigned odd = 0;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    odd |= static_cast<unsigned>(static_cast<unsigned char>(byte - 0x20) > 0x5E) & static_cast<unsigned>(byte != '\t');
  }
  return odd == 0;
}

bool is_control(unsigned char byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7F; }

/// The text before `at` of the part that is being written gives way to what follows a carriage return.
void overwrite(std::string& visible, std::string& part) {
  trim_end(part);
  if (!part.empty()) visible = std::move(part);
  part.clear();
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string clean_line(std::string_view raw) {
  if (is_plain_ascii(raw)) {
    std::string line(raw);
    trim_end(line);
    return line;
  }
  std::string visible;
  std::string part;
  bool unended = false;
  for (std::size_t at = 0; at < raw.size();) {
    auto byte = byte_at(raw, at);
    if (byte == escape) {
      at = skip_escape(raw, at, unended);
      continue;
    }
    auto decoded = decode(raw, at);
    auto end = at + decoded.length;
    if (is_c1(decoded)) {
      at = skip_c1(raw, end, decoded.code, unended);
      continue;
    }
    if (byte == '\r') overwrite(visible, part);
    bool hidden = is_control(byte) ||
                  (decoded.valid && (is_bidi_control(decoded.code) || (part.empty() && is_zero_width(decoded.code))));
    if (!hidden) part += decoded.valid ? raw.substr(at, decoded.length) : replacement;
    at = end;
  }
  overwrite(visible, part);
  return visible;
}

bool is_clean(std::string_view raw) {
  if (!raw.empty() && is_blank(raw.back())) return false;
  if (is_plain_ascii(raw)) return true;
  for (std::size_t at = 0; at < raw.size();) {
    auto decoded = decode(raw, at);
    if (!decoded.valid || is_control(byte_at(raw, at)) || is_c1(decoded) || is_bidi_control(decoded.code)) return false;
    if (at == 0 && is_zero_width(decoded.code)) return false;
    at += decoded.length;
  }
  return true;
}

bool is_utf8(std::string_view text) {
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  for (std::size_t at = 0; at < text.size();) {
    std::uint64_t word = ~std::uint64_t{0};
    if (text.size() - at >= word_bytes) std::memcpy(&word, text.data() + at, word_bytes);
    if ((word & 0x8080808080808080) == 0) {  // eight of ASCII
      at += word_bytes;
      continue;
    }
    const auto decoded = decode(text, at);
    if (!decoded.valid) return false;
    at += decoded.length;
  }
  return true;
}

std::string_view nearest(std::string_view wrong, std::span<const std::string_view> known) {
  auto best_distance = std::max<std::size_t>(2, wrong.size() / 3) + 1;
  std::string_view best;
  for (auto name : known) {
    auto distance = edit_distance(wrong, name);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = name;
  }
  return best;
}

bool is_shell_safe(std::string_view text) {
  const auto is_safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./:@%+=,-").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, is_safe);
}

std::string shell_quoted(std::string_view text) {
  if (is_shell_safe(text)) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted += '\'';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace agent
