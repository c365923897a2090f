#include "flows/find_target.hpp"

#include "base/text.hpp"
#include "evidence/cluster_json.hpp"

#include <fmt/format.h>
#include <set>
#include <tuple>
#include <vector>

namespace agent::flows {
namespace {

using evidence::Json;
using evidence::text;

auto age_order(const Json& pod) {
  // RFC 3339 in UTC sorts as text; names decide between pods of the same second.
  return std::tuple(text(pod, "status/startTime"), text(pod, "metadata/creationTimestamp"), text(pod, "metadata/name"));
}

}  // namespace

Result<PlacedTarget> latest_failed(kube::Source& source, const std::string& name_space, const std::string& selector,
                                   const std::stop_token& stop) {
  const kube::KindInfo* pods = kube::find_kind("pods");
  const std::vector<Json> failed = TRY(source.list(pods->kind, {name_space, selector, "status.phase=Failed"}, stop));
  const Json* newest = nullptr;
  for (const Json& pod : failed)
    if (newest == nullptr || age_order(*newest) < age_order(pod)) newest = &pod;
  if (newest == nullptr)
    return fail(ErrorKind::target_not_found,
                fmt::format("no pod{}{} has failed", selector.empty() ? "" : fmt::format(" with '{}'", selector),
                            name_space.empty() ? "" : fmt::format(" in namespace '{}'", name_space)),
                source.describe(), "leave --latest-failed out to look at all that is not well");
  return PlacedTarget{std::string(text(*newest, "metadata/namespace")),
                      {pods, std::string(text(*newest, "metadata/name"))}};
}

Result<PlacedTarget> place(kube::Source& source, const kube::Target& target, const std::stop_token& stop) {
  if (target.kind->scope == kube::Scope::cluster) return PlacedTarget{"", target};
  const std::vector<Json> all = TRY(source.list(target.kind->kind, {}, stop));
  std::set<std::string> places, names;
  for (const Json& object : all) {
    names.emplace(text(object, "metadata/name"));
    if (text(object, "metadata/name") == target.name) places.emplace(text(object, "metadata/namespace"));
  }
  if (places.size() == 1) return PlacedTarget{*places.begin(), target};
  if (places.size() > 1)
    return fail(ErrorKind::usage,
                fmt::format("several namespaces have a {} '{}'", target.kind->singular(), target.name),
                source.describe(), fmt::format("choose one by -n: {}", fmt::join(places, ", ")));
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view near = nearest(target.name, known);
  return fail(ErrorKind::target_not_found, fmt::format("there is no {} '{}'", target.kind->singular(), target.name),
              source.describe(), near.empty() ? "" : fmt::format("did you mean '{}'?", clean_line(near)));
}

}  // namespace agent::flows
