#include "mcp/header_params.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::mcp {
namespace {

Json parsed(const std::string& text) { return Json::parse(text, nullptr, false); }

struct AnnotationCase {
  std::string name, schema, reason;  ///< `reason` empty: valid.
};

class HeaderAnnotation : public testing::TestWithParam<AnnotationCase> {};

TEST_P(HeaderAnnotation, IsValidOrTellsWhyNot) {
  const auto reason = why_invalid(parsed(GetParam().schema));

  if (GetParam().reason.empty()) {
    EXPECT_EQ(reason, std::nullopt);
  } else {
    EXPECT_THAT(reason, testing::Optional(testing::HasSubstr(GetParam().reason)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Schemas, HeaderAnnotation,
    testing::Values(
        AnnotationCase{"none", R"({"type":"object","properties":{"a":{"type":"object"}}})", ""},
        AnnotationCase{"no_schema", "null", ""}, AnnotationCase{"a_schema_that_is_true", "true", ""},
        AnnotationCase{"a_string", R"({"properties":{"a":{"type":"string","x-mcp-header":"Region"}}})", ""},
        AnnotationCase{"an_integer", R"({"properties":{"a":{"type":"integer","x-mcp-header":"Region"}}})", ""},
        AnnotationCase{"a_boolean", R"({"properties":{"a":{"type":"boolean","x-mcp-header":"Region"}}})", ""},
        AnnotationCase{"a_string_or_null", R"({"properties":{"a":{"type":["string","null"],"x-mcp-header":"R"}}})", ""},
        AnnotationCase{
            "a_nested_property",
            R"({"properties":{"a":{"type":"object","properties":{"b":{"type":"string","x-mcp-header":"R"}}}}})", ""},
        AnnotationCase{"a_property_of_that_name", R"({"properties":{"x-mcp-header":{"type":"array"}}})", ""},
        AnnotationCase{"a_default_of_that_name", R"({"properties":{"a":{"default":{"x-mcp-header":"no token"}}}})", ""},
        AnnotationCase{"a_definition_of_that_name", R"({"$defs":{"x-mcp-header":{"type":"array"}}})", ""},
        AnnotationCase{"an_empty_name", R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})", "no HTTP token"},
        AnnotationCase{"a_name_with_a_blank", R"({"properties":{"a":{"type":"string","x-mcp-header":"A B"}}})",
                       "no HTTP token"},
        AnnotationCase{"a_name_with_a_colon", R"({"properties":{"a":{"type":"string","x-mcp-header":"A:B"}}})",
                       "no HTTP token"},
        AnnotationCase{"a_name_with_a_tab", R"({"properties":{"a":{"type":"string","x-mcp-header":"A\tB"}}})",
                       "no HTTP token"},
        AnnotationCase{"a_name_with_a_line_break", R"({"properties":{"a":{"type":"string","x-mcp-header":"A\r\nB"}}})",
                       "no HTTP token"},
        AnnotationCase{"a_name_beyond_ascii", R"({"properties":{"a":{"type":"string","x-mcp-header":"Région"}}})",
                       "no HTTP token"},
        AnnotationCase{"a_name_that_is_a_number", R"({"properties":{"a":{"type":"string","x-mcp-header":1}}})",
                       "no string"},
        AnnotationCase{"a_number", R"({"properties":{"a":{"type":"number","x-mcp-header":"R"}}})",
                       "is not on a string, integer or boolean"},
        AnnotationCase{"an_object", R"({"properties":{"a":{"type":"object","x-mcp-header":"R"}}})",
                       "is not on a string, integer or boolean"},
        AnnotationCase{"a_list", R"({"properties":{"a":{"type":"array","x-mcp-header":"R"}}})",
                       "is not on a string, integer or boolean"},
        AnnotationCase{"a_null", R"({"properties":{"a":{"type":"null","x-mcp-header":"R"}}})",
                       "is not on a string, integer or boolean"},
        AnnotationCase{"only_null_in_a_list", R"({"properties":{"a":{"type":["null"],"x-mcp-header":"R"}}})",
                       "is not on a string, integer or boolean"},
        AnnotationCase{"no_type", R"({"properties":{"a":{"x-mcp-header":"R"}}})",
                       "is not on a string, integer or boolean"},
        AnnotationCase{
            "the_same_name_twice",
            R"({"properties":{"a":{"type":"string","x-mcp-header":"R"},"b":{"type":"string","x-mcp-header":"R"}}})",
            "twice"},
        AnnotationCase{
            "a_name_twice_in_other_case",
            R"({"properties":{"a":{"type":"string","x-mcp-header":"Re"},"b":{"type":"string","x-mcp-header":"rE"}}})",
            "twice"},
        AnnotationCase{"the_root", R"({"type":"string","x-mcp-header":"R"})", "reached by 'properties' alone"},
        AnnotationCase{"a_list_s_items",
                       R"({"properties":{"a":{"type":"array","items":{"type":"string","x-mcp-header":"R"}}}})",
                       "reached by 'properties' alone"},
        AnnotationCase{"a_property_of_a_list_s_items",
                       R"({"properties":{"a":{"items":{"properties":{"b":{"type":"string","x-mcp-header":"R"}}}}}})",
                       "reached by 'properties' alone"},
        AnnotationCase{"one_of_several", R"({"oneOf":[{"properties":{"a":{"type":"string","x-mcp-header":"R"}}}]})",
                       "reached by 'properties' alone"},
        AnnotationCase{"a_condition", R"({"then":{"properties":{"a":{"type":"string","x-mcp-header":"R"}}}})",
                       "reached by 'properties' alone"},
        AnnotationCase{"a_definition", R"({"$defs":{"a":{"type":"string","x-mcp-header":"R"}}})",
                       "reached by 'properties' alone"},
        AnnotationCase{"a_pattern_of_properties", R"({"patternProperties":{"a":{"type":"string","x-mcp-header":"R"}}})",
                       "reached by 'properties' alone"}),
    [](const auto& info) { return info.param.name; });

TEST(HeaderAnnotation, IsRefusedWhereNothingReachesTheEnd) {
  Json schema = {{"type", "string"}};
  for (int i = 0; i < 200; ++i) schema = Json{{"not", std::move(schema)}};

  EXPECT_THAT(why_invalid(schema), testing::Optional(testing::HasSubstr("nested deeper than 128 levels")));
}

struct ValueCase {
  std::string name, value, header;
};

class HeaderValue : public testing::TestWithParam<ValueCase> {};

TEST_P(HeaderValue, CarriesAnyTextAndGivesItBack) {
  const auto header = to_header_value(GetParam().value);

  EXPECT_EQ(header, GetParam().header);
  EXPECT_EQ(from_header_value(header), GetParam().value);
}

// Where the specification has an example, it is the specification's.
INSTANTIATE_TEST_SUITE_P(
    Texts, HeaderValue,
    testing::Values(ValueCase{"plain", "us-west1", "us-west1"}, ValueCase{"nothing", "", ""},
                    ValueCase{"a_blank_inside", "us west 1", "us west 1"},
                    ValueCase{"beyond_ascii", "Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="},
                    ValueCase{"blanks_at_the_ends", " padded ", "=?base64?IHBhZGRlZCA=?="},
                    ValueCase{"a_line_break", "line1\nline2", "=?base64?bGluZTEKbGluZTI=?="},
                    ValueCase{"a_tab", "a\tb", "=?base64?YQli?="},
                    ValueCase{"the_mark_itself", "=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="},
                    ValueCase{"the_mark_s_ends_in_one", "=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?="},
                    ValueCase{"half_a_mark", "=?base64?x", "=?base64?x"}),
    [](const auto& info) { return info.param.name; });

class WrongHeaderValue : public testing::TestWithParam<ValueCase> {};

TEST_P(WrongHeaderValue, StandsForNothing) { EXPECT_EQ(from_header_value(GetParam().value), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Texts, WrongHeaderValue,
                         testing::Values(ValueCase{"no_digits", "=?base64?****?=", ""},
                                         ValueCase{"a_digit_too_few", "=?base64?YQl?=", ""},
                                         ValueCase{"a_blank", "=?base64? YQli?=", ""},
                                         ValueCase{"padding_inside", "=?base64?YQ==YQ==?=", ""},
                                         ValueCase{"padding_alone", "=?base64?====?=", ""}),
                         [](const auto& info) { return info.param.name; });

TEST(HeaderValue, MayHaveAnEmptyPayload) {
  EXPECT_EQ(from_header_value("=?base64?"
                              "?="),
            "");
}

struct ParamCase {
  std::string name, arguments;
  std::vector<std::string> headers;
};

class HeaderParams : public testing::TestWithParam<ParamCase> {};

TEST_P(HeaderParams, AreTheAnnotatedArguments) {
  const auto schema = parsed(R"({"type":"object","properties":{
    "flag":{"type":"boolean","x-mcp-header":"Flag"},
    "free":{"type":"string"},
    "in":{"type":"object","properties":{"side":{"type":"string","x-mcp-header":"Side"}}},
    "number":{"type":"integer","x-mcp-header":"Method"},
    "text":{"type":"string","x-mcp-header":"Text"}}})");

  std::vector<std::string> headers;
  for (const auto& [name, value] : header_params(schema, parsed(GetParam().arguments))) {
    headers.push_back(name + ": " + value);
  }

  EXPECT_EQ(headers, GetParam().headers);
}

INSTANTIATE_TEST_SUITE_P(
    Arguments, HeaderParams,
    testing::Values(ParamCase{"all_kinds",
                              R"({"flag":false,"number":42,"text":" a","in":{"side":"b"},"free":"c"})",
                              {"Mcp-Param-Flag: false", "Mcp-Param-Side: b", "Mcp-Param-Method: 42",
                               "Mcp-Param-Text: =?base64?IGE=?="}},
                    ParamCase{"none", "{}", {}}, ParamCase{"no_object", "[1]", {}},
                    ParamCase{"nulls", R"({"flag":null,"text":null,"in":null})", {}},
                    ParamCase{"an_empty_text", R"({"text":""})", {"Mcp-Param-Text: "}},
                    ParamCase{"a_negative_number", R"({"number":-7})", {"Mcp-Param-Method: -7"}},
                    ParamCase{"a_whole_number_with_a_point", R"({"number":42.0})", {"Mcp-Param-Method: 42"}},
                    ParamCase{
                        "the_largest_number", R"({"number":9007199254740991})", {"Mcp-Param-Method: 9007199254740991"}},
                    ParamCase{"a_number_that_is_too_large", R"({"number":9007199254740992})", {}},
                    ParamCase{"a_number_beyond_all_types", R"({"number":1e300})", {}},
                    ParamCase{"a_fraction", R"({"number":1.5})", {}},
                    ParamCase{"lists_and_objects", R"({"text":["a"],"number":{},"in":"side"})", {}}),
    [](const auto& info) { return info.param.name; });

TEST(HeaderParams, AreNoneOfAnInvalidSchema) {
  const auto schema = parsed(R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},
                                               "b":{"type":"number","x-mcp-header":"B"}}})");

  EXPECT_TRUE(header_params(schema, {{"a", "x"}}).empty());
}

}  // namespace
}  // namespace agent::mcp
