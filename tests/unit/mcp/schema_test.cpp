#include "mcp/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::mcp {
namespace {

Json parsed(const std::string& text) { return Json::parse(text, nullptr, false); }

/// "/a: is a string, not an integer; …", or why it could not be checked, or "fits".
std::string told(const SchemaCheck& check) {
  std::string text;
  for (const auto& [at, reason] : check.violations) text += (text.empty() ? "" : "; ") + at + ": " + reason;
  if (!check.unchecked.empty()) text += (text.empty() ? "" : "; ") + check.unchecked;
  return text.empty() ? "fits" : text;
}

struct SchemaCase {
  std::string name, schema, value, expected;
};

class Schema : public testing::TestWithParam<SchemaCase> {};

TEST_P(Schema, IsFittedOrTellsWhatDoesNot) {
  const auto schema = parsed(GetParam().schema), value = parsed(GetParam().value);
  ASSERT_FALSE(schema.is_discarded() || value.is_discarded());

  EXPECT_EQ(told(check(schema, value)), GetParam().expected);
}

const auto name_of_row = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Types, Schema,
    testing::Values(
        SchemaCase{"true_allows_all", "true", "[1]", "fits"},
        SchemaCase{"false_allows_nothing", "false", "1", ": is not allowed"},
        SchemaCase{"an_empty_schema", "{}", "null", "fits"},
        SchemaCase{"an_integer", R"({"type":"integer"})", "1", "fits"},
        SchemaCase{"an_integer_with_a_point", R"({"type":"integer"})", "1.0", "fits"},
        SchemaCase{"a_fraction_for_an_integer", R"({"type":"integer"})", "1.5", ": is a number, not an integer"},
        SchemaCase{"an_integer_for_a_number", R"({"type":"number"})", "1", "fits"},
        SchemaCase{"a_string_for_a_number", R"({"type":"number"})", R"("1")", ": is a string, not a number"},
        SchemaCase{"one_of_two_types", R"({"type":["string","null"]})", "null", "fits"},
        SchemaCase{"none_of_two_types", R"({"type":["string","null"]})", "true",
                   ": is a boolean, not a string or null"},
        SchemaCase{"an_array_for_an_object", R"({"type":"object"})", "[]", ": is an array, not an object"},
        SchemaCase{"a_type_nobody_knows", R"({"type":"date"})", "1",
                   "could not be checked: the schema's 'type' is malformed"},
        SchemaCase{"an_enumerated_value", R"({"enum":[1,"a",{"b":[2.0]}]})", R"({"b":[2]})", "fits"},
        SchemaCase{"no_enumerated_value", R"({"enum":[1,"a",null]})", R"("1")", ": is none of the 3 values of 'enum'"},
        SchemaCase{"false_is_not_zero", R"({"enum":[0]})", "false", ": is none of the 1 values of 'enum'"},
        SchemaCase{"a_constant", R"({"const":{"a":1,"b":2}})", R"({"b":2,"a":1.0})", "fits"},
        SchemaCase{"another_constant", R"({"const":18446744073709551615})", "-1", ": is not the value of 'const'"}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    Numbers, Schema,
    testing::Values(SchemaCase{"at_the_minimum", R"({"minimum":3})", "3.0", "fits"},
                    SchemaCase{"below_the_minimum", R"({"minimum":3})", "2.5", ": is less than 3"},
                    SchemaCase{"above_the_maximum", R"({"maximum":3})", "4", ": is more than 3"},
                    SchemaCase{"at_an_exclusive_minimum", R"({"exclusiveMinimum":3})", "3", ": is not more than 3"},
                    SchemaCase{"at_an_exclusive_maximum", R"({"exclusiveMaximum":3})", "3", ": is not less than 3"},
                    SchemaCase{"beyond_the_exact_doubles", R"({"maximum":9007199254740992})", "9007199254740993",
                               ": is more than 9007199254740992"},
                    SchemaCase{"no_number", R"({"minimum":3})", R"("2")", "fits"},
                    SchemaCase{"a_minimum_that_is_text", R"({"minimum":"3"})", "2",
                               "could not be checked: the schema's 'minimum' is malformed"},
                    SchemaCase{"a_multiple", R"({"multipleOf":3})", "9", "fits"},
                    SchemaCase{"no_multiple", R"({"multipleOf":3})", "10", ": is no multiple of 3"},
                    SchemaCase{"a_decimal_multiple", R"({"multipleOf":0.0001})", "0.0075", "fits"},
                    SchemaCase{"a_decimal_multiple_that_is_inexact", R"({"multipleOf":0.01})", "4.35", "fits"},
                    SchemaCase{"no_decimal_multiple", R"({"multipleOf":0.0001})", "0.00751",
                               ": is no multiple of 0.0001"},
                    SchemaCase{"zero", R"({"multipleOf":0.1})", "0", "fits"},
                    SchemaCase{"a_multiple_of_nothing", R"({"multipleOf":0})", "1",
                               "could not be checked: the schema's 'multipleOf' is malformed"}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    Texts, Schema,
    testing::Values(SchemaCase{"long_enough", R"({"minLength":2})", R"("ab")", "fits"},
                    SchemaCase{"too_short", R"({"minLength":2})", R"("a")", ": has 1 characters, not 2 or more"},
                    SchemaCase{"too_long", R"({"maxLength":2})", R"("abc")", ": has 3 characters, not 2 or fewer"},
                    SchemaCase{"characters_are_code_points", R"({"maxLength":2,"minLength":2})", R"("💩世")", "fits"},
                    SchemaCase{"a_length_with_a_point", R"({"maxLength":2.0})", R"("ab")", "fits"},
                    SchemaCase{"a_match_anywhere", R"({"pattern":"b+"})", R"("abc")", "fits"},
                    SchemaCase{"no_match", R"({"pattern":"^b"})", R"("abc")", ": does not match the pattern '^b'"},
                    SchemaCase{"a_pattern_for_a_number", R"({"pattern":"^b"})", "1", "fits"},
                    SchemaCase{"a_pattern_that_looks_ahead", R"({"pattern":"a(?=b)b"})", R"("ab")",
                               "could not be checked: the pattern 'a(?=b)b' is not supported"},
                    SchemaCase{"a_format_is_an_annotation", R"({"format":"date-time"})", R"("yesterday")", "fits"}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    Objects, Schema,
    testing::Values(
        SchemaCase{"a_wrong_property", R"({"properties":{"a":{"type":"integer"}}})", R"({"a":"x"})",
                   "/a: is a string, not an integer"},
        SchemaCase{"a_wrong_property_far_down", R"({"properties":{"a/b":{"items":{"properties":{"c~":false}}}}})",
                   R"({"a/b":[{},{"c~":1}]})", "/a~1b/1/c~0: is not allowed"},
        SchemaCase{"two_wrong_properties", R"({"properties":{"a":{"type":"integer"},"b":{"type":"null"}}})",
                   R"({"a":"x","b":1})", "/a: is a string, not an integer; /b: is an integer, not null"},
        SchemaCase{"a_missing_property", R"({"required":["a","b"]})", R"({"a":1})", ": has no property 'b'"},
        SchemaCase{"required_of_no_object", R"({"required":["a"]})", "[]", "fits"},
        SchemaCase{"required_of_an_old_draft", R"({"required":true})", "{}",
                   "could not be checked: the schema's 'required' is malformed"},
        SchemaCase{"an_additional_property", R"({"properties":{"a":{}},"additionalProperties":false})",
                   R"({"a":1,"b":2})", "/b: is not allowed"},
        SchemaCase{"an_additional_property_by_its_schema", R"({"additionalProperties":{"type":"integer"}})",
                   R"({"a":1,"b":"2"})", "/b: is a string, not an integer"},
        SchemaCase{"a_property_by_its_pattern",
                   R"({"patternProperties":{"^n":{"type":"integer"}},"additionalProperties":false})", R"({"n1":1})",
                   "fits"},
        SchemaCase{"a_wrong_property_by_its_pattern", R"({"patternProperties":{"^n":{"type":"integer"}}})",
                   R"({"n1":"1","x":"1"})", "/n1: is a string, not an integer"},
        SchemaCase{"a_property_that_may_be_additional",
                   R"({"patternProperties":{"(?=x).":{}},"additionalProperties":false
})",
                   R"({"x":1})", "could not be checked: the pattern '(?=x).' is not supported"},
        SchemaCase{"a_wrong_name", R"({"propertyNames":{"maxLength":2}})", R"({"ab":1,"abc":1})",
                   ": has a property whose name 'abc' is not allowed"},
        SchemaCase{"too_few_properties", R"({"minProperties":1})", "{}", ": has 0 properties, not 1 or more"},
        SchemaCase{"too_many_properties", R"({"maxProperties":1})", R"({"a":1,"b":2})",
                   ": has 2 properties, not 1 or fewer"},
        SchemaCase{"a_dependent_property_is_missing", R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})",
                   ": has no property 'b', but 'a'"},
        SchemaCase{"nothing_that_others_depend_on", R"({"dependentRequired":{"a":["b"]}})", R"({"c":1})", "fits"},
        SchemaCase{"a_dependent_schema", R"({"dependentSchemas":{"a":{"maxProperties":1}}})", R"({"a":1,"b":1})",
                   ": has 2 properties, not 1 or fewer"},
        SchemaCase{"dependencies_are_unknown_today", R"({"dependencies":{"a":["b"]}})", R"({"a":1})", "fits"},
        SchemaCase{"an_unevaluated_property", R"({"properties":{"a":{}},"unevaluatedProperties":false})",
                   R"({"a":1,"b":1})", "/b: is not allowed"},
        SchemaCase{"an_unevaluated_property_beside_schemas",
                   R"({"allOf":[{"properties":{"a":{}}}],"unevaluatedProperties":false})", R"({"a":1})",
                   "could not be checked: 'unevaluatedProperties' beside schemas in place is not supported"}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    Arrays, Schema,
    testing::Values(
        SchemaCase{"a_wrong_item", R"({"items":{"type":"integer"}})", R"([1,"2",3])",
                   "/1: is a string, not an integer"},
        SchemaCase{"items_of_no_array", R"({"items":false})", R"({"a":1})", "fits"},
        SchemaCase{"items_after_the_first_ones", R"({"prefixItems":[{"type":"string"}],"items":{"type":"integer"}})",
                   R"(["a",1,"b"])", "/2: is a string, not an integer"},
        SchemaCase{"fewer_than_the_first_ones", R"({"prefixItems":[true,false]})", "[1]", "fits"},
        SchemaCase{"items_as_a_list", R"({"items":[true,{"type":"null"}],"additionalItems":false})", "[1,2,3]",
                   "/2: is not allowed; /1: is an integer, not null"},
        SchemaCase{"too_few_items", R"({"minItems":1})", "[]", ": has 0 items, not 1 or more"},
        SchemaCase{"too_many_items", R"({"maxItems":1})", "[1,2]", ": has 2 items, not 1 or fewer"},
        SchemaCase{"unique_items", R"({"uniqueItems":true})", R"([1,"1",true,[1],{"a":1},{"a":2},null])", "fits"},
        SchemaCase{"an_item_twice", R"({"uniqueItems":true})", R"([{"a":1,"b":2},3,{"b":2,"a":1.0}])",
                   ": has an item twice"},
        SchemaCase{"items_that_need_not_be_unique", R"({"uniqueItems":false})", "[1,1]", "fits"},
        SchemaCase{"what_it_contains", R"({"contains":{"minimum":5}})", "[1,6]", "fits"},
        SchemaCase{"what_it_lacks", R"({"contains":{"minimum":5}})", "[1]", ": has too few items that fit 'contains'"},
        SchemaCase{"what_it_need_not_contain", R"({"contains":false,"minContains":0})", "[]", "fits"},
        SchemaCase{"what_it_contains_too_often", R"({"contains":true,"maxContains":1})", "[1,2]",
                   ": has too many items that fit 'contains'"},
        SchemaCase{"an_unevaluated_item", R"({"prefixItems":[true],"unevaluatedItems":false})", "[1,2]",
                   "/1: is not allowed"},
        SchemaCase{"an_unevaluated_item_beside_contains", R"({"contains":true,"unevaluatedItems":false})", "[1]",
                   "could not be checked: 'unevaluatedItems' beside schemas in place is not supported"}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    Combined, Schema,
    testing::Values(
        SchemaCase{"all_of_them", R"({"allOf":[{"minimum":1},{"maximum":3}]})", "4", ": is more than 3"},
        SchemaCase{"any_of_them", R"({"anyOf":[{"type":"string"},{"minimum":3}]})", "3", "fits"},
        SchemaCase{"none_of_them", R"({"anyOf":[{"type":"string"},{"minimum":3}]})", "2",
                   ": fits none of the 2 schemas of 'anyOf'"},
        SchemaCase{"any_of_them_beside_what_is_unknown", R"({"anyOf":[{"pattern":"(?=x)."},{"type":"string"}]
})",
                   R"("a")", "fits"},
        SchemaCase{"none_of_them_but_one_unknown", R"({"anyOf":[{"$ref":"https://x/y"},{"minimum":3}]})", "2",
                   "could not be checked: the reference 'https://x/y' leads out of the schema"},
        SchemaCase{"one_of_them", R"({"oneOf":[{"type":"string"},{"minimum":3}]})", "3", "fits"},
        SchemaCase{"two_of_them", R"({"oneOf":[{"type":"integer"},{"minimum":3}]})", "3",
                   ": fits more than one schema of 'oneOf'"},
        SchemaCase{"not_one_of_them", R"({"oneOf":[{"type":"string"},{"minimum":3}]})", "2",
                   ": fits none of the 2 schemas of 'oneOf'"},
        SchemaCase{"not_this", R"({"not":{"type":"string"}})", R"("a")", ": fits the schema of 'not'"},
        SchemaCase{"not_what_is_unknown", R"({"not":{"pattern":"(?=x)."}
})",
                   R"("a")", "could not be checked: the pattern '(?=x).' is not supported"},
        SchemaCase{"a_condition_that_holds", R"({"if":{"minimum":5},"then":{"multipleOf":2},"else":{"multipleOf":3}})",
                   "7", ": is no multiple of 2"},
        SchemaCase{"a_condition_that_does_not_hold",
                   R"({"if":{"minimum":5},"then":{"multipleOf":2},"else":{"multipleOf":3}})", "4",
                   ": is no multiple of 3"},
        SchemaCase{"a_consequence_without_a_condition", R"({"then":false})", "1", "fits"},
        SchemaCase{"a_part_that_fails_beside_one_unknown", R"({"properties":{"a":{"pattern":"(?=x)."}, "b" : false
}
})",
                   R"({"a":"x","b":1})", "/b: is not allowed"}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    References, Schema,
    testing::Values(
        SchemaCase{"a_definition", R"({"$defs":{"a":{"type":"integer"}},"properties":{"x":{"$ref":"#/$defs/a"}}})",
                   R"({"x":"1"})", "/x: is a string, not an integer"},
        SchemaCase{"what_stands_beside_one",
                   R"({"$defs":{"a":{}},"properties":{"x":{"$ref":"#/$defs/a","maximum":1}}})", R"({"x":2})",
                   "/x: is more than 1"},
        SchemaCase{"what_stood_beside_one_in_draft_07",
                   R"({"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{}},
                       "properties":{"x":{"$ref":"#/definitions/a","maximum":1}}})",
                   R"({"x":2})", "fits"},
        SchemaCase{"dependencies_of_draft_07",
                   R"({"$schema":"http://json-schema.org/draft-07/schema","dependencies":{"a":["b"],"c":false}})",
                   R"({"a":1,"c":1})", ": has no property 'b', but 'a'; : is not allowed"},
        SchemaCase{"the_schema_itself", R"({"properties":{"next":{"$ref":"#"}},"required":["id"]})",
                   R"({"id":1,"next":{"id":2,"next":{}}})", "/next/next: has no property 'id'"},
        SchemaCase{"an_anchor", R"({"$defs":{"a":{"$anchor":"here","type":"integer"}},"$ref":"#here"})", R"("1")",
                   ": is a string, not an integer"},
        SchemaCase{"an_anchor_in_data", R"({"enum":[{"$anchor":"here"}],"$ref":"#here"})", R"({"$anchor":"here"})",
                   "could not be checked: the reference '#here' leads out of the schema"},
        SchemaCase{"escaped_names", R"({"$defs":{"a/b~c%":{"type":"integer"}},"$ref":"#/$defs/a~1b~0c%25"})", R"("1")",
                   ": is a string, not an integer"},
        SchemaCase{"an_item_of_a_list",
                   R"({"allOf":[true,{"type":"integer"}],"properties":{"x":{"$ref":"#/allOf/1"}}})", R"({"x":1})",
                   ": is an object, not an integer"},
        SchemaCase{"its_own_address", R"({"$id":"https://x/y","$defs":{"a":false},"$ref":"https://x/y#/$defs/a"})", "1",
                   ": is not allowed"},
        SchemaCase{"an_address_of_its_own",
                   R"({"properties":{"x":{"$id":"https://x/y","$defs":{"a":false},"$ref":"#/$defs/a"}}})", R"({"x":1})",
                   "/x: is not allowed"},
        SchemaCase{"an_address_elsewhere", R"({"properties":{"x":{"$ref":"http://127.0.0.1:1/schema"}}})", R"({"x":1})",
                   "could not be checked: the reference 'http://127.0.0.1:1/schema' leads out of the schema"},
        SchemaCase{"an_address_that_is_not_reached", R"({"properties":{"x":{"$ref":"http://127.0.0.1:1/schema"}}})",
                   R"({"y":1})", "fits"},
        SchemaCase{"a_name_that_is_not_there", R"({"$ref":"#/$defs/a"})", "1",
                   "could not be checked: the reference '#/$defs/a' leads out of the schema"},
        SchemaCase{"a_dynamic_one", R"({"$dynamicRef":"#a"})", "1",
                   "could not be checked: dynamic references are not supported"},
        SchemaCase{"a_circle", R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"})",
                   "1", "could not be checked: its schemas are nested too deep"},
        SchemaCase{"a_dialect_nobody_knows", R"({"$schema":"https://example.com/schema"})", "1",
                   "could not be checked: the schema's dialect 'example.com/schema' is not supported"},
        SchemaCase{"no_schema", "[]", "1", "could not be checked: a schema is neither an object nor a boolean"}),
    name_of_row);

