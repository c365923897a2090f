#include "evidence/cluster_clue.hpp"

#include "base/clock.hpp"
#include "evidence/rule_template.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace agent::evidence {
namespace {

constexpr std::size_t message_limit = 240;  // code points

/// "Pod.v1", "Deployment.v1.apps": kubectl's fully qualified form, with the kind in place of the resource.
std::string gvk(std::string_view resource, const Json& json) {
  const std::size_t dot = resource.find('.');
  const std::string_view group = dot == std::string_view::npos ? std::string_view() : resource.substr(dot);
  std::string_view version = text(json, "apiVersion");
  version.remove_prefix(version.find('/') + 1);  // npos + 1 is 0
  if (version.empty()) version = group == ".autoscaling" ? "v2" : "v1";
  return fmt::format("{}.{}{}", kind_of(resource), version, group);
}

}  // namespace

Clue make_clue(std::string rule, Severity severity, Category category, ObjectRef subject, std::string headline) {
  Clue clue;
  clue.finding.rule = std::move(rule);
  clue.finding.severity = severity;
  clue.finding.category = category;
  clue.finding.confidence = Confidence::high;
  clue.finding.headline = std::move(headline);
  clue.subject = std::move(subject);
  return clue;
}

void cite(Clue& clue, const ObjectRef& object, const Json& json, std::string_view pointer) {
  const Json& value = at(json, pointer);
  if (value.is_null()) return;
  clue.finding.evidence.push_back(
      {fmt::format("object/{}/{}/{}#/{}", gvk(object.resource, json), object.name_space, object.name, pointer), 0, "",
       quoted(value)});
}

void cite(Clue& clue, const Event& event) {
  const std::string at = event.last ? rfc3339(*event.last) : "";
  clue.finding.evidence.push_back({fmt::format("events/{}/{}/{}", event.name_space, event.kind, event.name), 0, at,
                                   quoted(Json(std::string(event.message)))});
}

void remedy(Clue& clue, std::string text, std::string command) {
  clue.finding.remedies.push_back({std::move(text), std::move(command)});
}

std::string said(std::string_view message) {
  std::string line(message);
  std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  while (!line.empty() && (line.back() == '.' || line.back() == ':' || line.back() == ' ')) line.pop_back();
  return shortened(line, message_limit);
}

}  // namespace agent::evidence
