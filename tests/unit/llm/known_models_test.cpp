#include "llm/known_models.hpp"

#include <gtest/gtest.h>

namespace agent::llm {
namespace {

TEST(KnownModels, AreKnownByAnyOfTheirNames) {
  for (const char* name : {"claude-opus-5-5", "anthropic/claude-opus-5-5", "claude-opus-5-5-20260922"}) {
    const auto known = known_model(name);
    ASSERT_TRUE(known) << name;
    EXPECT_EQ(known->price->output, 20) << name;
  }
  EXPECT_EQ(known_model("gpt-6.1-terra-2026-10-26")->price->input, 1);
}

TEST(KnownModels, AreNoneOfASimilarName) {
  for (const char* name : {"claude-opus-5-5-large", "claude-opus", "gpt-6.1", "Llama-4", "", "/"})
    EXPECT_FALSE(known_model(name)) << name;
}

TEST(KnownModels, ShortNamesAreAnthropics) {
  for (const char* name : {"sonnet", "opus", "haiku"}) EXPECT_TRUE(known_model(full_name(name))) << name;
  EXPECT_EQ(full_name("claude-x"), "claude-x");
}

}  // namespace
}  // namespace agent::llm
