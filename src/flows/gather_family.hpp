#pragma once

#include "evidence/cluster_index.hpp"
#include "flows/cluster_needs.hpp"
#include "flows/cluster_reader.hpp"
#include "kube/source.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::flows {

/// True for pods and what makes pods: kinds of which one object can be looked at without the whole namespace.
[[nodiscard]] bool is_workload(const kube::Kind& kind);

/// Kinds in which a workload's objects stand: pods and ReplicaSets below a Deployment.
[[nodiscard]] std::vector<std::string_view> kinds_below(std::string_view resource);

/// A workload and all that it owns, of what was read.
struct Family {
  evidence::ObjectRef top;
  std::vector<evidence::ObjectRef> members;  ///< The top first.

  [[nodiscard]] static Family of(const ClusterReader& reader, const evidence::ObjectRef& top);

  /// Its pods that were read.
  [[nodiscard]] std::vector<const nlohmann::json*> pods(const ClusterReader& reader) const;
};

/// What may explain the state of the family: of its pods in `failing`, of its events and conditions.
[[nodiscard]] Needs needs_of(const ClusterReader& reader, const Family& family,
                             const std::vector<const nlohmann::json*>& failing);

/// What made a pod that is gone, as events and TaskRuns tell; an empty name when nothing does.
[[nodiscard]] evidence::ObjectRef maker_of(const ClusterReader& reader, const std::string& name_space,
                                           std::string_view pod);

}  // namespace agent::flows
