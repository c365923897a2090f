#include "evidence/distiller.hpp"

#include "evidence/retain.hpp"
#include "evidence/select.hpp"

namespace agent::evidence {

struct Distiller::State {
  Retainer retainer;
  const Baseline* baseline = nullptr;
  bool finished = false;
  std::vector<Line> lines;
  std::vector<std::size_t> order;
};

Distiller::Distiller(const Baseline* baseline) : state_(std::make_unique<State>()) { state_->baseline = baseline; }
Distiller::~Distiller() = default;
Distiller::Distiller(Distiller&&) noexcept = default;
Distiller& Distiller::operator=(Distiller&&) noexcept = default;

void Distiller::feed(std::string_view bytes) { state_->retainer.feed(bytes); }

Extract Distiller::finish(Tokens budget) {
  State& state = *state_;
  if (!state.finished) {
    state.lines = lines_of(state.retainer.finish());
    rank(state.lines, state.baseline);
    state.order = fill_order(state.lines);
    state.finished = true;
  }
  return {fill(state.lines, state.order, budget), state.retainer.lines_total(), state.retainer.bytes_total()};
}

}  // namespace agent::evidence
