#pragma once

#include "base/report.hpp"
#include "evidence/cluster_rules.hpp"
#include "flows/container_logs.hpp"

#include <vector>

namespace agent::flows {

/// True when the quote stands where the citation points: in a field of an object, in an event about an object, or in a
/// line of a log that was read. The object as it was read, before redaction.
[[nodiscard]] bool is_proven(const Citation& citation, const evidence::ClusterView& view,
                             const std::vector<KeptLog>& logs);

}  // namespace agent::flows
