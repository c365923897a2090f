#include "sinks/render_text.hpp"

#include "sinks/display.hpp"
#include "sinks/report_json.hpp"
#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::sinks {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Report stored_report(const std::string& name) {
  auto report = parse_report(test::read_source_file("tests/data/reports/" + name + ".json"));
  EXPECT_TRUE(report) << (report ? "" : report.error().what);
  return report.value_or(Report{});
}

struct StoredCase {
  std::string name, file, suffix;
  TextStyle style;
};

class RenderTextOfStored : public testing::TestWithParam<StoredCase> {
 protected:
  std::string text_ = render_text(stored_report(GetParam().file), GetParam().style);
};

TEST_P(RenderTextOfStored, IsAsAgreed) {
  test::expect_golden("tests/data/reports/" + GetParam().file + GetParam().suffix, text_);
}

TEST_P(RenderTextOfStored, HasNoBlanksAtAnEnd) { EXPECT_THAT(text_, Not(HasSubstr(" \n"))); }

TEST_P(RenderTextOfStored, PassesNoControlCharacterOn) {
  for (const char c : text_) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << int{c};
  EXPECT_THAT(text_, Not(HasSubstr("\x7F")));
  for (char second = '\x80'; second < '\xA0'; ++second)
    EXPECT_THAT(text_, Not(HasSubstr(std::string("\xC2") + second)));
  EXPECT_THAT(text_, Not(HasSubstr("\u202E")));
}

INSTANTIATE_TEST_SUITE_P(
    Files, RenderTextOfStored,
    testing::Values(StoredCase{"test_failure", "test_failure", ".txt", {.width = 80}},
                    StoredCase{"test_failure_verbose", "test_failure", ".verbose.txt", {.width = 80, .verbose = true}},
                    StoredCase{"test_failure_narrow", "test_failure", ".narrow.txt", {.width = 40}},
                    StoredCase{"unknown", "unknown", ".txt", {.width = 80}},
                    StoredCase{"healthy", "healthy", ".txt", {.width = 80}},
                    StoredCase{"many", "many", ".txt", {.width = 80}},
                    StoredCase{"many_narrow", "many", ".narrow.txt", {.width = 40}},
                    StoredCase{"hostile", "hostile", ".txt", {.width = 80, .defuse_commands = true}},
                    StoredCase{"explained", "explained", ".txt", {.width = 80}},
                    StoredCase{"explained_verbose", "explained", ".verbose.txt", {.width = 80, .verbose = true}},
                    StoredCase{"explained_narrow", "explained", ".narrow.txt", {.width = 40}},
                    StoredCase{"explained_earlier", "explained_earlier", ".txt", {.width = 80}},
                    StoredCase{"degraded", "degraded", ".txt", {.width = 80}},
                    StoredCase{"hostile_model", "hostile_model", ".txt", {.width = 80, .defuse_commands = true}}),
    [](const auto& info) { return info.param.name; });

TEST(RenderText, ColoursTheVerdictOnly) {
  const Report report = stored_report("test_failure");
  const std::string plain = render_text(report, {});

  EXPECT_EQ(render_text(report, {.color = true}), "\x1b[1;31mFAILED\x1b[0m" + plain.substr(6));
}

TEST(RenderText, DefusesWorkflowCommandsWhereAsked) {
  const std::string text = render_text(stored_report("hostile"), {.width = 40, .defuse_commands = true});

  EXPECT_THAT(text, Not(HasSubstr("##[")));
  EXPECT_THAT(text, Not(HasSubstr("\n::")));
  EXPECT_THAT(text, Not(testing::ContainsRegex("\n *::")));
}

class RenderTextWidth : public testing::TestWithParam<std::size_t> {};

// Commands are whole so that they can be copied; all else fits.
TEST_P(RenderTextWidth, HoldsForAllButCommands) {
  for (const std::string name : {"many", "explained", "explained_earlier", "hostile_model"}) {
    Report report = stored_report(name);
    for (Remedy& remedy : report.remedies) remedy.command.clear();
    for (Finding& finding : report.findings) finding.remedies.clear();

    const std::string text = render_text(report, {.width = GetParam(), .verbose = true});

    for (const std::string& line : safe_lines(text.substr(0, text.find("\nMore:"))))
      EXPECT_LE(columns_of(line), GetParam()) << name << ": " << line;
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, RenderTextWidth, testing::Values(20, 40, 61, 80, 200),
                         testing::PrintToStringParamName());

TEST(RenderText, TakesALineOfAMillionColumns) {
  const std::string line(1'000'000, 'x');
  const Report report{.target = "log a",
                      .verdict = Verdict::failing,
                      .cause = "x",
                      .findings = {{.rule = "r", .headline = "x", .evidence = {{"log/a", 1, "", line}}}},
                      .evidence = {{"log/a", 1, line.size(), {{line, 1, 1, 0, "error"}}}}};

  EXPECT_LT(render_text(report, {}).size(), 1000U);
}

Report with_an_unproven_claim() {
  Report report{.target = "log a", .verdict = Verdict::unknown, .cause = "line 2 says 'all tests passed'"};
  report.findings = {{.rule = "model", .headline = "The database was never started by the job that should have"}};
  report.usage.model = "openai/m-1";
  return report;
}

TEST(RenderText, SaysWhatIsNotVerified) {
  for (const std::size_t width : {40U, 61U, 80U}) {
    const std::string text = render_text(with_an_unproven_claim(), {.width = width});

    EXPECT_THAT(text, StartsWith("UNKNOWN  line 2 says"));
    EXPECT_THAT(text, HasSubstr("Also found:\n  error     not verified, says m-1"));
    EXPECT_THAT(text, HasSubstr("should have\n"));
  }
}

TEST(RenderText, SaysWhoseAVerifiedRemarkIs) {
  Report report = with_an_unproven_claim();
  report.findings[0].verified = true;

  EXPECT_THAT(render_text(report, {.width = 80}), HasSubstr("Also found:\n  error     says m-1 · The database"));
}

TEST(RenderText, OfAnEmptyReportIsHonest) {
  EXPECT_THAT(render_text(Report{}, {}), StartsWith("UNKNOWN  no rule recognises this failure"));
}

}  // namespace
}  // namespace agent::sinks
