#include "cli/config.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace agent::cli {
namespace {

constexpr std::array table{
    Setting{.key = "a.token", .environment = "A_TOKEN", .type = SettingType::text, .secret = Secret::yes},
    Setting{.key = "a.other_token", .environment = "", .type = SettingType::text, .secret = Secret::yes},
    Setting{.key = "a.list", .environment = "A_LIST", .type = SettingType::list},
};

Settings settings() {
  return *Settings::load(
      {.flags = {}, .environment = {{"A_TOKEN", "hunter2"}, {"A_LIST", "x,y"}}, .config_path = {}, .env_file = {}},
      table);
}

TEST(ConfigShow, MasksSecretsThatAreSet) {
  EXPECT_EQ(show_text(settings(), table),
            "a.token = (set)  # A_TOKEN\na.other_token =   # default\na.list = x, y  # A_LIST\n");
}

TEST(ConfigShow, MasksSecretsInJson) {
  const auto json = nlohmann::json::parse(show_json(settings(), table));

  EXPECT_EQ(json.at("settings").at(0),
            (nlohmann::json{{"key", "a.token"}, {"value", "(set)"}, {"origin", "environment"}, {"where", "A_TOKEN"}}));
  EXPECT_EQ(json.at("settings").at(1).at("value"), "");
}

}  // namespace
}  // namespace agent::cli
