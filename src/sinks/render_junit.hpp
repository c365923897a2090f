#pragma once

#include "base/report.hpp"

#include <string>

namespace agent::sinks {

/// The report as JUnit XML, of the kind that CI systems show among test results: one testsuite, a failing testcase for
/// the cause and each finding that is an error, its text the proof; a skipped one for a lesser finding, and where it is
/// not known whether anything failed; of a healthy report one that passes; of a failure whose cause is not known one
/// that is an error. Only characters that XML 1.0 allows; the rest of a report's texts stands escaped.
[[nodiscard]] std::string render_junit(const Report& report);

}  // namespace agent::sinks
