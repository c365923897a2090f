#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "flows/analyze.hpp"
#include "flows/gather.hpp"

#include <stop_token>
#include <string>

namespace agent::flows {

/// "pod ci/web", "node n1", "namespace ci", "all namespaces": what the report is about.
[[nodiscard]] std::string spoken(const ClusterQuestion& question);

/// Gathers, judges by the cluster and the log rules, and gives the report: redacted, with each citation checked against
/// what was read. Stopped midway, it tells what is known by then. A target that is gone is explained from what is left
/// of it: events, owner, TaskRun. Errors: those of gather(); `target_not_found`, with the nearest name, when nothing is
/// left; why the target could not be read, when nothing else tells of it.
[[nodiscard]] Result<Report> analyze_cluster(const ClusterQuestion& question, const GatherParts& parts,
                                             std::stop_token stop);

/// The extracts of the report's logs: raw lines and markers that start with '…', within the evidence budget.
[[nodiscard]] Extracted extract(const Report& report, LineNumbers numbers);

}  // namespace agent::flows
