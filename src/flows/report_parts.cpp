#include "flows/report_parts.hpp"

#include <algorithm>

namespace agent::flows {
namespace {

constexpr std::string_view placeholder_open = "[REDACTED:";

}  // namespace

NumberedLines numbered(const std::vector<Excerpt>& excerpts) {
  NumberedLines lines;
  for (const Excerpt& excerpt : excerpts) {
    std::size_t number = excerpt.first_line, begin = 0;
    while (begin <= excerpt.text.size()) {
      const std::size_t end = std::min(excerpt.text.find('\n', begin), excerpt.text.size());
      lines.emplace(number++, excerpt.text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return lines;
}

bool stands_in(const NumberedLines& lines, const Citation& citation) {
  const auto line = lines.find(citation.line);
  return line != lines.end() && line->second.find(citation.quote) != std::string::npos;
}

std::vector<Finding> by_severity(std::vector<Finding> findings) {
  std::vector<Finding> sorted;
  for (const Severity severity : {Severity::critical, Severity::error, Severity::warning, Severity::info})
    for (Finding& finding : findings)
      if (finding.severity == severity) sorted.push_back(std::move(finding));
  return sorted;
}

void say_cause(Report& report) {
  const Finding& first = report.findings.front();
  report.verdict = report.exit_code == 0 ? Verdict::healthy : Verdict::failing;
  report.cause = first.headline;
  report.category = first.category;
  report.confidence = first.confidence;
  for (const Finding& finding : report.findings)
    for (const Remedy& remedy : finding.remedies) {
      const bool known =
          std::ranges::any_of(report.remedies, [&](const Remedy& other) { return other.text == remedy.text; });
      if (!known && report.remedies.size() < 3) report.remedies.push_back(remedy);
    }
}

void count_placeholders(std::string_view text, PlaceholderCounts& counts) {
  for (std::size_t at = text.find(placeholder_open); at != std::string_view::npos;
       at = text.find(placeholder_open, at)) {
    at += placeholder_open.size();
    ++counts[std::string(text.substr(at, text.find_first_of("#]", at) - at))];
  }
}

PlaceholderCounts hidden_in(const std::vector<SourceEvidence>& evidence) {
  PlaceholderCounts counts;
  for (const SourceEvidence& source : evidence)
    for (const Excerpt& excerpt : source.excerpts) count_placeholders(excerpt.text, counts);
  return counts;
}

namespace {

void each_text_of(Explanation& explanation, const std::function<void(std::string&)>& visit) {
  for (Claim& claim : explanation.chain) {
    visit(claim.text);
    for (Citation& citation : claim.evidence) visit(citation.quote);
  }
  for (RuledOut& other : explanation.ruled_out) {
    visit(other.what);
    visit(other.why);
  }
  // A model names rules and tools as it likes.
  for (Disagreement& disagreement : explanation.disagreements) {
    visit(disagreement.rule);
    visit(disagreement.why);
  }
  for (Proposal& proposal : explanation.proposals) {
    visit(proposal.tool);
    visit(proposal.title);
    visit(proposal.body);
  }
}

}  // namespace

bool is_a_failure(const Report& report) {
  const bool tells_something =
      !report.findings.empty() ||
      std::ranges::any_of(report.evidence, [](const SourceEvidence& source) { return !source.excerpts.empty(); });
  return report.verdict != Verdict::healthy && !report.fingerprint.empty() && tells_something;
}

void each_text(Report& report, const std::function<void(std::string&)>& visit) {
  visit(report.cause);
  visit(report.degraded_because);
  for (Finding& finding : report.findings) {
    visit(finding.headline);
    for (Citation& citation : finding.evidence) visit(citation.quote);
    for (Remedy& remedy : finding.remedies) {
      visit(remedy.text);
      visit(remedy.command);
    }
  }
  if (report.explanation) each_text_of(*report.explanation, visit);
  for (Remedy& remedy : report.remedies) {
    visit(remedy.text);
    visit(remedy.command);
  }
  for (NotChecked& part : report.not_checked) {
    visit(part.what);
    visit(part.why);
  }
  for (SourceEvidence& source : report.evidence)
    for (Excerpt& excerpt : source.excerpts) visit(excerpt.text);
}

void renumber_placeholders(Report& report) {
  std::map<std::string, std::size_t> numbers;  // by "kind#n"
  each_text(report, [&](std::string& text) {
    std::string renumbered;
    std::size_t done = 0;
    for (std::size_t at = text.find(placeholder_open); at != std::string::npos; at = text.find(placeholder_open, at)) {
      at += placeholder_open.size();
      const std::size_t end = text.find(']', at), mark = text.rfind('#', end);
      if (end == std::string::npos || mark == std::string::npos || mark < at) continue;
      const auto [number, is_new] = numbers.try_emplace(text.substr(at, end - at), numbers.size() + 1);
      renumbered += text.substr(done, mark + 1 - done) + std::to_string(number->second);
      done = end;
    }
    if (done > 0) text = renumbered + text.substr(done);
  });
}

}  // namespace agent::flows
