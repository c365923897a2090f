#include "evidence/rules.hpp"
#include "support/log_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::evidence {
namespace {

using test::lines_of;
using testing::HasSubstr;
using testing::SizeIs;

std::vector<Finding> judge(const RuleSet& rules, std::string_view log, std::optional<int> exit_code = {}) {
  return rules.judge("log/x", lines_of(log), exit_code);
}

RuleSet rules_of(std::string_view toml) {
  RuleSet rules;
  const auto added = rules.add(toml, "own.toml");
  EXPECT_TRUE(added) << added.error().what;
  return rules;
}

constexpr std::string_view own_rule = R"([[rule]]
id = "own.assert"
title = "an assertion"
category = "test failure"
any = ["ASSERT"]
match = '^ASSERT (?P<name>\w+)$'
follow = ['^wanted (?P<wanted>\d+)', '^got (?P<got>\d+)']
unless = 'ASSERT ignored'
headline = "{name} failed[: expected {wanted}, got {got}]"
many = "{count} assertions failed: {name|each}[: expected {wanted}, got {got}]"
remedy = "Look at {name}."
command = "run {name}"
)";

TEST(Judge, FillsTheHeadlineFromTheLineAndThoseAfterIt) {
  const auto findings = judge(rules_of(own_rule), "start\nASSERT total\nwanted 200\ngot 503\n");

  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].headline, "total failed: expected 200, got 503");
  EXPECT_EQ(findings[0].remedies[0].command, "run total");
  ASSERT_THAT(findings[0].evidence, SizeIs(3));
  EXPECT_EQ(findings[0].evidence[0].line, 2U);
  EXPECT_EQ(findings[0].evidence[2].quote, "got 503");
}

TEST(Judge, LeavesAnOptionalPartOutWhenAGroupIsMissing) {
  EXPECT_EQ(judge(rules_of(own_rule), "ASSERT total\nwanted 200\n").at(0).headline, "total failed");
}

TEST(Judge, DoesNotTakeDetailsFromTheNextHit) {
  const auto findings = judge(rules_of(own_rule), "ASSERT total\nASSERT tax\nwanted 1\ngot 2\n");

  EXPECT_EQ(findings.at(0).headline, "2 assertions failed: total, tax");
}

TEST(Judge, CountsRepeatsOnce) {
  EXPECT_EQ(judge(rules_of(own_rule), "ASSERT a\nASSERT a\n").at(0).headline, "a failed");
}

TEST(Judge, HearsUnless) { EXPECT_THAT(judge(rules_of(own_rule), "ASSERT ignored\n"), SizeIs(0)); }

TEST(Judge, SeesThroughTheTimeStampsOfCiSystems) {
  EXPECT_THAT(judge(rules_of(own_rule), "2026-04-12T19:22:54.9573194Z ASSERT total\n"), SizeIs(1));
  EXPECT_THAT(judge(rules_of(own_rule), "[2026-04-12T19:22:54.957Z] ASSERT total\n"), SizeIs(1));
  EXPECT_THAT(judge(rules_of(own_rule), "#12 3.456 ASSERT total\n"), SizeIs(1));
  EXPECT_THAT(judge(rules_of(own_rule), "web-1  | ASSERT total\n"), SizeIs(1));
  EXPECT_THAT(judge(rules_of(own_rule), "[build : compile] ASSERT total\n"), SizeIs(1));
  EXPECT_THAT(judge(rules_of(own_rule), "##[error]ASSERT total\n"), SizeIs(1));
}

TEST(Judge, KnowsAnExitCodeWithoutAnyLine) {
  const auto findings = judge(RuleSet::built_in(), "nothing to see\n", 137);

  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].category, Category::resource);
}

TEST(Judge, SaysNothingOfAHealthyLog) {
  EXPECT_THAT(judge(RuleSet::built_in(), "ok\n0 errors\nBUILD SUCCESS\n"), SizeIs(0));
}

