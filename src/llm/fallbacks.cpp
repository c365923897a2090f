#include "llm/fallbacks.hpp"

namespace agent::llm {
namespace {

bool may_go_on(const ModelFailure& failure) {
  return !failure.too_long && failure.error.kind != ErrorKind::deadline && failure.error.kind != ErrorKind::interrupted;
}

void add(Usage& all, const Usage& more) {
  all.input_tokens += more.input_tokens;
  all.cached_tokens += more.cached_tokens;
  all.output_tokens += more.output_tokens;
  all.cost_usd += more.cost_usd;
}

}  // namespace

std::expected<ModelAnswer, ModelFailure> FallbackModel::ask(const ModelRequest& request, std::stop_token stop) {
  Usage spent;
  for (bool is_first = true;; is_first = false) {
    auto answer = models_[asked_]->ask(request, stop);
    if (answer) {
      add(answer->usage, spent);
      if (!is_first) answer->repairs.emplace_back("fallback");
      return answer;
    }
    const bool is_last = asked_ + 1 == models_.size();
    if (is_last || !may_go_on(answer.error())) {
      add(answer.error().usage, spent);
      return answer;
    }
    add(spent, answer.error().usage);
    ++asked_;
  }
}

}  // namespace agent::llm
