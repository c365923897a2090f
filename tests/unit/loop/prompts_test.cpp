#include "loop/prompts.hpp"

#include "base/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace agent::loop {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// A folder that is gone after the test.
class PromptFolder : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(fs::path(folder_) / name, std::ios::binary) << text;
  }

  const std::string folder_ =
      testing::TempDir() + "prompts_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(PromptFolder, ReplacesThePromptsThatItHas) {
  write("system.md", "be brief\n");

  const auto prompts = load_prompts(folder_);

  ASSERT_TRUE(prompts);
  EXPECT_EQ(prompts->system, "be brief\n");
  EXPECT_EQ(prompts->examples, embedded_prompts().examples);
}

TEST_F(PromptFolder, WithoutAnyPromptIsAMistakeInTheSettings) {
  write("sytem.md", "be brief\n");

  const auto prompts = load_prompts(folder_);

  ASSERT_FALSE(prompts);
  EXPECT_EQ(prompts.error().kind, ErrorKind::settings);
  EXPECT_THAT(prompts.error().fix, HasSubstr("system.md"));
}

TEST_F(PromptFolder, IsRefusedWithAFileThatIsTooLarge) {
  write("nudge.md", std::string(65'537, 'x'));

  const auto prompts = load_prompts(folder_);

  ASSERT_FALSE(prompts);
  EXPECT_EQ(prompts.error().kind, ErrorKind::settings);
  EXPECT_THAT(prompts.error().what, HasSubstr("64 KiB"));
}

TEST_F(PromptFolder, IsTakenWithAFileOfJustTheLimit) {
  write("nudge.md", std::string(65'536, 'x'));

  EXPECT_TRUE(load_prompts(folder_));
}

TEST_F(PromptFolder, IsRefusedWithAFileThatIsNotUtf8) {
  write("mend.md", "caf\xE9");

  const auto prompts = load_prompts(folder_);

  ASSERT_FALSE(prompts);
  EXPECT_THAT(prompts.error().what, HasSubstr("UTF-8"));
}

TEST_F(PromptFolder, IsRefusedWhenAPromptIsAFolder) {
  fs::create_directory(fs::path(folder_) / "system.md");

  EXPECT_FALSE(load_prompts(folder_));
}

TEST(LoadPrompts, SaysThatThereIsNoFolder) {
  const auto prompts = load_prompts("/nowhere/prompts");

  ASSERT_FALSE(prompts);
  EXPECT_EQ(prompts.error().kind, ErrorKind::settings);
  EXPECT_THAT(prompts.error().what, HasSubstr("/nowhere/prompts"));
}

std::size_t tokens(const std::string& text) { return (count_code_points(text) + 3) / 4; }

TEST(EmbeddedPrompts, AreShort) {
  const Prompts prompts = embedded_prompts();

  EXPECT_LT(tokens(prompts.system), 600U);
  EXPECT_LT(tokens(prompts.examples), 500U);
  for (const std::string* text : {&prompts.last_turn, &prompts.mend, &prompts.nudge}) {
    EXPECT_FALSE(text->empty());
    EXPECT_LT(tokens(*text), 100U) << *text;
  }
}

TEST(EmbeddedPrompts, NameOnlyToolsThatThereAre) {
  const Prompts prompts = embedded_prompts();
  const std::set<std::string> known = {"evidence_read", "evidence_search", "submit_report", "first_line",
                                       "ruled_out"};  // the last two are fields
  static const RE2 word("([a-z]+_[a-z_]+)");

  for (const std::string* text :
       {&prompts.system, &prompts.examples, &prompts.last_turn, &prompts.mend, &prompts.nudge}) {
    re2::StringPiece rest(*text);
    for (std::string name; RE2::FindAndConsume(&rest, word, &name);) EXPECT_TRUE(known.contains(name)) << name;
    EXPECT_THAT(*text, HasSubstr("submit_report"));
  }
}

}  // namespace
}  // namespace agent::loop
