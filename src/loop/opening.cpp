#include "loop/opening.hpp"

#include "base/tokens.hpp"
#include "evidence/distiller.hpp"
#include "evidence/select.hpp"
#include "loop/marks.hpp"
#include "loop/shown.hpp"
#include "loop/submission.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace agent::loop {
namespace {

constexpr std::size_t window_for_examples = 16'000;
constexpr std::size_t least_told = 1'200;     // Code points; a report is told of however small the window is.
constexpr std::size_t most_citations = 4;     // Of one finding.
constexpr std::size_t around_a_line = 10;     // Code points: its number, a bar, the newline.
constexpr std::size_t around_an_excerpt = 2;  // The gap before it.
constexpr Tokens most_of_tools{500};
// Of the evidence. At 1,500 tokens an extract has nine tenths of the lines that people mark (src/evidence/README.md);
// it is sent again in every turn, and the rest is one evidence_read away.
constexpr Tokens first_source{1500}, next_source{500}, all_sources{4000};
constexpr std::size_t longest_line = 400;  // Code points of what is no line of a log.

/// Text that grows up to a number of code points, whole pieces only.
class Bounded {
 public:
  explicit Bounded(std::size_t room) : room_(room) {}

  bool add(std::string_view piece) {
    const std::size_t size = count_code_points(piece);
    if (size > room_) return false;
    room_ -= size;
    text_ += piece;
    return true;
  }
  [[nodiscard]] std::size_t room() const { return room_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::size_t room_;
  std::string text_;
};

std::string short_line(std::string_view text) { return evidence::cut(text, longest_line); }

std::string told(const Citation& citation) {
  const std::string line = citation.line > 0 ? fmt::format(" line {}", citation.line) : "";
  return fmt::format("   {}{}: {}\n", citation.source, line, short_line(citation.quote));
}

std::string told(const Finding& finding, std::size_t number) {
  std::string text = fmt::format("{}. {} [{}] {} ({}, {} confidence)\n", number, finding.rule, name(finding.severity),
                                 short_line(finding.headline), name(finding.category), name(finding.confidence));
  for (std::size_t i = 0; i < std::min(finding.evidence.size(), most_citations); ++i) text += told(finding.evidence[i]);
  return text;
}

/// What the rules know, without the evidence.
std::string told_findings(const Report& rules, std::size_t room) {
  const std::string code = rules.exit_code ? fmt::format(", exit code {}", *rules.exit_code) : "";
  std::string first = fmt::format("target: {}\nverdict: {}{}\n", short_line(rules.target), name(rules.verdict), code);
  if (rules.findings.empty() || rules.findings.front().headline != rules.cause)
    first += fmt::format("cause by the rules: {} ({}, {} confidence)\n", short_line(rules.cause), name(rules.category),
                         name(rules.confidence));
  Bounded text(room - std::min(room, count_code_points(first)));
  if (!rules.findings.empty()) text.add("findings:\n");
  std::size_t shown = 0;
  while (shown < rules.findings.size() && text.add(told(rules.findings[shown], shown + 1))) ++shown;
  if (shown < rules.findings.size()) text.add(fmt::format("… {} more findings\n", rules.findings.size() - shown));
  for (const NotChecked& part : rules.not_checked)
    text.add(fmt::format("not checked: {}: {}\n", short_line(part.what), short_line(part.why)));
  return as_data("", first + text.take());
}

/// Lines of `source` that findings cite.
std::set<std::size_t> cited_lines(const Report& rules, const std::string& source) {
  std::set<std::size_t> lines;
  for (const Finding& finding : rules.findings)
    for (const Citation& citation : finding.evidence)
      if (citation.source == source) lines.insert(citation.line);
  return lines;
}

/// The start of an excerpt that is too large for what room is left; without any line when not even one fits.
Excerpt head_of(const Excerpt& excerpt, std::size_t room) {
  Excerpt head = excerpt;
  for (std::size_t begin = 0, number = excerpt.first_line; begin < excerpt.text.size(); ++number) {
    const std::size_t end = std::min(excerpt.text.find('\n', begin), excerpt.text.size());
    const std::size_t size =
        count_code_points(std::string_view(excerpt.text).substr(begin, end - begin)) + around_a_line;
    if (size > room) {
      head.text.resize(begin == 0 ? 0 : begin - 1);
      head.last_line = number - 1;
      head.folded = 0;
      break;
    }
    room -= size;
    begin = end + 1;
  }
  return head;
}

/// Excerpts in the order in which they deserve a place: those that findings cite, then by why they were kept.
std::vector<const Excerpt*> by_worth(const std::vector<Excerpt>& excerpts, const std::set<std::size_t>& cited) {
  const auto worth = [&](const Excerpt* excerpt) {
    const auto line = cited.lower_bound(excerpt->first_line);
    if (line != cited.end() && *line <= excerpt->last_line) return 0;
    if (excerpt->why == "error" || excerpt->why == "trace") return 1;
    return excerpt->why == "context" ? 2 : 3;
  };
  std::vector<const Excerpt*> order;
  for (const Excerpt& excerpt : excerpts) order.push_back(&excerpt);
  std::ranges::sort(order, {}, [&](const Excerpt* excerpt) { return std::pair(worth(excerpt), excerpt->first_line); });
  return order;
}

/// Those excerpts that fit, in their order.
std::vector<Excerpt> fitting(const std::vector<const Excerpt*>& order, std::size_t room) {
  std::vector<Excerpt> kept;
  for (const Excerpt* excerpt : order) {
    Excerpt part = head_of(*excerpt, room);
    if (part.last_line < part.first_line) continue;
    room -= std::min(room, count_code_points(print_lines({part})) + around_an_excerpt);
    kept.push_back(std::move(part));
  }
  std::ranges::sort(kept, {}, &Excerpt::first_line);
  return kept;
}

std::string told_evidence(const Report& rules, std::size_t room) {
  std::string text;
  std::size_t sources = rules.evidence.size();
  for (const SourceEvidence& source : rules.evidence) {
    const std::string heading = fmt::format("Evidence, of {} lines:\n", source.lines_total);
    const std::size_t marks = count_code_points(heading) + count_code_points(as_data(source.source, ""));
    const std::size_t share = room / sources--;
    if (share <= marks) continue;
    const auto excerpts = fitting(by_worth(source.excerpts, cited_lines(rules, source.source)), share - marks);
    if (excerpts.empty()) continue;
    const std::string part = heading + as_data(source.source, print_lines(excerpts));
    room -= std::min(room, count_code_points(part));
    text += part;
  }
  return text;
}

/// Which tools see what, in `room` code points.
std::string told_tools(const OpeningParts& parts, std::size_t room) {
  Bounded others(room / 2), sources(room / 2);
  for (const llm::ToolDescription& tool : parts.tools)
    if (tool.name != submit_tool && !tool.name.starts_with("evidence_") && !others.add(tool.name + " ")) break;
  for (const LibrarySource& source : parts.library.sources())
    if (!sources.add(fmt::format("{} ({} lines)\n", short_line(source.id), source.lines))) break;
  const std::string seen = sources.take(), names = others.take();
  std::string text = seen.empty() ? "There is no text for evidence_read and evidence_search yet.\n"
                                  : "evidence_read and evidence_search see these sources:\n" + as_data("", seen);
  text += names.empty() ? "No tool sees a cluster.\n" : "These tools look at what there is now: " + names + "\n";
  return text;
}

std::string told(const Report& rules, const OpeningParts& parts, std::size_t room) {
  const std::string tools = told_tools(parts, std::min(room / 4, most_of_tools.code_points()));
  const std::string_view task = "Find the root cause, then call submit_report.\n";
  room -= std::min(room, count_code_points(tools) + task.size() + 60);
  const std::string findings = "What the rules know:\n" + told_findings(rules, room / 2);
  room -= std::min(room, count_code_points(findings));
  const std::size_t more_sources = rules.evidence.size() - std::min<std::size_t>(rules.evidence.size(), 1);
  const Tokens evidence{std::min(first_source.count + more_sources * next_source.count, all_sources.count)};
  return findings + told_evidence(rules, std::min(room, evidence.code_points())) + tools + std::string(task);
}

}  // namespace

llm::ModelRequest opening(const Report& rules, OpeningParts parts) {
  std::string system = parts.prompts.system;
  if (parts.window_tokens >= window_for_examples) system += "\n" + parts.prompts.examples;
  const std::size_t third = Tokens{parts.window_tokens / 3}.code_points();
  const std::size_t taken = count_code_points(system);
  const std::size_t room = std::max(third - std::min(third, taken), least_told);
  llm::ModelRequest request;
  request.messages.push_back({.role = llm::Role::system, .text = std::move(system)});
  request.messages.push_back({.role = llm::Role::user, .text = told(rules, parts, room)});
  request.tools = std::move(parts.tools);
  return request;
}

}  // namespace agent::loop
