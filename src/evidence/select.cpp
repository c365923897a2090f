#include "evidence/select.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <span>
#include <unordered_set>
#include <utility>

namespace agent::evidence {
namespace {

constexpr std::size_t same_beginning = 400;  // Bytes; lines that share these say the same.
constexpr Tokens plenty{8000};               // From here on, room is not scarce.
constexpr std::ptrdiff_t shortest_cut = 64;  // Visible characters; a line cut to less says too little.

// What ranks lower explained nothing in any labelled log: left out, it costs no reader and no model a token.
constexpr double least_priority = 8;

std::string gap_marker(std::size_t lines) { return "… " + std::to_string(lines) + (lines == 1 ? " line" : " lines"); }
std::string fold_marker(std::size_t lines) { return "… " + std::to_string(lines) + " more like this"; }

std::ptrdiff_t visible(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return c != ' ' && c != '\t'; });
}

/// What stands between two shown lines: nothing, blank lines as they are, or a marker.
struct Gap {
  std::size_t blank_lines = 0;
  std::size_t hidden = 0;  ///< Lines left out; 0: no marker.
  std::size_t folded = 0;  ///< All that was left out says what the line before says.
};

Gap gap_between(const std::vector<Line>& lines, std::size_t from, std::size_t to) {
  const std::size_t hidden = lines[to].number - lines[from].number - 1;
  if (hidden == 0) return {};
  const bool all_there = to - from - 1 == hidden;
  const auto between = [&](auto&& test) {
    return std::all_of(lines.begin() + static_cast<std::ptrdiff_t>(from) + 1,
                       lines.begin() + static_cast<std::ptrdiff_t>(to), test);
  };
  if (all_there && hidden <= 2 && between([](const Line& line) { return line.score.kind == LineKind::blank; }))
    return {hidden, 0, 0};
  const std::string_view said = trim(lines[from].text);
  if (all_there && between([&](const Line& line) { return trim(line.text) == said; })) return {0, hidden, hidden};
  return {0, hidden, 0};
}

/// Code points of what a gap prints, line ends included.
std::size_t cost_of(const Gap& gap) {
  if (gap.hidden == 0) return gap.blank_lines;
  return count_code_points(gap.folded > 0 ? fold_marker(gap.folded) : gap_marker(gap.hidden)) + 1;
}

/// Lines chosen so far, with what printing them costs.
class Chosen {
 public:
  explicit Chosen(const std::vector<Line>& lines) : lines_(lines) {}

  /// What adding line `i` would make of the whole.
  [[nodiscard]] std::size_t cost_with(std::size_t i, std::size_t points) const {
    const auto next = taken_.lower_bound(i);
    std::size_t cost = cost_ + points + 1;
    const bool has_next = next != taken_.end(), has_previous = next != taken_.begin();
    if (has_next && has_previous) cost -= cost_of(gap_between(lines_, std::prev(next)->first, next->first));
    if (has_next) cost += cost_of(gap_between(lines_, i, next->first));
    if (has_previous) cost += cost_of(gap_between(lines_, std::prev(next)->first, i));
    return cost;
  }

  void add(std::size_t i, std::string text) {
    cost_ = cost_with(i, count_code_points(text));
    taken_.emplace(i, std::move(text));
  }

  /// Shows another part of a chosen line.
  void replace(std::size_t i, std::string text) {
    cost_ += count_code_points(text);
    cost_ -= count_code_points(std::exchange(taken_.at(i), std::move(text)));
  }

  [[nodiscard]] const std::map<std::size_t, std::string>& taken() const { return taken_; }
  [[nodiscard]] std::size_t cost() const { return cost_; }

 private:
  const std::vector<Line>& lines_;
  std::map<std::size_t, std::string> taken_;
  std::size_t cost_ = 0;
};

/// What decides whether two lines say the same.
std::string_view shown_part(const Line& line) { return trim(line.text).substr(0, same_beginning); }

bool repeats_line_before(const std::vector<Line>& lines, std::size_t i) {
  return i > 0 && lines[i - 1].number + 1 == lines[i].number && shown_part(lines[i - 1]) == shown_part(lines[i]);
}

/// A line's text behind a level such as "[ERROR]".
std::string_view behind_level(std::string_view text) {
  if (!text.starts_with('[')) return text;
  const std::size_t end = text.find(']');
  return end == std::string_view::npos ? text : text.substr(end + 1);
}

std::size_t indent_of(const Line& line) {
  const std::string_view text = behind_level(line.text);
  return std::min(text.find_first_not_of(" \t"), text.size());
}

