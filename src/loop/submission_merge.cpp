#include "loop/submission.hpp"
#include "loop/submission_parts.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace agent::loop {
namespace {

constexpr std::size_t most_remedies = 3;

bool cite_same_line(const Finding& finding, const Finding& model) {
  return std::ranges::any_of(finding.evidence, [&](const Citation& one) {
    return std::ranges::any_of(model.evidence, [&](const Citation& other) {
      return one.source == other.source && one.line == other.line && (one.line > 0 || one.quote == other.quote);
    });
  });
}

/// The rules' finding that the model only says in other words: one as severe as the first.
std::vector<Finding>::iterator same_finding(Report& rules, const Finding& model) {
  return std::ranges::find_if(rules.findings, [&](const Finding& finding) {
    return finding.severity == rules.findings.front().severity && finding.category == model.category &&
           finding.rule != "unknown" && cite_same_line(finding, model);
  });
}

Confidence earned(const Report& rules, const Checked& checked) {
  const Submission& said = checked.submission;
  if (said.evidence.empty()) return Confidence::low;
  const bool agrees = std::ranges::any_of(rules.findings, [&](const Finding& finding) {
    return finding.confidence == Confidence::high && finding.category == said.category;
  });
  if (said.confidence == Confidence::high && checked.verified < 2 && !agrees) return Confidence::medium;
  return said.confidence;
}

Finding finding_of(const Report& rules, const Checked& checked) {
  const Submission& said = checked.submission;
  Finding finding{.rule = "model",
                  .severity = rules.findings.empty() ? Severity::error : rules.findings.front().severity,
                  .category = said.category,
                  .confidence = earned(rules, checked),
                  .headline = said.cause,
                  .evidence = said.evidence,
                  .remedies = said.remedies,
                  .verified = !said.evidence.empty()};
  finding.remedies.resize(std::min(finding.remedies.size(), most_remedies));
  return finding;
}

bool has_text(const std::vector<Remedy>& remedies, const Remedy& remedy) {
  return std::ranges::any_of(remedies, [&](const Remedy& one) { return one.text == remedy.text; });
}

/// The model's remedies, then those that were there.
void put_first(std::vector<Remedy>& remedies, const std::vector<Remedy>& first) {
  std::vector<Remedy> all;
  for (const auto* list : {&first, &std::as_const(remedies)})
    for (const Remedy& remedy : *list)
      if (!has_text(all, remedy)) all.push_back(remedy);
  remedies = std::move(all);
}

void follow_first_finding(Report& report) {
  const Finding& first = report.findings.front();
  report.cause = first.headline;
  report.category = first.category;
  report.confidence = first.confidence;
}

/// True when the model has shown that something failed though the rules see nothing that did.
bool overturns(const Report& rules, const Finding& model, const Checked& checked) {
  return !rules.exit_code && model.confidence == Confidence::high && checked.verified >= 2;
}

/// Nothing failed: what the model found is a remark.
void remark(Report& report, Finding finding) {
  finding.severity = std::max(finding.severity, Severity::warning);
  const auto behind = std::ranges::upper_bound(report.findings, finding.severity, {}, &Finding::severity);
  report.findings.insert(behind, std::move(finding));
}

/// An unproven claim is no answer, whatever the rules know.
void put_behind(Report& report, Finding finding) {
  if (report.verdict == Verdict::healthy) finding.severity = std::max(finding.severity, Severity::warning);
  if (!report.findings.empty()) finding.severity = std::max(finding.severity, report.findings.back().severity);
  report.findings.push_back(std::move(finding));
}

/// A rule that is sure of another cause, at a line that the model does not cite.
bool contradicts(const Finding& rule, const Finding& model) {
  return rule.confidence == Confidence::high && rule.severity <= Severity::error &&
         rule.category != Category::unknown && rule.category != model.category && !cite_same_line(rule, model);
}

/// Lines can be proven and yet explain nothing: beside a rule that is sure, such a cause is not; it says that it
/// disagrees, and the rule's first remedy stays among the first three.
void face_rules(const Report& report, Finding& model, std::vector<Disagreement>& disagreements) {
  const Remedy* remedy = nullptr;
  for (const Finding& rule : report.findings) {
    if (!contradicts(rule, model)) continue;
    model.confidence = std::max(model.confidence, Confidence::medium);
    if (remedy == nullptr && !rule.remedies.empty()) remedy = &rule.remedies.front();
    const bool is_said = std::ranges::any_of(disagreements, [&](const auto& one) { return one.rule == rule.rule; });
    if (!is_said) disagreements.push_back({rule.rule, "the model names another cause"});
  }
  if (remedy != nullptr && !has_text(model.remedies, *remedy))
    model.remedies.resize(std::min(model.remedies.size(), most_remedies - 1));
}

/// The remedies of rules that are sure, the first of each.
std::vector<Remedy> remedies_of_sure_rules(const Report& report, const Finding& model) {
  std::vector<Remedy> remedies;
  for (const Finding& rule : report.findings)
    if (contradicts(rule, model) && !rule.remedies.empty()) remedies.push_back(rule.remedies.front());
  return remedies;
}

/// The rule's finding comes to the front of those as severe; the model's words become the chain's first link.
void join(Report& report, const Finding& finding, std::vector<Claim>& chain) {
  const auto same = same_finding(report, finding);
  std::rotate(report.findings.begin(), same, std::next(same));
  const bool is_said = std::ranges::any_of(chain, [&](const Claim& claim) { return claim.text == finding.headline; });
  if (!is_said) chain.insert(chain.begin(), {finding.headline, finding.evidence, finding.verified});
}

void add_finding(Report& report, Finding finding, const Checked& checked, Explanation& explanation) {
  if (!finding.verified) return put_behind(report, std::move(finding));
  if (report.verdict == Verdict::healthy && !overturns(report, finding, checked)) {
    remark(report, std::move(finding));
    return;
  }
  if (report.verdict == Verdict::healthy) finding.severity = std::min(finding.severity, Severity::error);
  const bool is_same = same_finding(report, finding) != report.findings.end();
  if (!is_same) {
    face_rules(report, finding, explanation.disagreements);
    put_first(report.remedies, remedies_of_sure_rules(report, finding));
  }
  put_first(report.remedies, finding.remedies);
  report.verdict = report.exit_code == 0 ? Verdict::healthy : Verdict::failing;
  if (is_same)
    join(report, finding, explanation.chain);
  else
    report.findings.insert(report.findings.begin(), std::move(finding));
  follow_first_finding(report);
}

void take_lines(const Excerpt& excerpt, NumberedLines& lines) {
  std::string_view rest = excerpt.text;
  for (std::size_t number = excerpt.first_line; number <= excerpt.last_line; ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.emplace(number, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

bool shows(const SourceEvidence& source, std::size_t line) {
  return std::ranges::any_of(
      source.excerpts, [&](const Excerpt& excerpt) { return excerpt.first_line <= line && line <= excerpt.last_line; });
}

/// The lines of one source that the model cited and the report does not show, and their neighbours.
std::set<std::size_t> unseen_lines(const Submission& said, const SourceEvidence& shown) {
  std::set<std::size_t> lines;
  const auto take = [&](const std::vector<Citation>& citations) {
    for (const Citation& one : citations)
      if (one.source == shown.source && one.line > 0 && !shows(shown, one.line))
        for (const std::size_t line : {one.line - 1, one.line, one.line + 1})
          if (!shows(shown, line)) lines.insert(line);
  };
  take(said.evidence);
  for (const Claim& claim : said.chain) take(claim.evidence);
  return lines;
}

void show(Report& report, const SourceEvidence& cited, const Submission& said) {
  auto source = std::ranges::find(report.evidence, cited.source, &SourceEvidence::source);
  if (source == report.evidence.end()) {
    report.evidence.push_back(cited);
    return;
  }
  const std::set<std::size_t> unseen = unseen_lines(said, *source);
  for (const Excerpt& excerpt : cited.excerpts) {
    NumberedLines lines;
    take_lines(excerpt, lines);
    std::erase_if(lines, [&](const auto& line) { return !unseen.contains(line.first); });
    std::ranges::move(excerpts_of(lines, excerpt.why), std::back_inserter(source->excerpts));
  }
  std::ranges::sort(source->excerpts, {}, &Excerpt::first_line);
}

}  // namespace

std::vector<Excerpt> excerpts_of(const NumberedLines& lines, const std::string& why) {
  std::vector<Excerpt> excerpts;
  for (const auto& [number, text] : lines) {
    if (excerpts.empty() || excerpts.back().last_line + 1 != number)
      excerpts.push_back({.text = text, .first_line = number, .last_line = number, .why = why});
    else
      excerpts.back().text += "\n" + text;
    excerpts.back().last_line = number;
  }
  return excerpts;
}

Report merge(Report rules, const Checked& checked) {
  const Submission& said = checked.submission;
  Explanation explanation{.chain = said.chain,
                          .ruled_out = said.ruled_out,
                          .disagreements = {},
                          .proposals = {},
                          .citations = checked.given,
                          .verified = checked.verified,
                          .limit_reached = {},
                          .made_at = {}};
  std::ranges::copy_if(said.disagreements, std::back_inserter(explanation.disagreements), [&](const Disagreement& one) {
    return std::ranges::any_of(rules.findings, [&](const Finding& finding) { return finding.rule == one.rule; });
  });
  add_finding(rules, finding_of(rules, checked), checked, explanation);
  for (const SourceEvidence& source : checked.cited) show(rules, source, said);
  rules.explanation = std::move(explanation);
  return rules;
}

}  // namespace agent::loop
