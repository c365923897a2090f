#include "mcp/token_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace agent::mcp {
namespace {

namespace fs = std::filesystem;

class TokensKept : public testing::Test {
 protected:
  TokensKept() {
    std::string pattern = (fs::temp_directory_path() / "tokens-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) root_ = pattern;
    folder_ = root_ + "/state/mcp";
  }
  ~TokensKept() override { fs::remove_all(root_); }

  static ServerRecord record() {
    ServerRecord record{"https://as", "https://first", {}};
    record.issuers["https://as"] = {{"id", "secret", "none", "http://127.0.0.1:1/", "a", 5},
                                    {"access", "refresh", "a b", 7, "https://h"}};
    record.issuers["https://first"].registration.client_id = "other";
    return record;
  }
  std::string file() const { return fs::directory_iterator(folder_)->path(); }
  static unsigned mode(const std::string& path) {
    struct stat about{};
    EXPECT_EQ(::stat(path.c_str(), &about), 0);
    return about.st_mode & 0777U;
  }

  std::string root_, folder_;
};

TEST_F(TokensKept, ComeBackAsTheyWere) {
  const TokenStore store(folder_);

  ASSERT_TRUE(store.save("https://h/mcp", record()));
  const ServerRecord kept = store.load("https://h/mcp");

  EXPECT_EQ(kept.issuer, "https://as");
  EXPECT_EQ(kept.client_of, "https://first");
  ASSERT_EQ(kept.issuers.size(), 2U);
  const IssuerRecord& one = kept.issuers.at("https://as");
  EXPECT_EQ(one.registration.client_secret, "secret");
  EXPECT_EQ(one.registration.expires_at, 5);
  EXPECT_EQ(one.tokens.access, "access");
  EXPECT_EQ(one.tokens.refresh, "refresh");
  EXPECT_EQ(one.tokens.scope, "a b");
  EXPECT_EQ(one.tokens.expires_at, 7);
  EXPECT_EQ(one.tokens.resource, "https://h");
  EXPECT_EQ(kept.issuers.at("https://first").registration.client_id, "other");
}

TEST_F(TokensKept, AreForTheirOwnerAlone) {
  ASSERT_TRUE(TokenStore(folder_).save("https://h/mcp", record()));
  ASSERT_TRUE(TokenStore(folder_).save("https://h/mcp", record()));

  EXPECT_EQ(mode(root_ + "/state"), 0700U);
  EXPECT_EQ(mode(folder_), 0700U);
  EXPECT_EQ(mode(file()), 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1) << "nothing is left beside it";
}

TEST_F(TokensKept, BelongToOneServer) {
  ASSERT_TRUE(TokenStore(folder_).save("https://h/mcp", record()));
  const TokenStore others(root_ + "/others");
  ASSERT_TRUE(others.save("https://h/other", record()));

  EXPECT_TRUE(TokenStore(folder_).load("https://h/other").issuers.empty());
  fs::copy(file(), fs::directory_iterator(root_ + "/others")->path(), fs::copy_options::overwrite_existing);
  EXPECT_TRUE(others.load("https://h/other").issuers.empty()) << "in the file is another server";
}

TEST_F(TokensKept, AreNotReadWhereOthersCouldHaveWritten) {
  const TokenStore store(folder_);
  ASSERT_TRUE(store.save("https://h/mcp", record()));

  ASSERT_EQ(::chmod(file().c_str(), 0640), 0);

  EXPECT_TRUE(store.load("https://h/mcp").issuers.empty());
}

TEST_F(TokensKept, AreNotReadThroughALink) {
  const TokenStore store(folder_);
  ASSERT_TRUE(store.save("https://h/mcp", record()));
  const std::string path = file();

  fs::rename(path, root_ + "/elsewhere");
  fs::create_symlink(root_ + "/elsewhere", path);

  EXPECT_TRUE(store.load("https://h/mcp").issuers.empty());
}

struct DamageCase {
  std::string name, text;
};

class DamagedTokens : public TokensKept, public testing::WithParamInterface<DamageCase> {};

TEST_P(DamagedTokens, AreNone) {
  const TokenStore store(folder_);
  ASSERT_TRUE(store.save("https://h/mcp", record()));

  std::ofstream(file()) << GetParam().text;

  EXPECT_EQ(store.load("https://h/mcp").issuer, "");
}

INSTANTIATE_TEST_SUITE_P(Files, DamagedTokens,
                         testing::Values(DamageCase{"empty", ""}, DamageCase{"half", R"({"server":"https://h/mcp")"},
                                         DamageCase{"a_list", "[]"},
                                         DamageCase{"too_long", std::string(3'000'000, ' ') +
                                                                    R"({"server":"https://h/mcp","issuer":"x"})"},
                                         DamageCase{"too_deep", std::string(100'000, '[')}),
                         [](const auto& info) { return info.param.name; });

TEST_F(TokensKept, AreNoneWithoutAFolder) {
  const TokenStore store("");

  ASSERT_TRUE(store.save("https://h/mcp", record()));
  EXPECT_TRUE(store.load("https://h/mcp").issuers.empty());
}

TEST_F(TokensKept, SayWhyTheyCannotBeWritten) {
  std::ofstream(root_ + "/state") << "a file";

  const auto saved = TokenStore(folder_).save("https://h/mcp", record());

  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().where, folder_ + ": Not a directory");
}

}  // namespace
}  // namespace agent::mcp
