#include "mcp/static_authorizer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace agent::mcp {
namespace {

constexpr net::Deadline never = net::Deadline::max();

class TokenFile : public testing::Test {
 protected:
  TokenFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "token-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
    path_ = folder_ + "/token";
  }
  ~TokenFile() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const { std::ofstream(path_) << text; }

  std::string folder_, path_;
};

TEST(StaticAuthorizer, GivesTheTokenItWasGiven) {
  StaticAuthorizer authorizer({.token = "abc"});

  EXPECT_EQ(authorizer.authorization(never, {}), "Bearer abc");
  EXPECT_EQ(authorizer.challenged(401, "Bearer", "Bearer abc", never, {}), false);
}

TEST(StaticAuthorizer, GivesNothingWithoutAToken) {
  StaticAuthorizer authorizer({});

  EXPECT_EQ(authorizer.authorization(never, {}), "");
}

TEST_F(TokenFile, IsReadWithoutBlanksAroundTheToken) {
  write("  abc.def-ghi \r\n");
  StaticAuthorizer authorizer({.file = path_});

  EXPECT_EQ(authorizer.authorization(never, {}), "Bearer abc.def-ghi");
}

TEST_F(TokenFile, IsReadAgainWhenItsSizeChanges) {
  write("first");
  std::vector<std::string> learnt;
  StaticAuthorizer authorizer(
      {.file = path_, .learn = [&](std::string_view, std::string_view secret) { learnt.emplace_back(secret); }});
  EXPECT_EQ(authorizer.authorization(never, {}), "Bearer first");

  write("the-second");

  EXPECT_EQ(authorizer.authorization(never, {}), "Bearer the-second");
  EXPECT_EQ(learnt, (std::vector<std::string>{"first", "the-second"}));
}

TEST_F(TokenFile, IsReadAgainWhenItsTimeChanges) {
  write("one");
  StaticAuthorizer authorizer({.file = path_});
  EXPECT_EQ(authorizer.authorization(never, {}), "Bearer one");

  write("two");
  std::filesystem::last_write_time(path_, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));

  EXPECT_EQ(authorizer.authorization(never, {}), "Bearer two");
}

TEST_F(TokenFile, IsReadAgainAfterA401) {
  write("one");
  StaticAuthorizer authorizer({.file = path_});
  EXPECT_EQ(authorizer.authorization(never, {}), "Bearer one");
  const auto time = std::filesystem::last_write_time(path_);
  write("two");
  std::filesystem::last_write_time(path_, time);

  EXPECT_EQ(authorizer.challenged(401, "Bearer", "Bearer one", never, {}), true);
  EXPECT_EQ(authorizer.authorization(never, {}), "Bearer two");
  EXPECT_EQ(authorizer.challenged(401, "Bearer", "Bearer two", never, {}), false);
  EXPECT_EQ(authorizer.challenged(403, "Bearer", "Bearer one", never, {}), false);
}

struct BadFileCase {
  std::string name, text, says;
};

class BadTokenFile : public TokenFile, public testing::WithParamInterface<BadFileCase> {};

TEST_P(BadTokenFile, IsAnErrorOfSettingsWithoutItsText) {
  write(GetParam().text);
  StaticAuthorizer authorizer({.file = path_});

  const auto given = authorizer.authorization(never, {});

  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().kind, ErrorKind::settings);
  EXPECT_TRUE(given.error().what.ends_with(GetParam().says)) << given.error().what;
}

INSTANTIATE_TEST_SUITE_P(Texts, BadTokenFile,
                         testing::Values(BadFileCase{"empty", "", "is empty"}, BadFileCase{"blank", " \n", "is empty"},
                                         BadFileCase{"two_lines", "a\nb", "holds something that is no token"},
                                         BadFileCase{"too_long", std::string(70'000, 'a'), "is longer than 64 KiB"}),
                         [](const auto& info) { return info.param.name; });

TEST(StaticAuthorizer, SaysWhichFileIsMissing) {
  StaticAuthorizer authorizer({.file = "/nonexistent/token"});

  const auto given = authorizer.authorization(never, {});

  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().what, "the token file '/nonexistent/token' can't be read: No such file or directory");
}

}  // namespace
}  // namespace agent::mcp
