#include "support/golden.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct ExplainCase {
  std::string name;
  std::vector<std::string> words;
  int exit_code;
  std::string out, err;  ///< What the outputs start with.
};
void PrintTo(const ExplainCase& row, std::ostream* out) { *out << row.name; }

class Explain : public testing::TestWithParam<ExplainCase> {};

TEST_P(Explain, AnswersAsAgreed) {
  std::vector<std::string> arguments = GetParam().words;
  arguments.insert(arguments.begin(), "explain");

  const Ended ended = run_agent({.arguments = arguments});

  EXPECT_EQ(ended.exit_code, GetParam().exit_code);
  EXPECT_THAT(ended.out, StartsWith(GetParam().out));
  EXPECT_THAT(ended.err, StartsWith(GetParam().err));
  EXPECT_EQ(ended.out.empty(), GetParam().out.empty()) << ended.out;
  EXPECT_EQ(ended.err.empty(), GetParam().err.empty()) << ended.err;
}

INSTANTIATE_TEST_SUITE_P(
    Words, Explain,
    testing::Values(
        ExplainCase{"a_reason", {"OOMKilled"}, 0, "OOMKilled · container reason\n  The kernel killed", ""},
        ExplainCase{"an_exit_code", {"137"}, 0, "137 · exit code\n  128 + 9: killed by SIGKILL", ""},
        ExplainCase{"a_negative_code", {"-9"}, 0, "SIGKILL · signal\n", ""},
        ExplainCase{"a_word_with_a_blank", {"test", "failure"}, 0, "test failure · category\n", ""},
        ExplainCase{"a_rule", {"pytest.failed"}, 0, "pytest.failed · log rule\n", ""},
        ExplainCase{"json", {"137", "-o", "json"}, 0, "{\n  \"explanations\": [\n    {\n      \"word\": \"137\",", ""},
        ExplainCase{"yaml", {"137", "-o", "yaml"}, 0, "explanations:\n  - word: \"137\"\n    kind: exit code\n", ""},
        ExplainCase{"no_word", {}, 0, "Any exit code from 0 to 255", ""},
        ExplainCase{"a_misspelt_word",
                    {"OOMKiled"},
                    4,
                    "",
                    "agent: nothing is known of 'OOMKiled'\n  try: agent explain OOMKilled\n"},
        ExplainCase{
            "an_unknown_word", {"qwertyuiop"}, 4, "", "agent: nothing is known of 'qwertyuiop'\n  try: agent explain"},
        ExplainCase{
            "a_format_it_lacks", {"137", "-o", "markdown"}, 2, "", "agent: this command has no format 'markdown'\n"}),
    [](const auto& info) { return info.param.name; });

TEST(ExplainWords, AreAllAnswered) {
  const Ended ended = run_agent({.arguments = {"explain", "Evicted", "143"}});

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, StartsWith("Evicted · pod reason\n"));
  EXPECT_THAT(ended.out, HasSubstr("\n\n143 · exit code\n"));
}

TEST(Schema, IsTheOneThatIsPublished) {
  const Ended ended = run_agent({.arguments = {"schema"}});

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.out, read_source_file("src/sinks/report.schema.json"));
}

}  // namespace
}  // namespace agent::test
