#include "sinks/render_sarif.hpp"

#include "base/encoding.hpp"
#include "sinks/code_place.hpp"
#include "sinks/display.hpp"
#include "sinks/explained.hpp"
#include "sinks/facts.hpp"
#include "sinks/proof.hpp"
#include "sinks/render_markdown.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace agent::sinks {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_results = 1000;
constexpr std::size_t most_bytes = 4'000'000;  // GitHub takes 10 MB, compressed
constexpr std::size_t most_related = 10;
constexpr std::size_t most_remedies = 10;
constexpr std::size_t most_columns = 1000;
constexpr std::size_t most_path_bytes = 1000;
constexpr std::size_t most_command_bytes = 4000;

/// Looks at no more of `text` than may be shown.
std::string shown(std::string_view text) { return cut(one_line(text.substr(0, 4 * most_columns)), most_columns); }

/// For a message, in which "[words](address)" would be a link (SARIF 2.1.0, 3.11.6).
std::string message_text(std::string_view text) {
  std::string out = shown(text);
  for (std::size_t at = 0; (at = out.find("](", at)) != std::string::npos; ++at) out.insert(at + 1, "\u200B");
  return out;
}

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
  physical["region"] = region_of(std::max<std::size_t>(place.line, 1), place.column, "");
  return {{"physicalLocation", std::move(physical)}};
}

/// The line of a log, or of what stands for one: the objects and events of a cluster have no files.
Json location_of(const Citation& citation) {
  std::string_view path = citation.source;
  if (path.starts_with("log/")) path.remove_prefix(4);
  Json physical{{"artifactLocation", {{"uri", uri_of(path == "-" ? "standard-input" : path)}}}};
  physical["region"] = region_of(std::max<std::size_t>(citation.line, 1), 0, shown(citation.quote));
  return {{"physicalLocation", std::move(physical)},
          {"message",
           {{"text", message_text(place(shown(citation.source), citation.line) + ": " + shown(citation.quote))}}}};
}

std::span<const Remedy> some_remedies(const Finding& finding) {
  return std::span(finding.remedies).first(std::min(finding.remedies.size(), most_remedies));
}

std::string rule_id(const Finding& finding) {
  std::string id = shown(finding.rule);
  return id.empty() ? "unknown" : id;
}

/// `headline`, or the rule where that shows nothing, with what to do.
Json message_of(std::string headline, const Finding& finding) {
  if (shown(headline).empty()) headline = rule_id(finding);
  std::string text = message_text(headline), markdown = markdown_prose(shown(headline));
  for (const Remedy& remedy : some_remedies(finding)) {
    text += "\n" + message_text(remedy.text + (remedy.command.empty() ? "" : " " + remedy.command));
    markdown += "\n\n" + markdown_prose(shown(remedy.text));
    const std::string_view command = std::string_view(remedy.command).substr(0, most_command_bytes);
    if (!command.empty()) markdown += "\n\n" + markdown_fence(command, "sh", 0);
  }
  return {{"text", std::move(text)}, {"markdown", std::move(markdown)}};
}

/// The same finding of the same failure, in every run.
Json fingerprints_of(const Report& report, const Finding& finding, const std::optional<CodePlace>& code) {
  const std::string failure = shown(report.fingerprint);
  return {{"agentFailure/v1", failure},
          {"agentFinding/v1", failure + ":" + rule_id(finding) + (code ? ":" + code->path : "")}};
}

Json result_of(const Report& report, const Finding& finding, std::size_t rule, const SarifOptions& options) {
  const auto code = code_place(finding, options.checkout);
  Json locations = Json::array(), related = Json::array();
  if (code) locations.push_back(location_of(*code));
  for (const Citation& citation : finding.evidence) {
    if (locations.empty())
      locations.push_back(location_of(citation));
    else if (related.size() < most_related)
      related.push_back(location_of(citation));
  }
  if (locations.empty()) locations.push_back(location_of(Citation{.source = report.target}));
  Json result{{"ruleId", rule_id(finding)},
              {"ruleIndex", rule},
              {"level", level(finding.severity)},
              {"message", message_of(finding.headline, finding)},
              {"locations", std::move(locations)}};
  if (!related.empty()) result["relatedLocations"] = std::move(related);
  result["partialFingerprints"] = fingerprints_of(report, finding, code);
  result["properties"] = {
      {"category", name(finding.category)}, {"confidence", name(finding.confidence)}, {"verified", finding.verified}};
  return result;
}

