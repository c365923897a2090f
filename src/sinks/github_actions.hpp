#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::sinks {

// What the runner of GitHub's (Gitea's, Forgejo's) Actions takes from a step: files that its environment names, and
// commands in its output. https://docs.github.com/actions/reference/workflow-commands-for-github-actions

/// Appends `markdown` to the file that GITHUB_STEP_SUMMARY names. Errors: `delivery_failed` (the 1 MiB of a step would
/// be passed, with what is there; a full disk; no regular file).
[[nodiscard]] Result<void> write_step_summary(const std::string& path, std::string_view markdown);

using NamedValues = std::vector<std::pair<std::string, std::string>>;

/// verdict, category, cause (one line, at most 1,000 columns), fingerprint, issue-url, and report where `report_path`
/// is not empty.
[[nodiscard]] NamedValues action_outputs(const Report& report, const std::string& issue_url,
                                         const std::string& report_path);

/// Appends `outputs` to the file that GITHUB_OUTPUT names; no value can end its own or begin another. Errors as above.
[[nodiscard]] Result<void> append_outputs(const std::string& path, const NamedValues& outputs);

/// A line for each finding whose place in the code is known: "::error file=src/a.cpp,line=12,col=5,title=…::MESSAGE";
/// for the cause also without one. At most 10 of a level, which is what a step may have. `checkout` is the workspace's
/// folder. For standard error, which the runner reads like standard output. Empty when nothing is failing.
[[nodiscard]] std::string annotations(const Report& report, std::string_view checkout);

/// The pull request that the run is for: by GITHUB_REF ("refs/pull/12/merge"), else by the event in GITHUB_EVENT_PATH
/// (at most 8 MiB are read; what is not as expected counts as none).
[[nodiscard]] std::optional<std::uint64_t> pull_request_number(
    const std::map<std::string, std::string, std::less<>>& environment);

}  // namespace agent::sinks
