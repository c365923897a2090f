#include "evidence/distiller.hpp"

#include "evidence/retain.hpp"
#include "evidence/select.hpp"

#include <algorithm>

namespace agent::evidence {
namespace {

constexpr std::size_t tail_lines = 40;

/// The best line that names a failure; one that only tells of its end where no other does.
void find_key_line(const std::vector<Line>& lines, const FillOrder& order, Extract& extract) {
  for (const std::size_t i : order.lines) {
    const LineScore& score = lines[i].score;
    const bool closing = score.kind == LineKind::closing;
    if (!closing && score.weight < names_a_failure) continue;
    if (closing && extract.key_line != 0) continue;
    if (std::ranges::binary_search(extract.known, lines[i].number)) {
      extract.known_signs = true;
      continue;
    }
    extract.key_line = lines[i].number;
    if (!closing) return;
  }
}

std::vector<std::size_t> said_before(const std::vector<Line>& lines, const Baseline& baseline) {
  std::vector<std::size_t> known;
  for (const Line& line : lines)
    if (line.score.kind != LineKind::blank && baseline.said(line.text)) known.push_back(line.number);
  return known;
}

std::vector<Excerpt> tail_of(const std::vector<Line>& lines) {
  std::vector<Excerpt> tail;
  for (std::size_t i = lines.size(); i-- > 0 && tail.size() < tail_lines;)
    if (lines[i].score.kind != LineKind::blank)
      tail.push_back(
          {.text = lines[i].text, .first_line = lines[i].number, .last_line = lines[i].number, .why = "tail"});
  std::ranges::reverse(tail);
  return tail;
}

}  // namespace

struct Distiller::State {
  Retainer retainer;
  const Baseline* baseline = nullptr;
  Redactor* redactor = nullptr;
  bool finished = false;
  std::vector<Line> lines;
  FillOrder order;
  std::vector<std::size_t> known;
};

Distiller::Distiller(const Baseline* baseline, Redactor* redactor) : state_(std::make_unique<State>()) {
  state_->baseline = baseline;
  state_->redactor = redactor;
}
Distiller::~Distiller() = default;
Distiller::Distiller(Distiller&&) noexcept = default;
Distiller& Distiller::operator=(Distiller&&) noexcept = default;

void Distiller::feed(std::string_view bytes) { state_->retainer.feed(bytes); }

Extract Distiller::finish(Tokens budget) {
  State& state = *state_;
  if (!state.finished) {
    state.lines = lines_of(state.retainer.finish(), state.redactor);
    rank(state.lines, state.baseline);
    state.order = fill_order(state.lines);
    if (state.baseline != nullptr) state.known = said_before(state.lines, *state.baseline);
    state.finished = true;
  }
  Extract extract{.excerpts = fill(state.lines, state.order, budget),
                  .lines_total = state.retainer.lines_total(),
                  .bytes_total = state.retainer.bytes_total(),
                  .known = state.known,
                  .tail = tail_of(state.lines)};
  find_key_line(state.lines, state.order, extract);
  return extract;
}

}  // namespace agent::evidence
