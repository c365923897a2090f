#pragma once

#include "sinks/forge.hpp"
#include "sinks/sink.hpp"

#include <cstdint>
#include <memory>

namespace agent::sinks {

/// One comment a job of a pull request, which tells of the job's newest run: each report replaces it, and settle() says
/// that the job passes now. Jobs are told apart by PipelineRun::name. "Pull request updated: URL".
[[nodiscard]] std::unique_ptr<Sink> pull_request_comment(std::unique_ptr<Forge> forge, std::uint64_t number);

}  // namespace agent::sinks
