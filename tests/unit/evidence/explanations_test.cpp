#include "evidence/explanations.hpp"

#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace agent::evidence {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::vector<RuleInfo> rules{{"pytest.failed", "pytest", "a pytest test failed", Category::test_failure, 70,
                                   "built in", "Run the test alone.", "pytest '{test}'"}};

std::string words_of(const std::vector<Explanation>& explanations) {
  std::string words;
  for (const Explanation& one : explanations) words += (words.empty() ? "" : " | ") + one.word + ": " + one.kind;
  return words;
}

struct WordCase {
  std::string name, word, found;
};
void PrintTo(const WordCase& row, std::ostream* out) { *out << row.name; }

class Explain : public testing::TestWithParam<WordCase> {};

TEST_P(Explain, FindsWhatIsMeant) { EXPECT_EQ(words_of(explain(GetParam().word, rules)), GetParam().found); }

INSTANTIATE_TEST_SUITE_P(
    Words, Explain,
    testing::Values(WordCase{"reason", "OOMKilled", "OOMKilled: container reason"},
                    WordCase{"other_case", " oomkilled ", "OOMKilled: container reason"},
                    WordCase{"alias", "FailedScheduling", "Unschedulable: pod reason"},
                    WordCase{"exit_code", "137", "137: exit code"},
                    WordCase{"exit_code_in_words", "exit code 137", "137: exit code"},
                    WordCase{"code_of_ours_too", "1", "1: exit code | agent 1: exit code of agent"},
                    WordCase{"code_of_ours_only", "7", "7: exit code | agent 7: exit code of agent"},
                    WordCase{"code_without_an_entry", "42", "42: exit code"},
                    WordCase{"code_of_a_signal", "135", "135: exit code"},
                    WordCase{"largest_code", "255", "255: exit code"}, WordCase{"code_that_cannot_be", "256", ""},
                    WordCase{"signal", "SIGKILL", "SIGKILL: signal"},
                    WordCase{"signal_without_sig", "segv", "SIGSEGV: signal"},
                    WordCase{"signal_by_number", "signal 9", "SIGKILL: signal"},
                    WordCase{"signal_of_python", "-11", "SIGSEGV: signal"},
                    WordCase{"tekton_reason", "TaskRunTimeout", "TaskRunTimeout: Tekton reason"},
                    WordCase{"category", "test failure", "test failure: category"},
                    WordCase{"rule", "Pytest.Failed", "pytest.failed: log rule"}, WordCase{"unknown", "zzz", ""},
                    WordCase{"nothing", "", ""}),
    [](const auto& info) { return info.param.name; });

TEST(ExplainSignalCode, SaysTheSumAndTheSignal) {
  EXPECT_THAT(explain("135", {}).at(0).means, StartsWith("128 + 7: ended by SIGBUS. "));
  EXPECT_THAT(explain("162", {}).at(0).means, StartsWith("128 + 34: ended by signal 34, or "));
  EXPECT_THAT(explain("200", {}).at(0).means, StartsWith("A code of the program's own"));
}

TEST(ExplainRule, SaysItsRemedy) {
  const Explanation rule = explain("pytest.failed", rules).at(0);

  EXPECT_EQ(rule.means, "a pytest test failed (pytest)");
  EXPECT_EQ(rule.remedies.at(0).command, "pytest '{test}'");
}

TEST(ExplainEveryCode, HasMeaningAndRemedy) {
  for (int code = 0; code <= 255; ++code) {
    const auto found = explain(std::to_string(code), {});
    ASSERT_FALSE(found.empty()) << code;
    EXPECT_EQ(found.front().kind, "exit code") << code;
    EXPECT_FALSE(found.front().means.empty()) << code;
    EXPECT_FALSE(found.front().remedies.empty()) << code;
  }
}

struct NearCase {
  std::string name, word, near;
};
void PrintTo(const NearCase& row, std::ostream* out) { *out << row.name; }

class NearestExplained : public testing::TestWithParam<NearCase> {};

TEST_P(NearestExplained, IsNamed) { EXPECT_EQ(nearest_explained(GetParam().word, rules), GetParam().near); }

