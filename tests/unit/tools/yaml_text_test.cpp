#include "tools/yaml_text.hpp"

#include "kube/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::tools {
namespace {

using nlohmann::json;

struct YamlCase {
  std::string name;
  json value;
  std::string text;
};

class YamlText : public testing::TestWithParam<YamlCase> {};

TEST_P(YamlText, IsWhatKubectlPrints) { EXPECT_EQ(to_yaml(GetParam().value), GetParam().text); }

TEST_P(YamlText, ReadsBackAsTheSame) {
  const auto read = kube::parse_documents(to_yaml(GetParam().value), "test", ErrorKind::unreadable);

  ASSERT_TRUE(read) << read.error().what << read.error().where;
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().value, GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    Values, YamlText,
    testing::Values(
        YamlCase{"nested", {{"a", {{"b", {{"c", 1}}}}}}, "a:\n  b:\n    c: 1\n"},
        YamlCase{"list_in_map", {{"a", {1, 2}}}, "a:\n- 1\n- 2\n"},
        YamlCase{"map_in_list", {{{"a", 1}, {"b", {{"c", 2}}}}}, "- a: 1\n  b:\n    c: 2\n"},
        YamlCase{"list_in_list", json::array({json::array({1, 2}), 3}), "-\n  - 1\n  - 2\n- 3\n"},
        YamlCase{"list_in_map_in_list", {{{"a", {1}}}}, "- a:\n  - 1\n"},
        YamlCase{"empty_ones",
                 {{"a", json::object()}, {"b", json::array()}, {"c", ""}, {"d", nullptr}},
                 "a: {}\nb: []\nc: \"\"\nd: null\n"},
        YamlCase{"texts_that_look_like_others",
                 {{"a", "true"}, {"b", "12"}, {"c", "null"}, {"d", "-x"}, {"e", "on"}, {"f", "1e3"}, {"y", "y"}},
                 "a: \"true\"\nb: \"12\"\nc: \"null\"\nd: \"-x\"\ne: \"on\"\nf: \"1e3\"\n\"y\": \"y\"\n"},
        YamlCase{"marks",
                 {{"a", "b: c"}, {"b", "x #y"}, {"c", "[z"}, {"d", "it's"}, {"e", "a:"}, {"f", " b "}},
                 "a: \"b: c\"\nb: \"x #y\"\nc: \"[z\"\nd: it's\ne: \"a:\"\nf: \" b \"\n"},
        YamlCase{"lines",
                 {{"a", "one\ntwo\n"}, {"b", "one\n\ntwo"}, {"c", "x\n\n"}},
                 "a: |\n  one\n  two\nb: |-\n  one\n\n  two\nc: |+\n  x\n\n"},
        YamlCase{"lines_that_begin_with_blanks", {{"a", "  x\ny"}}, "a: \"  x\\ny\"\n"},
        YamlCase{"controls", {{"a", "\x1b[31m"}, {"b", "tab\there"}}, "a: \"\\u001b[31m\"\nb: \"tab\\there\"\n"},
        YamlCase{"lines_in_a_list", {{"a", {"x\ny", "z"}}}, "a:\n- |-\n  x\n  y\n- z\n"},
        YamlCase{"numbers_and_truth", {{"a", -1}, {"b", 1.5}, {"c", true}}, "a: -1\nb: 1.5\nc: true\n"},
        YamlCase{"letters_of_the_world", {{"a", "größe €"}}, "a: größe €\n"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace agent::tools
