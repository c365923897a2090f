#include "sinks/issue_text.hpp"

#include "sinks/markdown_sections.hpp"
#include "sinks/report_json.hpp"
#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::sinks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view id = "0123456789abcdef";

Report stored(const std::string& name) {
  return parse_report(test::read_source_file("tests/data/reports/" + name + ".json")).value();
}

TEST(IssueMarker, IsReadAsItWasWritten) {
  const Marker marker{.of = Marker::Of::repeats,
                      .fingerprint = std::string(id),
                      .parcels = {"00000000000000aa", "00000000000000bb"},
                      .times = 7,
                      .explained = true,
                      .first_at = "2026-11-16T08:00:00.000Z",
                      .last_at = "2026-11-21T07:12:00+01:00",
                      .runs = {"https://forge.example/o/r/actions/runs/12?x=1#y"}};

  const std::string line = to_line(marker);
  const auto read = read_marker(line + "\nbody");

  EXPECT_EQ(line,
            "<!-- agent:repeats fingerprint=0123456789abcdef parcels=00000000000000aa,00000000000000bb times=7 "
            "first=2026-11-16T08:00:00.000Z last=2026-11-21T07:12:00+01:00 "
            "runs=https://forge.example/o/r/actions/runs/12?x=1#y explained -->");
  ASSERT_TRUE(read);
  EXPECT_EQ(to_line(*read), line);
  EXPECT_EQ(read->of, Marker::Of::repeats);
  EXPECT_EQ(read->times, 7);
  EXPECT_TRUE(read->explained);
}

struct MarkerCase {
  std::string name, body, expected;  // "": none
};
void PrintTo(const MarkerCase& row, std::ostream* out) { *out << row.name; }

class ReadMarker : public testing::TestWithParam<MarkerCase> {};

