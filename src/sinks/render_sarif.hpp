#pragma once

#include "base/report.hpp"

#include <string>

namespace agent::sinks {

struct SarifOptions {
  std::string version;   ///< Of the agent: "1.2.3".
  std::string checkout;  ///< Absolute path of the repository's files: absolute paths in logs are taken below it only.
};

/// The report as SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/): one run, a rule for each id, a
/// result for each finding at the file and line that it names, else at the line of the log that proves it. It keeps to
/// what GitHub's code scanning takes: relative addresses, at least one place a result, at most 1,000 results here.
[[nodiscard]] std::string render_sarif(const Report& report, const SarifOptions& options);

}  // namespace agent::sinks
