#include "sinks/report_json.hpp"

#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace agent::sinks {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

/// A report in which nothing has its default value and no list is empty.
Report full_report() {
  const Remedy remedy{"do it", "make"};
  const Finding finding{"r.id",         Severity::critical,
                        Category::lint, Confidence::high,
                        "head",         {{"log/a", 7, "2025-01-01T00:00:00Z", "q"}},
                        {remedy},       true};
  Report report{"log a",
                "2025-01-02T03:04:05Z",
                Verdict::failing,
                "head",
                Category::lint,
                Confidence::high,
                {finding},
                {},
                {remedy},
                {{"x", "y"}},
                true,
                "no answer",
                Explanation{{{"c", {{"log/a", 7, "2025-01-01T00:00:00Z", "q"}}, true}},
                            {{"w", "y"}},
                            {{"r.id", "y"}},
                            {{"create_issue", "t", "b"}},
                            6,
                            5,
                            "tool calls",
                            "2025-01-01T00:00:00Z"},
                SeenBefore{4, "2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z", "https://forge.example/o/r/issues/41"},
                "0123456789abcdef",
                PipelineRun{"GitHub Actions", "https://forge.example/o/r/actions/runs/7", "build / test", "o/r", "main",
                            "8f1d2c3b4a596877"},
                3,
                {"m", 1, 5, 2, 3, 4, 0.5},
                {{"read", 1.5}},
                {{"token", 2}}};
  report.evidence = {{"log/a", 9, 80, {{"l1\nl2", 7, 8, 5, "error"}}}};
  return report;
}

TEST(ReportJson, ComesBackAsItWas) {
  const Json json = to_json(full_report());

  const auto back = from_json(json);

  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(to_json(*back), json);
}

TEST(ReportJson, OfStoredReportsComesBackAsItWas) {
  for (const std::string name : {"test_failure", "unknown", "healthy", "many", "hostile", "explained",
                                 "explained_earlier", "degraded", "hostile_model"}) {
    const std::string text = test::read_source_file("tests/data/reports/" + name + ".json");
    const auto report = parse_report(text);
    ASSERT_TRUE(report) << name << ": " << report.error().what;
    EXPECT_EQ(to_json(*report), Json::parse(text)) << name;
  }
}

TEST(ReportJson, StartsWithItsVersion) { EXPECT_EQ(to_json(Report{}).begin().key(), "schema_version"); }

TEST(ReportJson, ReplacesBytesThatAreNotUtf8) {
  Report report;
  report.cause = "a\xFFz";

  EXPECT_EQ(Json::parse(render_json(report))["cause"], "a\uFFFDz");
}

TEST(ReportJson, HoldsNoWorkflowCommandButSaysTheSame) {
  Report report;
  report.cause = "##[error]##vso[x]## y";

  const std::string text = render_json(report);

  EXPECT_EQ(text.find("##["), std::string::npos);
  EXPECT_EQ(text.find("##vso["), std::string::npos);
  EXPECT_EQ(Json::parse(text)["cause"], report.cause);
}

TEST(ReportJson, HasNoNumberThatIsNotFinite) {
  Report report;
  report.timings_ms = {{"read", std::numeric_limits<double>::infinity()}, {"read", 2.0}};

  EXPECT_EQ(to_json(report)["timings_ms"]["read"], 2.0);
}

struct WrongCase {
  std::string name, patch, pointer;
};
void PrintTo(const WrongCase& row, std::ostream* out) { *out << row.name; }

class WrongReport : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongReport, IsRefusedWithItsPlace) {
  Json json = to_json(full_report());
  json.merge_patch(Json::parse(GetParam().patch));

  const auto report = from_json(json);

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::unreadable);
  EXPECT_EQ(report.error().where, GetParam().pointer);
}

