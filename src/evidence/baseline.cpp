#include "evidence/distiller.hpp"

#include "base/text.hpp"
#include "evidence/signals.hpp"

#include <bitset>

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

}  // namespace

struct Baseline::State {
  std::bitset<bits> seen;
  std::string carry;

  void take(std::string_view raw) {
    const std::uint64_t form = form_of(without_ci_stamp(clean_line(raw)));
    seen.set(form % bits);
    seen.set((form >> 32U) * 0x9E3779B1ULL % bits);
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

bool Baseline::has(std::string_view line) const {
  const std::uint64_t form = form_of(line);
  return state_->seen.test(form % bits) && state_->seen.test((form >> 32U) * 0x9E3779B1ULL % bits);
}

}  // namespace agent::evidence