constexpr std::string_view ranked_rules = R"(
[[rule]]
id = "test"
title = "t"
category = "test failure"
weight = 70
any = ["TEST"]
match = '^TEST (?P<name>\w+)'
headline = "test {name}"
remedy = "r"
[[rule]]
id = "compile"
title = "t"
category = "compile"
weight = 75
any = ["COMPILE"]
match = '^COMPILE (?P<name>\w+)'
headline = "compile {name}"
remedy = "r"
[[rule]]
id = "net"
title = "t"
category = "network"
weight = 90
transient = true
any = ["NET"]
match = '^NET (?P<name>\w+)'
headline = "net {name}"
remedy = "r"
[[rule]]
id = "wheel"
title = "t"
category = "dependency"
weight = 95
echo_of = ["net", "comp"]
any = ["WHEEL"]
match = '^WHEEL'
headline = "wheel"
remedy = "r"
[[rule]]
id = "end"
title = "t"
category = "unknown"
weight = 5
consequence = true
ends_step = true
any = ["END"]
match = '^END (?P<exit>\d+)'
headline = "ended with {exit}"
remedy = "r"
)";

struct RankCase {
  std::string name, log, cause;
};

class Cause : public testing::TestWithParam<RankCase> {};

TEST_P(Cause, IsWhatExplainsMost) {
  const auto findings = judge(rules_of(ranked_rules), GetParam().log);

  EXPECT_EQ(findings.empty() ? "" : findings.front().headline, GetParam().cause);
}

const std::string many_lines(400, '\n');

INSTANTIATE_TEST_SUITE_P(
    Logs, Cause,
    testing::Values(
        RankCase{"two_causes", "TEST a\nCOMPILE b\n", "compile b"},
        RankCase{"a_cause_and_its_echo", "TEST a\nEND 1\n", "test a"},
        RankCase{"an_echo_alone", "END 1\n", "ended with 1"}, RankCase{"a_network_fault_alone", "NET a\n", "net a"},
        RankCase{"a_network_fault_and_its_echo", "NET a\nWHEEL\n", "net a"},
        RankCase{"a_rule_whose_cause_is_not_there", "WHEEL\n", "wheel"},
        RankCase{"a_network_fault_that_was_survived", "NET a\nTEST b\n", "test b"},
        RankCase{"a_network_fault_long_before_the_end", "NET a\n" + many_lines + "all done\n", ""},
        RankCase{"a_network_fault_in_a_job_that_succeeded", "NET a\nJob succeeded\n", ""},
        RankCase{"a_failure_in_the_step_that_ended_the_job",
                 "##[group]Run lint\n##[endgroup]\nCOMPILE a\n##[group]Run test\n##[endgroup]\nTEST b\nEND 1\n",
                 "test b"},
        RankCase{"a_failure_in_the_clean_up", "TEST a\nEND 1\nCOMPILE b\n", "test a"},
        RankCase{"a_command_that_is_only_shown", "##[group]Run COMPILE\nCOMPILE a\n##[endgroup]\n+ TEST b\n", ""}),
    [](const auto& info) { return info.param.name; });

struct BadFile {
  std::string name, toml, what, where, fix;
};

class RulesFile : public testing::TestWithParam<BadFile> {};

TEST_P(RulesFile, NamesWhatIsWrongAndWhere) {
  RuleSet rules;

  const auto added = rules.add(GetParam().toml, "own.toml");

  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::settings);
  EXPECT_THAT(added.error().what, HasSubstr(GetParam().what));
  EXPECT_EQ(added.error().where, GetParam().where);
  EXPECT_THAT(added.error().fix, HasSubstr(GetParam().fix));
}

const std::string head = "[[rule]]\nid = 'x'\ntitle = 't'\nheadline = 'h'\nremedy = 'r'\n";

