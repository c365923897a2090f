#include "evidence/distiller.hpp"

#include "base/text.hpp"
#include "evidence/signals.hpp"

#include <algorithm>
#include <bitset>
#include <iterator>

namespace agent::evidence {
namespace {

constexpr std::size_t bits = std::size_t{1} << 25;  // 4 MiB: 1.5 million different lines leave 1 in 500 to be mistaken.

std::uint64_t form_of(std::string_view text) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const char c : text)
    if ((c >= 'A' && c <= 'Z') || (c >= 'g' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80)
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash ^ (hash >> 29U);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// What of a word stays the same from run to run: of a number only whether it is 0, of a hash nothing, of others the
/// letters.
void add_word(std::string_view word, std::string& form) {
  constexpr std::size_t shortest_hash = 7;
  if (std::ranges::all_of(word, is_digit)) {
    form += std::ranges::all_of(word, [](char c) { return c == '0'; }) ? '0' : '1';
  } else if (word.size() >= shortest_hash && std::ranges::all_of(word, is_hexadecimal) &&
             std::ranges::any_of(word, is_digit)) {
    form += '#';
  } else {
    std::ranges::copy_if(word, std::back_inserter(form), [](char c) { return !is_digit(c); });
  }
}

/// Numbers joined by these are a time, a version or a duration.
bool joins(std::string_view text, std::size_t at) {
  return at > 0 && at + 1 < text.size() && is_digit(text[at - 1]) && is_digit(text[at + 1]) &&
         std::string_view(".:,-/").find(text[at]) != std::string_view::npos;
}

/// The line with only what stays the same from run to run.
std::string steady_text(std::string_view text) {
  std::string form;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at]) && !is_letter(text[at])) {
      if (text[at] != ' ' && text[at] != '\t') form += text[at];
      ++at;
      continue;
    }
    std::size_t end = at;
    bool joined = false;
    while (end < text.size() && (is_digit(text[end]) || is_letter(text[end]) || joins(text, end)))
      joined = joins(text, end++) || joined;
    if (joined)
      form += '#';
    else
      add_word(text.substr(at, end - at), form);
    at = end;
  }
  return form;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xA0761D6478BD642FULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash ^ (hash >> 29U);
}

}  // namespace

struct Baseline::State {
  std::bitset<bits> seen;
  std::string carry;

  void take(std::string_view raw) {
    const std::string clean = clean_line(raw);
    const std::string_view line = without_ci_stamp(clean);
    add(form_of(line));
    add(hash_of(steady_text(line)));
  }
  void add(std::uint64_t form) {
    seen.set(form % bits);
    seen.set((form >> 32U) * 0x9E3779B1ULL % bits);
  }
  [[nodiscard]] bool holds(std::uint64_t form) const {
    return seen.test(form % bits) && seen.test((form >> 32U) * 0x9E3779B1ULL % bits);
  }
};

Baseline::Baseline() : state_(std::make_unique<State>()) {}
Baseline::~Baseline() = default;
Baseline::Baseline(Baseline&&) noexcept = default;
Baseline& Baseline::operator=(Baseline&&) noexcept = default;

void Baseline::feed(std::string_view bytes) {
  std::size_t begin = 0;
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos;
       begin = end + 1, end = bytes.find('\n', begin)) {
    if (state_->carry.empty()) {
      state_->take(bytes.substr(begin, end - begin));
      continue;
    }
    state_->carry.append(bytes.substr(begin, end - begin));
    state_->take(state_->carry);
    state_->carry.clear();
  }
  constexpr std::size_t longest = 64U << 10;
  const std::string_view rest = bytes.substr(begin);
  if (state_->carry.size() < longest) state_->carry.append(rest.substr(0, longest));
}

void Baseline::finish() {
  if (!state_->carry.empty()) state_->take(state_->carry);
  state_->carry.clear();
}

bool Baseline::has(std::string_view line) const { return state_->holds(form_of(line)); }

bool Baseline::said(std::string_view line) const { return state_->holds(hash_of(steady_text(line))); }

}  // namespace agent::evidence
