#include "evidence/fingerprint.hpp"

#include <algorithm>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>

namespace agent::evidence {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word(char c) { return is_digit(c) || is_letter(c); }

/// The alphabet of Kubernetes' generated name suffixes: no vowels, none of 0, 1, 3 (k8s.io/apimachinery util/rand).
bool is_kube_random(char c) {
  return std::string_view("bcdfghjklmnpqrstvwxz2456789").find(c) != std::string_view::npos;
}

/// "TS2304", "E0308", "CS0103": the name of a message, which tells two failures apart.
bool is_code(std::string_view word) {
  const auto letters = static_cast<std::size_t>(
      std::ranges::find_if_not(word, [](char c) { return c >= 'A' && c <= 'Z'; }) - word.begin());
  const std::size_t numbers = word.size() - letters;
  return letters >= 1 && letters <= 8 && numbers >= 3 && numbers <= 5 &&
         std::ranges::all_of(word.substr(letters), is_digit);
}

/// A word that was drawn or counted rather than written: it holds a digit and is hexadecimal, or is a pod's suffix, or
/// changes between letters and digits more often than a name does.
bool is_random(std::string_view word) {
  const bool has_digit = std::ranges::any_of(word, is_digit);
  if (has_digit && word.size() >= 7 && std::ranges::all_of(word, is_hex)) return true;
  if (!has_digit) return word.size() == 5 && std::ranges::all_of(word, is_kube_random);
  if (word.size() >= 5 && std::ranges::all_of(word, is_kube_random)) return true;
  std::size_t changes = 0;
  for (std::size_t i = 1; i < word.size(); ++i) changes += is_digit(word[i]) != is_digit(word[i - 1]);
  return changes >= 3;
}

/// "pytest-of-root", "tmpab12cd", "T/folders": what follows a temporary folder's name up to the next one.
std::size_t temporary_path(std::string_view text) {
  for (std::string_view root : {"/tmp/", "/var/tmp/", "/var/folders/", "/private/tmp/", "/dev/shm/"})
    if (text.starts_with(root)) {
      std::size_t end = root.size();
      while (end < text.size() && (is_word(text[end]) || text[end] == '_' || text[end] == '-' || text[end] == '.'))
        ++end;
      return end;
    }
  return 0;
}

/// Length of a UUID (RFC 9562) at the start of `text`; 0: none.
std::size_t uuid(std::string_view text) {
  constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() < shape.size()) return 0;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'x' ? !is_hex(text[i]) : text[i] != '-') return 0;
  return shape.size();
}

void append_mark(std::string& out) {
  if (!out.ends_with('#')) out += '#';
}

/// Appends `word` with its digits as one '#' each run, or '#' for all of it when it is random.
void append_word(std::string& out, std::string_view word) {
  if (is_code(word)) {
    out += word;
    return;
  }
  if (is_random(word)) return append_mark(out);
  for (char c : word) {
    if (is_digit(c))
      append_mark(out);
    else
      out += c;
  }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv).
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return value;
}

std::string hexadecimal(std::uint64_t value) {
  std::string digits(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4U) digits[i] = "0123456789abcdef"[value & 15U];
  return digits;
}

const Excerpt* last_excerpt(const Report& report) {
  for (const SourceEvidence& source : std::views::reverse(report.evidence))
    if (!source.excerpts.empty()) return &source.excerpts.back();
  return nullptr;
}

}  // namespace

std::string normalised(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (const std::size_t length = std::max(temporary_path(rest), uuid(rest)); length != 0) {
      append_mark(out);
      at += length;
    } else if (is_word(text[at])) {
      std::size_t end = at;
      while (end < text.size() && is_word(text[end])) ++end;
      append_word(out, text.substr(at, end - at));
      at = end;
    } else {
      out += text[at++];
    }
  }
  return out;
}

std::string fingerprint(const Report& report) {
  if (!report.findings.empty()) {
    const Finding& cause = report.findings.front();
    return hexadecimal(hash(cause.rule + '\n' + normalised(cause.headline)));
  }
  const Excerpt* excerpt = last_excerpt(report);
  return hexadecimal(hash(excerpt == nullptr ? std::string() : normalised(excerpt->text)));
}

}  // namespace agent::evidence
