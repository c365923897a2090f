#include "support/golden.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string own_rules = R"([[rule]]
id = "own.ledger"
tool = "ledger"
title = "the ledger does not balance"
category = "test failure"
weight = 90
any = ["ledger:"]
match = '^ledger: (?P<account>\w+) is off by (?P<amount>\d+)'
headline = "account {account} is off by {amount}"
remedy = "Look at the last entries of {account}."
)";

TEST(RulesList, NamesEachRuleWithItsCategory) {
  const Ended ended = run_agent({.arguments = {"rules", "list"}});

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("\npytest.failed "));
  EXPECT_THAT(ended.out, HasSubstr("test failure"));
  EXPECT_THAT(ended.err, "");
}

TEST(RulesList, IsDataWhenAsked) {
  const Ended ended = run_agent({.arguments = {"rules", "list", "-o", "json"}});

  EXPECT_THAT(ended.out, StartsWith("{\n  \"rules\": [\n    {\n      \"id\": "));
  EXPECT_THAT(ended.out, HasSubstr("\"origin\": \"built in\""));
}

TEST(RulesTest, ShowsWhichRuleKnowsWhichLine) {
  const Ended ended = run_agent(
      {.arguments = {"rules", "test", source_path("tests/data/captures/make-missing-target/log.txt").string()}});

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, StartsWith("1  make.no-rule  No rule to make target 'version.h', needed by 'meter'\n"));
  EXPECT_THAT(ended.out, HasSubstr("The cause would be:\n  make.no-rule  "));
}

TEST(RulesTest, TriesAUsersOwnRulesAndRedactsWhatTheySay) {
  const TemporaryFolder folder;
  const std::string rules = folder.write("own.toml", own_rules);
  const std::string log =
      folder.write("log.txt", "ledger: cash is off by 12\nledger: AKIAQ3EGRXJ7EXKWZ5LD is off by 3\n");

  const Ended ended = run_agent({.arguments = {"rules", "test", log, "--rules", rules, "-o", "json"}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("\"headline\": \"account cash is off by 12\""));
  EXPECT_THAT(ended.out, Not(HasSubstr("AKIAQ3EGRXJ7EXKWZ5LD")));
}

TEST(RulesTest, TellsAMistakeInARulesFileByItsLine) {
  const TemporaryFolder folder;
  const std::string rules = folder.write("own.toml", "[[rule]]\nid = 'x'\nmtach = 'y'\n");
  const std::string log = folder.write("log.txt", "\n");

  const Ended ended = run_agent({.arguments = {"rules", "test", log, "--rules", rules}});

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("unknown key 'mtach'"));
  EXPECT_THAT(ended.err, HasSubstr("own.toml:3"));
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'match'?"));
}

TEST(RulesTest, SaysThatALogIsMissing) {
  EXPECT_EQ(run_agent({.arguments = {"rules", "test", "no-such-log"}}).exit_code, 4);
  EXPECT_EQ(run_agent({.arguments = {"rules", "test"}}).exit_code, 2);
}

}  // namespace
}  // namespace agent::test
