#include "flows/gather_family.hpp"

#include "evidence/cluster_json.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace agent::flows {
namespace {

using evidence::Cluster;
using evidence::items;
using evidence::Json;
using evidence::ObjectRef;
using evidence::text;

struct Workload {
  std::string_view resource;
  std::array<std::string_view, 2> below;  // empty ones do not count
};

constexpr std::array<Workload, 10> workloads{{{"pods", {}},
                                              {"deployments.apps", {"replicasets.apps", "pods"}},
                                              {"replicasets.apps", {"pods"}},
                                              {"statefulsets.apps", {"pods"}},
                                              {"daemonsets.apps", {"pods"}},
                                              {"replicationcontrollers", {"pods"}},
                                              {"jobs.batch", {"pods"}},
                                              {"cronjobs.batch", {"jobs.batch", "pods"}},
                                              {"taskruns.tekton.dev", {"pods"}},
                                              {"pipelineruns.tekton.dev", {"taskruns.tekton.dev", "pods"}}}};

constexpr std::array<std::string_view, 4> owned_kinds{"pods", "replicasets.apps", "jobs.batch", "taskruns.tekton.dev"};

const Workload* workload(std::string_view resource) {
  const auto* const found = std::ranges::find(workloads, resource, &Workload::resource);
  return found == workloads.end() ? nullptr : found;
}

std::multimap<ObjectRef, ObjectRef> children_of_all(const ClusterReader& reader) {
  std::multimap<ObjectRef, ObjectRef> children;
  for (const std::string_view resource : owned_kinds)
    for (const Json* object : reader.all(resource)) {
      const ObjectRef self = Cluster::ref(resource, *object);
      if (const auto owner = Cluster::owner(self, *object)) children.emplace(*owner, self);
    }
  return children;
}

const Json& about(const Json& event) {
  const Json& involved = evidence::at(event, "involvedObject");
  return involved.is_object() ? involved : evidence::at(event, "regarding");
}

ObjectRef subject_of(const Json& event) {
  const Json& object = about(event);
  return {std::string(evidence::resource_of(text(object, "kind"))), std::string(text(object, "namespace")),
          std::string(text(object, "name"))};
}

bool made(const Json& task_run, std::string_view pod) {
  return text(task_run, "status/podName") == pod ||
         std::ranges::any_of(items(task_run, "status/retriesStatus"),
                             [&](const Json& attempt) { return text(attempt, "podName") == pod; });
}

void add_needs_of_conditions(const Json& object, Needs& needs) {
  for (const Json& condition : items(object, "status/conditions"))
    add_needs_of_message(text(condition, "message"), std::string(text(object, "metadata/namespace")), needs);
}

}  // namespace

bool is_workload(const kube::Kind& kind) { return workload(resource_key(kind)) != nullptr; }

std::vector<std::string_view> kinds_below(std::string_view resource) {
  std::vector<std::string_view> kinds;
  if (const Workload* row = workload(resource))
    std::ranges::copy_if(row->below, std::back_inserter(kinds), [](std::string_view one) { return !one.empty(); });
  return kinds;
}

Family Family::of(const ClusterReader& reader, const ObjectRef& top) {
  const auto children = children_of_all(reader);
  Family family{top, {top}};
  std::set<ObjectRef> seen{top};
  for (std::size_t at = 0; at < family.members.size(); ++at) {
    const auto [begin, end] = children.equal_range(family.members[at]);
    std::vector<ObjectRef> below;
    for (auto child = begin; child != end; ++child)
      if (seen.insert(child->second).second) below.push_back(child->second);
    std::ranges::move(below, std::back_inserter(family.members));
  }
  return family;
}

std::vector<const Json*> Family::pods(const ClusterReader& reader) const {
  std::vector<const Json*> found;
  for (const ObjectRef& member : members)
    if (member.resource == "pods")
      if (const Json* pod = reader.find(member.resource, member.name_space, member.name)) found.push_back(pod);
  return found;
}

Needs needs_of(const ClusterReader& reader, const Family& family, const std::vector<const Json*>& failing) {
  Needs needs;
  for (const Json* pod : failing) add_needs_of_pod(*pod, needs);
  for (const ObjectRef& member : family.members)
    if (const Json* object = reader.find(member.resource, member.name_space, member.name)) {
      if (member.resource == "statefulsets.apps") add_needs_of_stateful_set(*object, needs);
      add_needs_of_conditions(*object, needs);
    }
  const std::set<ObjectRef> members(family.members.begin(), family.members.end());
  for (const Json* event : reader.all("events"))
    if (members.contains(subject_of(*event)))
      add_needs_of_message(text(*event, "message"), std::string(text(*event, "metadata/namespace")), needs);
  return needs;
}

ObjectRef maker_of(const ClusterReader& reader, const std::string& name_space, std::string_view pod) {
  for (const Json* run : reader.all("taskruns.tekton.dev"))
    if (text(*run, "metadata/namespace") == name_space && made(*run, pod))
      return Cluster::ref("taskruns.tekton.dev", *run);
  const std::string created = "Created pod: " + std::string(pod);
  for (const Json* event : reader.all("events"))
    if (const ObjectRef maker = subject_of(*event); text(*event, "message") == created &&
                                                    maker.name_space == name_space &&
                                                    kube::find_kind(maker.resource) != nullptr)
      return maker;
  return {};
}

}  // namespace agent::flows
