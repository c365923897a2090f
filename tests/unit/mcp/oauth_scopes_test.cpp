#include "mcp/oauth_scopes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::mcp {
namespace {

struct AskCase {
  std::string name, challenge;
  std::vector<std::string> supported;
  std::string before, expected;
};

class ScopesToAsk : public testing::TestWithParam<AskCase> {};

TEST_P(ScopesToAsk, FollowsTheOrderOfTheSpecification) {
  EXPECT_EQ(scopes_to_ask(GetParam().challenge, GetParam().supported, GetParam().before), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Sources, ScopesToAsk,
                         testing::Values(AskCase{"nothing", "", {}, "", ""},
                                         AskCase{"a_challenge", "b a", {"c"}, "", "b a"},
                                         AskCase{"no_challenge", "", {"c", "d"}, "", "c d"},
                                         AskCase{"scopes_before", "b", {"c"}, "a", "a b"},
                                         AskCase{"the_same_twice", "a  b a", {}, "b", "b a"}),
                         [](const auto& info) { return info.param.name; });

TEST(HasScopes, ComparesWholeWords) {
  EXPECT_TRUE(has_scopes("a bc", "bc a"));
  EXPECT_TRUE(has_scopes("", ""));
  EXPECT_FALSE(has_scopes("a bc", "b"));
}

}  // namespace
}  // namespace agent::mcp
