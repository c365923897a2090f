#include "tools/builtin_tools.hpp"

#include "support/fake_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::tools {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class BuiltinTools : public testing::Test {
 protected:
  BuiltinTools() {
    cluster_->add({{"kind", "Pod"},
                   {"metadata", {{"name", "web-1"}, {"namespace", "ci"}}},
                   {"spec", {{"containers", {{{"name", "app"}}, {{"name", "sidecar"}}}}}},
                   {"status", {{"phase", "Failed"}}}});
    cluster_->add({{"kind", "Pod"}, {"metadata", {{"name", "db-1"}, {"namespace", "other"}}}});
    cluster_->add(
        {{"kind", "Secret"}, {"metadata", {{"name", "token"}, {"namespace", "ci"}}}, {"data", {{"a", "Yg=="}}}});
    cluster_->add({{"kind", "Node"}, {"metadata", {{"name", "node1"}}}});
    cluster_->add({{"kind", "Namespace"}, {"metadata", {{"name", "ci"}}}});
    cluster_->add({{"kind", "Event"},
                   {"metadata", {{"name", "web-1.1"}, {"namespace", "ci"}}},
                   {"involvedObject", {{"apiVersion", "v1"}, {"kind", "Pod"}, {"name", "web-1"}}},
                   {"lastTimestamp", "2026-11-21T10:00:00Z"},
                   {"message", "Back-off restarting failed container"},
                   {"reason", "BackOff"},
                   {"type", "Warning"}});
    cluster_->add_log("pod/ci/web-1/app", "starting\npanic: no config\n");
    cluster_->add_log("pod/ci/web-1/app/previous", "before\n");
    cluster_->add_log("pod/ci/web-1/sidecar", "");
  }

  ToolResult call(const std::string& name, const json& arguments) {
    for (const auto& tool : tools_)
      if (tool->name() == name) return tool->call(arguments, {});
    return {.status = ToolStatus::error, .text = "no such tool"};
  }

  std::shared_ptr<test::FakeCluster> cluster_ = std::make_shared<test::FakeCluster>();
  std::vector<std::shared_ptr<Tool>> tools_ = builtin_tools(cluster_, "ci");
};

TEST_F(BuiltinTools, OnlyRead) {
  std::vector<std::string> names;
  for (const auto& tool : tools_) {
    names.push_back(tool->name());
    EXPECT_EQ(tool->effect(), ToolEffect::reads);
    EXPECT_EQ(tool->input_schema()["type"], "object");
  }

  EXPECT_THAT(names, ElementsAre("pods_list", "pods_list_in_namespace", "pods_get", "pods_log", "events_list",
                                 "namespaces_list", "resources_list", "resources_get"));
}

TEST_F(BuiltinTools, SaySoInTheirSchemas) {
  EXPECT_EQ(tools_[3]->input_schema()["required"], json::array({"name"}));
  EXPECT_EQ(tools_[3]->input_schema()["properties"]["tail"]["minimum"], 0);
  EXPECT_FALSE(tools_[0]->input_schema().contains("required"));
  EXPECT_EQ(tools_[0]->input_schema()["additionalProperties"], false);
}

struct AnswerCase {
  std::string name, tool;
  json arguments;
  std::string text;
};

class BuiltinAnswer : public BuiltinTools, public testing::WithParamInterface<AnswerCase> {};

