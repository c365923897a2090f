// What a model submits, and what it cites: whatever it says, no quote passes that does not stand in the text, and no
// finding of the rules goes away.
#include "base/text.hpp"
#include "loop/quote.hpp"
#include "loop/submission.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace agent;

namespace {

void hold(bool invariant) {
  if (!invariant) std::abort();
}

constexpr std::string_view log_text =
    "starting\nerror: cannot find -lssl\ncollect2: error: ld returned 1 exit status\nmake: *** [all] Error 1\n"
    "FAILED\ntest parse ... FAILED in 3 s\n\x1b[31mundefined symbol ‘foo’ in `bar`\x1b[0m\n\n}\n";

Report rules() {
  Report report;
  report.verdict = Verdict::failing;
  for (const Severity severity : {Severity::error, Severity::warning})
    report.findings.push_back({.rule = std::string(name(severity)),
                               .severity = severity,
                               .headline = "h",
                               .evidence = {{"log/build.log", 2, "", "cannot find -lssl"}},
                               .verified = true});
  report.evidence.push_back({"log/build.log", 9, 200, {{.text = "starting", .first_line = 1, .last_line = 1}}});
  return report;
}

void check_citation(const Citation& citation, const loop::Library& library) {
  const auto line = library.read(citation.source, citation.line, 1);
  hold(line && line->size() == 1);
  hold(loop::comparable(line->front().text).contains(loop::comparable(citation.quote)));
}

void check_report(const loop::Checked& checked) {
  const Report before = rules(), merged = loop::merge(before, checked);
  hold(std::ranges::is_sorted(merged.findings, {}, &Finding::severity));
  for (const Finding& finding : before.findings) {
    const auto same = std::ranges::find(merged.findings, finding.rule, &Finding::rule);
    hold(same != merged.findings.end() && same->severity == finding.severity && same->verified);
  }
  for (const Finding& finding : merged.findings)
    hold(finding.rule != "model" || finding.verified == !finding.evidence.empty());
  for (const SourceEvidence& source : merged.evidence)
    for (const Excerpt& excerpt : source.excerpts)
      hold(excerpt.first_line > 0 && excerpt.first_line <= excerpt.last_line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  loop::Library library({});
  const auto writer = library.open("log/build.log");
  writer->feed(log_text);
  writer->finish();
  static_cast<void>(library.locate({text.substr(0, size / 2), size, "", text.substr(size / 2)}));
  if (const auto found = library.locate({"build.log", 1, "", text})) check_citation(*found, library);
  auto submission = loop::parse_submission(text);  // JSON in a string, as a weak model writes it
  if (!submission) return 0;
  const loop::Checked checked = loop::check(*std::move(submission), library);
  hold(checked.verified <= checked.given);
  for (const Citation& citation : checked.submission.evidence) check_citation(citation, library);
  for (const Claim& claim : checked.submission.chain) {
    hold(claim.verified == !claim.evidence.empty());
    for (const Citation& citation : claim.evidence) check_citation(citation, library);
  }
  hold(is_clean(checked.submission.cause) || !is_utf8(checked.submission.cause));
  check_report(checked);
  return 0;
}
