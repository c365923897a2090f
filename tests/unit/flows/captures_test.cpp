#include "base/byte_stream.hpp"
#include "base/text.hpp"
#include "flows/analyze.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace agent::flows {
namespace {

namespace fs = std::filesystem;

fs::path captures() {
  const char* root = std::getenv("AGENT_SOURCE_DIR");  // NOLINT: set by agent_test, read before any thread starts
  return fs::path(root == nullptr ? "." : root) / "tests/data/captures";
}

/// The captured cases: a log of a real tool chain, and what people expect to be told of it.
std::vector<std::string> cases() {
  std::vector<std::string> names;
  if (!fs::exists(captures())) return names;
  for (const auto& entry : fs::directory_iterator(captures()))
    if (fs::exists(entry.path() / "expected.json")) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

nlohmann::json expected(const std::string& name) {
  std::ifstream file(captures() / name / "expected.json");
  return nlohmann::json::parse(file);
}

const evidence::RuleSet& rules() {
  static const evidence::RuleSet made = evidence::RuleSet::built_in();
  return made;
}

Report report_on(const fs::path& log, std::optional<int> exit_code) {
  std::vector<LogEvidence> logs;
  Redactor redactor;
  logs.push_back({"log/" + log.filename().string(), evidence::Distiller(nullptr, &redactor), {}});
  auto stream = open_log(log.string());
  EXPECT_TRUE(stream.has_value()) << log;
  EXPECT_TRUE(read_log(**stream, logs.front(), {}).has_value());
  return analyze({"log", {2000}, exit_code}, logs, {rules(), system_clock()});
}

class Captured : public testing::TestWithParam<std::string> {};

TEST_P(Captured, GetsItsCategoryItsHeadlineAndItsRemedy) {
  const nlohmann::json wanted = expected(GetParam());

  const Report report = report_on(captures() / GetParam() / "log.txt", wanted["exit_code"].get<int>());

  EXPECT_EQ(report.verdict, Verdict::failing);
  EXPECT_EQ(name(report.category), wanted["category"].get<std::string>()) << report.cause;
  for (const std::string part : wanted["headline_has"])
    EXPECT_NE(report.cause.find(part), std::string::npos) << "'" << part << "' is not in: " << report.cause;
  if (wanted["category"] == "unknown") return;
  ASSERT_FALSE(report.remedies.empty()) << report.cause;
  const std::string remedy = lower(report.remedies.front().text + " " + report.remedies.front().command);
  EXPECT_TRUE(std::ranges::any_of(wanted["remedy_has"],
                                  [&](const std::string word) { return remedy.find(word) != std::string::npos; }))
      << remedy << " has none of " << wanted["remedy_has"];
}

bool within(const nlohmann::json& ranges, std::size_t line) {
  return std::ranges::any_of(ranges, [&](const nlohmann::json& range) {
    return line >= range[0].get<std::size_t>() && line <= range[1].get<std::size_t>();
  });
}

/// Tools say a cause several times: where it happens, and again in a summary. Either proves it.
TEST_P(Captured, ProvesItsCauseByLinesOfTheLog) {
  const nlohmann::json wanted = expected(GetParam());
  if (wanted["category"] == "unknown") return;

  const Report report = report_on(captures() / GetParam() / "log.txt", wanted["exit_code"].get<int>());

  ASSERT_FALSE(report.findings.empty());
  const Finding& cause = report.findings.front();
  if (cause.evidence.empty()) {  // The exit code alone told it.
    EXPECT_NE(cause.headline.find(std::to_string(wanted["exit_code"].get<int>())), std::string::npos) << cause.headline;
    return;
  }
  EXPECT_TRUE(cause.verified) << report.cause;
  EXPECT_TRUE(std::ranges::any_of(cause.evidence,
                                  [&](const Citation& citation) {
                                    return within(wanted["cause_lines"], citation.line) ||
                                           std::ranges::any_of(wanted["headline_has"], [&](const std::string part) {
                                             return citation.quote.find(part) != std::string::npos;
                                           });
                                  }))
      << cause.headline << " is proven by line " << cause.evidence.front().line << ": " << cause.evidence.front().quote;
}

INSTANTIATE_TEST_SUITE_P(Logs, Captured, testing::ValuesIn(cases()), [](const auto& info) {
  std::string readable = info.param;
  std::ranges::replace_if(readable, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return readable;
});

TEST(Captures, AreThere) { EXPECT_GE(cases().size(), 200U); }

TEST(PassingRuns, GiveNoCause) {
  std::size_t seen = 0;
  for (const std::string& name : cases()) {
    const fs::path log = captures() / name / "pass.txt";
    if (!fs::exists(log)) continue;
    ++seen;
    const Report report = report_on(log, std::nullopt);
    EXPECT_EQ(report.category, Category::unknown) << name << ": " << report.cause;
  }
  EXPECT_GE(seen, 3U);
}

}  // namespace
}  // namespace agent::flows
