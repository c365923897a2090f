#pragma once

#include "base/report.hpp"

#include <string>

namespace agent::sinks {

/// The report as JUnit XML, of the kind that CI systems show among test results: one testsuite, a failing testcase for
/// each finding, its text the proof; of a healthy report one that passes; where the cause is not known one that is
/// an error. Only characters that XML 1.0 allows; the rest of a report's texts stands escaped.
[[nodiscard]] std::string render_junit(const Report& report);

}  // namespace agent::sinks
