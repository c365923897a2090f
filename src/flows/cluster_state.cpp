#include "flows/cluster_state.hpp"

#include "evidence/cluster_index.hpp"
#include "evidence/cluster_json.hpp"
#include "flows/cluster_needs.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace agent::flows {
namespace {

using evidence::ClusterView;
using evidence::flag;
using evidence::items;
using evidence::Json;
using evidence::text;

ClusterState state_of_pod(const Json& pod) {
  const std::string_view phase = text(pod, "status/phase");
  if (phase == "Succeeded") return {Verdict::healthy, "it succeeded"};
  if (phase == "Failed") return {Verdict::failing, "the pod failed, and nothing says why"};
  const auto statuses = items(pod, "status/containerStatuses");
  const auto ready = std::ranges::count_if(statuses, [](const Json& one) { return flag(one, "ready"); });
  if (phase == "Running" && !is_failing(pod))
    return {Verdict::healthy, fmt::format("it is running, {} of {} containers are ready", ready, statuses.size())};
  if (phase == "Running")
    return {Verdict::unknown,
            fmt::format("it is running, {} of {} containers are ready, and nothing says why", ready, statuses.size())};
  return {Verdict::unknown, fmt::format("its phase is {}, and nothing says why", phase.empty() ? "not known" : phase)};
}

/// Jobs are Complete or Failed, Tekton's runs have Succeeded with either status, workloads are Available.
ClusterState state_of_conditions(const Json& object) {
  for (const Json& condition : items(object, "status/conditions")) {
    const std::string_view type = text(condition, "type"), status = text(condition, "status");
    if (type == "Failed" && status == "True") return {Verdict::failing, "it failed, and nothing says why"};
    if (type == "Succeeded" && status == "False") return {Verdict::failing, "it failed, and nothing says why"};
    if ((type == "Complete" || type == "Succeeded") && status == "True") return {Verdict::healthy, "it succeeded"};
    if (type == "Succeeded") return {Verdict::healthy, "it is still running"};
    if (type == "Available" && status == "True") return {Verdict::healthy, "it is available"};
  }
  return {Verdict::healthy, ""};
}

const Json* find(const ClusterView& view, const evidence::ClusterTarget& target) {
  const auto objects = view.objects.find(target.resource);
  if (objects == view.objects.end()) return nullptr;
  const auto found = std::ranges::find_if(objects->second, [&](const Json& object) {
    return text(object, "metadata/name") == target.name && text(object, "metadata/namespace") == target.name_space;
  });
  return found == objects->second.end() ? nullptr : &*found;
}

}  // namespace

ClusterState state_of(const ClusterView& view) {
  if (view.target) {
    const Json* object = find(view, *view.target);
    if (object == nullptr) return {Verdict::unknown, "it is gone, and nothing tells of it"};
    return view.target->resource == "pods" ? state_of_pod(*object) : state_of_conditions(*object);
  }
  const auto pods = view.objects.find("pods");
  if (pods == view.objects.end())
    return {Verdict::unknown, "the pods could not be read, and the rest shows no failure"};
  const auto failing = static_cast<std::size_t>(std::ranges::count_if(pods->second, is_failing));
  if (failing > 0)
    return {Verdict::unknown,
            fmt::format("{} of {} pods are not ready, and nothing says why", failing, pods->second.size())};
  return {Verdict::healthy,
          fmt::format("{} pod{} looked at", pods->second.size(), pods->second.size() == 1 ? "" : "s")};
}

}  // namespace agent::flows
