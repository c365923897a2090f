#include "sinks/render_junit.hpp"

#include "sinks/display.hpp"
#include "sinks/facts.hpp"
#include "sinks/proof.hpp"
#include "sinks/utf8.hpp"

#include <algorithm>

namespace agent::sinks {
namespace {

constexpr std::size_t most_lines = 50;
constexpr std::size_t most_columns = 400;

/// What XML 1.0 allows (https://www.w3.org/TR/xml/#charsets) of what safe_lines() and one_line() leave.
bool is_xml(char32_t c) { return c == '\n' || (c >= 0x20 && (c & 0xFFFEU) != 0xFFFEU); }

std::string_view entity(char32_t c) {
  switch (c) {
    case '&': return "&amp;";
    case '#': return "&#35;";  // "##[…]" is a command of CI systems, wherever it stands in a line
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\n': return "\n";
    default: return {};
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  for_each_code_point(text, [&](char32_t code_point, std::string_view bytes) {
    const std::string_view name = entity(code_point);
    if (is_xml(code_point)) out += name.empty() ? bytes : name;
  });
  return out;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escaped(one_line(value)) + "\"";
}

std::string proof_text(const Proof& proof) {
  std::string out;
  for (const ProofBlock& block : proof.blocks) {
    out += place(block.source, 0) + "\n";
    for (const ProofLine& line : block.lines)
      out += (line.key ? "> " : "  ") + (line.number > 0 ? std::to_string(line.number) + " | " : "") +
             cut(line.text, most_columns) + "\n";
    if (block.folded > 0) out += more_like_this(block.folded) + "\n";
  }
  if (proof.left_out > 0) out += "… " + with_thousands(proof.left_out) + " more cited lines\n";
  return out;
}

std::string remedies_text(const std::vector<Remedy>& remedies) {
  std::string out;
  for (const Remedy& remedy : remedies) {
    out += (out.empty() ? "\nWhat to do:\n- " : "- ") + one_line(remedy.text) + "\n";
    if (remedy.command.empty()) continue;
    for (const std::string& line : safe_lines(remedy.command)) out += "    " + line + "\n";
  }
  return out;
}

/// A testcase of the target's class; `outcome` is its content, none when it passes.
std::string testcase(const Report& report, std::string_view name, const std::string& outcome) {
  const std::string begin =
      "    <testcase" + attribute("name", name) + attribute("classname", report.target) + attribute("time", "0");
  return outcome.empty() ? begin + "/>\n" : begin + ">\n" + outcome + "    </testcase>\n";
}

std::string outcome(std::string_view element, std::string_view type, std::string_view message,
                    const std::string& text) {
  const std::string tag(element);
  return "      <" + tag + attribute("message", message) + attribute("type", type) + ">" + escaped(text) + "</" + tag +
         ">\n";
}

/// What makes a test red: the cause, and what is as bad; a warning beside it is skipped.
bool is_failure(const Report& report, const Finding& finding) {
  return &finding == report.findings.data() || finding.severity <= Severity::error;
}

std::string case_of(const Report& report, const Finding& finding) {
  const std::string text = proof_text(proof_of(finding, report.evidence, most_lines)) + remedies_text(finding.remedies);
  const std::string name = finding.rule + ": " + finding.headline;
  if (is_failure(report, finding))
    return testcase(report, name, outcome("failure", finding.rule, finding.headline, text));
  return testcase(report, name, "      <skipped" + attribute("message", finding.headline) + "/>\n");
}

bool is_known_to_fail(const Report& report) {
  return report.verdict == Verdict::failing || report.exit_code.value_or(0) != 0;
}

/// Of a report without a cause: that it is not known is no failure of a test, and where it is not known whether
/// anything failed, no error either.
std::string unknown_case(const Report& report) {
  if (!is_known_to_fail(report))
    return testcase(report, "cause", "      <skipped" + attribute("message", summary(report)) + "/>\n");
  const std::string text = proof_text(likeliest_excerpt(report.evidence, most_lines)) + remedies_text(report.remedies);
  return testcase(report, "cause", outcome("error", "unknown", summary(report), text));
}

std::string not_checked(const Report& report) {
  std::string out;
  for (const NotChecked& part : report.not_checked) out += one_line(part.what + ": " + part.why) + "\n";
  return out.empty() ? "" : "    <system-out>Not checked:\n" + escaped(out) + "</system-out>\n";
}

std::string count(std::string_view name, std::size_t number) { return attribute(name, std::to_string(number)); }

/// "2026-11-21T18:39:00": what the schema of Ant's reports allows.
std::string timestamp(const std::string& created_at) {
  constexpr std::size_t seconds_end = 19;
  return created_at.size() < seconds_end ? "" : attribute("timestamp", created_at.substr(0, seconds_end));
}

}  // namespace

std::string render_junit(const Report& report) {
  const bool fails = report.verdict != Verdict::healthy;
  const std::size_t found = fails ? report.findings.size() : 0;
  const auto failures = static_cast<std::size_t>(
      fails ? std::ranges::count_if(report.findings, [&](const Finding& one) { return is_failure(report, one); }) : 0);
  const std::size_t errors = fails && found == 0 && is_known_to_fail(report) ? 1 : 0;
  const std::size_t skipped = fails && found == 0 ? 1 - errors : found - failures;
  std::string cases;
  if (fails)
    for (const Finding& finding : report.findings) cases += case_of(report, finding);
  if (cases.empty()) cases = fails ? unknown_case(report) : testcase(report, "nothing is failing", "");
  const std::string numbers =
      count("tests", std::max<std::size_t>(found, 1)) + count("failures", failures) + count("errors", errors);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", "agent") + numbers + ">\n" +
         "  <testsuite" + attribute("name", "agent: " + report.target) + numbers + count("skipped", skipped) +
         attribute("time", "0") + timestamp(report.created_at) + ">\n" + cases + not_checked(report) +
         "  </testsuite>\n</testsuites>\n";
}

}  // namespace agent::sinks
