#include "sinks/render_sarif.hpp"

#include "base/encoding.hpp"
#include "sinks/code_place.hpp"
#include "sinks/display.hpp"
#include "sinks/facts.hpp"
#include "sinks/markdown_sections.hpp"
#include "sinks/proof.hpp"
#include "sinks/render_markdown.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace agent::sinks {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_results = 1000;
constexpr std::size_t most_related = 20;
constexpr std::size_t most_columns = 1000;
constexpr std::size_t most_path_bytes = 1000;

std::string shown(std::string_view text) { return cut(one_line(text), most_columns); }

std::string_view level(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::info: break;
  }
  return "note";
}

/// A path as a relative reference (RFC 3986, 4.2): its segments percent-encoded, none of them "..".
std::string uri_of(std::string_view path) {
  std::string uri;
  path = path.substr(0, most_path_bytes);
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (part.empty() || part == "." || part == "..") continue;
    uri += (uri.empty() ? "" : "/") + percent_encode(part);
  }
  return uri.empty() ? "log" : uri;
}

Json region_of(std::size_t line, std::size_t column, const std::string& snippet) {
  Json region{{"startLine", line}};
  if (column > 0) region["startColumn"] = column;
  if (!snippet.empty()) region["snippet"] = {{"text", snippet}};
  return region;
}

Json location_of(const CodePlace& place) {
  Json physical{{"artifactLocation", {{"uri", uri_of(place.path)}, {"uriBaseId", "%SRCROOT%"}}}};
  if (place.line > 0) physical["region"] = region_of(place.line, place.column, "");
  return {{"physicalLocation", std::move(physical)}};
}

/// The line of a log, or of what stands for one: the objects and events of a cluster have no files.
Json location_of(const Citation& citation) {
  Json physical{{"artifactLocation", {{"uri", uri_of(citation.source)}}}};
  physical["region"] = region_of(std::max<std::size_t>(citation.line, 1), 0, shown(citation.quote));
  return {{"physicalLocation", std::move(physical)},
          {"message", {{"text", place(citation.source, citation.line) + ": " + shown(citation.quote)}}}};
}

std::string remedies_text(const std::vector<Remedy>& remedies) {
  std::string out;
  for (const Remedy& remedy : remedies) {
    out += "\n" + shown(remedy.text);
    if (!remedy.command.empty()) out += " " + shown(remedy.command);
  }
  return out;
}

std::string remedies_markdown(const std::vector<Remedy>& remedies) {
  std::string out;
  for (const Remedy& remedy : remedies) {
    out += "\n\n" + markdown_prose(shown(remedy.text));
    if (!remedy.command.empty()) out += "\n\n" + markdown_fence(remedy.command, "sh", 0);
  }
  return out;
}

std::string rule_id(const Finding& finding) { return finding.rule.empty() ? "unknown" : shown(finding.rule); }

/// The same finding of the same failure, in every run.
Json fingerprints_of(const Report& report, const Finding& finding) {
  return {{"agentFailure/v1", shown(report.fingerprint)},
          {"agentFinding/v1", shown(report.fingerprint) + ":" + rule_id(finding)}};
}

Json result_of(const Report& report, const Finding& finding, std::size_t rule, const SarifOptions& options) {
  const std::string headline = shown(finding.headline.empty() ? finding.rule : finding.headline);
  const auto code = code_place(finding, options.checkout);
  Json locations = Json::array(), related = Json::array();
  if (code) locations.push_back(location_of(*code));
  for (const Citation& citation : finding.evidence) {
    if (locations.empty())
      locations.push_back(location_of(citation));
    else if (related.size() < most_related)
      related.push_back(location_of(citation));
  }
  if (locations.empty()) locations.push_back(location_of(CodePlace{report.target, 1, 0}));
  Json result{{"ruleId", rule_id(finding)},
              {"ruleIndex", rule},
              {"level", level(finding.severity)},
              {"message",
               {{"text", headline + remedies_text(finding.remedies)},
                {"markdown", markdown_prose(headline) + remedies_markdown(finding.remedies)}}},
              {"locations", std::move(locations)}};
  if (!related.empty()) result["relatedLocations"] = std::move(related);
  result["partialFingerprints"] = fingerprints_of(report, finding);
  result["properties"] = {
      {"category", name(finding.category)}, {"confidence", name(finding.confidence)}, {"verified", finding.verified}};
  return result;
}

Json rule_of(const Finding& finding) {
  return {{"id", rule_id(finding)},
          {"name", rule_id(finding)},
          {"shortDescription", {{"text", std::string(name(finding.category)) + ": " + rule_id(finding)}}},
          {"defaultConfiguration", {{"level", level(finding.severity)}}},
          {"properties", {{"tags", Json::array({name(finding.category)})}}}};
}

Json invocation_of(const Report& report) {
  Json notes = Json::array();
  for (const NotChecked& part : report.not_checked)
    notes.push_back(
        {{"level", "warning"}, {"message", {{"text", "not checked: " + shown(part.what + ": " + part.why)}}}});
  if (report.degraded)
    notes.push_back({{"level", "warning"}, {"message", {{"text", "degraded: " + shown(report.degraded_because)}}}});
  Json invocation{{"executionSuccessful", true}, {"toolExecutionNotifications", std::move(notes)}};
  if (!report.created_at.empty()) invocation["endTimeUtc"] = shown(report.created_at);
  return invocation;
}

}  // namespace

std::string render_sarif(const Report& report, const SarifOptions& options) {
  Json rules = Json::array(), results = Json::array();
  std::vector<std::string> ids;
  for (const Finding& finding : report.findings) {
    if (report.verdict == Verdict::healthy || results.size() == most_results) break;
    const auto known = std::ranges::find(ids, rule_id(finding));
    const auto index = static_cast<std::size_t>(known - ids.begin());
    if (known == ids.end()) {
      ids.push_back(rule_id(finding));
      rules.push_back(rule_of(finding));
    }
    results.push_back(result_of(report, finding, index, options));
  }
  Json driver{{"name", "agent"}, {"rules", std::move(rules)}};
  if (!options.version.empty()) driver["version"] = shown(options.version);
  Json run{{"tool", {{"driver", std::move(driver)}}},
           {"invocations", Json::array({invocation_of(report)})},
           {"columnKind", "unicodeCodePoints"},
           {"results", std::move(results)}};
  const Json sarif{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"},
                   {"runs", Json::array({std::move(run)})}};
  return escape_bracket_commands(sarif.dump(2) + "\n");
}

}  // namespace agent::sinks
