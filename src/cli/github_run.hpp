#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "cli/command.hpp"
#include "cli/log_input.hpp"
#include "flows/shared_redactor.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace agent::cli {

/// The logs of a finished run of GitHub Actions.
struct RunLogs {
  PipelineRun pipeline;
  std::string target;  ///< "run 7 of o/r, job build".
  std::vector<LogInput> logs;
};

/// The flag `--github-run`.
[[nodiscard]] Argument github_run_argument();

/// True when it was given.
[[nodiscard]] bool asks_for_github_run(const Context& context);

/// Errors: `usage` when something else is to be analysed as well.
[[nodiscard]] Result<void> check_alone(const Context& context);

/// Its failed jobs, or the one that `--job` names, as GitHub's API has them. Errors: `usage`: no number; `settings`: no
/// repository is named; `target_not_found`: no such run or job, or no job that failed; those of sinks::read_run().
[[nodiscard]] Result<RunLogs> open_github_run(const Context& context, flows::SharedRedactor& redactor,
                                              const std::stop_token& stop);

}  // namespace agent::cli
