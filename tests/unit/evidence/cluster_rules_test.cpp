// What the cluster rules say of the scenarios in tests/data/cluster: objects in, findings out.
#include "evidence/cluster_rules.hpp"

#include "base/text.hpp"
#include "evidence/cluster_index.hpp"
#include "evidence/cluster_units.hpp"
#include "evidence/rules.hpp"
#include "support/golden.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace agent::evidence {
namespace {

const std::string scenarios = "tests/data/cluster";

Json read_scenario(const std::string& name) {
  return Json::parse(test::read_source_file(scenarios + "/" + name + ".json"));
}

/// A container's log as the log rules judge it.
ContainerLog log_of(const std::string& source, const Json& lines) {
  std::vector<JudgedLine> judged;
  for (const Json& line : lines) judged.push_back({judged.size() + 1, line.get_ref<const std::string&>()});
  ContainerLog log{RuleSet::built_in().judge(source, judged, std::nullopt), std::nullopt};
  if (!judged.empty()) log.last = Citation{source, judged.size(), "", std::string(judged.back().text)};
  return log;
}

ClusterView view_of(const Json& scenario) {
  ClusterView view;
  view.now = timestamp(text(scenario, "now")).value();
  for (const Json& object : scenario["objects"]) {
    const std::string_view kind = text(object, "kind");
    view.objects[kind == "Event" ? "events" : std::string(resource_of(kind))].push_back(object);
  }
  for (const Json& resource : items(scenario, "empty")) view.objects[resource];
  for (const auto& [resource, why] : members(scenario, "unread")) view.unread[resource] = why;
  for (const auto& [source, lines] : members(scenario, "logs")) view.logs[source] = log_of(source, lines);
  if (const auto target = items(scenario, "target"); target.size() == 3)
    view.target = ClusterTarget{target[0], target[1], target[2]};
  return view;
}

/// What a scenario expects of a finding, as JSON: so that a mismatch shows the whole.
Json summary(const Finding& finding) {
  return {{"rule", finding.rule},
          {"severity", name(finding.severity)},
          {"category", name(finding.category)},
          {"headline", finding.headline}};
}

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path(scenarios)))
    names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

class ClusterScenario : public testing::TestWithParam<std::string> {};

TEST_P(ClusterScenario, IsExplained) {
  const Json scenario = read_scenario(GetParam());

  const ClusterJudgement judgement = judge_cluster(view_of(scenario));

  Json found = Json::array();
  for (const Finding& finding : judgement.findings) found.push_back(summary(finding));
  EXPECT_EQ(found.dump(1), scenario["expected"].dump(1));
}

/// The place that an "object/…#/POINTER" citation names, in the scenario's objects.
Json cited_value(const Json& scenario, const std::string& source) {
  const std::string place = source.substr(0, source.find('#'));
  for (const Json& object : scenario["objects"]) {
    const std::string kind(text(object, "kind"));
    const std::string name =
        std::string(text(object, "metadata/namespace")) + "/" + object["metadata"]["name"].get<std::string>();
    if (place.starts_with("object/" + kind + ".") && place.ends_with("/" + name))
      return at(object, source.substr(source.find("#/") + 2));
  }
  return {};
}

TEST_P(ClusterScenario, QuotesWhatStandsThere) {
  const Json scenario = read_scenario(GetParam());

  const ClusterJudgement judgement = judge_cluster(view_of(scenario));

  for (const Finding& finding : judgement.findings) {
    EXPECT_FALSE(finding.evidence.empty()) << finding.headline;
    EXPECT_FALSE(finding.remedies.empty()) << finding.headline;
    for (const Citation& citation : finding.evidence)
      if (citation.source.starts_with("object/"))
        EXPECT_EQ(citation.quote, quoted(cited_value(scenario, citation.source))) << citation.source;
      else if (citation.source.starts_with("events/"))
        EXPECT_TRUE(std::ranges::any_of(scenario["objects"], [&](const Json& one) {
          return quoted(at(one, "message")) == citation.quote || quoted(at(one, "note")) == citation.quote;
        })) << citation.quote;
  }
}

/// The scenario with another name for one of its objects.
ClusterView renamed(const std::string& scenario, const std::string& from, const std::string& to) {
  std::string text = read_scenario(scenario).dump();
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return view_of(Json::parse(text));
}

struct NamedCase {
  std::string scenario, name;
};

class ClusterCommand : public testing::TestWithParam<NamedCase> {};

// The API server does not check the names that a pod refers to, nor its images.
TEST_P(ClusterCommand, LetsNothingOfAnObjectRun) {
  const auto& [scenario, name] = GetParam();

  const ClusterJudgement judgement = judge_cluster(renamed(scenario, name, name + ";id;"));

  std::size_t quoted = 0;
  for (const Finding& finding : judgement.findings)
    for (const Remedy& remedy : finding.remedies) {
      if (remedy.command.find(";id;") == std::string::npos) continue;
      EXPECT_NE(remedy.command.find("'" + name + ";id;"), std::string::npos) << remedy.command;
      ++quoted;
    }
  EXPECT_GE(quoted, 1U);
}

INSTANTIATE_TEST_SUITE_P(References, ClusterCommand,
                         testing::Values(NamedCase{"configmap-missing", "settings"},
                                         NamedCase{"mount-missing-configmap", "settings"},
                                         NamedCase{"pull-secret-missing", "regcred"},
                                         NamedCase{"pull-secret-missing", "registry.example.com"}),
                         [](const auto& info) { return "case" + std::to_string(info.index); });

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Case, ClusterScenario, testing::ValuesIn(scenario_names()), test_name);

}  // namespace
}  // namespace agent::evidence
