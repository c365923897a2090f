#include "base/text.hpp"
#include "evidence/select.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

namespace agent::evidence {
namespace {

// Found by search over labelled logs of many projects, and rounded; how much each one matters is in
// src/evidence/README.md, "How it is measured".
constexpr double forward_decay = 0.94;     // What follows an error explains it longer …
constexpr double backward_decay = 0.87;    // … than what stands before it.
constexpr double paragraph_decay = 0.75;   // A blank line with nothing indented behind it starts another matter.
constexpr int cause_weight = 70;           // A line of this weight names a cause, and the first ones in a log …
constexpr double first_bonus = 20;         // … gain this much, this often, less each time:
constexpr double first_causes = 3;         // what comes later is more often a consequence.
constexpr double closing_share = 0.78;     // "exited with code 1" says that, not why.
constexpr double rarity = 0.07;            // Lost at each doubling of a form of line.
constexpr double passing_run_share = 0.2;  // Of a line that a passing run has, too.
constexpr double end_bonus = 58, end_reach = 2400;    // Right before the end of what failed; reach in code points.
constexpr double tail_bonus = 36, tail_reach = 1100;  // The end of the log.
constexpr double earlier_end = 0.36;                  // What an end that was not the last one counts.
constexpr double nearness = 0.6, near_reach = 19000;  // Share of a signal's weight that depends on where it stands.
constexpr double after_end = 0.45;                    // Behind the last end: clean-up.
constexpr double frame_share = 0.5, passed_share = 0.2;
constexpr double top_frame_share = 0.85;      // Of the frame right below what names a cause: where it was thrown.
constexpr double repeat_share = 0.6;          // Of a long line that says what one of greater priority says:
constexpr std::size_t long_line = 100;        // it takes the room of others. Bytes.
constexpr double listed_share = 0.5;          // Of a line in a list of what was copied, removed, …:
constexpr std::size_t shortest_list = 5;      // lines that say nothing of failure and begin with the same word.
constexpr std::size_t longest_counted = 400;  // Of a line, towards a distance.
constexpr std::size_t head_lines = 5;         // What ran, where: shown when there is room …
constexpr double head_priority = 8.5;         // … for everything else that says something.
constexpr double same_end = 100;              // make's own and its parent's complaint are one end.

std::uint64_t form_of(std::string_view text) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const char c : text)
    if ((c >= 'A' && c <= 'Z') || (c >= 'g' && c <= 'z'))
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

bool indented(std::string_view text) { return !text.empty() && (text.front() == ' ' || text.front() == '\t'); }

void add_first_bonus(const std::vector<Line>& lines, std::vector<double>& own) {
  double seen = 0;
  for (std::size_t i = 0; i < lines.size() && seen < first_causes; ++i) {
    const LineScore& score = lines[i].score;
    if (score.weight < cause_weight || score.kind == LineKind::closing) continue;
    own[i] += first_bonus * (1 - seen / first_causes);
    ++seen;
  }
}

/// What each line says by itself, less what is common in this log or stood in a passing run, more for the first causes.
std::vector<double> own_weights(const std::vector<Line>& lines, const Baseline* baseline) {
  std::unordered_map<std::uint64_t, int> forms;
  for (const Line& line : lines)
    if (line.score.weight > 0) ++forms[form_of(line.text)];
  std::vector<double> own(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.score.weight == 0) continue;
    own[i] = line.score.weight / (1 + rarity * std::log2(forms[form_of(line.text)]));
    if (line.score.kind == LineKind::closing) own[i] *= closing_share;
    if (baseline != nullptr && baseline->has(line.text)) own[i] *= passing_run_share;
  }
  add_first_bonus(lines, own);
  return own;
}

/// Spreads weights to neighbours in one direction; lines `from` and `to` follow each other in that direction.
void spread(const std::vector<Line>& lines, const std::vector<double>& own, double decay, bool forward,
            std::vector<double>& out) {
  double run = 0;
  for (std::size_t step = 0; step < lines.size(); ++step) {
    const std::size_t to = forward ? step : lines.size() - 1 - step;
    if (step > 0) {
      const std::size_t from = forward ? to - 1 : to + 1;
      const bool adjacent = lines[std::max(from, to)].number == lines[std::min(from, to)].number + 1;
      const std::size_t blank = std::min(from, to);  // In log order: a blank line, and what comes behind it.
      const bool new_matter = lines[blank].score.kind == LineKind::blank && !indented(lines[blank + 1].text);
      run *= adjacent ? decay * (new_matter ? paragraph_decay : 1) : 0;
    }
    run = std::max(run, own[to]);
    out[to] = std::max(out[to], run);
  }
}

