#include "evidence/rule_rank.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace agent::evidence {
namespace {

constexpr int in_failing_step = 15;  // settles it among causes of like weight
constexpr int after_failure = -60;
constexpr int survived_score = -70;
constexpr std::size_t survived_lines = 60;  // of the log

constexpr std::array<std::string_view, 5> successes{"Finished: SUCCESS", "Job succeeded", "Your build exited with 0",
                                                    "BUILD SUCCESSFUL", "BUILD SUCCESS"};

/// Lines of the step that failed: [from, to].
struct Step {
  std::size_t from = 0, to = 0;
  bool known = false;
};

/// The last step that ended with an error, as the CI system tells it: one that failed before and was ignored did not
/// end the job.
Step failing_step(const std::vector<Matched>& all, std::span<const BareLine> lines) {
  Step step{0, lines.empty() ? 0 : lines.size() - 1};
  for (const Matched& matched : all) {
    if (!matched.rule->ends_step) continue;
    step.to = step.known ? std::max(step.to, matched.last) : matched.last;
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

/// True when `one` only repeats what a rule it names as its cause has found.
bool is_echo(const Matched& one, const std::vector<Matched>& all) {
  if (!is_root(*one.rule)) return true;
  return std::ranges::any_of(one.rule->echo_of, [&](const std::string& cause) {
    return std::ranges::any_of(
        all, [&](const Matched& other) { return other.rule != one.rule && other.rule->id.starts_with(cause); });
  });
}

bool fails_later(const Matched& one, const std::vector<Matched>& all) {
  return std::ranges::any_of(all, [&](const Matched& other) {
    return !other.rule->transient && other.last > one.last && !is_echo(other, all);
  });
}

/// True when the CI system or the build tool says at the end that all went well.
bool ended_well(std::span<const BareLine> lines) {
  const auto end = lines.last(std::min<std::size_t>(lines.size(), 40));
  return std::ranges::any_of(end, [](const BareLine& line) {
    return std::ranges::any_of(successes,
                               [&](std::string_view words) { return line.text.find(words) != std::string_view::npos; });
  });
}

/// True when BuildKit says that each step in which `one` was found is done: its command did not fail.
bool steps_are_done(const Matched& one, std::span<const BareLine> lines) {
  const auto is_done = [&](const Hit& hit) {
    const int vertex = lines[hit.line].vertex;
    return vertex != 0 && std::ranges::any_of(lines.subspan(hit.line), [&](const BareLine& line) {
             return line.vertex == vertex && line.text.starts_with("DONE ");
           });
  };
  return std::ranges::all_of(one.hits, is_done);
}

/// Something that jobs often survive, and after it the job went on for long or failed at something else.
bool was_survived(const Matched& one, const std::vector<Matched>& all, const Step& step,
                  std::span<const BareLine> lines) {
  if (steps_are_done(one, lines)) return true;
  if (!one.rule->transient) return false;
  if (!step.known && ended_well(lines)) return true;
  const std::size_t length = lines[step.to].number - lines[step.from].number;
  return fails_later(one, all) || lines[one.last].number + std::max(survived_lines, length / 4) < lines[step.to].number;
}

int score(const Ranked& ranked, const Step& step) {
  const Matched& matched = ranked.matched;
  int points = matched.rule->weight;
  if (ranked.survived) points += survived_score;
  if (!step.known) return points;
  const bool inside =
      std::ranges::any_of(matched.hits, [&](const Hit& hit) { return hit.line >= step.from && hit.line <= step.to; });
  if (inside) return points + in_failing_step;
  return matched.hits.front().line > step.to ? points + after_failure : points;
}

bool explains_more(const Ranked& a, const Ranked& b) {
  if (a.echo != b.echo) return b.echo;
  if (a.score != b.score) return a.score > b.score;
  if (a.matched.hits.front().line != b.matched.hits.front().line)
    return a.matched.hits.front().line < b.matched.hits.front().line;
  return a.matched.rule->id < b.matched.rule->id;
}

}  // namespace

std::vector<Ranked> rank(const std::vector<Matched>& matched, std::span<const BareLine> lines) {
  const Step step = failing_step(matched, lines);
  std::vector<Ranked> all;
  for (const Matched& one : matched) {
    Ranked ranked{one, 0, is_echo(one, matched), was_survived(one, matched, step, lines)};
    ranked.score = score(ranked, step);
    all.push_back(std::move(ranked));
  }
  std::ranges::sort(all, explains_more);
  // What was survived explains nothing by itself, and an echo nothing where a cause is known.
  const bool explained =
      std::ranges::any_of(all, [](const Ranked& ranked) { return !ranked.echo && !ranked.survived; });
  std::erase_if(all, [&](const Ranked& ranked) { return explained ? ranked.echo : ranked.survived; });
  return all;
}

}  // namespace agent::evidence
