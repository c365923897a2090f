#include "mcp/oauth_challenge.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::mcp {
namespace {

struct ChallengeCase {
  std::string name, header, resource_metadata, scope, error;
};

class BearerChallengeIn : public testing::TestWithParam<ChallengeCase> {};

TEST_P(BearerChallengeIn, SaysWhatTheServerAsksFor) {
  const BearerChallenge asked = bearer_challenge(GetParam().header);

  EXPECT_EQ(asked.resource_metadata, GetParam().resource_metadata);
  EXPECT_EQ(asked.scope, GetParam().scope);
  EXPECT_EQ(asked.error, GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Headers, BearerChallengeIn,
    testing::Values(
        ChallengeCase{"nothing", "", "", "", ""}, ChallengeCase{"a_scheme_alone", "Bearer", "", "", ""},
        ChallengeCase{"all_three",
                      R"(Bearer error="insufficient_scope", scope="a b", resource_metadata="https://h/p?q=1,2")",
                      "https://h/p?q=1,2", "a b", "insufficient_scope"},
        ChallengeCase{"any_case", R"(bEARER Scope="a", RESOURCE_METADATA="https://h")", "https://h", "a", ""},
        ChallengeCase{"no_quotes", "Bearer scope=a,resource_metadata=https://h/p", "https://h/p", "a", ""},
        ChallengeCase{"blanks_around_equals", "Bearer scope = \"a\" ,error= \"x\"", "", "a", "x"},
        ChallengeCase{"escaped_quotes", R"(Bearer realm="a \"scope=\"b\", ", scope="c")", "", "c", ""},
        ChallengeCase{"an_open_quote", R"(Bearer scope="a b)", "", "a b", ""},
        ChallengeCase{"several_schemes", R"(Basic realm="x", Negotiate, Bearer scope="a", Digest nonce="n")", "", "a",
                      ""},
        ChallengeCase{"a_token68", R"(Negotiate YWJj==, Bearer scope="a")", "", "a", ""},
        ChallengeCase{"two_of_bearer", R"(Bearer realm="x", Bearer error="invalid_token")", "", "", "invalid_token"},
        ChallengeCase{"the_first_of_a_name", R"(Bearer scope="a", scope="b")", "", "a", ""},
        ChallengeCase{"another_scheme_only", R"(Basic scope="a")", "", "", ""},
        ChallengeCase{"dpop_only", R"(DPoP resource_metadata="https://h")", "https://h", "", ""},
        ChallengeCase{"parameters_without_a_scheme", R"(="x", scope="a")", "", "", ""},
        ChallengeCase{"rubbish", "\"\"\x01\xff,,;;(Bearer)", "", "", ""}),
    [](const auto& info) { return info.param.name; });

TEST(ParseChallenges, KeepsAtMostThirtyTwo) {
  std::string header;
  for (int n = 0; n < 1000; ++n) header += "Basic realm=\"x\",";

  EXPECT_EQ(parse_challenges(header).size(), 32U);
}

}  // namespace
}  // namespace agent::mcp
