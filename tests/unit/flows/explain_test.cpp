#include "flows/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::flows {
namespace {

class ExplainAsBefore : public testing::Test {
 protected:
  ExplainAsBefore() {
    const auto writer = library_.open("log/a");
    writer->feed("starting the tests\nconnect to db:5432 failed: refused\nmake: *** [test] Error 2\n");
    writer->finish();
  }

  static Report rules() {
    Report report{.target = "log a", .verdict = Verdict::failing, .cause = "make failed", .fingerprint = "abc"};
    report.findings = {{.rule = "make.error",
                        .headline = "make failed",
                        .evidence = {{"log/a", 3, "", "make: *** [test] Error 2"}},
                        .remedies = {{"Read the lines above it.", ""}},
                        .verified = true}};
    report.remedies = report.findings[0].remedies;
    return report;
  }

  /// As it was stored: of five citations four held, two of them in one place.
  static Report earlier() {
    Report report = rules();
    report.findings.insert(report.findings.begin(),
                           {.rule = "model",
                            .category = Category::network,
                            .headline = "no database",
                            .evidence = {{"log/a", 2, "", "connect to db:5432 failed: refused"}},
                            .remedies = {{"Start it.", ""}},
                            .verified = true});
    report.remedies = {{"Start it.", ""}, {"Read the lines above it.", ""}};
    report.explanation = Explanation{.citations = 5, .verified = 4, .made_at = "2026-11-20T22:00:00Z"};
    report.usage.model = "m";
    return report;
  }

  loop::Library library_{{}};
  SharedRedactor redactor_;
};

TEST_F(ExplainAsBefore, CountsTheCitationsOfThen) {
  const auto report = explain_as_before(rules(), earlier(), library_, redactor_);

  ASSERT_TRUE(report && report->explanation);
  EXPECT_EQ(report->cause, "no database");
  EXPECT_EQ(report->explanation->citations, 5U);
  EXPECT_EQ(report->explanation->verified, 1U);
}

TEST_F(ExplainAsBefore, GivesTheModelNoRemedyOfARule) {
  const auto report = explain_as_before(rules(), earlier(), library_, redactor_);

  ASSERT_TRUE(report);
  ASSERT_EQ(report->findings.at(0).remedies.size(), 1U);
  EXPECT_EQ(report->findings[0].remedies[0].text, "Start it.");
  EXPECT_EQ(report->remedies.size(), 2U);
}

}  // namespace
}  // namespace agent::flows
