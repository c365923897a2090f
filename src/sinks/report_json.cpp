#include "sinks/report_json.hpp"

#include "sinks/display.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace agent::embedded {
extern const std::string_view report_schema_json;
}

namespace agent::sinks {
namespace {

using Json = nlohmann::ordered_json;

double finite(double value) { return std::isfinite(value) ? value : 0.0; }

template <class Item, class Convert>
Json array_of(const std::vector<Item>& items, Convert convert) {
  Json array = Json::array();
  for (const Item& item : items) array.push_back(convert(item));
  return array;
}

/// Two entries of one name are one: their sum.
template <class Number>
Json object_of(const std::vector<std::pair<std::string, Number>>& entries) {
  Json object = Json::object();
  for (const auto& [key, number] : entries) {
    Json& value = object[valid_utf8(key)];
    if constexpr (std::is_floating_point_v<Number>)
      value = (value.is_null() ? 0.0 : value.template get<Number>()) + finite(number);
    else
      value = (value.is_null() ? Number{0} : value.template get<Number>()) + number;
  }
  return object;
}

Json citation_json(const Citation& citation) {
  return {{"source", valid_utf8(citation.source)},
          {"line", citation.line},
          {"timestamp", valid_utf8(citation.timestamp)},
          {"quote", valid_utf8(citation.quote)}};
}

Json remedy_json(const Remedy& remedy) {
  return {{"text", valid_utf8(remedy.text)}, {"command", valid_utf8(remedy.command)}};
}

Json finding_json(const Finding& finding) {
  return {{"rule", valid_utf8(finding.rule)},
          {"severity", name(finding.severity)},
          {"category", name(finding.category)},
          {"confidence", name(finding.confidence)},
          {"headline", valid_utf8(finding.headline)},
          {"verified", finding.verified},
          {"evidence", array_of(finding.evidence, citation_json)},
          {"remedies", array_of(finding.remedies, remedy_json)}};
}

Json excerpt_json(const Excerpt& excerpt) {
  return {{"first_line", excerpt.first_line},
          {"last_line", excerpt.last_line},
          {"folded", excerpt.folded},
          {"why", valid_utf8(excerpt.why)},
          {"text", valid_utf8(excerpt.text)}};
}

Json source_json(const SourceEvidence& source) {
  return {{"source", valid_utf8(source.source)},
          {"lines_total", source.lines_total},
          {"bytes_total", source.bytes_total},
          {"excerpts", array_of(source.excerpts, excerpt_json)}};
}

Json not_checked_json(const NotChecked& part) {
  return {{"what", valid_utf8(part.what)}, {"why", valid_utf8(part.why)}};
}

Json usage_json(const Usage& usage) {
  return {{"model", valid_utf8(usage.model)},     {"calls", usage.calls},
          {"tool_calls", usage.tool_calls},       {"input_tokens", usage.input_tokens},
          {"cached_tokens", usage.cached_tokens}, {"output_tokens", usage.output_tokens},
          {"cost_usd", finite(usage.cost_usd)}};
}

Json claim_json(const Claim& claim) {
  return {{"text", valid_utf8(claim.text)},
          {"verified", claim.verified},
          {"evidence", array_of(claim.evidence, citation_json)}};
}

Json ruled_out_json(const RuledOut& other) {
  return {{"what", valid_utf8(other.what)}, {"why", valid_utf8(other.why)}};
}

Json disagreement_json(const Disagreement& disagreement) {
  return {{"rule", valid_utf8(disagreement.rule)}, {"why", valid_utf8(disagreement.why)}};
}

Json proposal_json(const Proposal& proposal) {
  return {
      {"tool", valid_utf8(proposal.tool)}, {"title", valid_utf8(proposal.title)}, {"body", valid_utf8(proposal.body)}};
}

Json explanation_json(const Explanation& explanation) {
  return {{"chain", array_of(explanation.chain, claim_json)},
          {"ruled_out", array_of(explanation.ruled_out, ruled_out_json)},
          {"disagreements", array_of(explanation.disagreements, disagreement_json)},
          {"proposals", array_of(explanation.proposals, proposal_json)},
          {"citations", explanation.citations},
          {"verified", explanation.verified},
          {"limit_reached", valid_utf8(explanation.limit_reached)},
          {"made_at", valid_utf8(explanation.made_at)}};
}

Json seen_json(const SeenBefore& seen) {
  return {{"times", seen.times},
          {"first_at", valid_utf8(seen.first_at)},
          {"last_at", valid_utf8(seen.last_at)},
          {"issue_url", valid_utf8(seen.issue_url)}};
}

Json pipeline_json(const PipelineRun& run) {
  return {{"system", valid_utf8(run.system)}, {"url", valid_utf8(run.url)},
          {"name", valid_utf8(run.name)},     {"repository", valid_utf8(run.repository)},
          {"branch", valid_utf8(run.branch)}, {"commit", valid_utf8(run.commit)}};
}

}  // namespace

Json to_json(const Report& report) {
  return {{"schema_version", Report::schema_version},
          {"target", valid_utf8(report.target)},
          {"created_at", valid_utf8(report.created_at)},
          {"verdict", name(report.verdict)},
          {"cause", valid_utf8(report.cause)},
          {"category", name(report.category)},
          {"confidence", name(report.confidence)},
          {"exit_code", report.exit_code ? Json(*report.exit_code) : Json(nullptr)},
          {"fingerprint", valid_utf8(report.fingerprint)},
          {"pipeline", report.pipeline ? pipeline_json(*report.pipeline) : Json(nullptr)},
          {"degraded", report.degraded},
          {"degraded_because", valid_utf8(report.degraded_because)},
          {"seen", report.seen ? seen_json(*report.seen) : Json(nullptr)},
          {"findings", array_of(report.findings, finding_json)},
          {"remedies", array_of(report.remedies, remedy_json)},
          {"explanation", report.explanation ? explanation_json(*report.explanation) : Json(nullptr)},
          {"not_checked", array_of(report.not_checked, not_checked_json)},
          {"evidence", array_of(report.evidence, source_json)},
          {"redactions", object_of(report.redactions)},
          {"usage", usage_json(report.usage)},
          {"timings_ms", object_of(report.timings_ms)}};
}

std::string render_json(const Report& report) { return escape_bracket_commands(to_json(report).dump(2) + "\n"); }

std::string_view report_schema() { return embedded::report_schema_json; }

}  // namespace agent::sinks
