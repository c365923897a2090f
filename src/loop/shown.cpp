#include "loop/shown.hpp"

#include "base/text.hpp"
#include "evidence/distiller.hpp"
#include "evidence/select.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <utility>

namespace agent::loop {
namespace {

constexpr std::size_t unnumbered_lines = 20;  // So short a text is cited by its words alone.
constexpr std::size_t around_a_line = 12;     // Code points: its number, a bar, the newline, a gap.
constexpr std::size_t many_lines = 200;       // From here on a text is read as a log.
// Of a log that is not shown whole. Nine tenths of the lines that people mark are among these (src/evidence/README.md),
// and each turn to come sends them again.
constexpr Tokens most_of_a_log{1500};

std::string cleaned(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size());
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (begin > 0) out += '\n';
    if (is_clean(line))
      out += line;
    else
      out += clean_line(line);
    begin = end + 1;
  }
  return out;
}

Shown whole(std::string_view text, std::size_t lines) {
  Shown shown;
  shown.excerpts.push_back({.text = cleaned(text),
                            .first_line = 1,
                            .last_line = std::max<std::size_t>(lines, 1),
                            .folded = 0,
                            .why = "all"});
  shown.text = lines > unnumbered_lines ? print_lines(shown.excerpts) : shown.excerpts.front().text;
  return shown;
}

/// Lines from `begin` on, each cut to half of `room` code points, as many as fit.
Excerpt head_of(std::string_view text, std::size_t room) {
  Excerpt head{.text = {}, .first_line = 1, .last_line = 0, .folded = 0, .why = "head"};
  for (std::size_t begin = 0, used = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = evidence::cut(clean_line(text.substr(begin, end - begin)), room / 2);
    used += count_code_points(line) + around_a_line;
    if (used > room) break;
    if (head.last_line++ > 0) head.text += '\n';
    head.text += line;
    begin = end + 1;
  }
  return head;
}

/// The same from the end, not before line `after` + 1.
Excerpt tail_of(std::string_view text, std::size_t lines, std::size_t after, std::size_t room) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  Excerpt tail{.text = {}, .first_line = lines + 1, .last_line = lines, .folded = 0, .why = "tail"};
  std::size_t end = text.size(), used = 0;
  while (tail.first_line > after + 1) {
    const std::size_t newline = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    const std::string line = evidence::cut(clean_line(text.substr(begin, end - begin)), room / 2);
    used += count_code_points(line) + around_a_line;
    if (used > room) break;
    tail.text = tail.first_line > lines ? line : line + "\n" + tail.text;
    --tail.first_line;
    if (begin == 0) break;
    end = begin - 1;
  }
  return tail;
}

std::vector<Excerpt> head_and_tail(std::string_view text, std::size_t lines, Tokens share) {
  std::vector<Excerpt> excerpts;
  const std::size_t room = share.code_points();
  if (Excerpt head = head_of(text, room - room / 3); head.last_line > 0) excerpts.push_back(std::move(head));
  const std::size_t after = excerpts.empty() ? 0 : excerpts.back().last_line;
  if (Excerpt tail = tail_of(text, lines, after, room / 3); tail.first_line <= lines)
    excerpts.push_back(std::move(tail));
  return excerpts;
}

/// Numbers and gaps take room that the distiller's budget does not know of, so it gets less until all fits; nothing
/// when it never does.
std::vector<Excerpt> distilled(std::string_view text, Tokens share) {
  evidence::Distiller distiller;
  distiller.feed(text);
  Tokens budget{share.count * 7 / 8};
  for (int tries = 0; tries < 4; ++tries) {
    std::vector<Excerpt> excerpts = distiller.finish(budget).excerpts;
    const std::size_t printed = count_code_points(print_lines(excerpts));
    if (printed <= share.code_points()) return excerpts;
    budget.count = budget.count * share.code_points() / printed * 9 / 10;
  }
  return {};
}

