#include "evidence/cluster_units.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::evidence {
namespace {

struct QuantityCase {
  std::string name, text;
  std::optional<double> expected;
};

class Quantity : public testing::TestWithParam<QuantityCase> {};

TEST_P(Quantity, IsReadAsTheApiReadsIt) { EXPECT_EQ(quantity(GetParam().text), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Texts, Quantity,
    testing::Values(QuantityCase{"mebibytes", "128Mi", 134217728.0}, QuantityCase{"millicores", "500m", 0.5},
                    QuantityCase{"plain", "2", 2.0}, QuantityCase{"fraction", "0.5Gi", 536870912.0},
                    QuantityCase{"decimal_suffix", "1G", 1e9}, QuantityCase{"exponent", "1e3", 1000.0},
                    QuantityCase{"exabytes", "1E", 1e18}, QuantityCase{"negative", "-1", -1.0},
                    QuantityCase{"empty", "", std::nullopt}, QuantityCase{"word", "inf", std::nullopt},
                    QuantityCase{"unknown_suffix", "1Q", std::nullopt},
                    QuantityCase{"suffix_alone", "Mi", std::nullopt}, QuantityCase{"huge", "1e999", std::nullopt}),
    [](const auto& info) { return info.param.name; });

struct TimeCase {
  std::string name, text;
  std::optional<std::int64_t> expected;
};

class Timestamp : public testing::TestWithParam<TimeCase> {};

TEST_P(Timestamp, IsReadAsRfc3339) {
  const auto at = timestamp(GetParam().text);

  EXPECT_EQ(at ? std::optional(at->time_since_epoch().count()) : std::nullopt, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Texts, Timestamp,
                         testing::Values(TimeCase{"utc", "2026-11-21T06:42:14Z", 1795243334},
                                         TimeCase{"fraction", "2026-11-21T06:42:14.123456Z", 1795243334},
                                         TimeCase{"offset", "2026-11-21T07:42:14+01:00", 1795243334},
                                         TimeCase{"no_zone", "2026-11-21T06:42:14", std::nullopt},
                                         TimeCase{"no_such_day", "2026-02-30T06:42:14Z", std::nullopt},
                                         TimeCase{"empty", "", std::nullopt},
                                         TimeCase{"words", "yesterday", std::nullopt}),
                         [](const auto& info) { return info.param.name; });

struct DurationCase {
  std::string name, text;
  std::optional<std::int64_t> expected;
};

class GoDuration : public testing::TestWithParam<DurationCase> {};

TEST_P(GoDuration, IsReadAsGoWritesIt) {
  const auto duration = go_duration(GetParam().text);

  EXPECT_EQ(duration ? std::optional(duration->count()) : std::nullopt, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Texts, GoDuration,
                         testing::Values(DurationCase{"hour", "1h0m0s", 3600}, DurationCase{"seconds", "90s", 90},
                                         DurationCase{"fraction", "1m30.5s", 90},
                                         DurationCase{"milliseconds", "1500ms", 1},
                                         DurationCase{"no_unit", "90", std::nullopt},
                                         DurationCase{"empty", "", std::nullopt},
                                         DurationCase{"unknown_unit", "1d", std::nullopt}),
                         [](const auto& info) { return info.param.name; });

TEST(Spoken, ChoosesTheUnitsThatPeopleUse) {
  EXPECT_EQ(spoken(std::chrono::seconds(45)), "45 s");
  EXPECT_EQ(spoken(std::chrono::minutes(5)), "5 min");
  EXPECT_EQ(spoken(std::chrono::minutes(90)), "1 h 30 min");
  EXPECT_EQ(spoken(std::chrono::hours(74)), "3 d 2 h");
}

}  // namespace
}  // namespace agent::evidence
