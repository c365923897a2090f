#pragma once

#include "evidence/cluster_clue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

enum class Role { main, init, sidecar, step };  ///< step: of a TaskRun's pod. sidecar: of either system.

/// One container of a pod: what was asked for and what became of it.
struct Container {
  std::string name;
  Role role = Role::main;
  const Json* spec = nullptr;    ///< Never null.
  const Json* status = nullptr;  ///< Never null; a JSON null before the kubelet has seen the pod.
  std::string spec_path;         ///< "spec/containers/0": for citations.
  std::string status_path;       ///< "status/containerStatuses/0".
};

/// All containers of a pod, init containers first.
[[nodiscard]] std::vector<Container> containers_of(const Json& pod);

/// "container `app`", "step `test` of TaskRun `build`", "init container `migrate` of pod `web-0`": with its owner
/// unless the target of the question says it.
[[nodiscard]] std::string spoken(const Cluster& cluster, const ObjectRef& pod, const Container& container);

/// "pod `web-0`", or "the pod" when the question is about it.
[[nodiscard]] std::string spoken_pod(const Cluster& cluster, const ObjectRef& pod);

/// Commands that show more: "kubectl logs POD -n NS -c CONTAINER --previous".
[[nodiscard]] std::string logs_command(const ObjectRef& pod, const Container& container, bool previous);
[[nodiscard]] std::string describe_command(const ObjectRef& object);

/// What "kubectl set resources" and the like can change: the workload above the pod, as "deployment/web"; the pod
/// itself when nothing owns it.
[[nodiscard]] std::string workload_of(const Cluster& cluster, const ObjectRef& pod);

}  // namespace agent::evidence
