#include "flows/cluster_proof.hpp"

#include "evidence/cluster_index.hpp"
#include "evidence/cluster_json.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace agent::flows {
namespace {

using evidence::at;
using evidence::Json;
using evidence::quoted;
using evidence::text;

/// What stands before the next '/', which is taken off.
std::string_view next_part(std::string_view& rest) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view part = rest.substr(0, slash);
  rest.remove_prefix(std::min(slash + 1, rest.size()));
  return part;
}

/// "Pod.v1/ci/web#/status/phase"
bool stands_in_object(std::string_view place, const std::string& quote, const evidence::ClusterView& view) {
  const std::string_view type = next_part(place), name_space = next_part(place);
  const std::size_t hash = place.find("#/");
  if (hash == std::string_view::npos) return false;
  const std::string_view name = place.substr(0, hash), pointer = place.substr(hash + 2);
  const auto objects = view.objects.find(std::string(evidence::resource_of(type.substr(0, type.find('.')))));
  return objects != view.objects.end() && std::ranges::any_of(objects->second, [&](const Json& object) {
           return text(object, "metadata/name") == name && text(object, "metadata/namespace") == name_space &&
                  quoted(at(object, pointer)) == quote;
         });
}

bool is_event_about(const Json& event, std::string_view name_space, std::string_view kind, std::string_view name) {
  const Json& about = at(event, "involvedObject").is_object() ? at(event, "involvedObject") : at(event, "regarding");
  return text(about, "name") == name && text(about, "kind") == kind && text(about, "namespace") == name_space;
}

/// "ci/Pod/web"
bool stands_in_event(std::string_view place, const std::string& quote, const evidence::ClusterView& view) {
  const std::string_view name_space = next_part(place), kind = next_part(place);
  static constexpr std::array<const char*, 2> resources{"events", "events.events.k8s.io"};
  return std::ranges::any_of(resources, [&](const char* resource) {
    const auto events = view.objects.find(resource);
    return events != view.objects.end() && std::ranges::any_of(events->second, [&](const Json& event) {
             return is_event_about(event, name_space, kind, place) &&
                    (quoted(at(event, "message")) == quote || quoted(at(event, "note")) == quote);
           });
  });
}

}  // namespace

bool is_proven(const Citation& citation, const evidence::ClusterView& view, const std::vector<KeptLog>& logs) {
  std::string_view place = citation.source;
  const std::string_view kind = next_part(place);
  if (kind == "object") return stands_in_object(place, citation.quote, view);
  if (kind == "events") return stands_in_event(place, citation.quote, view);
  const auto log = std::ranges::find(logs, citation.source, &KeptLog::source);
  return log != logs.end() && stands_in(log->cited, citation);
}

}  // namespace agent::flows
