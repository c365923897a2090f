// What a log says is never more than words of a remedy's command.
#include "evidence/rule_command.hpp"

#include "evidence/rule_template.hpp"
#include "evidence/rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace agent::evidence {
namespace {

struct CommandCase {
  std::string name, text, value, expected;
};

class Command : public testing::TestWithParam<CommandCase> {};

TEST_P(Command, HoldsTheValueInOneWord) {
  const std::array<Groups, 1> hits{Groups{{"v", GetParam().value}}};

  EXPECT_EQ(expand_command(GetParam().text, hits), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Values, Command,
    testing::Values(CommandCase{"plain", "jest -t '{v}'", "adds up", "jest -t 'adds up'"},
                    CommandCase{"apostrophe", "jest -t '{v}'", "doesn't pay", "jest -t 'doesn'\\''t pay'"},
                    CommandCase{"injection", "jest -t '{v}'", "b'; touch x; '", "jest -t 'b'\\''; touch x; '\\'''"},
                    CommandCase{"unquoted_safe", "gem update {v}", "rails", "gem update rails"},
                    CommandCase{"unquoted_unsafe", "gem update {v}", "$(id)", "gem update '$(id)'"},
                    CommandCase{"within_a_word", "go test -run '^{v}$'", "Test/a b", "go test -run '^Test/a b$'"},
                    CommandCase{"option_for_an_argument", "git ls-remote '{v}'", "--upload-pack=x", ""},
                    CommandCase{"dash_within_an_argument", "mvn -Dtest='{v}'", "-x", "mvn -Dtest='-x'"},
                    CommandCase{"double_quotes_safe", "ls \"$(dirname '{v}')\"", "a/b.c", "ls \"$(dirname 'a/b.c')\""},
                    CommandCase{"double_quotes_unsafe", "ls \"$(dirname '{v}')\"", "a b", ""},
                    CommandCase{"backquotes_unsafe", "ls `dirname '{v}'`", "a`id`", ""},
                    CommandCase{"string_in_a_string", "R -e 'f(\"{v}\")'", "x\"); system(\"id", ""},
                    CommandCase{"control_character", "jest -t '{v}'", "a\nb", ""},
                    CommandCase{"tab", "jest -t '{v}'", "a\tb", ""},
                    CommandCase{"text_that_turns_around", "jest -t '{v}'",
                                "a\xE2\x80\xAE"
                                "b",
                                ""},
                    CommandCase{"too_long", "jest -t '{v}'", std::string(401, 'x'), ""},
                    CommandCase{"no_value", "bazel test '{v}'", "", ""},
                    CommandCase{"no_value_in_an_option", "bazel test[ '{v}']", "", "bazel test"},
                    CommandCase{"unsafe_in_an_option", "bazel test[ '{v}']", "-x", ""},
                    CommandCase{"bracket_itself", "a [[ '{v}' ]]", "x", "a [ 'x' ]"}),
    [](const auto& info) { return info.param.name; });

/// The words that a shell makes of `command`; nothing when it is not its syntax. `command` must not run anything.
std::optional<std::vector<std::string>> words_of(const std::string& command) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool open = false;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == '\'' ? c != '\'' : quote == '"' && c != '"') {
      word += quote == '"' && (c == '$' || c == '`') ? '\x01' : c;
    } else if (quote != 0) {
      quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c, open = true;
    } else if (c == '\\' && i + 1 < command.size()) {
      word += command[++i], open = true;
    } else if (c == ' ') {
      if (open) words.push_back(word);
      word.clear(), open = false;
    } else {
      word += c == '$' || c == '`' || c == ';' ? '\x01' : c;
      open = true;
    }
  }
  if (quote != 0) return std::nullopt;
  if (open) words.push_back(word);
  return words;
}

/// How often the shell would act on something: `$`, a back quote, `;`.
std::ptrdiff_t acts_in(const std::vector<std::string>& words) {
  std::ptrdiff_t acts = 0;
  for (const std::string& word : words) acts += std::ranges::count(word, '\x01');
  return acts;
}

Groups all_groups(const std::string& text, const std::string& value) {
  Groups groups;
  for (const std::string& name : template_names(text)) groups[name] = value;
  return groups;
}

TEST(BuiltInCommands, LetNothingOfALogRun) {
  const std::string value = "a'b$(id);`x`\"";
  std::size_t seen = 0;
  for (const RuleInfo& rule : RuleSet::built_in().list()) {
    if (template_names(rule.command).empty()) continue;
    const std::array<Groups, 1> harmless{all_groups(rule.command, "v")}, harmful{all_groups(rule.command, value)};

    const std::string plain = expand_command(rule.command, harmless), attacked = expand_command(rule.command, harmful);

    ++seen;
    ASSERT_FALSE(plain.empty()) << rule.id;
    if (attacked.empty()) continue;
    const auto words = words_of(attacked), plain_words = words_of(plain);
    ASSERT_TRUE(words && plain_words) << rule.id << ": " << attacked;
    EXPECT_EQ(words->size(), plain_words->size()) << rule.id << ": " << attacked;
    EXPECT_EQ(acts_in(*words), acts_in(*plain_words)) << rule.id << ": " << attacked;
  }
  EXPECT_GE(seen, 80U);
}

TEST(BuiltInCommands, LeaveOutWhatTheLogDoesNotSay) {
  const std::array<Groups, 1> nothing{Groups{}};
  for (const RuleInfo& rule : RuleSet::built_in().list())
    if (!template_names(rule.command).empty() && rule.command.find('[') == std::string::npos)
      EXPECT_EQ(expand_command(rule.command, nothing), "") << rule.id;
}

TEST(BuiltInCommands, KeepAnApostropheOfATestsName) {
  const std::vector<JudgedLine> lines{{1, "  ● cart › doesn't double-charge"},
                                      {2, ""},
                                      {3, "    expect(received).toBe(expected)"},
                                      {4, ""},
                                      {5, "    Expected: 1"},
                                      {6, "    Received: 2"},
                                      {7, "Tests: 1 failed, 1 total"}};

  const auto findings = RuleSet::built_in().judge("log/x", lines, std::nullopt);

  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().remedies.at(0).command, "npx jest -t 'cart › doesn'\\''t double-charge'");
}

}  // namespace
}  // namespace agent::evidence
