#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "cli/command.hpp"

#include <string>

namespace agent::cli {

/// What CI systems read beside a step's output. Inside GitHub Actions and its like, unless `--ci-outputs none`: the
/// step's summary, annotations on standard error, and the outputs `verdict`, `category`, `cause`, `fingerprint`,
/// `issue-url` and `report`, the path of a report as JSON. With `--tekton-results`: the results of a task.
/// Errors: `delivery_failed`, of the last file that can't be written; others are told before.
[[nodiscard]] Result<void> write_ci_files(Context& context, const Report& report, const std::string& issue_url);

}  // namespace agent::cli
