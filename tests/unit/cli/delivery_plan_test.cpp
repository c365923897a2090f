#include "cli/delivery_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Settings settings_of(const std::map<std::string, std::string, std::less<>>& flags,
                     const Environment& environment = {}) {
  return Settings::load({.flags = flags, .environment = environment, .config_path = {}, .env_file = {}}).value();
}

std::vector<std::string> keys_of(const std::map<std::string, std::string, std::less<>>& flags,
                                 const Environment& environment = {}) {
  const auto places = planned_places(settings_of(flags, environment), environment);
  std::vector<std::string> keys;
  if (!places) return {"error: " + places.error().what};
  for (const PlannedPlace& place : *places) keys.push_back(key_of(place));
  return keys;
}

struct PlanCase {
  std::string name;
  std::map<std::string, std::string, std::less<>> flags;
  Environment environment;
  std::vector<std::string> keys;
};

class Plan : public testing::TestWithParam<PlanCase> {};

TEST_P(Plan, NamesThePlaces) { EXPECT_EQ(keys_of(GetParam().flags, GetParam().environment), GetParam().keys); }

INSTANTIATE_TEST_SUITE_P(
    Places, Plan,
    testing::Values(PlanCase{"nothing", {}, {{"GITHUB_REPOSITORY", "o/r"}, {"GITHUB_TOKEN", "t"}}, {}},
                    PlanCase{"gitea_by_default", {{"issue.forge", "gitea"}}, {}, {"gitea user1/mcp"}},
                    PlanCase{"gitea_of_the_environment",
                             {{"issue.forge", "gitea"}},
                             {{"GITEA_URL", "https://git.example/"}, {"GITEA_OWNER", "team"}, {"GITEA_REPO", "app"}},
                             {"gitea team/app at https://git.example"}},
                    PlanCase{"gitea_by_flags",
                             {{"issue.forge", "gitea"}, {"issue.owner", "a"}, {"issue.repo", "b"}},
                             {{"GITEA_OWNER", "team"}},
                             {"gitea a/b"}},
                    PlanCase{"owner_and_name_in_one_flag",
                             {{"issue.forge", "gitea"}, {"issue.repo", "a/b"}},
                             {{"GITEA_OWNER", "team"}},
                             {"gitea a/b"}},
                    PlanCase{"credentials_in_an_address_stay_out",
                             {{"issue.forge", "gitea"}},
                             {{"GITEA_URL", "https://user:secret@git.example"}},
                             {"gitea user1/mcp at https://git.example"}},
                    PlanCase{"github_of_the_environment",
                             {{"issue.forge", "github"}},
                             {{"GITHUB_REPOSITORY", "o/r"}},
                             {"github o/r at https://api.github.com"}},
                    PlanCase{"github_enterprise",
                             {{"issue.forge", "github"}, {"issue.repo", "x"}},
                             {{"GITHUB_REPOSITORY", "o/r"}, {"GITHUB_API_URL", "https://ghe.example/api/v3"}},
                             {"github o/x at https://ghe.example/api/v3"}},
                    PlanCase{"all_together",
                             {{"issue.forge", "github"}, {"pull_request", "7"}, {"notify", "slack\nwebhook\nslack"}},
                             {{"GITHUB_REPOSITORY", "o/r"}},
                             {"github o/r at https://api.github.com",
                              "github o/r pull request 7 at https://api.github.com", "slack", "webhook"}},
                    PlanCase{"a_pull_request_of_gitea_s_own_ci",
                             {{"pull_request", "7"}},
                             {{"GITEA_ACTIONS", "true"}, {"GITEA_OWNER", "a"}, {"GITEA_REPO", "b"}},
                             {"gitea a/b pull request 7"}},
                    PlanCase{"no_repository", {{"issue.forge", "github"}}, {}, {"github at https://api.github.com"}},
                    PlanCase{"a_repository_that_is_none",
                             {{"issue.forge", "github"}, {"issue.repo", "a/../b"}},
                             {},
                             {"error: 'a/../b' is no repository"}},
                    PlanCase{"an_unknown_place", {{"notify", "teams"}}, {}, {"error: 'teams' can't be notified"}},
                    PlanCase{"a_pull_request_that_is_none",
                             {{"pull_request", "seven"}},
                             {{"GITHUB_REPOSITORY", "o/r"}},
                             {"error: 'seven' is no pull request"}},
                    PlanCase{"offline",
                             {{"notify", "slack"}, {"offline", "true"}},
                             {},
                             {"error: a report can't be sent without a network"}}),
    [](const auto& info) { return info.param.name; });

struct KeyCase {
  std::string name, key;
  bool is_key;
};

class Key : public testing::TestWithParam<KeyCase> {};

TEST_P(Key, IsReadBack) {
  const auto place = place_of_key(GetParam().key);

  ASSERT_EQ(place.has_value(), GetParam().is_key);
  if (place) EXPECT_EQ(key_of(*place), GetParam().key);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, Key,
    testing::Values(KeyCase{"issue", "gitea user1/mcp at https://git.example", true},
                    KeyCase{"issue_by_tools", "gitea user1/mcp", true},
                    KeyCase{"pull_request", "github o/r pull request 12 at https://api.github.com", true},
                    KeyCase{"slack", "slack", true}, KeyCase{"webhook", "webhook", true},
                    KeyCase{"no_repository", "github at https://api.github.com", true},
                    KeyCase{"unknown_forge", "gitlab o/r", false}, KeyCase{"no_name", "gitea user1", false},
                    KeyCase{"path_for_a_name", "gitea ../etc", false}, KeyCase{"empty", "", false},
                    KeyCase{"no_number", "gitea a/b pull request x", false}),
    [](const auto& info) { return info.param.name; });

TEST(IsReachedBy, SendsATokenToNoOtherServer) {
  const PlannedPlace place = place_of_key("gitea user1/mcp at https://git.example").value();

  EXPECT_TRUE(is_reached_by(place, settings_of({}, {{"GITEA_URL", "https://git.example/"}}), {}));
  EXPECT_FALSE(is_reached_by(place, settings_of({}, {{"GITEA_URL", "https://evil.example"}}), {}));
  EXPECT_FALSE(is_reached_by(place, settings_of({}), {}));
  EXPECT_TRUE(is_reached_by(place_of_key("slack").value(), settings_of({}), {}));
}

}  // namespace
}  // namespace agent::cli
