#include "evidence/rule_rank.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace agent::evidence {
namespace {

constexpr int in_failing_step = 40;  // more than between two causes of one step, less than between a cause and an echo
constexpr int after_failure = -60;
constexpr int survived = -70;

/// Lines of the step that failed: [from, to].
struct Step {
  std::size_t from = 0, to = 0;
  bool known = false;
};

/// The step around the last line in which something says that it failed.
Step failing_step(const std::vector<Matched>& all, std::span<const BareLine> lines) {
  Step step{0, lines.empty() ? 0 : lines.size() - 1};
  for (const Matched& matched : all)
    if (matched.rule->consequence && matched.rule->marked) {
      step.to = step.known ? std::min(step.to, matched.hits.front().line) : matched.hits.front().line;
      step.known = true;
    }
  if (!step.known) return step;
  for (std::size_t i = step.to; i-- > 0;)
    if (lines[i].step) {
      step.from = i;
      break;
    }
  return step;
}

bool fails_later(const Matched& one, const std::vector<Matched>& all) {
  return std::ranges::any_of(all, [&](const Matched& other) {
    return is_root(*other.rule) && !other.rule->transient && other.last > one.last;
  });
}

int score(const Ranked& ranked, const Step& step) {
  const Matched& matched = ranked.matched;
  int points = matched.rule->weight;
  if (ranked.recovered) points += survived;
  if (!step.known) return points;
  const bool inside =
      std::ranges::any_of(matched.hits, [&](const Hit& hit) { return hit.line >= step.from && hit.line <= step.to; });
  if (inside) return points + in_failing_step;
  return matched.hits.front().line > step.to ? points + after_failure : points;
}

bool explains_more(const Ranked& a, const Ranked& b) {
  if (is_root(*a.matched.rule) != is_root(*b.matched.rule)) return is_root(*a.matched.rule);
  if (a.score != b.score) return a.score > b.score;
  if (a.matched.hits.front().line != b.matched.hits.front().line)
    return a.matched.hits.front().line < b.matched.hits.front().line;
  return a.matched.rule->id < b.matched.rule->id;
}

}  // namespace

std::vector<Ranked> rank(std::vector<Matched> matched, std::span<const BareLine> lines) {
  const Step step = failing_step(matched, lines);
  std::vector<Ranked> all;
  for (const Matched& one : matched) {
    Ranked ranked{one, 0, one.rule->transient && fails_later(one, matched)};
    ranked.score = score(ranked, step);
    all.push_back(std::move(ranked));
  }
  std::ranges::sort(all, explains_more);
  if (!all.empty() && is_root(*all.front().matched.rule))
    std::erase_if(all, [](const Ranked& ranked) { return !is_root(*ranked.matched.rule); });
  return all;
}

}  // namespace agent::evidence
