#include "base/settings.hpp"

#include "support/run_binary.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <array>
#include <chrono>
#include <set>

namespace agent {
namespace {

using namespace std::chrono_literals;
using test::TemporaryFolder;

/// One row of each type.
constexpr std::array rows{
    Setting{.key = "a.text",
            .flag = "--text",
            .environment = "A_TEXT OLD_TEXT",
            .type = SettingType::text,
            .default_value = "default"},
    Setting{.key = "a.boolean",
            .flag = "-b,--boolean",
            .environment = "A_BOOLEAN",
            .type = SettingType::boolean,
            .default_value = "false"},
    Setting{.key = "a.integer",
            .flag = "--integer",
            .environment = "A_INTEGER",
            .type = SettingType::integer,
            .default_value = "1",
            .minimum = 0,
            .maximum = 10},
    Setting{.key = "a.duration",
            .flag = "--duration",
            .environment = "A_DURATION",
            .type = SettingType::duration,
            .default_value = "1s"},
    Setting{.key = "a.choice",
            .flag = "--choice",
            .environment = "A_CHOICE",
            .type = SettingType::choice,
            .default_value = "one",
            .choices = "one Two three"},
    Setting{.key = "a.path",
            .flag = "--path",
            .environment = "A_PATH",
            .type = SettingType::path,
            .default_value = "/default"},
    Setting{.key = "a.list", .flag = "--list", .environment = "A_LIST", .type = SettingType::list, .default_value = ""},
    Setting{.key = "a.token",
            .flag = "",
            .environment = "A_TOKEN",
            .type = SettingType::text,
            .default_value = "",
            .secret = Secret::yes},
    Setting{.key = "a.secret_number",
            .flag = "",
            .environment = "A_SECRET_NUMBER",
            .type = SettingType::integer,
            .default_value = "",
            .secret = Secret::yes},
};

/// What the five origins say of one setting: each a value of its own, and what it then reads as.
struct Origins {
  std::string key, variable;
  std::string flag, environment, env_file, toml, yaml;
  std::string of_flag, of_environment, of_env_file, of_file, of_default;
};

void PrintTo(const Origins& origins, std::ostream* out) { *out << origins.key; }

class Precedence : public testing::TestWithParam<Origins> {
 protected:
  // The settings when only the `said` weakest origins speak: 0 the defaults alone … 4 the flag as well.
  [[nodiscard]] SettingValue value(int said, bool yaml = false) const {
    const Origins& row = GetParam();
    SettingsInput input;
    const std::string file = yaml ? folder_.write("a.yaml", row.key + ": " + row.yaml + "\n")
                                  : folder_.write("a.toml", row.key + " = " + row.toml + "\n");
    if (said >= 1) input.config_path = file;
    if (said >= 2) input.env_file = folder_.write("env", row.variable + "=" + row.env_file + "\n");
    if (said >= 3) input.environment[row.variable] = row.environment;
    if (said >= 4) input.flags[row.key] = row.flag;
    const auto settings = Settings::load(input, rows);
    if (!settings) ADD_FAILURE() << describe(settings.error());
    return settings ? settings->at(row.key) : SettingValue{};
  }
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

TEST_P(Precedence, IsFlagEnvironmentEnvFileFileDefault) {
  const Origins& row = GetParam();

  EXPECT_EQ(value(4).value, row.of_flag);
  EXPECT_EQ(value(4).origin, Origin::flag);
  EXPECT_EQ(value(3).value, row.of_environment);
  EXPECT_EQ(value(3).where, row.variable);
  EXPECT_EQ(value(2).value, row.of_env_file);
  EXPECT_EQ(value(2).where, folder() + "/env:1");
  EXPECT_EQ(value(1).value, row.of_file);
  EXPECT_EQ(value(1).where, folder() + "/a.toml:1");
  EXPECT_EQ(value(1, true).value, row.of_file);
  EXPECT_EQ(value(1, true).where, folder() + "/a.yaml:1");
  EXPECT_EQ(value(0).value, row.of_default);
  EXPECT_EQ(value(0).origin, Origin::default_value);
}

INSTANTIATE_TEST_SUITE_P(
    Type, Precedence,
    testing::Values(
        Origins{"a.text", "A_TEXT", "f", "e", "'v'", "'t'", "t", "f", "e", "v", "t", "default"},
        Origins{"a.boolean", "A_BOOLEAN", "true", "0", "YES", "false", "off", "true", "false", "true", "false",
                "false"},
        Origins{"a.integer", "A_INTEGER", "10", "9", "8", "7", "7", "10", "9", "8", "7", "1"},
        Origins{"a.duration", "A_DURATION", "5m", "4m", "3m", "'2m'", "2m", "5m", "4m", "3m", "2m", "1s"},
        Origins{"a.choice", "A_CHOICE", "ONE", "two", "THREE", "'tWo'", "TWO", "one", "Two", "three", "Two", "one"},
        Origins{"a.path", "A_PATH", "f", "e", "v", "'t'", "t", "f", "e", "v", "t", "/default"},
        Origins{"a.list", "A_LIST", "f\ng", "e, d", "v", "['t', 'u']", "[t, u]", "f\ng", "e\nd", "v", "t\nu", ""}),
    [](const auto& info) { return info.param.key.substr(2); });

Result<Settings> load_variables(std::map<std::string, std::string, std::less<>> environment) {
  return Settings::load({.flags = {}, .environment = std::move(environment), .config_path = {}, .env_file = {}}, rows);
}

TEST(SettingsOfTheEnvironment, TakeTheFirstNameThatIsSet) {
  EXPECT_EQ(load_variables({{"A_TEXT", "new"}, {"OLD_TEXT", "old"}})->at("a.text").where, "A_TEXT");
  EXPECT_EQ(load_variables({{"A_TEXT", ""}, {"OLD_TEXT", "old"}})->at("a.text").where, "OLD_TEXT");
}

TEST(SettingsOfTheEnvironment, CountAnEmptyVariableAsUnset) {
  EXPECT_EQ(load_variables({{"A_INTEGER", ""}})->integer("a.integer"), 1);
}

TEST(Settings, ReadAsTheirTypes) {
  const auto settings =
      load_variables({{"A_BOOLEAN", "on"}, {"A_INTEGER", "7"}, {"A_DURATION", "1m"}, {"A_LIST", "x,,y"}});

  EXPECT_TRUE(settings->enabled("a.boolean"));
  EXPECT_EQ(settings->integer("a.integer"), 7);
  EXPECT_EQ(settings->duration("a.duration"), 60s);
  EXPECT_EQ(settings->list("a.list"), (std::vector<std::string>{"x", "y"}));
}

TEST(SettingsError, NeverTellsASecret) {
  const auto settings = load_variables({{"A_SECRET_NUMBER", "hunter2"}});

  ASSERT_FALSE(settings);
  EXPECT_EQ(describe(settings.error()).find("hunter2"), std::string::npos);
  EXPECT_EQ(settings.error().what, "'a.secret_number' can't be what it is set to");
}

TEST(SettingsError, CutsALongValue) {
  const auto settings = load_variables({{"A_INTEGER", std::string(5000, '7')}});

  ASSERT_FALSE(settings);
  EXPECT_LT(settings.error().what.size(), 200U);
}

struct Mode {
  std::string name;
  mode_t mode;
  std::string content;
  std::size_t warnings;
};

class SecretInAFile : public testing::TestWithParam<Mode> {};

TEST_P(SecretInAFile, IsWarnedAboutWhenOthersMayReadIt) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.toml", GetParam().content);
  ASSERT_EQ(::chmod(file.c_str(), GetParam().mode), 0);

