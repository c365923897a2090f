#include "flows/report_parts.hpp"

#include <gtest/gtest.h>

namespace agent::flows {
namespace {

TEST(Placeholders, AreNumberedAsAReaderMeetsThem) {
  Report report;
  report.cause = "login with [REDACTED:password#7] failed";
  report.findings.push_back({.headline = "login with [REDACTED:password#7] failed at [REDACTED:url#2]"});
  report.evidence.push_back(
      {"log/a", 2, 9, {{"[REDACTED:password#7] [REDACTED:token#12]\nplain [REDACTED: no placeholder", 1, 2, 0, ""}}});

  renumber_placeholders(report);

  EXPECT_EQ(report.cause, "login with [REDACTED:password#1] failed");
  EXPECT_EQ(report.findings[0].headline, "login with [REDACTED:password#1] failed at [REDACTED:url#2]");
  EXPECT_EQ(report.evidence[0].excerpts[0].text,
            "[REDACTED:password#1] [REDACTED:token#3]\nplain [REDACTED: no placeholder");
}

TEST(Placeholders, AreCountedByKind) {
  PlaceholderCounts counts;

  count_placeholders("[REDACTED:password#7] and [REDACTED:password#8], [REDACTED:url#1]", counts);

  EXPECT_EQ(counts, (PlaceholderCounts{{"password", 2}, {"url", 1}}));
}

TEST(BySeverity, KeepsTheOrderOfEquals) {
  std::vector<Finding> findings{{.rule = "a", .severity = Severity::warning},
                                {.rule = "b", .severity = Severity::error},
                                {.rule = "c", .severity = Severity::warning}};

  findings = by_severity(std::move(findings));

  EXPECT_EQ(findings[0].rule + findings[1].rule + findings[2].rule, "bac");
}

}  // namespace
}  // namespace agent::flows
