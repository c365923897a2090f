#include "sinks/render_junit.hpp"

#include "sinks/report_json.hpp"
#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::sinks {
namespace {

using testing::HasSubstr;
using testing::Not;

class RenderJunitOfStored : public testing::TestWithParam<std::string> {};

TEST_P(RenderJunitOfStored, IsAsAgreed) {
  const auto report = parse_report(test::read_source_file("tests/data/reports/" + GetParam() + ".json"));

  test::expect_golden("tests/data/reports/" + GetParam() + ".junit.xml", render_junit(report.value()));
}

INSTANTIATE_TEST_SUITE_P(Files, RenderJunitOfStored,
                         testing::Values("test_failure", "unknown", "healthy", "many", "hostile", "explained"),
                         [](const auto& info) { return info.param; });

struct XmlCase {
  std::string name, text, expected;
};
void PrintTo(const XmlCase& row, std::ostream* out) { *out << row.name; }

class JunitText : public testing::TestWithParam<XmlCase> {};

TEST_P(JunitText, HasOnlyWhatXmlAllows) {
  Report report{.verdict = Verdict::failing};
  report.findings = {{.rule = "r", .headline = GetParam().text}};

  EXPECT_THAT(render_junit(report), HasSubstr("message=\"" + GetParam().expected + "\""));
}

INSTANTIATE_TEST_SUITE_P(
    Headlines, JunitText,
    testing::Values(XmlCase{"markup", "<a href=\"x\">&amp;</a>", "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;"},
                    XmlCase{"controls",
                            "a\x01\x1b[1m\x7f"
                            "b\u0085",
                            "a[1mb"},
                    XmlCase{"not_characters",
                            "a\uFFFE\uFFFF"
                            "b",
                            "ab"},
                    XmlCase{"no_utf8",
                            "a\xff"
                            "b",
                            "a\uFFFDb"},
                    XmlCase{"lines", "a\nb\tc", "a b c"}, XmlCase{"end_of_cdata", "]]>", "]]&gt;"}),
    [](const auto& info) { return info.param.name; });

TEST(RenderJunit, PassesWhenNothingFails) {
  const std::string text = render_junit({.target = "pod ci/web", .verdict = Verdict::healthy});

  EXPECT_THAT(text, HasSubstr("tests=\"1\" failures=\"0\" errors=\"0\""));
  EXPECT_THAT(text, Not(HasSubstr("<failure")));
}

TEST(RenderJunit, IsAnErrorWhereTheCauseIsNotKnown) {
  const std::string text = render_junit({.target = "log a", .verdict = Verdict::unknown, .exit_code = 2});

  EXPECT_THAT(text, HasSubstr("tests=\"1\" failures=\"0\" errors=\"1\""));
  EXPECT_THAT(text, HasSubstr("<error message=\"no rule recognises this failure"));
}

TEST(RenderJunit, IsSkippedWhereNothingSaysThatItFailed) {
  const std::string text = render_junit({.target = "log a", .verdict = Verdict::unknown});

  EXPECT_THAT(text, HasSubstr("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(text, HasSubstr("<skipped message="));
}

TEST(RenderJunit, FailsByTheCauseAndNotByAWarning) {
  Report report{.target = "log a", .verdict = Verdict::failing};
  report.findings = {{.rule = "a", .severity = Severity::error, .headline = "bad"},
                     {.rule = "b", .severity = Severity::warning, .headline = "odd"}};

  const std::string text = render_junit(report);

  EXPECT_THAT(text, HasSubstr("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(text, HasSubstr("<skipped message=\"odd\"/>"));
}

}  // namespace
}  // namespace agent::sinks
