#include "llm/arguments.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace agent::llm {
namespace {

struct Written {
  std::string name, text, meant;  ///< `meant`: JSON; "unread": a text is left.
  bool mended = true;
};

void PrintTo(const Written& written, std::ostream* out) { *out << written.name; }

const Json schema = Json::parse(R"({"type":"object","properties":{
  "tail":{"type":"integer"},"all":{"type":"boolean"},"names":{"type":"array"},"options":{"type":["object","null"]},
  "name":{"type":"string"},"ratio":{"type":"number"}}})");

class Arguments : public testing::TestWithParam<Written> {};

TEST_P(Arguments, AreReadAsTheyAreMeant) {
  const auto read = read_arguments(GetParam().text, schema);

  if (GetParam().meant == "unread")
    EXPECT_EQ(read.value, Json(GetParam().text));
  else
    EXPECT_EQ(read.value, Json::parse(GetParam().meant));
  EXPECT_EQ(read.mended, GetParam().mended);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Arguments,
    testing::Values(
        Written{"whole", R"({"name":"web-0","tail":5})", R"({"name":"web-0","tail":5})", false},
        Written{"blanks", " {\n} ", "{}", false},  //
        Written{"empty", "", "{}"},                //
        Written{"null", "null", "{}"},
        Written{"trailing_comma", R"({"name":"a","names":[1,2,],})", R"({"name":"a","names":[1,2]})"},
        Written{"missing_comma", R"({"name":"a" "tail":1})", R"({"name":"a","tail":1})"},
        Written{"single_quotes", "{'name': 'it\\'s'}", R"({"name":"it's"})"},
        Written{"bare_keys", "{name: web-0, tail: 5}", R"({"name":"web-0","tail":5})"},
        Written{"python", "{'all': True, 'options': None, 'ratio': 0.5}", R"({"all":true,"options":null,"ratio":0.5})"},
        Written{"no_closing_brace", R"({"name":"a","options":{"b":[1)", R"({"name":"a","options":{"b":[1]}})"},
        Written{"no_closing_quote", R"({"name":"web)", R"({"name":"web"})"},
        Written{"nothing_but_opening", "{{'", "{}"},
        Written{"wrong_closing", R"({"names":[1,2},"tail":3})", R"({"names":[1,2]})"},
        Written{"too_many_braces", R"({"name":"a"}})", R"({"name":"a"})"},
        Written{"inner_quotes", R"({"name":"say "hi" now","tail":1})", R"({"name":"say \"hi\" now","tail":1})"},
        Written{"raw_line_break", "{\"name\":\"a\nb\"}", R"({"name":"a\nb"})"},
        Written{"wrong_escape", R"({"name":"C:\dir"})", R"({"name":"C:\\dir"})"},
        Written{"escapes", R"({'name':'\u00e4\ud83d\ude00\n\t'})", R"({"name":"ä😀\n\t"})"},
        Written{"half_a_surrogate", R"({'name':'\ud83d!'})", R"({"name":"�!"})"},
        Written{"fence", "```json\n{\"name\":\"a\"}\n```", R"({"name":"a"})"},
        Written{"words_before", "Here: {\"name\":\"a\"} as asked", R"({"name":"a"})"},
        Written{"encoded_twice", R"("{\"name\":\"a\"}")", R"({"name":"a"})"},
        Written{"encoded_thrice", R"("\"{\\\"name\\\":\\\"a\\\"}\"")", R"({"name":"a"})"},
        Written{"encoded_and_broken", R"("{'name':'a',}")", "unread", false},
        Written{"only_one_of_a_list", R"([{"name":"a"}])", R"({"name":"a"})"},
        Written{"keywords", R"(name="web-0", tail=5, names=["a", 'b'])",
                R"({"name":"web-0","tail":5,"names":["a","b"]})"},
        Written{"number_as_text", R"({"tail":"5"})", R"({"tail":5})"},
        Written{"truth_as_text", R"({"all":"true"})", R"({"all":true})"},
        Written{"python_truth_as_text", R"({"all":"False"})", R"({"all":false})"},
        Written{"list_as_text", R"({"names":"[\"a\", \"b\"]"})", R"({"names":["a","b"]})"},
        Written{"broken_list_as_text", R"({"names":"['a', 'b']"})", R"({"names":["a","b"]})"},
        Written{"object_as_text", R"({"options":"{\"a\":1}"})", R"({"options":{"a":1}})"},
        Written{"text_stays_text", R"({"name":"5"})", R"({"name":"5"})", false},
        Written{"what_does_not_fit_stays", R"({"tail":"many","all":"perhaps"})", R"({"tail":"many","all":"perhaps"})",
                false},
        Written{"a_word", "yes", "unread", false},  //
        Written{"a_number", "5", "unread", false},  //
        Written{"a_list", "[1,2]", "unread", false}),
    [](const auto& info) { return info.param.name; });

TEST(Arguments, NestedTooDeepAreLeftAsText) {
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "{'a':";

  EXPECT_EQ(read_arguments(deep, schema).value, Json(deep));
}

TEST(Arguments, OfAMegabyteAreReadInTime) {
  std::string text = "{'names': [";
  for (int i = 0; i < 50'000; ++i) text += "'a \"b\" c', ";

  EXPECT_EQ(read_arguments(text, schema).value["names"].size(), 50'000U);
}

}  // namespace
}  // namespace agent::llm