Json rule_of(const Finding& finding) {
  const std::string what = rule_id(finding) + ": " + std::string(name(finding.category));
  return {{"id", rule_id(finding)},
          {"shortDescription", {{"text", message_text(what)}}},
          {"fullDescription", {{"text", message_text(what)}}},
          {"help", message_of(what, finding)},
          {"defaultConfiguration", {{"level", level(finding.severity)}}},
          {"properties", {{"tags", Json::array({name(finding.category)})}}}};
}

/// What stands for a cause that is not known: a run without results would read as "nothing is wrong".
Finding unknown_cause(const Report& report) {
  Finding finding{.rule = "unknown", .severity = Severity::warning, .headline = summary(report)};
  for (const ProofBlock& block : likeliest_excerpt(report.evidence, 1).blocks)
    for (const ProofLine& line : block.lines) finding.evidence.push_back({block.source, line.number, "", line.text});
  finding.remedies = report.remedies;
  return finding;
}

/// The results, and the rules that they are of.
struct Results {
  Json rules = Json::array(), results = Json::array();
  std::vector<std::string> ids;
  std::size_t bytes = 0;

  void add(const Report& report, const Finding& finding, const SarifOptions& options) {
    if (results.size() == most_results || bytes > most_bytes) return;
    const auto known = std::ranges::find(ids, rule_id(finding));
    const auto index = static_cast<std::size_t>(known - ids.begin());
    if (known == ids.end()) {
      ids.push_back(rule_id(finding));
      rules.push_back(rule_of(finding));
      bytes += rules.back().dump().size();
    }
    results.push_back(result_of(report, finding, index, options));
    bytes += results.back().dump().size();
  }
};

Results results_of(const Report& report, const SarifOptions& options) {
  Results all;
  if (report.verdict == Verdict::healthy) return all;
  for (const Finding& finding : report.findings) all.add(report, finding, options);
  if (report.findings.empty()) all.add(report, unknown_cause(report), options);
  return all;
}

Json notification(std::string_view text) { return {{"level", "warning"}, {"message", {{"text", message_text(text)}}}}; }

bool is_utc(std::string_view moment) {
  return moment.size() >= 20 && moment.size() <= 30 && moment.ends_with('Z') && moment[10] == 'T' &&
         moment.find_first_not_of("0123456789-:.TZ") == std::string_view::npos && day_of(moment, moment) != moment;
}

Json invocation_of(const Report& report) {
  Json notes = Json::array();
  for (const NotChecked& part : report.not_checked)
    notes.push_back(notification("not checked: " + part.what + ": " + part.why));
  if (report.degraded) notes.push_back(notification(degraded(report)));
  Json invocation{{"executionSuccessful", true}, {"toolExecutionNotifications", std::move(notes)}};
  if (is_utc(report.created_at)) invocation["endTimeUtc"] = report.created_at;
  return invocation;
}

/// Where the sources came from. The repository's address is the beginning of the run's.
Json provenance_of(const PipelineRun& run) {
  const std::size_t at = run.repository.empty() ? std::string::npos : run.url.find("/" + run.repository + "/");
  if (at == std::string::npos || markdown_link("run", run.url) == "run") return Json::array();  // no plain address
  Json one{{"repositoryUri", run.url.substr(0, at + 1 + run.repository.size())},
           {"mappedTo", {{"uriBaseId", "%SRCROOT%"}}}};
  if (!run.commit.empty()) one["revisionId"] = shown(run.commit);
  if (!run.branch.empty()) one["branch"] = shown(run.branch);
  return Json::array({std::move(one)});
}

Json driver_of(const SarifOptions& options, Json rules) {
  Json driver{{"name", "agent"}, {"rules", std::move(rules)}};
  if (!options.version.empty()) driver["version"] = shown(options.version);
  return driver;
}

}  // namespace

std::string render_sarif(const Report& report, const SarifOptions& options) {
  Results all = results_of(report, options);
  Json run{{"tool", {{"driver", driver_of(options, std::move(all.rules))}}},
           {"invocations", Json::array({invocation_of(report)})},
           {"automationDetails", {{"id", "agent/" + percent_encode(shown(report.fingerprint))}}},
           {"originalUriBaseIds", {{"%SRCROOT%", {{"description", {{"text", "The repository's files"}}}}}}},
           {"columnKind", "unicodeCodePoints"},
           {"results", std::move(all.results)}};
  Json provenance = provenance_of(report.pipeline.value_or(PipelineRun{}));
  if (!provenance.empty()) run["versionControlProvenance"] = std::move(provenance);
  const Json sarif{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"},
                   {"runs", Json::array({std::move(run)})}};
  return escape_bracket_commands(sarif.dump(1) + "\n");
}

}  // namespace agent::sinks
