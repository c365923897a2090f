#include "mcp/content.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::mcp {
namespace {

using tools::ToolStatus;

Json parsed(const std::string& text) { return Json::parse(text, nullptr, false); }

struct ContentCase {
  std::string name, content, text;
};

class Content : public testing::TestWithParam<ContentCase> {};

TEST_P(Content, IsText) {
  const auto content = parsed(GetParam().content);
  ASSERT_FALSE(content.is_discarded());

  EXPECT_EQ(content_text(content), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Blocks, Content,
    testing::Values(
        ContentCase{"none", "[]", ""}, ContentCase{"null", "null", ""}, ContentCase{"a_number", "1", ""},
        ContentCase{"text", R"([{"type":"text","text":"a\nb"}])", "a\nb"},
        ContentCase{"one_block", R"({"type":"text","text":"a"})", "a"},
        ContentCase{"texts", R"([{"type":"text","text":"a"},{"type":"text","text":"b\n"},{"type":"text","text":"c"}])",
                    "a\nb\nc"},
        ContentCase{"an_image", R"([{"type":"image","mimeType":"image/png","data":"YWI="}])",
                    "[image image/png, 2 bytes]"},
        ContentCase{"audio", R"([{"type":"audio","mimeType":"audio/wav","data":"YWJj"}])",
                    "[audio audio/wav, 3 bytes]"},
        ContentCase{"an_image_of_no_type", R"([{"type":"image","data":""}])", "[image, 0 bytes]"},
        ContentCase{"an_image_without_data", R"([{"type":"image","mimeType":"image/png"}])", "[malformed image]"},
        ContentCase{"an_embedded_text", R"([{"type":"resource","resource":{"uri":"file:///a","text":"b"}}])", "b"},
        ContentCase{"an_embedded_blob",
                    R"([{"type":"resource","resource":{"uri":"file:///a","mimeType":"a/b","blob":"YQ=="}}])",
                    "[resource file:///a a/b, 1 bytes]"},
        ContentCase{"an_embedded_nothing", R"([{"type":"resource","resource":{"uri":"file:///a"}}])",
                    "[malformed resource]"},
        ContentCase{"no_resource", R"([{"type":"resource","resource":7}])", "[malformed resource]"},
        ContentCase{"a_link", R"([{"type":"resource_link","uri":"file:///a","name":"b"}])", "[link b file:///a]"},
        ContentCase{"a_link_without_a_name", R"([{"type":"resource_link","uri":"file:///a"}])", "[link file:///a]"},
        ContentCase{"a_link_to_nowhere", R"([{"type":"resource_link","name":"b"}])", "[malformed resource_link]"},
        ContentCase{"a_line_break_in_a_label", R"([{"type":"resource_link","uri":"a\n[b]","name":"c\u001b"}])",
                    "[link c  a [b]]"},
        ContentCase{"a_kind_nobody_knows", R"([{"type":"video","data":"YQ=="}])", "[content of unknown kind 'video']"},
        ContentCase{"a_block_of_no_kind", R"([{"text":"a"},7])", "[malformed content]\n[malformed content]"},
        ContentCase{"a_text_that_is_a_number", R"([{"type":"text","text":7}])", "[malformed text]"},
        ContentCase{"annotations", R"([{"type":"text","text":"a","annotations":{"audience":["user"]}}])", "a"}),
    [](const auto& info) { return info.param.name; });

TEST(Content, OfAPromptNamesWhoSpeaks) {
  const auto prompt = parsed(R"({"messages":[{"role":"user","content":{"type":"text","text":"a"}},
    {"role":"assistant","content":[{"type":"text","text":"b"},{"type":"image","data":"YQ=="}]},7]})");

  EXPECT_EQ(prompt_text(prompt), "[user]\na\n[assistant]\nb\n[image, 1 bytes]\n[]\n");
  EXPECT_EQ(prompt_text(parsed(R"({"messages":7})")), "");
}

TEST(Content, OfAResourceIsItsTexts) {
  const auto resource = parsed(R"({"contents":[{"uri":"a:b","text":"c"},{"uri":"a:d","blob":"YQ=="}]})");

  EXPECT_EQ(resource_text(resource), "c\n[resource a:d, 1 bytes]");
  EXPECT_EQ(resource_text({}), "");
}

struct ResultCase {
  std::string name, result, schema;
  ToolStatus status;
  std::string text;
};

class CallResult : public testing::TestWithParam<ResultCase> {};

TEST_P(CallResult, HasTextAndStatus) {
  const auto result = to_tool_result(parsed(GetParam().result), parsed(GetParam().schema));

  EXPECT_EQ(result.text, GetParam().text);
  EXPECT_EQ(result.status, GetParam().status);
  EXPECT_EQ(result.bytes_total, result.text.size());
}

INSTANTIATE_TEST_SUITE_P(
    Results, CallResult,
    testing::Values(
        ResultCase{"text", R"({"content":[{"type":"text","text":"a"}]})", "null", ToolStatus::ok, "a"},
        ResultCase{"an_error", R"({"content":[{"type":"text","text":"a"}],"isError":true})", "null", ToolStatus::error,
                   "a"},
        ResultCase{"an_error_without_structure", R"({"content":[],"isError":true})", R"({"type":"object"})",
                   ToolStatus::error, ""},
        ResultCase{"nothing", R"({"content":[]})", "null", ToolStatus::ok, ""},
        ResultCase{"complete", R"({"resultType":"complete","content":[]})", "null", ToolStatus::ok, ""},
        ResultCase{"of_a_type_nobody_knows", R"({"resultType":"half","content":[]})", "null", ToolStatus::error,
                   "the server's answer to the call is invalid: its 'resultType' is 'half'"},
        ResultCase{"of_a_type_that_is_no_text", R"({"resultType":7,"content":[]})", "null", ToolStatus::error,
                   "the server's answer to the call is invalid: its 'resultType' is no text"},
        ResultCase{"no_object", "7", "null", ToolStatus::error,
                   "the server's answer to the call is invalid: it is no object"},
        ResultCase{"no_content", "{}", "null", ToolStatus::error,
                   "the server's answer to the call is invalid: it has no 'content'"},
        ResultCase{"content_that_is_no_list", R"({"content":{}})", "null", ToolStatus::error,
                   "the server's answer to the call is invalid: its 'content' is no list"},
        ResultCase{"an_error_that_is_no_boolean", R"({"content":[],"isError":"no"})", "null", ToolStatus::error,
                   "the server's answer to the call is invalid: its 'isError' is no boolean"},
        ResultCase{"structure_alone", R"({"content":[],"structuredContent":{"a":1}})", "null", ToolStatus::ok,
                   "{\n  \"a\": 1\n}"},
        ResultCase{"structure_without_content", R"({"structuredContent":null})", "null", ToolStatus::ok, "null"},
        ResultCase{"structure_that_fits", R"({"content":[{"type":"text","text":"b"}],"structuredContent":{"a":1}})",
                   R"({"required":["a"]})", ToolStatus::ok, "b"},
        ResultCase{"structure_that_does_not_fit",
                   R"({"content":[{"type":"text","text":"b"}],"structuredContent":{"a":"1"}})",
                   R"({"properties":{"a":{"type":"integer"}}})", ToolStatus::error,
                   "b\n[against the tool's output schema: '/a' of the structured content is a string, not an integer]"},
        ResultCase{"no_structure_where_one_is_due", R"({"content":[{"type":"text","text":"b"}]})",
                   R"({"type":"object"})", ToolStatus::error,
                   "b\n[the result has no structured content, though the tool has an output schema]"},
        ResultCase{
            "a_schema_that_leads_elsewhere", R"({"content":[],"structuredContent":[1]})",
            R"({"items":{"$ref":"https://x/y"}})", ToolStatus::ok,
            "[\n  1\n]\n[the tool's output schema could not be checked: the reference 'https://x/y' leads out of "
            "the schema]"}),
    [](const auto& info) { return info.param.name; });

TEST(CallResult, KeepsItsStructure) {
  EXPECT_EQ(to_tool_result(parsed(R"({"content":[],"structuredContent":[1,{"a":null}]})"), {}).structured,
            parsed(R"([1,{"a":null}])"));
  EXPECT_EQ(to_tool_result(parsed(R"({"content":[]})"), {}).structured, std::nullopt);
}

}  // namespace
}  // namespace agent::mcp
