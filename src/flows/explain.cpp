#include "flows/explain.hpp"

#include "flows/report_parts.hpp"
#include "loop/submission.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace agent::flows {
namespace {

constexpr std::string_view model_rule = "model";

/// Those that no rule gave.
std::vector<Remedy> remedies_of_model(const Report& report) {
  std::vector<Remedy> remedies = report.remedies;
  for (const Finding& finding : report.findings)
    if (finding.rule != model_rule)
      for (const Remedy& known : finding.remedies)
        std::erase_if(remedies,
                      [&](const Remedy& one) { return one.text == known.text && one.command == known.command; });
  return remedies;
}

/// What the model of an earlier run submitted, as far as its report tells. Where it said the same as a rule, it has no
/// finding of its own: its cause is then the first link of the chain. Nothing without either.
std::optional<loop::Submission> submission_of(const Report& earlier) {
  if (!earlier.explanation) return std::nullopt;
  loop::Submission again;
  again.category = earlier.category;
  again.confidence = earlier.confidence;
  again.remedies = remedies_of_model(earlier);
  again.chain = earlier.explanation->chain;
  again.ruled_out = earlier.explanation->ruled_out;
  again.disagreements = earlier.explanation->disagreements;
  const auto finding = std::ranges::find(earlier.findings, model_rule, &Finding::rule);
  if (finding != earlier.findings.end()) {
    again.cause = finding->headline;
    again.category = finding->category;
    again.confidence = finding->confidence;
    again.evidence = finding->evidence;
    return again;
  }
  if (again.chain.empty()) return std::nullopt;
  again.cause = again.chain.front().text;
  again.evidence = again.chain.front().evidence;
  again.chain.erase(again.chain.begin());
  return again;
}

}  // namespace

bool asks_for_model(const Report& rules) { return rules.verdict != Verdict::healthy; }

void finish_texts(Report& report, SharedRedactor& redactor) {
  {
    const std::lock_guard lock(redactor.guard);
    each_text(report, [&](std::string& text) { text = redactor.redactor.redact(text); });
  }
  renumber_placeholders(report);
  PlaceholderCounts counts = hidden_in(report.evidence);
  for (const Finding& finding : report.findings)
    for (const Citation& citation : finding.evidence)
      if (citation.line == 0) count_placeholders(citation.quote, counts);
  report.redactions.assign(counts.begin(), counts.end());
}

loop::Outcome explain(Report rules, const loop::Limits& limits, const loop::Parts& parts, SharedRedactor& redactor,
                      const std::stop_token& stop) {
  parts.library.know(rules);
  loop::Outcome outcome = loop::investigate(std::move(rules), limits, parts, stop);
  finish_texts(outcome.report, redactor);
  return outcome;
}

std::optional<Report> explain_as_before(const Report& rules, const Report& earlier, const loop::Library& library,
                                        SharedRedactor& redactor) {
  std::optional<loop::Submission> again = submission_of(earlier);
  if (!again) return std::nullopt;
  const loop::Checked checked = loop::check(*std::move(again), library);
  if (checked.verified == 0) return std::nullopt;
  Report report = loop::merge(rules, checked);
  report.usage.model = earlier.usage.model;
  if (!report.explanation) report.explanation.emplace();
  // Citations that did not hold then were not kept.
  report.explanation->citations = std::max(report.explanation->citations, earlier.explanation->citations);
  report.explanation->made_at =
      earlier.explanation->made_at.empty() ? earlier.created_at : earlier.explanation->made_at;
  finish_texts(report, redactor);
  return report;
}

}  // namespace agent::flows
