// What the report says of a whole log: its verdict above all.
#include "flows/analyze.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace agent::flows {
namespace {

using testing::HasSubstr;

const evidence::RuleSet& rules() {
  static const evidence::RuleSet made = evidence::RuleSet::built_in();
  return made;
}

Report report_on(const std::string& text, std::optional<int> exit_code = {}, const std::string& passing_run = {}) {
  evidence::Baseline baseline;
  baseline.feed(passing_run);
  baseline.finish();
  Redactor redactor;
  std::vector<LogEvidence> logs;
  logs.push_back({"log/x", evidence::Distiller(passing_run.empty() ? nullptr : &baseline, &redactor), {}});
  logs.front().distiller.feed(text);
  return analyze({"log", {2000}, exit_code}, logs, {rules(), system_clock()});
}

bool has_error(const Report& report) {
  return std::ranges::any_of(report.findings,
                             [](const Finding& finding) { return finding.severity <= Severity::error; });
}

const std::string survived = "ERROR dial tcp 127.0.0.1:1: connect: connection refused\nok  \texample.com/a\t0.01s\n";
const std::string unknown = "Error: the frobnicator is jammed\n";
const std::string jest =
    "  ● cart › adds\n\n    expect(received).toBe(expected)\n\n    Expected: 1\n    Received: 2\n\n"
    "Tests: 1 failed, 1 total\n";

struct VerdictCase {
  std::string name, log;
  std::optional<int> exit_code;
  Verdict verdict;
  bool error;  ///< A finding that `--fail-on error` counts.
};

class LogVerdicts : public testing::TestWithParam<VerdictCase> {};

TEST_P(LogVerdicts, FollowTheExitCodeAndThenTheEnd) {
  const Report report = report_on(GetParam().log, GetParam().exit_code);

  EXPECT_EQ(report.verdict, GetParam().verdict) << report.cause;
  EXPECT_EQ(has_error(report), GetParam().error) << report.cause;
}

INSTANTIATE_TEST_SUITE_P(
    Logs, LogVerdicts,
    testing::Values(
        VerdictCase{"known_failure", jest, {}, Verdict::failing, true},
        VerdictCase{"unknown_failure", unknown, {}, Verdict::failing, true},
        VerdictCase{"survived", survived, {}, Verdict::healthy, false},
        VerdictCase{"survived_but_exit_1", survived, 1, Verdict::failing, true},
        VerdictCase{"failure_but_exit_0", jest, 0, Verdict::healthy, false},
        VerdictCase{"unknown_then_success", unknown + "BUILD SUCCESSFUL in 2s\n", {}, Verdict::healthy, false},
        VerdictCase{
            "unknown_then_success_of_a_part", unknown + "added 3 packages in 1s\n", {}, Verdict::unknown, false},
        VerdictCase{"success_then_unknown", "BUILD SUCCESSFUL in 2s\n" + unknown, {}, Verdict::failing, true},
        VerdictCase{"silent_exit_1", "hello\n", 1, Verdict::failing, false},
        VerdictCase{"no_sign", "hello\n", {}, Verdict::unknown, false}),
    [](const auto& info) { return info.param.name; });

TEST(LogVerdict, SaysWhichLineTellsOfSuccess) {
  EXPECT_EQ(report_on(survived).cause, "line 2 says 'ok example.com/a 0.01s', and no failure follows");
}

TEST(LogVerdict, OfALogBehindManyLinesSeesItsEnd) {
  std::string log = unknown + "make: *** [lint] Error 1\n";
  for (int i = 0; i < 2000; ++i) log += "step " + std::to_string(i) + " is fine\n";

  EXPECT_EQ(report_on(log + "Job succeeded\n").verdict, Verdict::healthy);
}

TEST(PassingRun, ThatSaysTheSameLeavesNoCause) {
  for (const std::string& log : {jest, unknown}) {
    const Report report = report_on(log, {}, log);

    EXPECT_EQ(report.verdict, Verdict::unknown) << report.cause;
    EXPECT_TRUE(report.findings.empty()) << report.cause;
    EXPECT_EQ(report.cause, "every sign of a failure in this log stands in the passing run, too");
  }
}

TEST(PassingRun, TakesNothingFromWhatIsNew) {
  const Report report = report_on(unknown + jest, {}, unknown);

  EXPECT_EQ(report.verdict, Verdict::failing);
  EXPECT_THAT(report.cause, HasSubstr("cart › adds"));
}

TEST(PassingRun, WithNoFailuresDoesNotExcuseOne) {
  const std::string run = "test result: FAILED. 9 passed; 1 failed; 0 ignored\n";

  EXPECT_EQ(report_on(run, {}, "test result: FAILED. 9 passed; 0 failed; 0 ignored\n").verdict, Verdict::failing);
}

TEST(UnknownFailure, HasAShortHeadline) {
  const Report report = report_on("Error: " + std::string(8000, 'x') + "\n");

  EXPECT_LE(count_code_points(report.findings.at(0).headline), 160U);
  EXPECT_LE(count_code_points(report.cause), 260U);
  EXPECT_LE(report.findings.at(0).evidence.at(0).quote.size(), 400U);
}

TEST(UnknownFailure, InJsonIsToldByItsMessage) {
  const Report report = report_on(R"({"level":"error","ts":1,"msg":"the \"frob\" is jammed\nbadly","stack":"a"})"
                                  "\n");

  EXPECT_EQ(report.findings.at(0).headline, "the \"frob\" is jammed badly");
  EXPECT_THAT(report.findings.at(0).evidence.at(0).quote, HasSubstr("\"level\":\"error\""));
}

}  // namespace
}  // namespace agent::flows