TEST_P(BuiltinAnswer, IsThatOfTheServer) {
  const ToolResult result = call(GetParam().tool, GetParam().arguments);

  EXPECT_EQ(result.status, ToolStatus::ok);
  EXPECT_EQ(result.text, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, BuiltinAnswer,
    testing::Values(
        AnswerCase{
            "pods_of_all_namespaces", "pods_list", nullptr,
            "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: web-1\n    namespace: ci\n  spec:\n    containers:\n"
            "    - name: app\n    - name: sidecar\n  status:\n    phase: Failed\n"
            "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: db-1\n    namespace: other\n"},
        AnswerCase{"pods_of_one",
                   "pods_list_in_namespace",
                   {{"namespace", "other"}},
                   "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: db-1\n    namespace: other\n"},
        AnswerCase{"a_node",
                   "resources_get",
                   {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", "node1"}},
                   "apiVersion: v1\nkind: Node\nmetadata:\n  name: node1\n"},
        AnswerCase{"nothing_of_a_kind", "resources_list", {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}}, "[]\n"},
        AnswerCase{"namespaces", "namespaces_list", json::object(),
                   "- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: ci\n"},
        AnswerCase{
            "events",
            "events_list",
            {{"namespace", "ci"}},
            "# The following events (YAML format) were found:\n- InvolvedObject:\n    Kind: Pod\n    Name: web-1\n"
            "    apiVersion: v1\n  Message: Back-off restarting failed container\n  Namespace: ci\n"
            "  Reason: BackOff\n  Timestamp: \"2026-11-21T10:00:00Z\"\n  Type: Warning\n"},
        AnswerCase{"no_events", "events_list", {{"namespace", "none"}}, "# No events found"},
        AnswerCase{"a_log_of_the_first_container", "pods_log", {{"name", "web-1"}}, "starting\npanic: no config\n"},
        AnswerCase{"a_log_of_the_run_before",
                   "pods_log",
                   {{"name", "web-1"}, {"container", "app"}, {"previous", true}, {"tail", 0}},
                   "before\n"},
        AnswerCase{"a_log_without_lines",
                   "pods_log",
                   {{"name", "web-1"}, {"container", "sidecar"}},
                   "The pod web-1 in namespace ci has not logged any message yet"}),
    [](const auto& row) { return row.param.name; });

struct RefusalCase {
  std::string name, tool;
  json arguments;
  ToolStatus status;
  std::string text;
};

class BuiltinRefusal : public BuiltinTools, public testing::WithParamInterface<RefusalCase> {};

TEST_P(BuiltinRefusal, SaysWhy) {
  const ToolResult result = call(GetParam().tool, GetParam().arguments);

  EXPECT_EQ(result.status, GetParam().status);
  EXPECT_THAT(result.text, HasSubstr(GetParam().text));
  EXPECT_FALSE(result.failure);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, BuiltinRefusal,
    testing::Values(
        RefusalCase{"a_secret",
                    "resources_get",
                    {{"apiVersion", "v1"}, {"kind", "Secret"}, {"name", "token"}},
                    ToolStatus::denied,
                    "never given"},
        RefusalCase{
            "secrets", "resources_list", {{"apiVersion", "v1"}, {"kind", "Secret"}}, ToolStatus::denied, "never given"},
        RefusalCase{"a_pod_that_is_not_there",
                    "pods_get",
                    {{"name", "gone"}},
                    ToolStatus::error,
                    "failed to get pod gone in namespace ci: there is no pods 'gone'"},
        RefusalCase{"a_kind_that_is_not_known",
                    "resources_list",
                    {{"apiVersion", "example.org/v1"}, {"kind", "Widget"}},
                    ToolStatus::error,
                    "no matches for kind \"Widget\" in version \"example.org/v1\""},
        RefusalCase{"a_version_that_leads_elsewhere",
                    "resources_list",
                    {{"apiVersion", "apps/v1/../../../api/v1"}, {"kind", "Deployment"}},
                    ToolStatus::error,
                    "no matches for kind \"Deployment\""},
        RefusalCase{"a_version_that_is_none",
                    "resources_get",
                    {{"apiVersion", ".."}, {"kind", "Pod"}, {"name", "web-1"}},
                    ToolStatus::error,
                    "no matches for kind \"Pod\""},
        RefusalCase{"a_name_that_is_a_path",
                    "pods_get",
                    {{"name", "../web-1"}},
                    ToolStatus::error,
                    "name parameter can't be the name of an object"},
        RefusalCase{"an_empty_name", "pods_get", {{"name", ""}}, ToolStatus::error, "name parameter can't be"},
        RefusalCase{"a_namespace_that_is_a_path",
                    "resources_list",
                    {{"apiVersion", "v1"}, {"kind", "Pod"}, {"namespace", ".."}},
                    ToolStatus::error,
                    "namespace parameter can't be"},
        RefusalCase{"an_argument_that_is_not_known",
                    "pods_get",
                    {{"name", "web-1"}, {"namspace", "ci"}},
                    ToolStatus::error,
                    "unknown argument 'namspace'; pods_get takes 'name', 'namespace'; did you mean 'namespace'?"},
        RefusalCase{"no_name", "pods_get", json::object(), ToolStatus::error, "name parameter required"},
        RefusalCase{
            "a_number_for_a_name", "pods_get", {{"name", 3}}, ToolStatus::error, "name parameter must be a string"},
        RefusalCase{"a_tail_below_nothing",
                    "pods_log",
                    {{"name", "web-1"}, {"tail", -1}},
                    ToolStatus::error,
                    "tail parameter must be a integer"},
        RefusalCase{"no_object", "pods_get", json::array(), ToolStatus::error, "not an object"}),
    [](const auto& row) { return row.param.name; });

TEST_F(BuiltinTools, TellThatTheClusterIsDown) {
  cluster_->refuse_all({ErrorKind::unreachable, "no answer from the cluster", "", ""});

  const ToolResult result = call("pods_list", {});

  EXPECT_EQ(result.status, ToolStatus::error);
  EXPECT_EQ(result.failure->kind, ErrorKind::unreachable);
}

TEST_F(BuiltinTools, GiveStructuredContentAsWell) {
  EXPECT_EQ(call("pods_get", {{"name", "web-1"}}).structured->at("kind"), "Pod");
  EXPECT_EQ(call("namespaces_list", {}).structured->at("items").size(), 1U);
}

}  // namespace
}  // namespace agent::tools