INSTANTIATE_TEST_SUITE_P(
    Mistakes, RulesFile,
    testing::Values(
        BadFile{"not_toml", "[[rule]\n", "not TOML", "own.toml:1", ""},
        BadFile{"unknown_table", "[[rules]]\n", "unknown key 'rules'", "own.toml:1", "[[rule]]"},
        BadFile{"rule_is_no_list", "[rule]\nid = 'x'\n", "not a list of tables", "own.toml:1", "two brackets"},
        BadFile{"unknown_key", head + "category = 'lint'\nmtach = 'x'\n", "unknown key 'mtach'", "own.toml:7",
                "'match'"},
        BadFile{"unknown_category", head + "match = 'x'\ncategory = 'linnt'\n", "unknown category 'linnt'",
                "own.toml:7", "'lint'"},
        BadFile{"unknown_severity", head + "match = 'x'\ncategory = 'lint'\nseverity = 'eror'\n",
                "unknown severity 'eror'", "own.toml:8", "'error'"},
        BadFile{"no_category", head + "match = 'x'\n", "rule 'x' has no 'category'", "own.toml:1", ""},
        BadFile{"no_match", head + "category = 'lint'\n", "neither 'match' nor 'exit'", "own.toml:1", ""},
        BadFile{"no_remedy", "[[rule]]\nid = 'x'\ntitle = 't'\nheadline = 'h'\nmatch = 'x'\ncategory = 'lint'\n",
                "no 'remedy'", "own.toml:1", ""},
        BadFile{"bad_regex", head + "category = 'lint'\nmatch = '(x'\n",
                "bad regular expression in 'match' of rule 'x'", "own.toml:7", "RE2"},
        BadFile{"huge_regex", head + "category = 'lint'\nmatch = '((a{100}){100}){100}'\n", "bad regular expression",
                "own.toml:7", ""},
        BadFile{"unknown_group",
                "[[rule]]\nid = 'x'\ntitle = 't'\nremedy = 'r'\ncategory = 'lint'\nmatch = '(?P<file>x)'\nheadline = "
                "'{fle}'\n",
                "'{fle}'", "own.toml:7", "'file'"},
        BadFile{"open_brace",
                "[[rule]]\nid = 'x'\ntitle = 't'\nremedy = 'r'\ncategory = 'lint'\nmatch = 'x'\nheadline = 'a {b'\n",
                "never closed", "own.toml:7", ""},
        BadFile{"short_literal", head + "category = 'lint'\nmatch = 'x'\nany = ['ab']\n", "less than 3 bytes",
                "own.toml:8", "longer"},
        BadFile{"wrong_type", head + "category = 'lint'\nmatch = 7\n", "'match' is not a text", "own.toml:7", ""},
        BadFile{"wrong_weight", head + "category = 'lint'\nmatch = 'x'\nweight = 101\n",
                "'weight' is not a number from 0 to 100", "own.toml:8", ""},
        BadFile{"wrong_exit", head + "category = 'lint'\nexit = [256]\n", "exit codes", "own.toml:7", ""},
        BadFile{"twice", head + "category = 'lint'\nmatch = 'x'\n" + head, "rule 'x'", "own.toml:8", ""}),
    [](const auto& info) { return info.param.name; });

TEST(RulesFileSize, IsLimited) {
  RuleSet rules;
  const auto added = rules.add(std::string((1 << 20) + 1, '#'), "own.toml");
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, HasSubstr("larger than 1 MiB"));
}

TEST(UserRule, ReplacesABuiltInRuleOfTheSameId) {
  RuleSet rules = RuleSet::built_in();
  const std::size_t before = rules.list().size();

  ASSERT_TRUE(
      rules.add("[[rule]]\nid = 'pytest.failed'\ntitle = 't'\nheadline = 'mine'\nremedy = 'r'\ncategory = "
                "'lint'\nmatch = '^FAILED'\n",
                "own.toml"));

  EXPECT_EQ(rules.list().size(), before);
  EXPECT_EQ(judge(rules, "FAILED a::b\n").at(0).headline, "mine");
}

}  // namespace
}  // namespace agent::evidence