/// Lines by number.
std::map<std::size_t, std::string_view> by_number(const std::vector<Excerpt>& excerpts) {
  std::map<std::size_t, std::string_view> lines;
  for (const Excerpt& excerpt : excerpts) {
    std::size_t number = excerpt.first_line;
    const std::string_view text = excerpt.text;
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      lines.emplace(number++, text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return lines;
}

/// Numbers of the lines that the distiller would keep of these; those that it keeps of less room come first.
std::vector<std::size_t> best_of(const std::map<std::size_t, std::string_view>& lines, Tokens budget) {
  evidence::Distiller distiller;
  std::vector<std::size_t> numbers;
  for (const auto& [number, text] : lines) {
    distiller.feed(text);
    distiller.feed("\n");
    numbers.push_back(number);
  }
  std::vector<std::size_t> best;
  for (const std::size_t part : {8U, 2U, 1U})
    for (const Excerpt& excerpt : distiller.finish({budget.count / part}).excerpts)
      for (std::size_t at = excerpt.first_line; at <= excerpt.last_line && at <= numbers.size(); ++at)
        best.push_back(numbers[at - 1]);
  return best;
}

}  // namespace

std::string print_lines(const std::vector<Excerpt>& excerpts) {
  std::string text;
  std::size_t next = 1;
  for (const Excerpt& excerpt : excerpts) {
    if (excerpt.first_line > next) text += "…\n";
    next = excerpt.last_line + 1;
    std::size_t number = excerpt.first_line;
    const std::string_view lines = excerpt.text;
    for (std::size_t begin = 0; begin <= lines.size();) {
      const std::size_t end = std::min(lines.find('\n', begin), lines.size());
      fmt::format_to(std::back_inserter(text), "{} | {}\n", number++, lines.substr(begin, end - begin));
      begin = end + 1;
    }
    if (excerpt.folded > 0) text += fmt::format("… {} more lines say the same\n", excerpt.folded);
  }
  return text;
}

std::size_t count_lines(std::string_view text) {
  const auto newlines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  return newlines + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

Shown show_text(std::string_view text, bool is_log, Tokens share) {
  const std::size_t lines = count_lines(text);
  const std::size_t numbering = lines > unnumbered_lines ? lines * (fmt::formatted_size("{}", lines) + 3) : 0;
  if (count_code_points(text) + numbering <= share.code_points()) return whole(text, lines);
  Shown shown;
  shown.whole = false;
  if (is_log || lines > many_lines) shown.excerpts = distilled(text, std::min(share, most_of_a_log));
  if (shown.excerpts.empty()) shown.excerpts = head_and_tail(text, lines, share);
  shown.text = print_lines(shown.excerpts);
  return shown;
}

Shown show_head(std::string_view text, Tokens share) {
  Shown shown;
  shown.whole = count_code_points(text) <= share.code_points();
  shown.text = shown.whole ? std::string(text) : head_of(text, share.code_points()).text;
  return shown;
}

std::string gist(const std::vector<Excerpt>& excerpts, const std::vector<std::size_t>& cited, Tokens budget) {
  const auto lines = by_number(excerpts);
  std::vector<std::size_t> wanted = cited;
  std::ranges::copy(best_of(lines, budget), std::back_inserter(wanted));
  std::map<std::size_t, std::string> kept;
  std::size_t room = budget.code_points();
  for (const std::size_t number : wanted) {
    const auto line = lines.find(number);
    if (line == lines.end() || kept.contains(number)) continue;
    std::string printed = fmt::format("{} | {}\n", number, evidence::cut(line->second, budget.code_points() / 2));
    const std::size_t size = count_code_points(printed);
    if (size > room) continue;
    room -= size;
    kept.emplace(number, std::move(printed));
  }
  std::string text;
  for (const auto& [number, printed] : kept) text += printed;
  return text;
}

}  // namespace agent::loop
