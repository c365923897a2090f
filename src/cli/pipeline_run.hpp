#pragma once

#include "base/report.hpp"
#include "cli/output.hpp"

#include <optional>

namespace agent::cli {

/// The run of the CI system that `environment` tells of: GitHub, Gitea and Forgejo Actions, GitLab CI, Jenkins, Azure
/// Pipelines, Buildkite, CircleCI; none outside of them. Each part is one line of at most 255 bytes; an address that is
/// not http(s), holds credentials or has more than 2,048 bytes is left out, and so is a commit that is no hash.
/// Tekton's steps are told nothing of their run.
[[nodiscard]] std::optional<PipelineRun> pipeline_run(const Environment& environment);

}  // namespace agent::cli
