#include "cli/elicitation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::cli {
namespace {

using nlohmann::json;

struct FormCase {
  std::string name, params;
  std::vector<std::string> typed;
  std::string expected;  ///< The action, and the content.
};

std::string told(const FormAnswer& answer) {
  switch (answer.action) {
    case FormAnswer::Action::accept: return "accept " + answer.content.dump();
    case FormAnswer::Action::decline: return "decline";
    case FormAnswer::Action::cancel: return "cancel";
  }
  return "";
}

class Forms : public testing::TestWithParam<FormCase> {};

TEST_P(Forms, AreFilledInByAPerson) {
  std::size_t next = 0;
  const auto& typed = GetParam().typed;

  const FormAnswer answer =
      ask_person("gitea", json::parse(GetParam().params), [&](const std::string&) -> std::optional<std::string> {
        if (next == typed.size()) return {};
        return typed[next++];
      });

  EXPECT_EQ(told(answer), GetParam().expected);
  EXPECT_EQ(next, typed.size());
}

std::string form(const std::string& properties, const std::string& required = "[]") {
  return R"({"message":"m","requestedSchema":{"type":"object","properties":)" + properties + R"(,"required":)" +
         required + "}}";
}

INSTANTIATE_TEST_SUITE_P(
    Servers, Forms,
    testing::Values(
        FormCase{"no", form("{}"), {"no"}, "decline"}, FormCase{"nothing_typed", form("{}"), {""}, "decline"},
        FormCase{"end_of_input", form("{}"), {}, "cancel"}, FormCase{"no_fields", form("{}"), {"yes"}, "accept {}"},
        FormCase{"text", form(R"({"a":{"type":"string"}})"), {"yes", " x y "}, R"(accept {"a":"x y"})"},
        FormCase{"text_left_out", form(R"({"a":{"type":"string"}})"), {"yes", ""}, "accept {}"},
        FormCase{"text_that_is_required",
                 form(R"({"a":{"type":"string"}})", R"(["a"])"),
                 {"y", "", "x"},
                 R"(accept {"a":"x"})"},
        FormCase{"required_with_a_default",
                 form(R"({"a":{"type":"string","default":"d"}})", R"(["a"])"),
                 {"y", ""},
                 "accept {}"},
        FormCase{"number", form(R"({"a":{"type":"number"}})"), {"y", "1.5"}, R"(accept {"a":1.5})"},
        FormCase{"whole_number_asked_for_again",
                 form(R"({"a":{"type":"integer"}})"),
                 {"y", "1.5", "two", "2"},
                 R"(accept {"a":2})"},
        FormCase{"no_number_at_all", form(R"({"a":{"type":"integer"}})"), {"y", "x", "y", "z"}, "cancel"},
        FormCase{"a_huge_number", form(R"({"a":{"type":"integer"}})"), {"y", "1e300", "inf", "nan"}, "cancel"},
        FormCase{"truth", form(R"({"a":{"type":"boolean"}})"), {"y", "No"}, R"(accept {"a":false})"},
        FormCase{
            "a_choice", form(R"({"a":{"type":"string","enum":["b","c"]}})"), {"y", "d", "c"}, R"(accept {"a":"c"})"},
        FormCase{"a_titled_choice",
                 form(R"({"a":{"type":"string","oneOf":[{"const":"b","title":"B"}]}})"),
                 {"y", "b"},
                 R"(accept {"a":"b"})"},
        FormCase{"several_choices",
                 form(R"({"a":{"type":"array","items":{"enum":["b","c"]}}})"),
                 {"y", "b, c"},
                 R"(accept {"a":["b","c"]})"},
        FormCase{"a_page", R"({"mode":"url","message":"m","url":"https://h/x"})", {"yes"}, "accept {}"},
        FormCase{"a_page_that_is_not_safe", R"({"mode":"url","message":"m","url":"javascript:alert"})", {}, "decline"},
        FormCase{"a_page_that_only_looks_local",
                 R"({"mode":"url","message":"m","url":"http://127.0.0.1.evil.test/"})",
                 {},
                 "decline"},
        FormCase{"a_schema_of_another_type", R"({"message":1,"requestedSchema":[]})", {"yes"}, "decline"},
        FormCase{"no_object_at_all", "[]", {"no"}, "decline"}),
    [](const auto& info) { return info.param.name; });

TEST(FormPrompts, SayWhoAsksAndShowForeignTextClean) {
  std::vector<std::string> prompts;

  static_cast<void>(ask_person("gitea", {{"message", "pay\x1b[31m\nnow"}},
                               [&](const std::string& prompt) -> std::optional<std::string> {
                                 prompts.push_back(prompt);
                                 return "no";
                               }));

  ASSERT_EQ(prompts.size(), 1U);
  EXPECT_EQ(prompts[0].find('\x1b'), std::string::npos);
  EXPECT_TRUE(prompts[0].starts_with("The MCP server 'gitea' asks: pay"));
}

}  // namespace
}  // namespace agent::cli
