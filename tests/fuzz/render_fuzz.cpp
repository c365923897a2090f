#include "sinks/code_place.hpp"
#include "sinks/display.hpp"
#include "sinks/github_actions.hpp"
#include "sinks/issue_text.hpp"
#include "sinks/markdown_sections.hpp"
#include "sinks/render_junit.hpp"
#include "sinks/render_markdown.hpp"
#include "sinks/render_sarif.hpp"
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
  report.pipeline = agent::PipelineRun{shorter, shorter, shorter, shorter, shorter, shorter};
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

/// A marker is read as it is written, and holds no more than its form.
void require_marker(const std::string& text) {
  const auto marker = agent::sinks::read_marker(text);
  if (!marker) return;
  const auto again = agent::sinks::read_marker(agent::sinks::to_line(*marker));
  require(again.has_value() && agent::sinks::to_line(*again) == agent::sinks::to_line(*marker));
  require(again->parcels.size() <= 30 && again->runs.size() <= 5);
}

void require_issue(const Report& report) {
  using agent::sinks::count_code_points;
  const agent::sinks::Parcel parcel{.report = report, .id = report.cause, .issue_url = report.cause};
  for (const std::size_t most : {700UL, 65'536UL}) {
    const agent::sinks::ForgeLimits limits{.body_code_points = most};
    const agent::sinks::IssueStyle style{.title_template = report.cause, .limits = limits, .version = report.cause};
    const std::string body = agent::sinks::issue_body(parcel, style);
    for (const std::string& shown :
         {body, agent::sinks::pull_request_text(parcel, limits),
          agent::sinks::repeats_comment({.fingerprint = report.cause}, parcel, body, limits)}) {
      require_safe(shown);
      require(count_code_points(shown) <= most);
    }
    const std::string title = agent::sinks::issue_title(report, style);
    require(!title.empty() && agent::sinks::one_line(title) == title && count_code_points(title) <= 255);
  }
}

/// A place in the code never leaves the checkout.
void require_place(const Report& report) {
  const auto place = agent::sinks::code_place(report.findings.front(), "/w");
  if (!place) return;
  require(!place->path.empty() && place->path.front() != '/' && agent::sinks::one_line(place->path) == place->path);
  require(!("/" + place->path + "/").contains("/../"));
}

void require_formats(const Report& report) {
  const std::string sarif = agent::sinks::render_sarif(report, {.version = report.cause, .checkout = "/w"});
  require(nlohmann::json::accept(sarif));
  const std::string junit = agent::sinks::render_junit(report);
  require_safe(junit);
  require(std::count(junit.begin(), junit.end(), '<') == std::count(junit.begin(), junit.end(), '>'));
}

}  // namespace

/// No text of a report gets a control character through, none breaks a line's width, and data is read back as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Report report = report_of({reinterpret_cast<const char*>(data), size});
  require_safe(agent::sinks::render_text(report, {.width = 40, .verbose = true, .defuse_commands = true}));
  require_safe(agent::sinks::render_markdown(report));
  const Report beginning = report_of(report.cause.substr(0, 1024));  // time is for more inputs
  require_issue(beginning);
  require_formats(beginning);
  require_place(beginning);
  require_marker(report.cause);
  static_cast<void>(agent::sinks::render_yaml(report));
  static_cast<void>(
      agent::sinks::slack_message({report, "00112233445566aa", report.cause}).dump());  // throws: no UTF-8
  for (const std::string& line : lines_of(agent::sinks::annotations(report, "/"))) require(line.starts_with("::"));
  const auto json = agent::sinks::to_json(report);
  const auto back = agent::sinks::parse_report(agent::sinks::render_json(report));
  require(back.has_value() && agent::sinks::to_json(*back) == json);
  return 0;
}
