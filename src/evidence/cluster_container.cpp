#include "evidence/cluster_container.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace agent::evidence {
namespace {

constexpr std::string_view step_prefix = "step-", tekton_sidecar_prefix = "sidecar-";

bool is_tekton(const Json& pod) { return members(pod, "metadata/labels").contains("tekton.dev/taskRun"); }

Role role_of(const Json& pod, const Json& spec, bool init) {
  const std::string_view name = text(spec, "name");
  if (is_tekton(pod) && name.starts_with(step_prefix)) return Role::step;
  if (is_tekton(pod) && name.starts_with(tekton_sidecar_prefix)) return Role::sidecar;
  // https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
  if (init) return text(spec, "restartPolicy") == "Always" ? Role::sidecar : Role::init;
  return Role::main;
}

void add(const Json& pod, const std::string& specs, const std::string& statuses, std::vector<Container>& to) {
  const auto known = items(pod, statuses);
  std::size_t index = 0;
  for (const Json& spec : items(pod, specs)) {
    Container container;
    container.name = std::string(text(spec, "name"));
    container.role = role_of(pod, spec, specs == "spec/initContainers");
    container.spec = &spec;
    container.spec_path = fmt::format("{}/{}", specs, index++);
    container.status = &named(known, container.name);
    container.status_path = fmt::format("{}/{}", statuses, index_of(known, container.name));
    to.push_back(std::move(container));
  }
}

std::string_view noun(Role role) {
  switch (role) {
    case Role::init: return "init container";
    case Role::sidecar: return "sidecar";
    case Role::step: return "step";
    case Role::main: break;
  }
  return "container";
}

std::string short_name(const Container& container) {
  std::string_view name = container.name;
  if (container.role == Role::step) name.remove_prefix(step_prefix.size());
  return std::string(name);
}

bool is_target(const Cluster& cluster, const ObjectRef& object) {
  const auto& target = cluster.view().target;
  return target && target->resource == object.resource && target->name == object.name &&
         target->name_space == object.name_space;
}

}  // namespace

std::vector<Container> containers_of(const Json& pod) {
  std::vector<Container> containers;
  add(pod, "spec/initContainers", "status/initContainerStatuses", containers);
  add(pod, "spec/containers", "status/containerStatuses", containers);
  add(pod, "spec/ephemeralContainers", "status/ephemeralContainerStatuses", containers);
  return containers;
}

std::string spoken(const Cluster& cluster, const ObjectRef& pod, const Container& container) {
  const std::string name = fmt::format("{} `{}`", noun(container.role), short_name(container));
  const Json* json = cluster.find(pod);
  const auto owner = json == nullptr ? std::nullopt : Cluster::owner(pod, *json);
  const bool of_task = owner && owner->resource == "taskruns.tekton.dev";
  if (is_target(cluster, pod) || (of_task && is_target(cluster, *owner))) return name;
  return fmt::format("{} of {}", name, spoken(of_task ? *owner : pod));
}

std::string spoken_pod(const Cluster& cluster, const ObjectRef& pod) {
  return is_target(cluster, pod) ? "the pod" : spoken(pod);
}

std::string logs_command(const ObjectRef& pod, const Container& container, bool previous) {
  return fmt::format("kubectl logs {} -n {} -c {}{}", pod.name, pod.name_space, container.name,
                     previous ? " --previous" : "");
}

std::string describe_command(const ObjectRef& object) {
  const std::string what = fmt::format("kubectl describe {} {}", lower(kind_of(object.resource)), object.name);
  return object.name_space.empty() ? what : fmt::format("{} -n {}", what, object.name_space);
}

std::string workload_of(const Cluster& cluster, const ObjectRef& pod) {
  ObjectRef self = pod;
  for (int depth = 0; depth < 4; ++depth) {
    const Json* json = cluster.find(self);
    const auto above = json == nullptr ? std::nullopt : Cluster::owner(self, *json);
    if (!above || above->resource == "nodes") break;
    self = *above;
  }
  return fmt::format("{}/{}", lower(kind_of(self.resource)), self.name);
}

}  // namespace agent::evidence
