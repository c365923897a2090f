#include "flows/analyze_tool.hpp"

#include "support/fake_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace agent::flows {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const json crashing = json::parse(R"({"kind": "Pod", "metadata": {"namespace": "ci", "name": "web"},
  "spec": {"containers": [{"name": "app", "image": "a", "resources": {"limits": {"memory": "128Mi"}}}]},
  "status": {"phase": "Running", "startTime": "2026-11-21T06:00:00Z", "containerStatuses": [{"name": "app",
    "ready": false, "restartCount": 7, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T06:30:00Z"}}}]}})");

class AnalyzeTool : public testing::Test {
 protected:
  [[nodiscard]] tools::ToolResult call(const json& arguments) {
    return analyze_tool({rules_, system_clock(), redactor_, source_, "ci"})->call(arguments, {});
  }

  void with_cluster() {
    const auto cluster = std::make_shared<test::FakeCluster>();
    cluster->add(crashing);
    source_ = cluster;
  }

  evidence::RuleSet rules_ = evidence::RuleSet::built_in();
  SharedRedactor redactor_;
  std::shared_ptr<kube::Source> source_;
};

TEST_F(AnalyzeTool, ExplainsALog) {
  const auto result = call({{"log", "PASSWORD=hunter2-hunter2\nmake: *** [all] Error 2\n"}, {"exit_code", 2}});

  EXPECT_EQ(result.status, tools::ToolStatus::ok) << result.text;
  EXPECT_THAT(result.text, HasSubstr("FAILED"));
  EXPECT_THAT(result.text, Not(HasSubstr("--print")));
  ASSERT_TRUE(result.structured);
  EXPECT_EQ((*result.structured)["verdict"], "failing");
  EXPECT_THAT(result.text + result.structured->dump(), Not(HasSubstr("hunter2")));
}

TEST_F(AnalyzeTool, ExplainsAPod) {
  with_cluster();

  const auto result = call({{"target", "pod/web"}, {"namespace", "ci"}});

  EXPECT_EQ(result.status, tools::ToolStatus::ok) << result.text;
  ASSERT_TRUE(result.structured);
  EXPECT_EQ((*result.structured)["target"], "pod ci/web");
  EXPECT_THAT(result.text, HasSubstr("OOMKilled"));
}

TEST_F(AnalyzeTool, ExplainsTheNamespaceInUse) {
  with_cluster();

  const auto result = call(json::object());

  EXPECT_EQ(result.status, tools::ToolStatus::ok) << result.text;
  EXPECT_EQ((*result.structured)["target"], "namespace ci");
}

struct WrongCall {
  std::string name;
  bool cluster;
  json arguments;
  std::string what;
};

void PrintTo(const WrongCall& one, std::ostream* out) { *out << one.name; }

class WrongAnalyzeCall : public AnalyzeTool, public testing::WithParamInterface<WrongCall> {};

TEST_P(WrongAnalyzeCall, IsAnErrorOfTheTool) {
  if (GetParam().cluster) with_cluster();

  const auto result = call(GetParam().arguments);

  EXPECT_EQ(result.status, tools::ToolStatus::error);
  EXPECT_THAT(result.text, HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    Arguments, WrongAnalyzeCall,
    testing::Values(
        WrongCall{"nothing_to_explain", false, json::object(), "log"}, WrongCall{"no_text", false, {{"log", 1}}, "log"},
        WrongCall{
            "log_and_cluster", true, {{"log", "a"}, {"target", "pod/web"}}, "a log and a cluster were both named"},
        WrongCall{"unknown_argument",
                  true,
                  {{"pod", "nope"}, {"namespace", "ci"}},
                  "unknown argument 'pod'; analyze takes 'container'"},
        WrongCall{
            "argument_of_a_cluster_alone", false, {{"log", "a"}, {"target", "pod/web"}}, "unknown argument 'target'"},
        WrongCall{"no_target", true, {{"target", "web"}}, "web"},
        WrongCall{"unknown_pod", true, {{"target", "pod/wob"}}, "wob"},
        WrongCall{"container_alone", true, {{"container", "app"}}, "without its pod"}),
    [](const auto& info) { return info.param.name; });

TEST_F(AnalyzeTool, OffersOfAClusterOnlyWhereThereIsOne) {
  const auto alone = analyze_tool({rules_, system_clock(), redactor_, nullptr, ""})->input_schema();
  with_cluster();
  const auto with = analyze_tool({rules_, system_clock(), redactor_, source_, "ci"})->input_schema();

  EXPECT_FALSE(alone["properties"].contains("target"));
  EXPECT_EQ(alone["required"], json::array({"log"}));
  EXPECT_TRUE(with["properties"].contains("target"));
  EXPECT_EQ(analyze_tool({rules_, system_clock(), redactor_, source_, "ci"})->effect(), tools::ToolEffect::reads);
}

}  // namespace
}  // namespace agent::flows
