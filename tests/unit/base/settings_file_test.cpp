#include "base/settings_file.hpp"

#include <gtest/gtest.h>

namespace agent {
namespace {

struct Line {
  std::string name, text, key, value;
};

void PrintTo(const Line& line, std::ostream* out) { *out << line.text; }

class EnvFile : public testing::TestWithParam<Line> {};

TEST_P(EnvFile, HoldsVariables) {
  const auto variables = parse_env_file(GetParam().text, "env");

  ASSERT_TRUE(variables) << describe(variables.error());
  ASSERT_EQ(variables->size(), 1U);
  EXPECT_EQ(variables->begin()->first, GetParam().key);
  EXPECT_EQ(variables->begin()->second.value, GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(Line, EnvFile,
                         testing::Values(Line{"plain", "A=b", "A", "b"}, Line{"blanks_within", "A=b c\n", "A", "b c"},
                                         Line{"exported", "export A=b\n", "A", "b"}, Line{"empty", "A=\n", "A", ""},
                                         Line{"blanks_around", "  A= b \n", "A", "b"},
                                         Line{"equals_in_value", "A=b=c=\n", "A", "b=c="},
                                         Line{"single_quotes", "A='b #\\n \"c'\n", "A", "b #\\n \"c"},
                                         Line{"double_quotes", "A=\"b #\\n\\t\\\"\\\\\\$c\"\n", "A", "b #\n\t\"\\$c"},
                                         Line{"nothing_is_expanded", "A=$HOME${B}`c`\n", "A", "$HOME${B}`c`"},
                                         Line{"comment_after_value", "A=b # c\n", "A", "b"},
                                         Line{"hash_in_value", "A=b#c\n", "A", "b#c"},
                                         Line{"comment_after_quotes", "A='b' # c\n", "A", "b"},
                                         Line{"comments_and_blank_lines", "# x\n\n  # y\nA=b\n", "A", "b"},
                                         Line{"windows_line_ends", "A=b\r\n", "A", "b"},
                                         Line{"byte_order_mark",
                                              "\xEF\xBB\xBF"
                                              "A=b\n",
                                              "A", "b"},
                                         Line{"last_one_wins", "A=b\nA=c\n", "A", "c"}),
                         [](const auto& info) { return info.param.name; });

TEST(EnvFileError, DoesNotTellTheLine) {
  const auto variables = parse_env_file("A=1\nhunter2\n", "env");

  ASSERT_FALSE(variables);
  EXPECT_EQ(variables.error().where, "env:2");
  EXPECT_EQ(describe(variables.error()).find("hunter2"), std::string::npos);
}

struct Document {
  std::string name, path, text;
};

void PrintTo(const Document& document, std::ostream* out) { *out << document.text; }

class SettingsDocument : public testing::TestWithParam<Document> {};

TEST_P(SettingsDocument, SetsTheLevelAndTheRules) {
  const auto found = parse_settings(GetParam().text, GetParam().path, settings_table());

  ASSERT_TRUE(found) << describe(found.error());
  std::map<std::string, std::string> values;
  for (const FileSetting& one : *found) values.emplace(one.setting->key, one.value);
  EXPECT_EQ(values, (std::map<std::string, std::string>{{"analyze.rules", "a\nb"}, {"log.level", "warn"}}));
}

INSTANTIATE_TEST_SUITE_P(
    Form, SettingsDocument,
    testing::Values(
        Document{"toml_tables", "a.toml", "[log]\nlevel = 'warn'\n[analyze]\nrules = ['a', 'b']\n"},
        Document{"toml_dotted", "a.TOML", "log.level = 'warn'\nanalyze.rules = ['a', 'b']\n"},
        Document{"toml_quoted_dots", "a.toml", "'log.level' = 'warn'\n'analyze.rules' = ['a', 'b']\n"},
        Document{"yaml_nested", "a.yaml", "log:\n  level: warn\nanalyze:\n  rules: [a, b]\n"},
        Document{"yaml_dotted", "a.yml", "log.level: warn\nanalyze.rules:\n- a\n- b\n"},
        Document{"yaml_empty_table", "a.yaml", "output:\n  # color: never\nlog.level: warn\nanalyze.rules: [a, b]\n"},
        Document{"yaml_aliases", "a.yaml", "log.level: &x warn\nanalyze: {rules: [a, b]}\n"},
        Document{"json_is_yaml", "a.yaml", R"({"log": {"level": "warn"}, "analyze": {"rules": ["a", "b"]}})"}),
    [](const auto& info) { return info.param.name; });

class EmptyDocument : public testing::TestWithParam<Document> {};

TEST_P(EmptyDocument, SetsNothing) {
  const auto found = parse_settings(GetParam().text, GetParam().path, settings_table());

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_TRUE(found->empty());
}

INSTANTIATE_TEST_SUITE_P(Form, EmptyDocument,
                         testing::Values(Document{"toml", "a.toml", ""}, Document{"toml_comment", "a.toml", "# x\n"},
                                         Document{"toml_empty_table", "a.toml", "[log]\n"},
                                         Document{"yaml", "a.yaml", ""}, Document{"yaml_comment", "a.yaml", "# x\n"},
                                         Document{"yaml_start", "a.yaml", "---\n"},
                                         Document{"yaml_null", "a.yaml", "~\n"}),
                         [](const auto& info) { return info.param.name; });

class NamedTables : public testing::TestWithParam<Document> {};

TEST_P(NamedTables, HoldKeysOfTheirNames) {
  const auto found = parse_settings(GetParam().text, GetParam().path, settings_table());

  ASSERT_TRUE(found) << describe(found.error());
  std::map<std::string, std::string> values;
  for (const FileSetting& one : *found) values.emplace(one.key, one.value);
  EXPECT_EQ(values, (std::map<std::string, std::string>{{"mcp.servers.a.args", "-x\n\n b\n"},
                                                        {"mcp.servers.a.headers.X-Team.One", "ci"},
                                                        {"mcp.servers.a.url", "http://a"},
                                                        {"mcp.servers.b.allow", "x\ny"}}));
}

INSTANTIATE_TEST_SUITE_P(
    Form, NamedTables,
    testing::Values(
        Document{"toml", "a.toml",
                 "[mcp.servers.a]\nurl = 'http://a'\nargs = ['-x', '', ' b']\nheaders = {'X-Team.One' = 'ci'}\n"
                 "[mcp.servers.b]\nallow = ['x', 'y']\n"},
        Document{"yaml", "a.yaml",
                 "mcp:\n  servers:\n    a:\n      url: http://a\n      args: [-x, '', ' b']\n"
                 "      headers: {X-Team.One: ci}\n    b: {allow: [x, y]}\n"}),
    [](const auto& info) { return info.param.name; });

TEST(SettingsDocument, HasAtMostTenThousandSettings) {
  std::string text = "[mcp.servers.a.headers]\n";
  for (int i = 0; i < 10'001; ++i) text += "h" + std::to_string(i) + " = 'x'\n";

  const auto found = parse_settings(text, "a.toml", settings_table());

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, "more than 10000 settings");
}

// Depth is the parsers' own limit; what counts is that they say so.
TEST(SettingsDocument, RefusesDeepNesting) {
  const std::string deep(100'000, '[');

  for (const std::string path : {"a.toml", "a.yaml"})
    EXPECT_FALSE(
        parse_settings("timeout" + std::string(path == "a.toml" ? " = " : ": ") + deep, path, settings_table()));
}

}  // namespace
}  // namespace agent
