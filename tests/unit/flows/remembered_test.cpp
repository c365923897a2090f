#include "flows/remembered.hpp"

#include "store/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace agent::flows {
namespace {

using namespace std::chrono_literals;
using Moment = std::chrono::system_clock::time_point;

const Moment now{std::chrono::hours(400'000)};

Report failure() {
  Report report{.target = "log a", .verdict = Verdict::failing, .cause = "head", .fingerprint = "0123456789abcdef"};
  report.findings.push_back({.rule = "r", .headline = "head"});
  return report;
}

Report explained_failure() {
  Report report = failure();
  report.explanation = Explanation{.chain = {{"because", {}, false}}};
  report.usage.model = "m";
  return report;
}

std::unique_ptr<store::Store> new_store() { return std::move(store::open_sqlite_store(":memory:")).value(); }

TEST(Recall, KnowsNothingOfWhatIsNew) {
  const auto store = new_store();

  const Remembered remembered = recall(failure(), *store, {}, now);

  EXPECT_FALSE(remembered.seen);
  EXPECT_FALSE(remembered.explained);
  EXPECT_FALSE(remembered.not_checked);
}

TEST(Recall, SaysHowOftenSinceWhenAndWhereItWasFiled) {
  const auto store = new_store();
  keep(failure(), *store, now - 48h);
  keep(failure(), *store, now - 1h);
  ASSERT_TRUE(store->filed(failure().fingerprint, "https://forge.example/41"));

  const Remembered remembered = recall(failure(), *store, {}, now);

  ASSERT_TRUE(remembered.seen);
  EXPECT_EQ(remembered.seen->times, 2);
  EXPECT_EQ(remembered.seen->first_at, "2015-08-17T16:00:00.000Z");
  EXPECT_EQ(remembered.seen->last_at, "2015-08-19T15:00:00.000Z");
  EXPECT_EQ(remembered.seen->issue_url, "https://forge.example/41");
  EXPECT_FALSE(remembered.explained);
}

struct FreshCase {
  std::string name;
  std::chrono::milliseconds age;
  Freshness freshness;
  bool used;
};
void PrintTo(const FreshCase& row, std::ostream* out) { *out << row.name; }

class RecallExplanation : public testing::TestWithParam<FreshCase> {};

TEST_P(RecallExplanation, OnlyWhenItIsFresh) {
  const auto store = new_store();
  keep(explained_failure(), *store, now - GetParam().age);

  const Remembered remembered = recall(failure(), *store, GetParam().freshness, now);

  EXPECT_TRUE(remembered.seen);
  EXPECT_EQ(remembered.explained.has_value(), GetParam().used);
}

INSTANTIATE_TEST_SUITE_P(Ages, RecallExplanation,
                         testing::Values(FreshCase{"now", 0ms, {}, true}, FreshCase{"young", 23h + 59min, {}, true},
                                         FreshCase{"old", 24h, {}, false},
                                         FreshCase{"older_than_asked", 2h, {.fresh_after = 1h}, false},
                                         FreshCase{"never_reused", 0ms, {.fresh_after = 0ms}, false},
                                         FreshCase{"asked_anew", 0ms, {.fresh = true}, false},
                                         FreshCase{"of_the_future", -1h, {}, false}),
                         [](const auto& info) { return info.param.name; });

TEST(Recall, GivesTheReportAsItWasAndWhenItWasMade) {
  const auto store = new_store();
  keep(explained_failure(), *store, now - 1h);

  const auto explained = recall(failure(), *store, {}, now).explained;

  ASSERT_TRUE(explained && explained->explanation);
  EXPECT_EQ(explained->explanation->chain.at(0).text, "because");
  EXPECT_EQ(explained->explanation->made_at, "2015-08-19T15:00:00.000Z");
  EXPECT_EQ(explained->usage.model, "m");
}

TEST(Keep, DoesNotMakeAnExplanationYoungByUsingIt) {
  const auto store = new_store();
  keep(explained_failure(), *store, now - 20h);
  Report again = failure();
  again.explanation = recall(failure(), *store, {}, now).explained.value().explanation;

  keep(again, *store, now);

  EXPECT_TRUE(recall(failure(), *store, {}, now + 3h).explained);
  EXPECT_FALSE(recall(failure(), *store, {}, now + 5h).explained);
}

struct UnkeptCase {
  std::string name;
  Report report;
};
void PrintTo(const UnkeptCase& row, std::ostream* out) { *out << row.name; }

class Unkept : public testing::TestWithParam<UnkeptCase> {};

TEST_P(Unkept, IsNeitherCountedNorRecalled) {
  const auto store = new_store();

  keep(GetParam().report, *store, now);

  EXPECT_FALSE(store->seen(GetParam().report.fingerprint).value());
  EXPECT_FALSE(recall(GetParam().report, *store, {}, now).seen);
}

Report healthy() {
  Report report = failure();
  report.verdict = Verdict::healthy;
  return report;
}

INSTANTIATE_TEST_SUITE_P(
    Reports, Unkept,
    testing::Values(UnkeptCase{"healthy", healthy()}, UnkeptCase{"no_fingerprint", {.verdict = Verdict::failing}},
                    UnkeptCase{"an_empty_log", {.evidence = {{"log/a", 0, 0, {}}}, .fingerprint = "f"}}),
    [](const auto& info) { return info.param.name; });

TEST(Recall, SaysWhenTheStoreFails) {
  const auto store = store::open_sqlite_store("/proc/agent/store.db").value();

  const Remembered remembered = recall(failure(), *store, {}, now);
  keep(failure(), *store, now);

  EXPECT_FALSE(remembered.seen);
  ASSERT_TRUE(remembered.not_checked);
  EXPECT_EQ(remembered.not_checked->what, "earlier runs");
  EXPECT_EQ(remembered.not_checked->why, "cannot open the store");
}

TEST(Recall, SaysWhenAKeptReportCannotBeRead) {
  const auto store = new_store();
  ASSERT_TRUE(store->remember({failure().fingerprint, now, "log a", true, "{}"}));

  const Remembered remembered = recall(failure(), *store, {}, now);

  EXPECT_TRUE(remembered.seen);
  EXPECT_FALSE(remembered.explained);
  ASSERT_TRUE(remembered.not_checked);
  EXPECT_EQ(remembered.not_checked->why, "the report kept of an earlier run can't be read");
}

TEST(Recall, TakesNoReportOfAnotherFailure) {
  const auto store = new_store();
  ASSERT_TRUE(store->remember({failure().fingerprint, now, "log a", true,
                               R"({"schema_version": 1, "target": "t", "verdict": "failing", "fingerprint": "x",
                                   "explanation": {}})"}));

  EXPECT_FALSE(recall(failure(), *store, {}, now).explained);
}

}  // namespace
}  // namespace agent::flows
