#include "evidence/distiller.hpp"

#include "evidence/retain.hpp"
#include "evidence/select.hpp"

namespace agent::evidence {
namespace {

/// The best line that names a failure; one that only tells of its end where no other does.
std::size_t key_line(const std::vector<Line>& lines, const FillOrder& order) {
  std::size_t closing = 0;
  for (const std::size_t i : order.lines) {
    if (lines[i].score.weight >= names_a_failure && lines[i].score.kind != LineKind::closing) return lines[i].number;
    if (closing == 0 && lines[i].score.kind == LineKind::closing) closing = lines[i].number;
  }
  return closing;
}

}  // namespace

struct Distiller::State {
  Retainer retainer;
  const Baseline* baseline = nullptr;
  Redactor* redactor = nullptr;
  bool finished = false;
  std::vector<Line> lines;
  FillOrder order;
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
    state.finished = true;
  }
  return {.excerpts = fill(state.lines, state.order, budget),
          .lines_total = state.retainer.lines_total(),
          .bytes_total = state.retainer.bytes_total(),
          .key_line = key_line(state.lines, state.order)};
}

}  // namespace agent::evidence