INSTANTIATE_TEST_SUITE_P(Words, NearestExplained,
                         testing::Values(NearCase{"letter_left_out", "OOMKiled", "OOMKilled"},
                                         NearCase{"other_case", "crashlopbackoff", "CrashLoopBackOff"},
                                         NearCase{"rule", "pytest.fail", "pytest.failed"},
                                         NearCase{"nothing_near", "quite something else", ""}),
                         [](const auto& info) { return info.param.name; });

class ExplanationFile : public testing::TestWithParam<std::string> {};

TEST_P(ExplanationFile, IsComplete) {
  const std::string path = "src/evidence/explanations/" + GetParam() + ".toml";

  const auto all = read_explanations(test::read_source_file(path), path);

  ASSERT_TRUE(all) << all.error().what << " at " << all.error().where;
  EXPECT_FALSE(all->empty());
  for (const Explanation& one : *all) {
    EXPECT_FALSE(one.causes.empty()) << one.word;
    EXPECT_FALSE(one.remedies.empty()) << one.word;
    const bool of_this_project = one.source == "README.md" || one.source == "src/evidence/README.md";
    EXPECT_TRUE(of_this_project || one.source.starts_with("https://")) << one.word;
    EXPECT_EQ(std::string(" .").find(one.means.back()), 1U) << one.word << " has no full stop";
    for (const Remedy& remedy : one.remedies) EXPECT_FALSE(remedy.text.empty()) << one.word;
    for (const std::string& other : one.see) EXPECT_FALSE(explain(other, {}).empty()) << one.word << " names " << other;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, ExplanationFile, testing::Values("agent", "kubernetes", "processes", "tekton"),
                         [](const auto& info) { return info.param; });

TEST(BuiltInExplanations, KnowMoreThanAHundredWords) { EXPECT_GT(built_in_explanations().size(), 100U); }

TEST(BuiltInExplanations, KnowEachWordOnce) {
  std::vector<std::string> words;
  for (const Explanation& one : built_in_explanations()) {
    words.push_back(one.word);
    // Our own codes share their number with everybody's.
    if (!one.kind.starts_with("exit code of")) std::ranges::copy(one.aliases, std::back_inserter(words));
  }
  std::ranges::sort(words);
  EXPECT_EQ(std::ranges::adjacent_find(words), words.end());
}

TEST(BuiltInExplanations, KnowEveryCategory) {
  for (int i = 0; i <= static_cast<int>(Category::unknown); ++i) {
    const std::string_view category = name(static_cast<Category>(i));
    EXPECT_THAT(words_of(explain(category, {})), HasSubstr(std::string(category) + ": category"));
  }
}

TEST(BuiltInExplanations, KnowEveryExitCodeOfOurs) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::bug); ++i) {
    const int code = traits(static_cast<ErrorKind>(i)).exit_code;
    if (code < 124)
      EXPECT_THAT(words_of(explain(std::to_string(code), {})), HasSubstr("exit code of agent"));
    else
      EXPECT_THAT(explain(std::to_string(code), {}).at(0).means, HasSubstr("This program ends so, too"));
  }
}

struct WrongCase {
  std::string name, toml, what, where;
};
void PrintTo(const WrongCase& row, std::ostream* out) { *out << row.name; }

class WrongExplanations : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongExplanations, AreRefusedWithTheirLine) {
  const auto all = read_explanations(GetParam().toml, "x.toml");

  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().kind, ErrorKind::settings);
  EXPECT_THAT(all.error().what, HasSubstr(GetParam().what));
  EXPECT_EQ(all.error().where, GetParam().where);
}

const std::string good = "[[explanation]]\nword='a'\nkind='b'\nmeans='c'\nsource='d'\n";

INSTANTIATE_TEST_SUITE_P(
    Files, WrongExplanations,
    testing::Values(WrongCase{"not_toml", "[[", "cannot parse", "x.toml:1"},
                    WrongCase{"no_means", "\n[[explanation]]\nword='a'\nkind='b'\nsource='d'\ntry=[]\n", "'means'",
                              "x.toml:2"},
                    WrongCase{"no_try", good, "'try'", "x.toml:1"},
                    WrongCase{"try_without_text", good + "try=[\n{command='e'}]\n", "'text'", "x.toml:7"},
                    WrongCase{"causes_that_are_no_list", good + "try=[]\ncauses='e'\n", "'causes'", "x.toml:7"},
                    WrongCase{"unknown_key", good + "try=[]\ncause=['e']\n", "unknown key 'cause'", "x.toml:7"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::evidence