INSTANTIATE_TEST_SUITE_P(
    Values, WrongReport,
    testing::Values(WrongCase{"no_version", R"({"schema_version": null})", "#/schema_version"},
                    WrongCase{"later_version", R"({"schema_version": 2})", "#/schema_version"},
                    WrongCase{"no_verdict", R"({"verdict": null})", "#/verdict"},
                    WrongCase{"unknown_verdict", R"({"verdict": "maybe"})", "#/verdict"},
                    WrongCase{"number_as_text", R"({"cause": 1})", "#/cause"},
                    WrongCase{"text_as_flag", R"({"degraded": "true"})", "#/degraded"},
                    WrongCase{"text_as_number", R"({"timings_ms": {"read": "1"}})", "#/timings_ms/read"},
                    WrongCase{"fraction_of_a_call", R"({"usage": {"calls": 1.5}})", "#/usage/calls"},
                    WrongCase{"negative_line", R"({"findings": [{"evidence": [{"line": -1}]}]})",
                              "#/findings/0/evidence/0/line"},
                    WrongCase{"huge_exit_code", R"({"exit_code": 99999999999})", "#/exit_code"},
                    WrongCase{"text_as_explanation", R"({"explanation": "because"})", "#/explanation"},
                    WrongCase{"claim_without_a_list", R"({"explanation": {"chain": [{"evidence": "log/a:7"}]}})",
                              "#/explanation/chain/0/evidence"},
                    WrongCase{"number_as_branch", R"({"pipeline": {"branch": 1}})", "#/pipeline/branch"},
                    WrongCase{"text_as_times", R"({"seen": {"times": "often"}})", "#/seen/times"},
                    WrongCase{"object_as_array", R"({"evidence": {}})", "#/evidence"},
                    WrongCase{"text_as_finding", R"({"findings": ["x"]})", "#/findings/0"}),
    [](const auto& info) { return info.param.name; });

TEST(ReportJson, MayHaveFieldsOfALaterTime) {
  EXPECT_TRUE(parse_report(R"({"schema_version": 1, "target": "t", "verdict": "healthy", "mood": "good"})"));
}

TEST(ReportJson, MustBeJson) { EXPECT_THAT(parse_report("{").error().what, HasSubstr("not JSON")); }

/// Every property that `value` has is declared by `schema`, and every required one is there.
void expect_declared(const Json& value, const Json& schema, const Json& definitions, const std::string& place) {
  if (schema.contains("$ref")) {
    const std::string name = schema["$ref"].get<std::string>().substr(std::string("#/$defs/").size());
    ASSERT_TRUE(definitions.contains(name)) << name;
    expect_declared(value, definitions[name], definitions, place);
    return;
  }
  if (schema.contains("anyOf")) {  // or null
    expect_declared(value, schema["anyOf"].at(0), definitions, place);
    return;
  }
  if (schema.contains("enum")) {
    EXPECT_THAT(schema["enum"], testing::Contains(value)) << place;
  } else if (value.is_array()) {
    EXPECT_FALSE(value.empty()) << place << ": an empty list proves nothing";
    for (const Json& item : value) expect_declared(item, schema.at("items"), definitions, place + "[]");
  } else if (value.is_object() && schema.contains("properties")) {
    for (const auto& [key, member] : value.items()) {
      ASSERT_TRUE(schema["properties"].contains(key)) << place << '.' << key << " is not declared";
      expect_declared(member, schema["properties"][key], definitions, place + "." + key);
    }
    for (const Json& key : schema["required"])
      EXPECT_TRUE(value.contains(key.get<std::string>())) << place << ": no " << key;
    EXPECT_EQ(schema["required"].size(), schema["properties"].size()) << place;
  }
}

TEST(ReportSchema, DeclaresWhatIsWritten) {
  const Json schema = Json::parse(report_schema());

  expect_declared(to_json(full_report()), schema, schema["$defs"], "report");
}

TEST(ReportSchema, DescribesEveryProperty) {
  const Json schema = Json::parse(report_schema());
  Json objects = schema["$defs"];
  objects["report"] = schema;
  for (const auto& [object, declared] : objects.items()) {
    if (!declared.contains("properties")) continue;
    for (const auto& [key, property] : declared["properties"].items()) {
      const bool described = property.contains("description") || property.contains("$ref");
      EXPECT_TRUE(described) << object << '.' << key;
    }
  }
}

template <class Enum>
void expect_words(const Json& words, Enum last) {
  ASSERT_EQ(words.size(), static_cast<std::size_t>(last) + 1);
  for (std::size_t i = 0; i < words.size(); ++i) EXPECT_EQ(words[i], name(static_cast<Enum>(i)));
}

TEST(ReportSchema, KnowsEveryWord) {
  const Json definitions = Json::parse(report_schema())["$defs"];

  expect_words(definitions["verdict"]["enum"], Verdict::unknown);
  expect_words(definitions["severity"]["enum"], Severity::info);
  expect_words(definitions["confidence"]["enum"], Confidence::low);
  expect_words(definitions["category"]["enum"], Category::unknown);
}

}  // namespace
}  // namespace agent::sinks
