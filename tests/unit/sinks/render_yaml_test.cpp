#include "sinks/render_yaml.hpp"

#include "sinks/report_json.hpp"
#include "support/golden.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

namespace agent::sinks {
namespace {

using Json = nlohmann::ordered_json;

/// What a YAML parser reads, with its own idea of types (core schema) for what is not quoted.
Json read_yaml(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& member : node) object[member.first.as<std::string>()] = read_yaml(member.second);
    return object;
  }
  if (node.IsSequence()) {
    Json array = Json::array();
    for (const auto& item : node) array.push_back(read_yaml(item));
    return array;
  }
  if (node.IsNull()) return nullptr;
  if (node.Tag() == "!") return node.as<std::string>();  // quoted
  bool flag = false;
  if (YAML::convert<bool>::decode(node, flag)) return flag;
  Json number = Json::parse(node.as<std::string>(), nullptr, false);
  return number.is_number() ? number : Json(node.as<std::string>());
}

struct YamlCase {
  std::string name, json, yaml;
};
void PrintTo(const YamlCase& row, std::ostream* out) { *out << row.name; }

class ToYaml : public testing::TestWithParam<YamlCase> {};

TEST_P(ToYaml, IsWritten) { EXPECT_EQ(to_yaml(Json::parse(GetParam().json)), GetParam().yaml); }

TEST_P(ToYaml, IsReadBackAsTheSameJson) {
  const Json json = Json::parse(GetParam().json);

  EXPECT_EQ(read_yaml(YAML::Load(to_yaml(json))), json) << to_yaml(json);
}

INSTANTIATE_TEST_SUITE_P(
    Values, ToYaml,
    testing::Values(
        YamlCase{"plain_text", R"({"a": "log build.log"})", "a: log build.log\n"},
        YamlCase{"empty_text", R"({"a": ""})", "a: \"\"\n"},
        YamlCase{"text_like_a_flag", R"({"a": "No", "b": "TRUE"})", "a: \"No\"\nb: \"TRUE\"\n"},
        YamlCase{"text_like_null", R"({"a": "null", "b": "~"})", "a: \"null\"\nb: \"~\"\n"},
        YamlCase{"text_like_a_number", R"({"a": "1e5", "b": "0x1f", "c": "1_000"})",
                 "a: \"1e5\"\nb: \"0x1f\"\nc: \"1_000\"\n"},
        YamlCase{"text_like_a_date", R"({"a": "2025-01-01"})", "a: \"2025-01-01\"\n"},
        YamlCase{"text_with_a_colon", R"({"a": "b: c"})", "a: \"b: c\"\n"},
        YamlCase{"text_with_a_comment", R"({"a": "b #c"})", "a: \"b #c\"\n"},
        YamlCase{"text_with_quotes", R"({"a": "b\"\\"})", "a: \"b\\\"\\\\\"\n"},
        YamlCase{"text_with_controls", R"({"a": "\u001b\u007f\u0085\u2028\r"})",
                 "a: \"\\x1B\\x7F\\x85\\u2028\\x0D\"\n"},
        YamlCase{"lines", R"({"a": "b\nc"})", "a: |2-\n  b\n  c\n"},
        YamlCase{"lines_with_an_end", R"({"a": "b\nc\n"})", "a: |2\n  b\n  c\n"},
        YamlCase{"lines_with_several_ends", R"({"a": "b\n\n\n", "c": 1})", "a: |2+\n  b\n\n\nc: 1\n"},
        YamlCase{"indented_lines", R"({"a": "  b\n\n c: \"d\" "})", "a: |2-\n    b\n\n   c: \"d\" \n"},
        YamlCase{"lines_that_begin_empty", R"({"a": "\nb"})", "a: |2-\n\n  b\n"},
        YamlCase{"only_line_ends", R"({"a": "\n\n"})", "a: \"\\n\\n\"\n"},
        YamlCase{"document_marker", R"({"a": "---\n..."})", "a: |2-\n  ---\n  ...\n"},
        YamlCase{"workflow_commands", R"({"a": "b\n ::error::c", "d": "##[error]e"})",
                 "a: \"b\\n ::error::c\"\nd: \"#\\x23[error]e\"\n"},
        YamlCase{"numbers", R"({"a": -1, "b": 0.5, "c": 1e-7})", "a: -1\nb: 0.5\nc: 1.0e-07\n"},
        YamlCase{"flags_and_null", R"({"a": true, "b": null})", "a: true\nb: null\n"},
        YamlCase{"empty_containers", R"({"a": [], "b": {}, "c": [[], {}]})", "a: []\nb: {}\nc:\n  - []\n  - {}\n"},
        YamlCase{"nested", R"({"a": [{"b": "c", "d": [1, "e\nf"]}, {"g": {"h": "i\nj"}}]})",
                 "a:\n  - b: c\n    d:\n      - 1\n      - |2-\n        e\n        f\n  - g:\n      h: |2-\n        "
                 "i\n        j\n"},
        YamlCase{"odd_key", R"({"on": 1, "a: b": 2})", "\"on\": 1\n\"a: b\": 2\n"}),
    [](const auto& info) { return info.param.name; });

class RenderYamlOfStored : public testing::TestWithParam<std::string> {};

TEST_P(RenderYamlOfStored, IsAsAgreed) {
  const auto report = parse_report(test::read_source_file("tests/data/reports/" + GetParam() + ".json"));

  test::expect_golden("tests/data/reports/" + GetParam() + ".yaml", render_yaml(report.value()));
}

TEST_P(RenderYamlOfStored, SaysWhatItsJsonSays) {
  const std::string json = test::read_source_file("tests/data/reports/" + GetParam() + ".json");

  EXPECT_EQ(read_yaml(YAML::Load(render_yaml(parse_report(json).value()))), Json::parse(json));
}

INSTANTIATE_TEST_SUITE_P(Files, RenderYamlOfStored,
                         testing::Values("test_failure", "unknown", "healthy", "many", "hostile", "explained",
                                         "explained_earlier", "degraded", "hostile_model"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace agent::sinks
