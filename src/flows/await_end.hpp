#pragma once

#include "base/error.hpp"
#include "flows/find_target.hpp"
#include "kube/source.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <stop_token>

namespace agent::flows {

/// True when the object will not change its verdict any more: a pod that succeeded or failed, a Job that is complete or
/// failed, a TaskRun or PipelineRun that succeeded or not, a Deployment that is available as asked or missed its
/// progress deadline. Objects of other kinds have no end: always true.
[[nodiscard]] bool has_ended(const kube::Kind& kind, const nlohmann::json& object);

/// How often is asked.
struct AwaitPace {
  std::chrono::milliseconds first{500};
  std::chrono::milliseconds longest{10'000};  ///< Each wait is half as long again as the one before.
};

/// Returns when the target has ended, or was deleted while it was waited for. Errors: the source's at the first time
/// (`target_not_found`, …) and when it fails five times in a row; `interrupted` when stopped.
[[nodiscard]] Result<void> await_end(kube::Source& source, const PlacedTarget& target, const AwaitPace& pace,
                                     const std::stop_token& stop);

}  // namespace agent::flows
