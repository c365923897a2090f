#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <cstddef>
#include <string>

namespace agent::sinks {

/// All results of ours as Tekton counts them: in JSON, where '<' takes six bytes. All results of a task's step share
/// the 4,096 bytes of its container's termination message, with names and types
/// (https://tekton.dev/docs/pipelines/tasks/#emitting-results).
constexpr std::size_t most_tekton_bytes = 2000;

/// Writes verdict, category, cause, fingerprint, issue-url and evidence as files of `folder` ("/tekton/results"),
/// without a line end, cut where a character ends. A task gets those that it declares. Each is made under another name
/// and renamed: no link is followed. Errors: `delivery_failed` (no such folder, rights, a full disk).
[[nodiscard]] Result<void> write_tekton_results(const std::string& folder, const Report& report,
                                                const std::string& issue_url);

}  // namespace agent::sinks
