// Every built-in rule is shown at least one log of the tool's real form (tests/data/rules/*.toml).
#include "base/toml.hpp"
#include "evidence/rules.hpp"

#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace agent::evidence {
namespace {

struct Example {
  std::string place, rule, headline, log;
  std::optional<std::string> command;  // of the first remedy
  std::optional<int> exit_code;
};

std::vector<Example> examples_in(const std::string& file) {
  const auto parsed = toml::parse(test::read_source_file(file));
  if (!parsed) throw std::runtime_error(file + ": not TOML: " + std::string(parsed.error().description()));
  std::vector<Example> examples;
  for (const auto& node : *parsed.table().get("example")->as_array()) {
    const auto& table = *node.as_table();
    Example example{file + ":" + std::to_string(table.source().begin.line),
                    table["rule"].value_or(""),
                    table["headline"].value_or(""),
                    table["log"].value_or(""),
                    table["command"].value<std::string>(),
                    table["exit"].value<int>()};
    examples.push_back(std::move(example));
  }
  return examples;
}

std::vector<Example> all_examples() {
  std::vector<Example> all;
  for (const auto& file : test::files_in("tests/data/rules", ".toml"))
    for (Example& example : examples_in(file)) all.push_back(std::move(example));
  return all;
}

std::vector<Finding> judge(const Example& example) {
  std::vector<JudgedLine> lines;
  std::string_view log = example.log;
  for (std::size_t number = 1; !log.empty(); ++number) {
    const auto end = std::min(log.find('\n'), log.size());
    lines.push_back({number, log.substr(0, end)});
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return RuleSet::built_in().judge("log/example", lines, example.exit_code);
}

class RuleExample : public testing::TestWithParam<Example> {};

TEST_P(RuleExample, GivesItsHeadlineAndARemedy) {
  const Example& example = GetParam();

  const auto findings = judge(example);

  if (example.rule.empty()) {
    EXPECT_TRUE(findings.empty()) << example.place << ": " << findings.front().rule << ": "
                                  << findings.front().headline;
    return;
  }
  ASSERT_FALSE(findings.empty()) << example.place << " (" << example.rule << ")";
  EXPECT_EQ(findings.front().rule, example.rule) << example.place << ": " << findings.front().headline;
  EXPECT_EQ(findings.front().headline, example.headline) << example.place;
  EXPECT_FALSE(findings.front().remedies.at(0).text.empty()) << example.place;
  if (example.command) EXPECT_EQ(findings.front().remedies.at(0).command, *example.command) << example.place;
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, RuleExample, testing::ValuesIn(all_examples()));

TEST(BuiltInRules, EachHaveAnExample) {
  std::set<std::string> shown;
  for (const Example& example : all_examples()) shown.insert(example.rule);
  for (const RuleInfo& rule : RuleSet::built_in().list()) EXPECT_TRUE(shown.contains(rule.id)) << rule.id;
}

TEST(BuiltInRules, AreManyAndHaveOneIdEach) {
  std::set<std::string> ids;
  for (const RuleInfo& rule : RuleSet::built_in().list()) EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
  EXPECT_GE(ids.size(), 120U);
}

// The built-in rules are read without checking expressions and templates; here they are checked, and against one
// another.
TEST(BuiltInRules, AreWithoutMistakes) {
  RuleSet all;
  std::size_t count = 0;
  for (const auto& file : test::files_in("src/evidence/rules", ".toml")) {
    const std::size_t before = all.list().size();
    const auto added = all.add(test::read_source_file(file), file);
    ASSERT_TRUE(added) << added.error().where << ": " << added.error().what;
    count += all.list().size() - before;
    EXPECT_GT(all.list().size(), before) << file;
  }
  EXPECT_EQ(count, RuleSet::built_in().list().size());
}

}  // namespace
}  // namespace agent::evidence