/// Where each line's headline stands: the nearest line above it, in the same paragraph, that is indented less. A line
/// without one is its own.
std::vector<std::size_t> headlines_of(const std::vector<Line>& lines) {
  std::vector<std::size_t> headlines(lines.size());
  std::vector<std::size_t> open;  // Lines that may be a headline of the next, each indented more than the one before.
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool goes_on = i > 0 && lines[i].number == lines[i - 1].number + 1 && lines[i].score.kind != LineKind::blank;
    if (!goes_on) open.clear();
    while (!open.empty() && indent_of(lines[open.back()]) >= indent_of(lines[i])) open.pop_back();
    headlines[i] = open.empty() ? i : open.back();
    open.push_back(i);
  }
  return headlines;
}

/// "  |     ^~~~~": points to something in the line above.
bool points_up(const Line& line) {
  return line.text.contains('^') && line.text.find_first_not_of(" \t|^~-+.") == std::string::npos;
}

/// `order` with the lines that name a failure before their details, also those that repeat others.
std::vector<std::size_t> with_headlines(const std::vector<Line>& lines, const std::vector<std::size_t>& headlines,
                                        const std::vector<std::size_t>& order) {
  std::vector<bool> placed(lines.size());
  std::vector<std::size_t> whole;
  const auto place = [&](std::size_t i) {
    if (!placed[i]) whole.push_back(i);
    placed[i] = true;
  };
  for (const std::size_t i : order) {
    if (lines[headlines[i]].score.weight >= names_a_failure) place(headlines[i]);
    place(i);
  }
  return whole;
}

/// The first of the lines directly before line `i` that say the same: where a run is folded, its beginning is shown.
std::size_t first_of_run(std::vector<Line>& lines, std::size_t i) {
  std::size_t first = i;
  while (repeats_line_before(lines, first)) --first;
  if (first != i) lines[first].why = lines[i].why;
  return first;
}

/// Code points that a line may take: a twentieth of the budget, so that one line does not crowd out the others; what
/// names a cause mostly stands at its beginning.
std::size_t longest_line(Tokens budget) { return std::clamp<std::size_t>(budget.code_points() / 20, 160, 320); }

/// cut(), but never to so little that the line can't be told again.
std::string cut_readably(const std::string& text, std::size_t limit) {
  std::string shortened = cut(text, limit);
  while (shortened.size() < text.size() && visible(shortened) < shortest_cut) shortened = cut(text, limit *= 2);
  return shortened;
}

Excerpt begin_excerpt(const Line& line, const std::string& text) {
  return {.text = text, .first_line = line.number, .last_line = line.number, .folded = 0, .why = line.why};
}

/// "error" beats "context" as the reason for an excerpt of several lines.
void add_reason(std::string& why, std::string_view reason) {
  if (reason == "error" || why.empty()) why = reason;
}

/// Adds lines in order, cut to what a line may take, until one does not fit; of that one, what there is room for. True
/// when all fit.
bool add_lines(Chosen& chosen, const std::vector<Line>& lines, std::span<const std::size_t> order, Tokens budget) {
  const std::size_t longest = longest_line(budget);
  for (const std::size_t i : order) {
    const std::string text = cut_readably(lines[i].text, longest);
    const std::size_t points = count_code_points(text);
    const std::size_t cost = chosen.cost_with(i, points);
    if (cost <= budget.code_points()) {
      chosen.add(i, text);
      continue;
    }
    const std::size_t over = cost - budget.code_points();
    const std::string shortened = points > over ? cut(lines[i].text, points - over) : "";
    if (visible(shortened) >= shortest_cut)
      chosen.add(i, shortened);
    else if (chosen.taken().empty())
      chosen.add(i, cut(lines[i].text, std::max<std::size_t>(budget.code_points(), 2) - 1));
    return false;
  }
  return true;
}

/// Gives cut lines their whole length, in order, while there is room. True when all have it.
bool lengthen(Chosen& chosen, const std::vector<Line>& lines, std::span<const std::size_t> order, Tokens budget) {
  for (const std::size_t i : order) {
    const std::size_t now = count_code_points(chosen.taken().at(i));
    const std::size_t room = budget.code_points() - chosen.cost();
    const std::string text = cut(lines[i].text, now + room);
    if (text.size() > chosen.taken().at(i).size()) chosen.replace(i, text);
    if (text.size() < lines[i].text.size()) return false;
  }
  return true;
}

