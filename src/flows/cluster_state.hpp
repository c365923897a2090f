#pragma once

#include "base/report.hpp"
#include "evidence/cluster_rules.hpp"

#include <string>

namespace agent::flows {

/// What is known where no rule found anything.
struct ClusterState {
  Verdict verdict = Verdict::unknown;
  std::string words;  ///< For a healthy one, what follows "nothing is failing: "; may be empty.
};

/// How the target, or all pods of the view, stand by their own word: phase, readiness, conditions.
[[nodiscard]] ClusterState state_of(const evidence::ClusterView& view);

}  // namespace agent::flows
