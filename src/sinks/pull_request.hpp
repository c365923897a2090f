#pragma once

#include "sinks/forge.hpp"
#include "sinks/sink.hpp"

#include <cstdint>
#include <memory>

namespace agent::sinks {

/// One comment of a pull request that tells of its newest run; each report replaces it. "Pull request updated: URL".
[[nodiscard]] std::unique_ptr<Sink> pull_request_comment(std::unique_ptr<Forge> forge, std::uint64_t number);

}  // namespace agent::sinks
