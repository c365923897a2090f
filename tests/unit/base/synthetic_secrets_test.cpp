#include "support/synthetic_secrets.hpp"
#include "base/redactor.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <random>
#include <string>

namespace agent::testing {
namespace {

constexpr int draws = 10;

class SyntheticText : public ::testing::TestWithParam<SyntheticKind> {
 protected:
  std::mt19937 lot_{7};  // NOLINT: the same texts at each run
};

std::string kind_name(const ::testing::TestParamInfo<SyntheticKind>& info) {
  std::string name = std::to_string(info.index) + "_";
  for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

class SyntheticToken : public SyntheticText {};
TEST_P(SyntheticToken, IsHiddenWhereverItStands) {
  for (const std::string_view place : token_places())
    for (int i = 0; i < draws; ++i) {
      const std::string token = drawn(GetParam().pattern, lot_);
      EXPECT_FALSE(Redactor().redact(put(place, token)).contains(token)) << put(place, token);
    }
}
INSTANTIATE_TEST_SUITE_P(Kinds, SyntheticToken, ::testing::ValuesIn(token_kinds().begin(), token_kinds().end()),
                         kind_name);

class SyntheticLabelledSecret : public SyntheticText {};
TEST_P(SyntheticLabelledSecret, IsHidden) {
  for (int i = 0; i < draws; ++i) {
    const Labelled secret = without_marks(drawn(GetParam().pattern, lot_));
    EXPECT_FALSE(Redactor().redact(secret.line).contains(secret.secret)) << secret.line;
  }
}
INSTANTIATE_TEST_SUITE_P(Kinds, SyntheticLabelledSecret,
                         ::testing::ValuesIn(labelled_kinds().begin(), labelled_kinds().end()), kind_name);

class HarmlessText : public SyntheticText {};
TEST_P(HarmlessText, StaysReadable) {
  for (int i = 0; i < draws; ++i) {
    const std::string line = drawn(GetParam().pattern, lot_);
    EXPECT_EQ(Redactor().redact(line), line);
  }
}
INSTANTIATE_TEST_SUITE_P(Kinds, HarmlessText, ::testing::ValuesIn(harmless_kinds().begin(), harmless_kinds().end()),
                         kind_name);

}  // namespace
}  // namespace agent::testing
