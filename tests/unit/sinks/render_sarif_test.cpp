#include "sinks/render_sarif.hpp"

#include "sinks/report_json.hpp"
#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace agent::sinks {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::ordered_json;

class RenderSarifOfStored : public testing::TestWithParam<std::string> {};

TEST_P(RenderSarifOfStored, IsAsAgreed) {
  Report report = parse_report(test::read_source_file("tests/data/reports/" + GetParam() + ".json")).value();
  report.pipeline = PipelineRun{.system = "GitHub Actions",
                                .url = "https://forge.example/o/r/actions/runs/12",
                                .name = "build / test",
                                .repository = "o/r",
                                .branch = "main",
                                .commit = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"};

  test::expect_golden("tests/data/reports/" + GetParam() + ".sarif", render_sarif(report, {.version = "1.2.3"}));
}

INSTANTIATE_TEST_SUITE_P(Files, RenderSarifOfStored,
                         testing::Values("test_failure", "unknown", "healthy", "many", "hostile", "explained"),
                         [](const auto& info) { return info.param; });

Json run_of(const Report& report, const SarifOptions& options = {}) {
  return Json::parse(render_sarif(report, options)).at("runs").at(0);
}

TEST(RenderSarif, PlacesAResultInTheCodeAndItsProofBesideIt) {
  Report report{.target = "log a.log", .verdict = Verdict::failing};
  report.findings = {{.rule = "cc.error",
                      .headline = "/w/src/x.cpp:3:5: error: y",
                      .evidence = {{"log/a.log", 7, "", "/w/src/x.cpp:3:5: error: y"}}}};

  const Json result = run_of(report, {.checkout = "/w"}).at("results").at(0);

  EXPECT_EQ(result.at("/locations/0/physicalLocation"_json_pointer),
            Json::parse(R"({"artifactLocation": {"uri": "src/x.cpp", "uriBaseId": "%SRCROOT%"},
                            "region": {"startLine": 3, "startColumn": 5}})"));
  EXPECT_EQ(result.at("/relatedLocations/0/physicalLocation/artifactLocation/uri"_json_pointer), "a.log");
  EXPECT_EQ(result.at("/relatedLocations/0/physicalLocation/region/startLine"_json_pointer), 7);
}

struct AddressCase {
  std::string name, source, expected;
};
void PrintTo(const AddressCase& row, std::ostream* out) { *out << row.name; }

class SarifAddress : public testing::TestWithParam<AddressCase> {};

TEST_P(SarifAddress, IsRelative) {
  Report report{.verdict = Verdict::failing};
  report.findings = {{.rule = "r", .headline = "h", .evidence = {{GetParam().source, 1, "", "q"}}}};

  const Json result = run_of(report).at("results").at(0);

  EXPECT_EQ(result.at("/locations/0/physicalLocation/artifactLocation/uri"_json_pointer), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Sources, SarifAddress,
                         testing::Values(AddressCase{"a_log", "log/out/build.log", "out/build.log"},
                                         AddressCase{"an_absolute_log", "log//tmp/build.log", "tmp/build.log"},
                                         AddressCase{"above", "log/../../etc/passwd", "etc/passwd"},
                                         AddressCase{"standard_input", "log/-", "standard-input"},
                                         AddressCase{"a_pod", "pod/ci/web-1/app/previous", "pod/ci/web-1/app/previous"},
                                         AddressCase{"an_object", "object/Pod/ci/web#/status",
                                                     "object/Pod/ci/web%23/status"},
                                         AddressCase{"a_scheme", "javascript:alert(1)", "javascript%3Aalert%281%29"},
                                         AddressCase{"blanks_and_signs", "log/a b%\x01.log", "a%20b%25%01.log"},
                                         AddressCase{"nothing", "", "log"}),
                         [](const auto& info) { return info.param.name; });

TEST(RenderSarif, HasAResultForACauseThatIsNotKnown) {
  Report report{.target = "log a.log", .verdict = Verdict::unknown};
  report.evidence = {{"log/a.log", 9, 9, {{"it broke\nbadly", 8, 9, 0, "tail"}}}};

  const Json result = run_of(report).at("results").at(0);

  EXPECT_EQ(result.at("ruleId"), "unknown");
  EXPECT_EQ(result.at("level"), "warning");
  EXPECT_EQ(result.at("/locations/0/physicalLocation/region/startLine"_json_pointer), 9);
}

TEST(RenderSarif, HasATimeOnlyWhereItIsOne) {
  Report report{.verdict = Verdict::healthy};
  for (const std::string moment : {"", "yesterday", "2026-13-41T18:39:00Z", "2026-11-21T18:39:00+01:00"}) {
    report.created_at = moment;
    EXPECT_FALSE(run_of(report).at("/invocations/0"_json_pointer).contains("endTimeUtc")) << moment;
  }
  report.created_at = "2026-11-21T18:39:00.123Z";

  EXPECT_EQ(run_of(report).at("/invocations/0/endTimeUtc"_json_pointer), "2026-11-21T18:39:00.123Z");
}

TEST(RenderSarif, TellsOfARepositoryWhoseAddressIsKnown) {
  Report report{.verdict = Verdict::healthy};
  report.pipeline =
      PipelineRun{.url = "https://f.example/o/r/runs/1", .repository = "o/r", .branch = "b", .commit = "c"};
  const Json run = run_of(report);
  report.pipeline->url = "https://f.example/o/r/ \"@\xff";

  EXPECT_EQ(run.at("versionControlProvenance"), Json::parse(R"([{"repositoryUri": "https://f.example/o/r",
      "mappedTo": {"uriBaseId": "%SRCROOT%"}, "revisionId": "c", "branch": "b"}])"));
  EXPECT_FALSE(run_of(report).contains("versionControlProvenance"));
}

TEST(RenderSarif, HasAMessageWhereTheHeadlineShowsNothing) {
  Report report{.verdict = Verdict::failing};
  report.findings = {{.rule = "r", .headline = "\x1b\x01"}, {.rule = "\x01", .headline = ""}};

  const Json results = run_of(report).at("results");

  EXPECT_EQ(results.at("/0/message/text"_json_pointer), "r");
  EXPECT_EQ(results.at("/1/message/text"_json_pointer), "unknown");
  EXPECT_EQ(results.at("/1/ruleId"_json_pointer), "unknown");
}

TEST(RenderSarif, SaysWhatWasNotChecked) {
  Report report{.verdict = Verdict::healthy, .not_checked = {{"events", "forbidden"}}};
  report.findings = {{.rule = "r", .headline = "h"}};

  const Json run = run_of(report);

  EXPECT_TRUE(run.at("results").empty());
  EXPECT_EQ(run.at("/invocations/0/toolExecutionNotifications/0/message/text"_json_pointer),
            "not checked: events: forbidden");
}

TEST(RenderSarif, FormsNoLinkAndNoCommand) {
  Report report{.verdict = Verdict::failing};
  report.findings = {{.rule = "r", .headline = "[click](http://x) ##[error]y"}};

  const std::string text = render_sarif(report, {});

  EXPECT_THAT(text, HasSubstr("[click]\u200B(http://x) #\\u0023[error]y"));
  EXPECT_THAT(text, Not(HasSubstr("##[")));
}

TEST(RenderSarif, StaysBelowTheLimitsOfCodeScanning) {
  Report report{.verdict = Verdict::failing};
  std::string long_text;
  for (int i = 0; i < 1200; ++i) long_text += "𝔵";
  const Citation citation{"log/" + long_text, 1, "", long_text};
  const Remedy remedy{long_text, long_text};
  const Finding finding{.rule = "r",
                        .headline = long_text,
                        .evidence = std::vector<Citation>(12, citation),
                        .remedies = std::vector<Remedy>(20, remedy)};
  report.findings = std::vector<Finding>(1100, finding);

  const std::string large = render_sarif(report, {});
  for (Finding& one : report.findings) one = {.rule = "r", .headline = "h"};
  const Json many = run_of(report);

  EXPECT_LT(large.size(), 10'000'000U);
  EXPECT_EQ(many.at("results").size(), 1000U);
}

}  // namespace
}  // namespace agent::sinks
