#include "mcp/remote_tools.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

namespace agent::mcp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

struct EffectCase {
  std::string name, tool, annotations;
  bool reads = false;
};

class Effects : public testing::TestWithParam<EffectCase> {};

TEST_P(Effects, AreToldByTheNameAndNeverWidenedByHints) {
  ToolInfo tool;
  tool.name = GetParam().tool;
  tool.annotations = Json::parse(GetParam().annotations);

  EXPECT_EQ(effect_of(tool) == tools::ToolEffect::reads, GetParam().reads);
}

INSTANTIATE_TEST_SUITE_P(
    Tools, Effects,
    testing::Values(EffectCase{"list", "pods_list_in_namespace", "null", true},
                    EffectCase{"log", "pods_log", R"({"readOnlyHint":true})", true},
                    EffectCase{"camel_case", "getPodLogs", "null", true},
                    EffectCase{"dashes", "get-issue", "null", true},
                    EffectCase{"a_change", "resources_create_or_update", "null", false},
                    EffectCase{"a_change_that_says_it_reads", "pods_delete", R"({"readOnlyHint":true})", false},
                    EffectCase{"a_change_and_a_look", "get_or_create_issue", R"({"readOnlyHint":true})", false},
                    EffectCase{"a_command", "pods_exec", "null", false},
                    EffectCase{"a_look_that_admits_a_change", "get_token", R"({"readOnlyHint":false})", false},
                    EffectCase{"a_look_that_destroys", "read_once", R"({"destructiveHint":true})", false},
                    EffectCase{"a_look_whose_hints_are_defaults", "pods_get",
                               R"({"readOnlyHint":true,"destructiveHint":true})", true},
                    EffectCase{"hints_of_another_type", "pods_get", R"({"readOnlyHint":"no"})", true},
                    EffectCase{"a_name_that_says_nothing", "echo", R"({"readOnlyHint":true})", false},
                    EffectCase{"no_name", "", "null", false}),
    [](const auto& info) { return info.param.name; });

class Servers : public testing::Test {
 protected:
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }

  static ServerPlan stdio(const std::string& name, const std::string& mode) {
    ServerPlan plan;
    plan.server.name = name;
    plan.server.command = {AGENT_STDIO_SERVER, mode};
    plan.server.connect_timeout = seconds(10);
    return plan;
  }

  static ServerPlan missing(const std::string& name) {
    ServerPlan plan;
    plan.server.name = name;
    plan.server.command = {"/no/such/server"};
    return plan;
  }
};

TEST_F(Servers, ThatAreMissingAreToldAndTheOthersGoOn) {
  const auto made = connect_all({stdio("one", "legacy"), missing("two"), stdio("three", "modern")}, {}, {});

  ASSERT_TRUE(made) << made.error().what;
  ASSERT_EQ(made->connected.size(), 2U);
  EXPECT_EQ(made->connected[0].name, "one");
  EXPECT_EQ(made->connected[1].client->facts().era, Era::modern);
  ASSERT_EQ(made->missing.size(), 1U);
  EXPECT_EQ(made->missing[0].name, "two");
  EXPECT_EQ(made->missing[0].error.what, "there is no command '/no/such/server'");
}

TEST_F(Servers, ThatAreRequiredAndMissingEndIt) {
  auto plan = missing("two");
  plan.required = true;

  const auto made = connect_all({stdio("one", "legacy"), plan}, {}, {});

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "there is no command '/no/such/server'");
}

TEST_F(Servers, OfWhichOneIsSilentAreNotWaitedForLongerThanItsTime) {
  auto plan = stdio("two", "mute");
  plan.server.connect_timeout = milliseconds(300);
  const auto begun = Clock::now();

  const auto made = connect_all({stdio("one", "legacy"), plan}, {}, {});

  ASSERT_TRUE(made);
  EXPECT_EQ(made->connected.size(), 1U);
  ASSERT_EQ(made->missing.size(), 1U);
  EXPECT_EQ(made->missing[0].error.kind, ErrorKind::deadline);
  EXPECT_LT(Clock::now() - begun, seconds(10));
}

TEST_F(Servers, GiveToolsWhoseResultsAreReadAndFailuresTold) {
  const auto made = connect_all({stdio("one", "legacy"), stdio("two", "dies")}, {}, {});
  ASSERT_TRUE(made);
  tools::Toolbox box({.policy = {.read_only = false}});
  add_tools(*made, box);

  const auto ours = box.call("echo", {{"text", "hello"}}, {});
  const auto theirs = box.call("two_echo", {{"text", "hello"}}, {});

  EXPECT_EQ(ours.status, tools::ToolStatus::ok) << ours.text;
  EXPECT_EQ(ours.text, "hello");
  EXPECT_EQ(theirs.status, tools::ToolStatus::error);
  ASSERT_TRUE(theirs.failure);
  EXPECT_THAT(theirs.failure->what, HasSubstr("ended with exit code 3"));
}

TEST_F(Servers, HaveToolsThatMayChangeThingsDeniedUnlessAllowed) {
  const auto made = connect_all({stdio("one", "legacy")}, {}, {});
  ASSERT_TRUE(made);
  tools::Toolbox box({});
  add_tools(*made, box);

  EXPECT_EQ(box.call("echo", {{"text", "hello"}}, {}).status, tools::ToolStatus::denied);
}

}  // namespace
}  // namespace agent::mcp