TEST_P(ReadMarker, TakesOursOnly) {
  const auto marker = read_marker(GetParam().body);

  EXPECT_EQ(marker ? to_line(*marker) : "", GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, ReadMarker,
    testing::Values(
        MarkerCase{"an_issue", "<!-- agent:issue fingerprint=0123456789abcdef -->\nx",
                   "<!-- agent:issue fingerprint=0123456789abcdef -->"},
        MarkerCase{"line_ends_of_a_browser", "<!-- agent:issue fingerprint=0123456789abcdef -->\r\nx",
                   "<!-- agent:issue fingerprint=0123456789abcdef -->"},
        MarkerCase{"unknown_words", "<!-- agent:issue fingerprint=0123456789abcdef colour=red -->",
                   "<!-- agent:issue fingerprint=0123456789abcdef -->"},
        MarkerCase{"a_pull_request", "<!-- agent:pull-request -->", "<!-- agent:pull-request -->"},
        MarkerCase{"nothing", "", ""}, MarkerCase{"no_fingerprint", "<!-- agent:issue -->", ""},
        MarkerCase{"second_line", "x\n<!-- agent:issue fingerprint=0123456789abcdef -->", ""},
        MarkerCase{"not_at_the_beginning", " <!-- agent:issue fingerprint=0123456789abcdef -->", ""},
        MarkerCase{"text_behind_it", "<!-- agent:issue fingerprint=0123456789abcdef --> x", ""},
        MarkerCase{"two_comments", "<!-- agent:issue --><!-- fingerprint=0123456789abcdef -->", ""},
        MarkerCase{"fingerprint_of_another_form", "<!-- agent:issue fingerprint=0123456789ABCDEF -->", ""},
        MarkerCase{"long_fingerprint", "<!-- agent:issue fingerprint=0123456789abcdef0 -->", ""},
        MarkerCase{"unknown_kind", "<!-- agent:issues fingerprint=0123456789abcdef -->", ""},
        MarkerCase{"not_closed", "<!-- agent:issue fingerprint=0123456789abcdef", ""},
        MarkerCase{"endless", "<!-- agent:issue " + std::string(100'000, 'a') + " -->", ""},
        MarkerCase{"huge_count", "<!-- agent:repeats fingerprint=0123456789abcdef times=99999999999999999999 -->",
                   "<!-- agent:repeats fingerprint=0123456789abcdef times=1000000 -->"},
        MarkerCase{"negative_count", "<!-- agent:repeats fingerprint=0123456789abcdef times=-4 -->",
                   "<!-- agent:repeats fingerprint=0123456789abcdef times=1 -->"},
        MarkerCase{"words_for_numbers", "<!-- agent:repeats fingerprint=0123456789abcdef times=4x -->",
                   "<!-- agent:repeats fingerprint=0123456789abcdef times=1 -->"},
        MarkerCase{"run_that_is_no_address",
                   "<!-- agent:repeats fingerprint=0123456789abcdef runs=javascript:a,https://a/`b`,https://c -->",
                   "<!-- agent:repeats fingerprint=0123456789abcdef times=1 runs=https://c -->"},
        MarkerCase{"moments_that_are_none", "<!-- agent:repeats fingerprint=0123456789abcdef first=yesterday last= -->",
                   "<!-- agent:repeats fingerprint=0123456789abcdef times=1 -->"}),
    [](const auto& info) { return info.param.name; });

TEST(IssueMarker, HoldsNoMoreThanItReads) {
  const std::string parcel(16, 'a'), run = "https://e/" + std::string(290, 'x');
  const Marker marker{.of = Marker::Of::repeats,
                      .fingerprint = std::string(id),
                      .parcels = std::vector<std::string>(100, parcel),
                      .runs = std::vector<std::string>(100, run)};

  const auto read = read_marker(to_line(marker));

  ASSERT_TRUE(read);
  EXPECT_EQ(read->parcels.size(), 30U);
  EXPECT_EQ(read->runs.size(), 5U);
}

TEST(IssueMarker, TakesNoTextThatIsNotOfItsForm) {
  const Marker marker{.of = Marker::Of::pull_request,
                      .fingerprint = "--> @admin",
                      .parcels = {"-->", "a b"},
                      .first_at = "-->",
                      .runs = {"https://a/-->"}};

  EXPECT_EQ(to_line(marker), "<!-- agent:pull-request -->");
}

TEST(IssueLabel, IsBounded) {
  EXPECT_EQ(label_of(id), "agent/0123456789abcdef");
  EXPECT_EQ(label_of("<b>" + std::string(id) + std::string(100, 'a')), "agent/b0123456789abc");
}

struct TitleCase {
  std::string name, form, expected;
};
void PrintTo(const TitleCase& row, std::ostream* out) { *out << row.name; }

class IssueTitle : public testing::TestWithParam<TitleCase> {};

TEST_P(IssueTitle, LeavesOutWhatIsNotKnown) {
  Report report{.target = "log a.log", .verdict = Verdict::failing, .cause = "2 tests failed"};
  report.fingerprint = id;
  report.pipeline = PipelineRun{.name = "build / test", .repository = "o/r"};

  EXPECT_TRUE(check_title_template(GetParam().form));
  EXPECT_EQ(issue_title(report, {.title_template = GetParam().form}), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Forms, IssueTitle,
                         testing::Values(TitleCase{"its_own", IssueStyle{}.title_template, "2 tests failed"},
                                         TitleCase{"known_words", "{pipeline} of {repository} is {verdict}: {target}",
                                                   "build / test of o/r is failing: log a.log"},
                                         TitleCase{"unknown_in_brackets", "[{branch}] {cause}", "2 tests failed"},
                                         TitleCase{"unknown_at_the_end", "{cause} ({branch})", "2 tests failed"},
                                         TitleCase{"unknown_between", "CI: {category} {cause}", "CI: 2 tests failed"},
                                         TitleCase{"nothing_known", "{branch}", "CI failing"},
                                         TitleCase{"empty", "", "CI failing"},
                                         TitleCase{"brace_that_opens_nothing", "{ {cause}", "{ 2 tests failed"}),
                         [](const auto& info) { return info.param.name; });

TEST(IssueTitle, IsOneLineWithoutReferencesAndFits) {
  Report report{.verdict = Verdict::failing, .cause = "closes #12 @admin\n:tada: deadbee" + std::string(400, 'x')};

  const std::string title = issue_title(report, {});

  EXPECT_THAT(title, testing::StartsWith("closes #\u200B12 @\u200Badmin :\u200Btada: "));
  EXPECT_EQ(count_code_points(title), 255U);
  EXPECT_THAT(title, testing::EndsWith("…"));
}

TEST(TitleTemplate, NamesTheWordThatIsUnknown) {
  const auto checked = check_title_template("{cause} {categry}");

  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::settings);
  EXPECT_EQ(checked.error().what, "unknown word '{categry}' in the title of issues");
  EXPECT_EQ(checked.error().fix, "'{category}'");
}

class IssueBodyOfStored : public testing::TestWithParam<std::string> {};

TEST_P(IssueBodyOfStored, IsAsAgreed) {
  Report report = stored(GetParam());
  report.pipeline = PipelineRun{.system = "GitHub Actions",
                                .url = "https://forge.example/o/r/actions/runs/12",
                                .name = "build / test",
                                .repository = "o/r",
                                .branch = "main",
                                .commit = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"};
  const std::string body = issue_body({report, "00000000000000aa"}, {.version = "1.2.3"});

  test::expect_golden("tests/data/reports/" + GetParam() + ".issue.md", body);
}

INSTANTIATE_TEST_SUITE_P(Files, IssueBodyOfStored, testing::Values("explained", "hostile", "unknown", "many"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace agent::sinks
