#include "sinks/issue_text.hpp"

#include "sinks/markdown_sections.hpp"
#include "sinks/report_json.hpp"
#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace agent::sinks {
namespace {

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
        MarkerCase{"a_job_that_passes", "<!-- agent:pull-request last=2026-11-21 job=00000000000000aa passes -->",
                   "<!-- agent:pull-request last=2026-11-21 job=00000000000000aa passes -->"},
        MarkerCase{"a_job_of_another_form", "<!-- agent:pull-request job=build/unit -->",
                   "<!-- agent:pull-request -->"},
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

INSTANTIATE_TEST_SUITE_P(
    Forms, IssueTitle,
    testing::Values(TitleCase{"its_own", IssueStyle{}.title_template, "2 tests failed"},
                    TitleCase{"known_words", "{pipeline} of {repository} is {verdict}: {target}",
                              "build / test of o/r is failing: log a.log"},
                    TitleCase{"unknown_in_brackets", "[{branch}] {cause}", "2 tests failed"},
                    TitleCase{"unknown_at_the_end", "{cause} ({branch})", "2 tests failed"},
                    TitleCase{"unknown_between", "CI: {category} {cause}", "CI: 2 tests failed"},
                    TitleCase{"fingerprint", "{cause} {fingerprint}", "2 tests failed " + std::string(id)},
                    TitleCase{"nothing_known", "{branch}", "CI failing"}, TitleCase{"empty", "", "CI failing"},
                    TitleCase{"brace_that_opens_nothing", "{ {cause}", "{ 2 tests failed"}),
    [](const auto& info) { return info.param.name; });

TEST(IssueTitle, IsOneLineWithoutReferencesAndFits) {
  Report report{.verdict = Verdict::failing, .cause = "closes #12 @admin\n:tada: deadbee" + std::string(400, 'x')};

  const std::string title = issue_title(report, {});

  EXPECT_THAT(title, testing::StartsWith("closes #\u200B12 @\u200Badmin :\u200Btada: "));
  EXPECT_EQ(count_code_points(title), 255U);
  EXPECT_THAT(title, testing::EndsWith("…"));
}

TEST(IssueTitle, LeavesNumbersWhole) {
  EXPECT_EQ(issue_title({.cause = "4294967288 is out of range, not deadbeef"}, {}),
            "4294967288 is out of range, not d\u200Beadbeef");
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

/// A report whose every part is long, and full of fences and folds.
Report long_report() {
  Report report{.target = "log a.log", .verdict = Verdict::failing, .cause = std::string(5000, '<')};
  const std::string text = "```\n</details>\n<details>\n" + std::string(300, '`') + "\n" + std::string(900, 'x');
  report.findings = {{.rule = "r", .headline = report.cause, .evidence = {{"log/a.log", 2, "", text}}}};
  report.findings.resize(25, report.findings.front());
  report.evidence = {{"log/a.log", 900, 9000, std::vector<Excerpt>(80, {text, 1, 5, 0, "error"})}};
  report.remedies.assign(10, {std::string(500, '&'), text});
  report.not_checked.assign(40, {text, text});
  report.fingerprint = id;
  return report;
}

/// What is open at the end of our Markdown.
std::string left_open(std::string_view text) {
  std::string fence;
  int details = 0;
  for (; !text.empty(); text.remove_prefix(std::min(text.find('\n') + 1, text.size()))) {
    const std::string line(text.substr(0, text.find('\n')));
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t ticks = std::min(line.find_first_not_of('`', indent), line.size());
    if (!fence.empty()) {
      if (line == fence) fence.clear();
    } else if (ticks - indent >= 3) {
      fence = line.substr(0, ticks);
    } else if (line.ends_with("details>")) {
      details += line == "<details>" ? 1 : -1;
    }
  }
  return fence + std::string(static_cast<std::size_t>(std::abs(details)), 'd');
}

class IssueLimit : public testing::TestWithParam<std::size_t> {};

TEST_P(IssueLimit, IsKeptAndNothingStaysOpen) {
  const Parcel parcel{long_report(), "00000000000000aa"};
  const ForgeLimits limits{.body_code_points = GetParam()};

  for (const std::string& text :
       {issue_body(parcel, {.limits = limits}), pull_request_text(parcel, limits),
        repeats_comment({.of = Marker::Of::repeats, .fingerprint = std::string(id)}, parcel, "", limits)}) {
    EXPECT_LE(count_code_points(text), GetParam());
    EXPECT_EQ(left_open(text), "") << text;
    EXPECT_TRUE(text.ends_with('\n'));
    EXPECT_TRUE(read_marker(text)) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, IssueLimit, testing::Values(300, 1000, 3000, 6007, 12'345, 30'000, 65'536),
                         [](const auto& info) { return std::to_string(info.param); });

TEST(IssueBody, SaysThatItIsCutAndWhatEvidenceIsLeftOut) {
  Report report = long_report();
  const ForgeLimits limits{.body_code_points = 5000};

  EXPECT_THAT(issue_body({report, "a"}, {.limits = limits}), HasSubstr("… cut here"));
  report.not_checked.clear();
  report.remedies.clear();
  EXPECT_THAT(issue_body({report, "a"}, {.limits = {}}), HasSubstr("more, too long for this place"));
}

TEST(RepeatsComment, CountsAndSaysWhatIsNew) {
  const Report first = stored("explained");
  const std::string body = issue_body({first, "00000000000000aa"}, {});
  Report newest = first;
  newest.findings.push_back({.rule = "oom", .headline = "killed @admin: out of memory"});
  newest.pipeline = PipelineRun{.url = "https://forge.example/o/r/runs/3", .branch = "release", .commit = "0a1b2c3"};
  const Marker marker{.of = Marker::Of::repeats,
                      .fingerprint = first.fingerprint,
                      .parcels = {"00000000000000bb"},
                      .times = 1200,
                      .first_at = "2026-11-16T08:00:00Z",
                      .last_at = "2026-11-21T07:12:00Z",
                      .runs = {"https://forge.example/o/r/runs/2"}};

  const std::string text = repeats_comment(marker, {newest, "00000000000000bb"}, body, {});

  EXPECT_EQ(text,
            "<!-- agent:repeats fingerprint=00c0ffee00c0ffee parcels=00000000000000bb times=1200 "
            "first=2026-11-16T08:00:00Z last=2026-11-21T07:12:00Z "
            "runs=https://forge.example/o/r/runs/3,https://forge.example/o/r/runs/2 -->\n"
            "\n"
            "**Seen at least 1,200 times more**, first at 2026-11-16T08:00:00Z, last at 2026-11-21T07:12:00Z\n"
            "\n"
            "### New in the last run\n"
            "\n"
            "- killed @&#8203;admin: out of memory\n"
            "- branch `release`\n"
            "- commit `0a1b2c3`\n"
            "\n"
            "### The last runs\n"
            "\n"
            "- [`https://forge.example/o/r/runs/3`](<https://forge.example/o/r/runs/3>)\n"
            "- [`https://forge.example/o/r/runs/2`](<https://forge.example/o/r/runs/2>)\n");
}

TEST(RepeatsComment, HasNoNewsWhereAllIsKnown) {
  Report report = stored("many");
  report.fingerprint = id;
  const std::string body = issue_body({report, "a"}, {});

  const std::string text =
      repeats_comment({.of = Marker::Of::repeats, .fingerprint = std::string(id)}, {report, "b"}, body, {});

  EXPECT_THAT(text, HasSubstr("**Seen at least once more**"));
  EXPECT_THAT(text, Not(HasSubstr("New in the last run")));
}

TEST(RepeatsComment, KnowsALongHeadlineAgain) {
  Report report{.target = "log a", .verdict = Verdict::failing, .category = Category::compile};
  report.cause = std::string(1000, 'x');
  report.findings = {{.rule = "r", .headline = report.cause}};

  EXPECT_THAT(repeats_comment({.of = Marker::Of::repeats}, {report, "b"}, issue_body({report, "a"}, {}), {}),
              Not(HasSubstr("New in the last run")));
}

TEST(PullRequestText, LinksTheIssue) {
  const std::string text =
      pull_request_text({stored("explained"), "00000000000000aa", "https://forge.example/o/r/issues/7"}, {});

  EXPECT_TRUE(
      text.starts_with("<!-- agent:pull-request fingerprint=00c0ffee00c0ffee parcels=00000000000000aa "
                       "last=2026-11-21T18:39:00.000Z job=d522de9d8608ac6e explained -->\n"));
  EXPECT_THAT(text,
              HasSubstr("\nIssue: [`https://forge.example/o/r/issues/7`](<https://forge.example/o/r/issues/7>)\n"));
  EXPECT_EQ(left_open(text), "");
}

TEST(PullRequestText, NamesTheJob) {
  Report report = stored("explained");
  report.pipeline = PipelineRun{.name = "build / unit"};

  const std::string text = pull_request_text({report, "00000000000000aa"}, {});

  EXPECT_EQ(read_marker(text)->job, job_id("build / unit"));
  EXPECT_THAT(text, HasSubstr("\nRun build / unit"));
}

TEST(PullRequestText, TellsThatAJobPasses) {
  Parcel passed{.report = {}, .id = "00000000000000aa"};
  passed.report.created_at = "2026-11-21T07:12:00.000Z";
  passed.report.pipeline = PipelineRun{.url = "https://ci.example/7", .name = "build @unit", .commit = "0123abc"};

  EXPECT_EQ(passing_text({.of = Marker::Of::pull_request, .job = "00000000000000bb"}, passed),
            "<!-- agent:pull-request last=2026-11-21T07:12:00.000Z job=00000000000000bb passes -->\n\n"
            "### build @&#8203;unit passes now\n\n"
            "Run [build @&#8203;unit](<https://ci.example/7>) · commit `0123abc`\n\n"
            "Seen at 2026-11-21T07:12:00.000Z\n");
  EXPECT_THAT(passing_text({}, {}), HasSubstr("### This job passes now\n"));
}

TEST(PullRequestText, TellsJobsApart) {
  EXPECT_EQ(job_id(""), "");
  EXPECT_EQ(job_id("build / unit").size(), 16U);
  EXPECT_NE(job_id("build / unit"), job_id("build / lint"));
}

}  // namespace
}  // namespace agent::sinks
