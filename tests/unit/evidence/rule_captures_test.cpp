// What the rules alone say of the logs that real tools wrote (tests/data/captures).
#include "base/text.hpp"
#include "evidence/rules.hpp"
#include "support/golden.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace agent::evidence {
namespace {

const std::string captures = "tests/data/captures";

// Its log says nothing at all: what the report says then is tested where the exit code is known to the flow.
const std::set<std::string> without_a_cause{"shell-exit-code-only"};

std::vector<std::string> folders_with(const std::string& file) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path(captures)))
    if (std::filesystem::exists(entry.path() / file)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::vector<Finding> judge(const std::string& file, std::optional<int> exit_code) {
  const std::string log = test::read_source_file(file);
  std::vector<std::string> clean;
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    clean.push_back(clean_line(std::string_view(log).substr(begin, end - begin)));
    begin = end + 1;
  }
  std::vector<JudgedLine> lines;
  for (const std::string& line : clean) lines.push_back({lines.size() + 1, line});
  return RuleSet::built_in().judge("log/" + file, lines, exit_code);
}

class CapturedLog : public testing::TestWithParam<std::string> {};

TEST_P(CapturedLog, IsExplainedByItsRule) {
  const std::string folder = captures + "/" + GetParam();
  const auto expected = nlohmann::json::parse(test::read_source_file(folder + "/expected.json"));
  std::optional<int> exit_code;
  if (expected.contains("exit_code")) exit_code = expected["exit_code"].get<int>();

  const auto findings = judge(folder + "/log.txt", exit_code);

  if (without_a_cause.contains(GetParam())) {
    EXPECT_TRUE(findings.empty());
    return;
  }
  ASSERT_FALSE(findings.empty());
  const Finding& cause = findings.front();
  EXPECT_EQ(name(cause.category), expected["category"].get<std::string>()) << cause.rule << ": " << cause.headline;
  for (const std::string text : expected["headline_has"])
    EXPECT_NE(cause.headline.find(text), std::string::npos)
        << cause.rule << ": " << cause.headline << " lacks " << text;
  const std::string remedy = lower(cause.remedies.at(0).text + " " + cause.remedies.at(0).command);
  EXPECT_TRUE(std::ranges::any_of(
      expected["remedy_has"],
      [&](const auto& text) { return remedy.find(text.template get<std::string>()) != std::string::npos; }))
      << cause.rule << ": " << remedy;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Case, CapturedLog, testing::ValuesIn(folders_with("expected.json")), test_name);

class PassingLog : public testing::TestWithParam<std::string> {};

TEST_P(PassingLog, HasNoCause) {
  const auto findings = judge(captures + "/" + GetParam() + "/pass.txt", std::nullopt);

  EXPECT_TRUE(findings.empty()) << findings.front().rule << ": " << findings.front().headline;
}

INSTANTIATE_TEST_SUITE_P(Case, PassingLog, testing::ValuesIn(folders_with("pass.txt")), test_name);

}  // namespace
}  // namespace agent::evidence