/// How near a line stands before the end of what failed, as distances in code points.
struct Places {
  std::vector<double> to_end;      ///< To the next line that says that something failed.
  std::vector<double> end_weight;  ///< 1 for the last such line, less for earlier ones, 0 behind all of them.
  std::vector<double> to_tail;     ///< To the end of the log.
};

Places places_of(const std::vector<Line>& lines) {
  const std::size_t n = lines.size();
  Places places{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
  double tail = 0, end_at = 0, weight = 0;
  for (std::size_t i = n; i-- > 0;) {
    if (lines[i].score.kind == LineKind::closing) {
      if (weight == 0)
        weight = 1;
      else if (tail - end_at > same_end)
        weight = earlier_end;
      end_at = tail;
    }
    places.to_tail[i] = tail;
    places.to_end[i] = tail - end_at;
    places.end_weight[i] = weight;
    tail += static_cast<double>(std::min(lines[i].text.size(), longest_counted)) + 1;
  }
  if (weight == 0) {  // Nothing says where it ended: then it ended where the log does.
    places.to_end = places.to_tail;
    places.end_weight.assign(n, 1);
  }
  return places;
}

/// The first word of a line that says nothing of failure; empty for any other.
std::string_view listed_word(const Line& line) {
  constexpr std::size_t shortest_word = 3;
  const std::string_view text = trim(line.text);
  const std::size_t end = text.find(' ');
  if (line.score.weight > 0 || end == std::string_view::npos || end < shortest_word) return {};
  return std::isalpha(static_cast<unsigned char>(text.front())) != 0 ? text.substr(0, end) : std::string_view{};
}

void turn_lists_down(std::vector<Line>& lines) {
  for (std::size_t begin = 0, end = 0; begin < lines.size(); begin = end) {
    const std::string_view word = listed_word(lines[begin]);
    end = begin + 1;
    while (end < lines.size() && !word.empty() && lines[end].number == lines[end - 1].number + 1 &&
           listed_word(lines[end]) == word)
      ++end;
    if (end - begin < shortest_list) continue;
    for (std::size_t i = begin; i < end; ++i) lines[i].priority *= listed_share;
  }
}

/// Numbers apart, a line that says what one of greater priority says.
void turn_repeats_down(std::vector<Line>& lines) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].score.weight > 0 && lines[i].text.size() >= long_line) order.push_back(i);
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return lines[a].priority != lines[b].priority ? lines[a].priority > lines[b].priority : a < b;
  });
  std::unordered_set<std::uint64_t> said;
  for (const std::size_t i : order)
    if (!said.insert(form_of(lines[i].text)).second) lines[i].priority *= repeat_share;
}

}  // namespace

void rank(std::vector<Line>& lines, const Baseline* baseline) {
  const std::vector<double> own = own_weights(lines, baseline);
  std::vector<double> spoken(lines.size());
  spread(lines, own, forward_decay, true, spoken);
  spread(lines, own, backward_decay, false, spoken);
  const Places places = places_of(lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Line& line = lines[i];
    const double at_end = end_bonus * places.end_weight[i] * std::exp(-places.to_end[i] / end_reach);
    const bool cleaning_up = places.end_weight[i] == 0;
    const double at_tail = cleaning_up ? 0 : tail_bonus * std::exp(-places.to_tail[i] / tail_reach);
    const double where = places.end_weight[i] * std::exp(-places.to_end[i] / near_reach);
    const double said = spoken[i] * (1 - nearness + nearness * where);
    const double near = std::max(at_end, at_tail);
    line.priority = said + near;
    line.why = said >= near ? (own[i] >= 40 ? "error" : "context") : at_end >= at_tail ? "end" : "tail";
    if (cleaning_up) line.priority *= after_end;
    if (line.score.kind == LineKind::frame) {
      const bool top = i > 0 && lines[i - 1].score.kind != LineKind::frame && lines[i - 1].score.weight >= cause_weight;
      line.priority *= top ? top_frame_share : frame_share;
    }
    if (line.score.kind == LineKind::passed) line.priority *= passed_share;
    if (line.number <= head_lines && line.priority < head_priority) {
      line.priority = head_priority;
      line.why = "head";
    }
  }
  turn_lists_down(lines);
  turn_repeats_down(lines);
}

}  // namespace agent::evidence