  const auto settings = Settings::load({.flags = {}, .environment = {}, .config_path = file, .env_file = {}}, rows);

  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->warnings().size(), GetParam().warnings);
  for (const std::string& warning : settings->warnings()) EXPECT_EQ(warning.find("hunter2"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Mode, SecretInAFile,
                         testing::Values(Mode{"group_may_read", 0640, "a.token = 'hunter2'", 1},
                                         Mode{"all_may_read", 0604, "a.token = 'hunter2'", 1},
                                         Mode{"only_the_owner", 0600, "a.token = 'hunter2'", 0},
                                         Mode{"no_secret", 0644, "a.text = 'x'", 0}),
                         [](const auto& info) { return info.param.name; });

struct Duration {
  std::string name, text;
  std::optional<std::chrono::milliseconds> expected;
};

void PrintTo(const Duration& duration, std::ostream* out) { *out << duration.text; }

class ParseDuration : public testing::TestWithParam<Duration> {};

TEST_P(ParseDuration, TakesUnitsAndBareSeconds) {
  const auto parsed = parse_duration(GetParam().text);

  EXPECT_EQ(parsed ? std::optional(*parsed) : std::nullopt, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Text, ParseDuration,
    testing::Values(Duration{"millis", "250ms", 250ms}, Duration{"seconds", "30s", 30s},
                    Duration{"minutes", "5m", 5min}, Duration{"hours_and_minutes", "1h30m", 90min},
                    Duration{"days", "2d", 48h}, Duration{"bare", "90", 90s},
                    Duration{"bare_after_a_unit", "1m30", 90s}, Duration{"zero", "0", 0s},
                    Duration{"blanks_around", " 5s ", 5s}, Duration{"the_longest", "1000d", 24000h},
                    Duration{"too_long", "1001d", std::nullopt}, Duration{"too_long_in_sum", "1000d1ms", std::nullopt},
                    Duration{"beyond_64_bits", "99999999999999999999s", std::nullopt},
                    Duration{"empty", "", std::nullopt}, Duration{"unit_alone", "s", std::nullopt},
                    Duration{"negative", "-1s", std::nullopt}, Duration{"fraction", "1.5s", std::nullopt},
                    Duration{"unknown_unit", "5y", std::nullopt}, Duration{"blank_within", "5 m", std::nullopt}),
    [](const auto& info) { return info.param.name; });

// Invariants of the table itself.

std::vector<std::string> words(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) c == separator ? parts.emplace_back() : parts.back() += c, 0;
  std::erase(parts, "");
  return parts;
}

std::size_t distinct(const std::vector<std::string>& all) {
  return std::set<std::string>(all.begin(), all.end()).size();
}

TEST(SettingsTable, NamesEachThingOnce) {
  std::vector<std::string> keys;
  std::vector<std::string> flags;
  std::vector<std::string> variables;
  for (const Setting& setting : settings_table()) {
    keys.emplace_back(setting.key);
    for (const std::string& flag : words(setting.flag, ',')) flags.push_back(flag);
    for (const std::string& variable : words(setting.environment, ' ')) variables.push_back(variable);
  }

  EXPECT_EQ(distinct(keys), keys.size());
  EXPECT_EQ(distinct(flags), flags.size());
  EXPECT_EQ(distinct(variables), variables.size());
}

TEST(SettingsTable, HasNoKeyThatIsAlsoATable) {
  for (const Setting& setting : settings_table())
    for (const Setting& other : settings_table())
      EXPECT_FALSE(other.key.starts_with(std::string(setting.key) + ".")) << other.key;
}

TEST(SettingsTable, HasDefaultsThatPassItsOwnChecks) {
  for (const Setting& setting : settings_table()) {
    if (setting.default_value.empty()) continue;
    const auto settings = Settings::load({.flags = {{std::string(setting.key), std::string(setting.default_value)}},
                                          .environment = {},
                                          .config_path = {},
                                          .env_file = {}});
    ASSERT_TRUE(settings) << setting.key;
    EXPECT_EQ(settings->text(setting.key), setting.default_value);
  }
}

TEST(SettingsTable, SaysWhatEachIsFor) {
  for (const Setting& setting : settings_table()) {
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    EXPECT_FALSE(setting.help.ends_with('.')) << setting.key;
    EXPECT_EQ(setting.type == SettingType::choice, !setting.choices.empty()) << setting.key;
    EXPECT_TRUE(setting.type != SettingType::boolean || !setting.default_value.empty()) << setting.key;
  }
}

TEST(SettingsTable, KeepsSecretsOffTheCommandLine) {
  for (const Setting& setting : settings_table())
    EXPECT_TRUE(setting.secret == Secret::no || setting.flag.empty()) << setting.key << ": others see it in `ps`";
}

}  // namespace
}  // namespace agent