/// What was chosen, in log order.
std::vector<Excerpt> excerpts_of(const std::vector<Line>& lines, const Chosen& chosen) {
  std::vector<Excerpt> excerpts;
  std::size_t previous = 0;
  for (const auto& [i, text] : chosen.taken()) {
    const Gap gap = excerpts.empty() ? Gap{} : gap_between(lines, previous, i);
    if (excerpts.empty() || gap.hidden > 0) {
      if (!excerpts.empty()) excerpts.back().folded = gap.folded;
      excerpts.push_back(begin_excerpt(lines[i], text));
    } else {
      Excerpt& excerpt = excerpts.back();
      excerpt.text.append(gap.blank_lines + 1, '\n').append(text);
      excerpt.last_line = lines[i].number;
      add_reason(excerpt.why, lines[i].why);
    }
    previous = i;
  }
  return excerpts;
}

}  // namespace

FillOrder fill_order(std::vector<Line>& lines) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const LineKind kind = lines[i].score.kind;
    if (kind == LineKind::blank || kind == LineKind::drawn || lines[i].priority < least_priority) continue;
    order.push_back(i);
  }
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return lines[a].priority != lines[b].priority ? lines[a].priority > lines[b].priority : a < b;
  });
  const std::vector<std::size_t> headlines = headlines_of(lines);
  constexpr std::hash<std::string_view> hash;
  std::unordered_set<std::size_t> said;
  said.reserve(order.size());
  const auto is_new = [&](std::size_t i) {
    std::size_t text = hash(shown_part(lines[i]));
    const std::size_t headline = headlines[i];
    // "found: int" of another error is another line though it reads the same, and so is "^~~~" below another line.
    if (i > 0 && points_up(lines[i]))
      text = 31 * text + hash(shown_part(lines[i - 1]));
    else if (headline != i && lines[i].score.weight == 0 && lines[headline].score.weight >= names_a_failure)
      text = 31 * text + hash(shown_part(lines[headline]));
    return said.insert(text).second;
  };
  std::vector<std::size_t> repeats;
  std::erase_if(order, [&](std::size_t i) {
    if (is_new(i)) return false;
    if (!repeats_line_before(lines, i)) repeats.push_back(i);
    return true;
  });
  order = with_headlines(lines, headlines, order);
  std::vector<bool> placed(lines.size());
  for (std::size_t& i : order) placed[i = first_of_run(lines, i)] = true;
  FillOrder all{std::move(order), 0};
  all.repeats_from = all.lines.size();
  std::ranges::copy_if(repeats, std::back_inserter(all.lines), [&](std::size_t i) { return !placed[i]; });
  return all;
}

std::vector<Excerpt> fill(const std::vector<Line>& lines, const FillOrder& order, Tokens budget) {
  Chosen chosen(lines);
  const auto first = std::span(order.lines).first(order.repeats_from);
  const auto repeats = std::span(order.lines).subspan(order.repeats_from);
  // Each only when all before it had room: what a smaller budget showed is not given up for what comes later.
  if (add_lines(chosen, lines, first, budget) && budget >= plenty && lengthen(chosen, lines, first, budget))
    add_lines(chosen, lines, repeats, budget);
  return excerpts_of(lines, chosen);
}

std::string print_extract(const std::vector<Excerpt>& excerpts) {
  std::string text;
  for (std::size_t i = 0; i < excerpts.size(); ++i) {
    text += excerpts[i].text + "\n";
    if (i + 1 == excerpts.size()) break;
    const std::size_t hidden = excerpts[i + 1].first_line - excerpts[i].last_line - 1;
    text += (excerpts[i].folded > 0 ? fold_marker(excerpts[i].folded) : gap_marker(hidden)) + "\n";
  }
  return text;
}

std::string print_numbered(const std::vector<Excerpt>& excerpts) {
  std::string text;
  for (const Excerpt& excerpt : excerpts) {
    const std::string last = std::to_string(excerpt.last_line);
    text += "… lines " + std::to_string(excerpt.first_line) + " to " + last + ": " + excerpt.why + "\n";
    std::size_t number = excerpt.first_line, begin = 0;
    while (begin <= excerpt.text.size()) {
      const std::size_t end = std::min(excerpt.text.find('\n', begin), excerpt.text.size());
      const std::string label = std::to_string(number++);
      text +=
          std::string(last.size() - label.size(), ' ') + label + " | " + excerpt.text.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
    if (excerpt.folded > 0) text += fold_marker(excerpt.folded) + "\n";
  }
  return text;
}

}  // namespace agent::evidence