TEST(SchemaLimits, EndACheckThatGrowsWithoutEnd) {
  // Each level asks for the next one twice.
  Json schema = {{"$defs", Json::object()}, {"$ref", "#/$defs/0"}};
  for (int i = 0; i < 60; ++i) {
    const Json next = {{"$ref", "#/$defs/" + std::to_string(i + 1)}};
    schema["$defs"][std::to_string(i)] = {{"anyOf", {{{"not", next}}, next}}};
  }
  schema["$defs"]["60"] = {{"type", "string"}};

  EXPECT_EQ(check(schema, "text", {.steps = 10'000}).unchecked, "could not be checked: it takes too many steps");
}

TEST(SchemaLimits, EndALongSearchForTwins) {
  Json items = Json::array();
  for (int i = 0; i < 10'000; ++i) items.push_back(std::string(1'000, 'a') + std::to_string(i));

  EXPECT_TRUE(check({{"uniqueItems", true}}, items, {.steps = 10'000'000}).fits());
  EXPECT_FALSE(check({{"uniqueItems", true}}, items, {.steps = 10'000}).unchecked.empty());
}

TEST(SchemaLimits, EndAFloodOfPatterns) {
  Json schema, value;
  for (int i = 0; i < 1'000; ++i) {
    schema["properties"][std::to_string(i)] = {{"pattern", "(x{0,100}){0,9}" + std::to_string(i)}};
    value[std::to_string(i)] = std::to_string(i);
  }

  EXPECT_EQ(check(schema, value).unchecked, "could not be checked: it has too many patterns");
}

TEST(SchemaLimits, KeepTheFirstViolationsOnly) {
  const auto result = check({{"items", false}}, Json::array({1, 2, 3, 4}), {.violations = 2});

  EXPECT_EQ(told(result), "/0: is not allowed; /1: is not allowed");
}

TEST(SchemaLimits, KeepReasonsAndPointersShort) {
  const std::string name(10'000, 'x');
  const auto result = check({{"properties", {{name, {{"required", {name}}}}}}}, {{name, Json::object()}});

  ASSERT_EQ(result.violations.size(), 1);
  EXPECT_LE(result.violations[0].at.size(), 203);
  EXPECT_LE(result.violations[0].reason.size(), 303);
}

struct DefaultsCase {
  std::string name, property, content, filled;
};

class SchemaDefaults : public testing::TestWithParam<DefaultsCase> {};

TEST_P(SchemaDefaults, FillWhatIsMissing) {
  auto content = parsed(GetParam().content);
  const auto schema = parsed(R"({"type":"object","properties":{"a":)" + GetParam().property + "}}");
  ASSERT_FALSE(schema.is_discarded());

  fill_defaults(schema, content);

  EXPECT_EQ(content, parsed(GetParam().filled));
}

INSTANTIATE_TEST_SUITE_P(
    Properties, SchemaDefaults,
    testing::Values(
        DefaultsCase{"text", R"({"type":"string","default":"x"})", "{}", R"({"a":"x"})"},
        DefaultsCase{"integer", R"({"type":"integer","default":30})", "{}", R"({"a":30})"},
        DefaultsCase{"number", R"({"type":"number","default":95.5})", "{}", R"({"a":95.5})"},
        DefaultsCase{"boolean", R"({"type":"boolean","default":false})", "{}", R"({"a":false})"},
        DefaultsCase{"choice", R"({"type":"string","enum":["x","y"],"default":"y"})", "{}", R"({"a":"y"})"},
        DefaultsCase{"titled_choice", R"({"type":"string","oneOf":[{"const":"x","title":"X"}],"default":"x"})", "{}",
                     R"({"a":"x"})"},
        DefaultsCase{"several_choices",
                     R"({"type":"array","items":{"type":"string","enum":["x","y"]},"default":["x","y"]})", "{}",
                     R"({"a":["x","y"]})"},
        DefaultsCase{"nothing_yet", R"({"type":"string","default":"x"})", "null", R"({"a":"x"})"},
        DefaultsCase{"an_answer_that_stays", R"({"type":"string","default":"x"})", R"({"a":"z"})", R"({"a":"z"})"},
        DefaultsCase{"a_default_of_another_type", R"({"type":"string","default":1})", "{}", "{}"},
        DefaultsCase{"no_choice", R"({"type":"string","enum":["x"],"default":"z"})", "{}", "{}"},
        DefaultsCase{"no_default", R"({"type":"string"})", "{}", "{}"}, DefaultsCase{"no_schema", "true", "{}", "{}"},
        DefaultsCase{"an_answer_that_is_no_object", R"({"type":"string","default":"x"})", "[]", "[]"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::mcp
