#include "sinks/display.hpp"
#include "sinks/github_actions.hpp"
#include "sinks/render_markdown.hpp"
#include "sinks/render_text.hpp"
#include "sinks/render_yaml.hpp"
#include "sinks/report_json.hpp"
#include "sinks/slack.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

using agent::Report;

/// A report that says `text` wherever it can.
Report report_of(const std::string& text) {
  Report report;
  report.target = report.cause = report.fingerprint = text;
  report.verdict = agent::Verdict::failing;
  const agent::Remedy remedy{text, text};
  const agent::Finding finding{
      .rule = text, .headline = text, .evidence = {{"log/a", 2, text, text}}, .remedies = {remedy}};
  report.findings = {finding, finding};
  report.remedies = {remedy};
  report.not_checked = {{text, text}};
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  report.evidence = {{"log/a", lines + 1, text.size(), {{text, 1, lines + 1, 3, text}}}};
  const std::string shorter = text.substr(0, 4096);  // what a model writes is, and time is for more inputs
  report.degraded = true;
  report.degraded_because = shorter;
  report.seen = agent::SeenBefore{2, shorter, shorter, shorter};
  report.pipeline = agent::PipelineRun{shorter, shorter, shorter, shorter, shorter, shorter};
  report.usage.model = shorter;
  report.explanation =
      agent::Explanation{.chain = {{shorter, {{"log/a", 2, shorter, shorter}}, true}, {shorter, {}, false}},
                         .ruled_out = {{shorter, shorter}},
                         .disagreements = {{shorter, shorter}},
                         .proposals = {{shorter, shorter, shorter}},
                         .limit_reached = shorter};
  report.redactions = {{text, 1}};
  return report;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void require_safe(const std::string& shown) {
  for (const std::string& line : agent::sinks::safe_lines(shown)) require(agent::sinks::one_line(line) == line);
  for (const char c : shown) require(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0, end = 0; (end = text.find('\n', from)) != std::string::npos; from = end + 1)
    lines.push_back(text.substr(from, end - from));
  return lines;
}

}  // namespace

/// No text of a report gets a control character through, none breaks a line's width, and data is read back as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Report report = report_of({reinterpret_cast<const char*>(data), size});
  require_safe(agent::sinks::render_text(report, {.width = 40, .verbose = true, .defuse_commands = true}));
  require_safe(agent::sinks::render_markdown(report));
  static_cast<void>(agent::sinks::render_yaml(report));
  static_cast<void>(
      agent::sinks::slack_message({report, "00112233445566aa", report.cause}).dump());  // throws: no UTF-8
  for (const std::string& line : lines_of(agent::sinks::annotations(report, "/"))) require(line.starts_with("::"));
  const auto json = agent::sinks::to_json(report);
  const auto back = agent::sinks::parse_report(agent::sinks::render_json(report));
  require(back.has_value() && agent::sinks::to_json(*back) == json);
  return 0;
}
