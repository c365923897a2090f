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

TEST(EachText, VisitsWhatAModelWrote) {
  const std::string secret = "[REDACTED:token#9]";
  const Citation citation{"log/a", 1, "", secret};
  Report report{.degraded_because = secret};
  report.explanation = Explanation{.chain = {{secret, {citation}, true}},
                                   .ruled_out = {{secret, secret}},
                                   .disagreements = {{secret, secret}},
                                   .proposals = {{secret, secret, secret}}};
  int visited = 0;

  each_text(report, [&](std::string& text) {
    visited += text == secret ? 1 : 0;
    text = "x";
  });

  EXPECT_EQ(visited, 10);
  EXPECT_EQ(report.explanation->proposals[0].body, "x");
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
