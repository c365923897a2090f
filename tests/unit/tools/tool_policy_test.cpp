#include "tools/tool_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::tools {
namespace {

struct GlobCase {
  std::string name, glob, tool;
  bool expected;
};

class Glob : public testing::TestWithParam<GlobCase> {};

TEST_P(Glob, FitsAsInAShell) { EXPECT_EQ(fits(GetParam().glob, GetParam().tool), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Patterns, Glob,
                         testing::Values(GlobCase{"whole_name", "pods_log", "pods_log", true},
                                         GlobCase{"prefix", "pods_*", "pods_log", true},
                                         GlobCase{"part_only", "pods", "pods_log", false},
                                         GlobCase{"middle", "*_li*", "events_list", true},
                                         GlobCase{"two_stars", "*s_*t", "events_list", true},
                                         GlobCase{"one_byte", "pods_?og", "pods_log", true},
                                         GlobCase{"one_byte_missing", "pods_log?", "pods_log", false},
                                         GlobCase{"all", "*", "", true}, GlobCase{"empty_fits_nothing", "", "x", false},
                                         GlobCase{"retried_after_a_star", "*ab", "aaab", true}),
                         [](const auto& row) { return row.param.name; });

struct PolicyCase {
  std::string name;
  ToolPolicy policy;
  std::string tool;
  ToolEffect effect;
  std::string denied;
};

class Policy : public testing::TestWithParam<PolicyCase> {};

TEST_P(Policy, SaysWhy) {
  const PolicyCase& row = GetParam();

  EXPECT_EQ(why_denied(row.policy, row.tool, row.effect), row.denied);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Policy,
    testing::Values(PolicyCase{"reads_unless_told", {}, "pods_get", ToolEffect::reads, ""},
                    PolicyCase{"key_leak_in_spite_of_allow",
                               {.allow = {"*"}, .read_only = false},
                               "configuration_view",
                               ToolEffect::reads,
                               "'configuration_view' is always denied: it gives away keys"},
                    PolicyCase{"on_the_deny_list",
                               {.allow = {"pods_*"}, .deny = {"pods_l*"}},
                               "pods_log",
                               ToolEffect::reads,
                               "'pods_log' is on the list of denied tools"},
                    PolicyCase{"not_on_the_allow_list",
                               {.allow = {"pods_*"}},
                               "events_list",
                               ToolEffect::reads,
                               "'events_list' is not on the list of allowed tools"},
                    PolicyCase{"a_change_while_read_only",
                               {},
                               "pods_delete",
                               ToolEffect::changes,
                               "'pods_delete' may change something, and only reading is allowed"},
                    PolicyCase{
                        "a_change_that_is_allowed", {.read_only = false}, "pods_delete", ToolEffect::changes, ""}),
    [](const auto& row) { return row.param.name; });

TEST(Policy, NeverAsksForSecrets) {
  EXPECT_NE(why_denied({{"apiVersion", "v1"}, {"kind", "Secret"}}), "");
  EXPECT_NE(why_denied({{"kind", " secrets "}}), "");
  EXPECT_EQ(why_denied({{"kind", "Pod"}, {"name", "secret"}}), "");
  EXPECT_EQ(why_denied({{"kind", 7}}), "");
}

TEST(Policy, HasATimeForEachTool) {
  using std::chrono::milliseconds;
  const ToolPolicy policy{.timeout = milliseconds(5), .tool_timeouts = {{"pods_log", milliseconds(9)}}};

  EXPECT_EQ(policy.timeout_of("pods_log"), milliseconds(9));
  EXPECT_EQ(policy.timeout_of("pods_get"), milliseconds(5));
}

}  // namespace
}  // namespace agent::tools
