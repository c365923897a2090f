#include "sinks/facts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::sinks {
namespace {

TEST(Place, IsWhatAnEditorOpens) {
  EXPECT_EQ(place("log/src/build.log", 7), "src/build.log:7");
  EXPECT_EQ(place("log/-", 7), "standard input:7");
}

struct PlaceCase {
  std::string name, source, expected;
  std::size_t line = 0;
};

class ClusterPlace : public testing::TestWithParam<PlaceCase> {};

TEST_P(ClusterPlace, IsSaidInWords) { EXPECT_EQ(place(GetParam().source, GetParam().line), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Sources, ClusterPlace,
                         testing::Values(PlaceCase{"log", "pod/ci/web/app", "pod ci/web, container app line 7", 7},
                                         PlaceCase{"previous_log", "pod/ci/web/app/previous",
                                                   "pod ci/web, container app (previous) line 7", 7},
                                         PlaceCase{"field", "object/Pod.v1/ci/web#/status/conditions/0/message",
                                                   "Pod ci/web status.conditions[0].message"},
                                         PlaceCase{"label", "object/Pod.v1/ci/web#/metadata/labels/tekton.dev~1taskRun",
                                                   "Pod ci/web metadata.labels.tekton.dev/taskRun"},
                                         PlaceCase{"node", "object/Node.v1//n1#/spec/unschedulable",
                                                   "Node n1 spec.unschedulable"},
                                         PlaceCase{"events", "events/ci/Pod/a", "events of Pod ci/a"},
                                         PlaceCase{"unfinished", "pod/ci", "pod/ci"}),
                         [](const auto& info) { return info.param.name; });

TEST(Facts, NameTheModelWhoseCauseItIs) {
  Report report{.target = "log a", .verdict = Verdict::failing, .confidence = Confidence::high};
  report.findings = {{.rule = "model", .verified = true}, {.rule = "r", .verified = true}};
  report.usage.model = "openai/m-1";

  EXPECT_EQ(facts(report), "log a · confidence high · found by model m-1");
  std::swap(report.findings[0], report.findings[1]);
  EXPECT_EQ(facts(report), "log a · confidence high");
}

TEST(Facts, CallNoUnprovenRemarkTheCause) {
  Report report{.target = "log a", .verdict = Verdict::unknown, .cause = "line 2 says 'all tests passed'"};
  report.findings = {{.rule = "model", .headline = "gremlins"}};
  report.usage.model = "m-1";

  EXPECT_EQ(facts(report), "log a");
  EXPECT_EQ(cause_finding(report), nullptr);
  ASSERT_EQ(other_findings(report).size(), 1U);
  report.cause = "gremlins";
  EXPECT_EQ(cause_finding(report), &report.findings[0]);
  EXPECT_TRUE(other_findings(report).empty());
}

TEST(WithThousands, PutsThemApart) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
}

TEST(HumanBytes, HaveTwoDigitsOrMore) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(51234), "51 kB");
  EXPECT_EQ(human_bytes(999999), "1.0 MB");
  EXPECT_EQ(human_bytes(12'345'678'901), "12 GB");
}

}  // namespace
}  // namespace agent::sinks
