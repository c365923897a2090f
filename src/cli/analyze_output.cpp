#include "cli/analyze_output.hpp"

#include <algorithm>
#include <optional>

namespace agent::cli {

Tokens evidence_tokens(const Settings& settings) {
  return {static_cast<std::size_t>(settings.integer("analyze.evidence_tokens"))};
}

bool wants_only_evidence(const Settings& settings) { return settings.text("analyze.print") == "evidence"; }

flows::LineNumbers line_numbers(const Settings& settings) {
  return settings.enabled("output.verbose") ? flows::LineNumbers::yes : flows::LineNumbers::no;
}

Progress::Shown progress_shown(const Settings& settings) {
  return settings.enabled("output.progress") && !settings.enabled("output.quiet") ? Progress::Shown::yes
                                                                                  : Progress::Shown::no;
}

int exit_code(const Settings& settings, const Report& report) {
  const std::optional<Severity> least = severity_named(settings.text("analyze.fail_on"));
  // What a model claims and nothing proves fails no build.
  const bool reached = least && std::ranges::any_of(report.findings, [&](const Finding& finding) {
                         return finding.severity <= *least && (finding.verified || finding.rule != "model");
                       });
  return reached ? 1 : 0;
}

}  // namespace agent::cli
