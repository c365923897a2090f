#include "cli/config.hpp"
#include "support/run_binary.hpp"

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

constexpr std::array named_table{
    Setting{.key = "a.*.token", .secret = Secret::yes},
    Setting{.key = "a.*.url"},
    Setting{.key = "a.*.words", .type = SettingType::words},
    Setting{.key = "a.two.url", .environment = "A_TWO"},
    Setting{.key = "z", .default_value = "1"},
};

TEST(ConfigShow, GroupsWhatTheFileNames) {
  const test::TemporaryFolder folder;
  folder.write("a.toml",
               "[a.one]\nurl = 'wss://u:hunter2@host/x?key=hunter2'\ntoken = 'hunter2'\nwords = ['-x', 'y']\n"
               "[a.two]\nurl = 'http://host/x'\n");
  const auto loaded = Settings::load(
      {.flags = {}, .environment = {}, .config_path = folder.path() + "/a.toml", .env_file = {}}, named_table);

  ASSERT_TRUE(loaded) << describe(loaded.error());
  const std::string file = folder.path() + "/a.toml:";
  EXPECT_EQ(show_text(*loaded, named_table),
            "a.two.url = http://host/x  # " + file + "6\nz = 1  # default\na.one.token = (set)  # " + file +
                "3\na.one.url = wss://host/x?key=…  # " + file + "2\na.one.words = -x, y  # " + file + "4\n");
}

}  // namespace
}  // namespace agent::cli
