#include "mcp/oauth_secret.hpp"

#include <gtest/gtest.h>

namespace agent::mcp {
namespace {

// RFC 7636, appendix B.
TEST(CodeChallenge, IsThatOfTheSpecification) {
  EXPECT_EQ(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(RandomText, IsLongEnoughAndNeverTheSame) {
  EXPECT_EQ(random_text().size(), 43U);
  EXPECT_NE(random_text(), random_text());
}

}  // namespace
}  // namespace agent::mcp
