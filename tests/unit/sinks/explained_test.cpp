#include "sinks/explained.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::sinks {
namespace {

struct DayCase {
  std::string name, moment, now, expected;
};
void PrintTo(const DayCase& row, std::ostream* out) { *out << row.name; }

class DayOf : public testing::TestWithParam<DayCase> {};

TEST_P(DayOf, IsAsOneWouldSayIt) { EXPECT_EQ(day_of(GetParam().moment, GetParam().now), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Moments, DayOf,
    testing::Values(DayCase{"this_week", "2026-11-16T08:00:00.000Z", "2026-11-21T18:39:00Z", "Monday 16 November"},
                    DayCase{"today", "2026-11-21T08:00:00Z", "2026-11-21T18:39:00Z", "Saturday 21 November"},
                    DayCase{"six_days_ago", "2026-11-15T23:59:59Z", "2026-11-21T00:00:00Z", "Sunday 15 November"},
                    DayCase{"a_week_ago", "2026-11-14T08:00:00Z", "2026-11-21T18:39:00Z", "14 November"},
                    DayCase{"another_year", "2025-12-24T08:00:00Z", "2026-11-21T18:39:00Z", "24 December 2025"},
                    DayCase{"last_week_of_another_year", "2025-12-31T08:00:00Z", "2026-01-02T00:00:00Z",
                            "Wednesday 31 December 2025"},
                    DayCase{"leap_day", "2028-02-29T08:00:00Z", "2028-03-01T00:00:00Z", "Tuesday 29 February"},
                    DayCase{"after_now", "2026-11-22T08:00:00Z", "2026-11-21T18:39:00Z", "22 November"},
                    DayCase{"now_unknown", "2026-11-22T08:00:00Z", "", "22 November 2026"},
                    DayCase{"no_such_day", "2026-02-30T08:00:00Z", "2026-11-21T18:39:00Z", "2026-02-30T08:00:00Z"},
                    DayCase{"huge_month", "2026-99-01", "2026-11-21", "2026-99-01"},
                    DayCase{"no_moment", "yesterday", "2026-11-21T18:39:00Z", "yesterday"},
                    DayCase{"nothing", "", "2026-11-21T18:39:00Z", ""}),
    [](const auto& info) { return info.param.name; });

Report seen(int times, std::string first_at) {
  Report report{.created_at = "2026-11-21T18:39:00Z"};
  report.seen = SeenBefore{times, std::move(first_at), "", ""};
  return report;
}

TEST(SeenBefore, IsCounted) {
  EXPECT_EQ(seen_before(seen(4, "2026-11-16T08:00:00Z")), "seen 4 times since Monday 16 November");
  EXPECT_EQ(seen_before(seen(1, "2026-05-03T08:00:00Z")), "seen once before, on 3 May");
  EXPECT_EQ(seen_before(seen(1200, "")), "seen 1,200 times");
  EXPECT_EQ(seen_before(seen(0, "2026-05-03T08:00:00Z")), "");
  EXPECT_EQ(seen_before(Report{}), "");
}

TEST(SeenBefore, IsFiledWhereOnlyAForgeKnows) {
  Report report = seen(0, "");
  report.seen->issue_url = "https://forge/1";

  EXPECT_EQ(seen_before(report), "filed before");
}

TEST(Degraded, SaysWhyWhereThatIsKnown) {
  EXPECT_EQ(degraded({.degraded = true}), "the model could not be used: this is what the rules know");
  EXPECT_EQ(degraded({.degraded = true, .degraded_because = "no answer from 'm'"}),
            "the model could not be used (no answer from 'm'): this is what the rules know");
  EXPECT_EQ(degraded(Report{}), "");
}

TEST(PlacesOf, AreToldOnceAndAreFew) {
  const Claim claim{"c", {{"log/a", 7, "", ""}, {"log/a", 7, "", ""}, {"log/b", 1, "", ""}}, true};
  const Claim many{"c", {{"log/a", 1, "", ""}, {"log/a", 2, "", ""}, {"log/a", 3, "", ""}, {"log/a", 4, "", ""}}, true};

  EXPECT_EQ(places_of(claim), (std::vector<std::string>{"a:7", "b:1"}));
  EXPECT_EQ(places_of(many).size(), 3U);
  EXPECT_TRUE(places_of(Claim{}).empty());
}

Report with_usage(Usage usage) { return {.usage = std::move(usage)}; }

TEST(ModelUse, IsEmptyWithoutAModel) { EXPECT_EQ(model_use(Report{}), ""); }

TEST(ModelUse, OfAModelThatGaveNothingSaysSo) { EXPECT_EQ(model_use(with_usage({.model = "m"})), "m, no answer"); }

TEST(ModelUse, CountsCallsAndTokens) {
  EXPECT_EQ(model_use(with_usage({"m", 1, 0, 1, 0, 950, 0.5})), "m, 1 call, 1 token in, 950 out, $0.5000");
  EXPECT_EQ(model_use(with_usage({"m", 3, 1, 12'000, 800, 950, 0})),
            "m, 3 turns, 1 tool call, 12,000 tokens in (800 cached), 950 out");
}

TEST(ModelUse, SaysHowMuchWasProvenAndWhatRanOut) {
  Report report = with_usage({"m", 1, 0, 10, 0, 5, 0});
  report.explanation = Explanation{.citations = 6, .verified = 5, .limit_reached = "tool calls"};

  EXPECT_EQ(model_use(report),
            "m, 1 turn, 0 tool calls, 10 tokens in, 5 out, 5 of 6 citations verified, "
            "stopped at its limit of tool calls");
}

Report of_a_model(const Finding& first) {
  Report report{.target = "log a", .verdict = Verdict::failing, .cause = "c", .findings = {first}};
  report.usage.model = "openai/m-1";
  report.explanation = Explanation{.citations = 5, .verified = 4};
  return report;
}

TEST(FoundBy, NamesTheModelWhoseCauseItIs) {
  const Report report = of_a_model({.rule = "model", .headline = "c", .verified = true});
  Report nameless = report;
  nameless.usage.model = "";
  nameless.explanation = Explanation{.citations = 1, .verified = 1};

  EXPECT_EQ(found_by_model(report), "found by model m-1 (4 of 5 citations hold)");
  EXPECT_EQ(found_by_model(nameless), "found by a model (1 of 1 citation holds)");
  EXPECT_EQ(found_by_model(of_a_model({.rule = "r", .headline = "c", .verified = true})), "");
  EXPECT_EQ(found_by_model(of_a_model({.rule = "model", .headline = "another"})), "");
}

TEST(SaidBy, TellsModelsFromRules) {
  const Report report = of_a_model({.rule = "r"});

  EXPECT_EQ(said_by(report, {.rule = "model", .verified = true}), "says m-1");
  EXPECT_EQ(said_by(report, {.rule = "model"}), "not verified, says m-1");
  EXPECT_EQ(said_by(Report{}, {.rule = "model"}), "not verified, says the model");
  EXPECT_EQ(said_by(report, {.rule = "r"}), "");
}

TEST(MarkedRemedies, TellWhichAreTheModelsWhereRulesHaveSomeToo) {
  Report report = of_a_model({.rule = "r", .headline = "c", .remedies = {{"Fix it.", "make"}}});
  report.remedies = {{"Start it.", "start"}, {"Fix it.", "rm -r /"}, {"Fix it.", "make"}};

  const auto marked = marked_remedies(report);

  ASSERT_EQ(marked.size(), 3U);
  EXPECT_EQ(marked[0].text, "Start it. (model)");
  EXPECT_EQ(marked[0].command, "start");
  EXPECT_EQ(marked[1].text, "Fix it. (model)");
  EXPECT_EQ(marked[2].text, "Fix it.");
}

TEST(MarkedRemedies, OfOneOriginAreNotMarked) {
  Report models = of_a_model({.rule = "model", .headline = "c", .remedies = {{"Start it.", ""}}});
  models.remedies = {{"Start it.", ""}};
  Report rules = models;
  rules.explanation.reset();
  rules.findings = {{.rule = "r", .remedies = {{"Fix it.", ""}}}};

  EXPECT_EQ(marked_remedies(models).at(0).text, "Start it.");
  EXPECT_EQ(marked_remedies(rules).at(0).text, "Start it.");
}

TEST(ExplainedEarlier, NamesModelAndDay) {
  Report report = with_usage({.model = "m"});
  report.created_at = "2026-11-21T18:39:00Z";
  report.explanation = Explanation{.citations = 1, .verified = 1, .made_at = "2026-11-20T22:00:00Z"};

  EXPECT_EQ(explained_earlier(report),
            "explained by m on Friday 20 November, 1 of 1 citation verified; --fresh asks again");
  EXPECT_EQ(model_use(report), "");
}

}  // namespace
}  // namespace agent::sinks
