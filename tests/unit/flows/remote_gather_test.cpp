// What a Kubernetes MCP server tells gives the same report as the API: recorded answers of both, see
// tests/real/record-mcp.
#include "evidence/cluster_units.hpp"
#include "flows/analyze_cluster.hpp"
#include "support/fake_cluster.hpp"
#include "support/golden.hpp"
#include "support/replayed_tools.hpp"
#include "tools/remote_source.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::flows {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::Not;

json recording(const std::string& name) {
  return json::parse(test::read_source_file("tests/data/mcp/" + name + ".json"));
}

Report analyse(kube::Source& source, const std::string& name_space, const std::string& target) {
  static const evidence::RuleSet rules = evidence::RuleSet::built_in();
  SharedRedactor redactor;
  ClusterQuestion question;
  question.name_space = name_space;
  if (!target.empty()) question.target = kube::parse_target(target).value();
  question.now = evidence::timestamp("2026-11-21T15:40:00Z").value();
  auto report = analyze_cluster(question, {source, rules, system_clock(), redactor, {}}, {});
  EXPECT_TRUE(report) << report.error().what;
  return report ? *std::move(report) : Report();
}

Report through_api(const json& recorded, const std::string& name_space, const std::string& target) {
  test::FakeCluster cluster;
  for (const json& object : recorded["objects"]) cluster.add(object);
  for (const auto& [source, text] : recorded["logs"].items()) cluster.add_log("pod/" + source, text);
  return analyse(cluster, name_space, target);
}

Report through_tools(const json& answers, const std::string& name_space, const std::string& target,
                     const std::vector<std::string>& selected = {}) {
  const auto toolbox = std::make_shared<tools::Toolbox>(tools::ToolboxOptions{});
  toolbox->add("kubernetes", test::replayed_tools(answers, selected));
  tools::RemoteSource source(toolbox, {.server = "kubernetes", .described = "cluster through tools"});
  return analyse(source, name_space, target);
}

/// All that must be the same.
std::vector<std::string> essence(const Report& report) {
  std::vector<std::string> lines{std::string(name(report.verdict)), report.cause, std::string(name(report.category))};
  for (const Finding& finding : report.findings) {
    lines.push_back(fmt::format("{} {} {} {} {}", finding.rule, name(finding.severity), name(finding.category),
                                finding.headline, finding.verified));
    for (const Citation& one : finding.evidence)
      lines.push_back(fmt::format("  {}:{} {}", one.source, one.line, one.quote));
    for (const Remedy& one : finding.remedies) lines.push_back("  > " + one.text + " " + one.command);
  }
  for (const SourceEvidence& one : report.evidence)
    for (const Excerpt& excerpt : one.excerpts)
      lines.push_back(fmt::format("{}:{} {}", one.source, excerpt.first_line, excerpt.text));
  return lines;
}

struct Scenario {
  std::string name, target;
};

std::string row_name(const Scenario& scenario, const std::string& answers) {
  std::string name = scenario.name + (scenario.target.empty() ? "_all_" : "_target_") + answers;
  std::ranges::replace(name, '-', '_');
  return name;
}

class RemoteGather : public testing::TestWithParam<std::tuple<Scenario, std::string>> {};

TEST_P(RemoteGather, SaysWhatTheApiSays) {
  const auto& [scenario, answers] = GetParam();
  const json recorded = recording(scenario.name);

  const Report report = through_tools(recorded[answers], scenario.name, scenario.target);

  EXPECT_EQ(essence(report), essence(through_api(recorded, scenario.name, scenario.target)));
  EXPECT_THAT(report.findings, Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(Recordings, RemoteGather,
                         testing::Combine(testing::Values(Scenario{"crash-1", "pod/crash-1"}, Scenario{"crash-1", ""},
                                                          Scenario{"service-selector-mismatch", ""},
                                                          Scenario{"tekton-failed-step-with-log", ""}),
                                          testing::Values("table", "yaml")),
                         [](const auto& row) { return row_name(std::get<0>(row.param), std::get<1>(row.param)); });

TEST(RemoteGatherByFewTools, ExplainsAPodAllTheSame) {
  const json recorded = recording("crash-1");

  const Report report = through_tools(recorded["yaml"], "crash-1", "pod/crash-1",
                                      {"pods_get", "pods_log", "events_list", "resources_get"});

  EXPECT_EQ(essence(report), essence(through_api(recorded, "crash-1", "pod/crash-1")));
}

}  // namespace
}  // namespace agent::flows
