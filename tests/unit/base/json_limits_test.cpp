#include "base/json_limits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent {
namespace {

struct LimitCase {
  std::string name, text;
  JsonLimits limits;
  bool exceeds;
};

void PrintTo(const LimitCase& one, std::ostream* out) { *out << one.name; }

class JsonLimit : public testing::TestWithParam<LimitCase> {};

TEST_P(JsonLimit, IsSeenBeforeReading) { EXPECT_EQ(exceeds(GetParam().text, GetParam().limits), GetParam().exceeds); }

INSTANTIATE_TEST_SUITE_P(Texts, JsonLimit,
                         testing::Values(LimitCase{"as_deep_as_may_be", "[[1]]", {.depth = 2}, false},
                                         LimitCase{"too_deep", "[[[1]]]", {.depth = 2}, true},
                                         LimitCase{"one_beside_the_other", "[[1],[2],{\"a\":3}]", {.depth = 2}, false},
                                         LimitCase{"brackets_in_a_text", R"(["[[[[", "\"[[[["])", {.depth = 1}, false},
                                         LimitCase{"a_text_that_does_not_end", R"(["[[[[)", {.depth = 1}, false},
                                         LimitCase{"as_many_as_may_be", "[1,2]", {.values = 3}, false},
                                         LimitCase{"too_many", "[1,2,3]", {.values = 3}, true},
                                         LimitCase{"nothing", "", {.depth = 0, .values = 0}, false},
                                         LimitCase{"more_closed_than_opened", "]]]][", {.depth = 1}, false},
                                         LimitCase{"a_bomb", std::string(1'000'000, '['), {}, true}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent
