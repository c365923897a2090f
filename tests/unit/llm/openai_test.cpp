#include "unit/llm/model_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::llm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::expected<ModelAnswer, ModelFailure> ask(const ModelServer& server, const ModelRequest& request) {
  HttpModel model(quick_options(server, openai_dialect()));
  return model.ask(request, {});
}

TEST(OpenAI, IsAskedInItsForm) {
  const ModelServer server(
      {stream_of({R"({"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]})", "[DONE]"})});
  ModelRequest request = question();
  request.messages.push_back(
      {.role = Role::assistant,
       .tool_calls = {{"call_1", "pods_log", {{"name", "web-0"}}}, {"call_2", "pods_get", "{'a"}}});
  request.messages.push_back({.role = Role::tool, .text = "no such pod", .tool_call_id = "call_1", .failed = true});
  request.messages.push_back({.role = Role::tool, .text = "{}", .tool_call_id = "call_2"});
  request.tools = {tool("pods_log")};
  request.tool_choice = ToolChoice::required;
  request.max_output_tokens = 77;

  ASSERT_TRUE(ask(server, request));

  EXPECT_EQ(server.seen().at(0).target, "/v1/chat/completions");
  EXPECT_EQ(server.seen().at(0).header("content-type"), "application/json");
  EXPECT_EQ(server.body(), nlohmann::json::parse(R"({
    "model": "openai/gpt-x",
    "messages": [
      {"role": "system", "content": "be brief"},
      {"role": "user", "content": "why?"},
      {"role": "assistant", "content": null, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "pods_log", "arguments": "{\"name\":\"web-0\"}"}},
        {"id": "call_2", "type": "function", "function": {"name": "pods_get", "arguments": "{\"unreadable\":\"{'a\"}"}}]},
      {"role": "tool", "content": "no such pod", "tool_call_id": "call_1"},
      {"role": "tool", "content": "{}", "tool_call_id": "call_2"}],
    "tools": [{"type": "function",
               "function": {"name": "pods_log", "description": "reads a log", "parameters": {"type": "object"}}}],
    "tool_choice": "required", "max_tokens": 77, "stream": true, "stream_options": {"include_usage": true}})"));
}

TEST(OpenAI, StreamsTextAndUsage) {
  const ModelServer server({stream_of({R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})",
                                       R"({"choices":[{"delta":{"reasoning_content":"hm"}}]})",
                                       R"({"choices":[{"delta":{"content":"out of "}}]})",
                                       R"({"choices":[{"delta":{"content":"memory"},"finish_reason":"stop"}]})",
                                       R"({"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":7,
                                           "prompt_tokens_details":{"cached_tokens":60}}})",
                                       "[DONE]"})});
  std::vector<std::string> heard;
  ModelRequest request = question();
  request.on_text = [&](std::string_view text) { heard.emplace_back(text); };

  const auto answer = ask(server, request);

  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_EQ(answer->message.text, "out of memory");
  EXPECT_EQ(answer->reasoning, "hm");
  EXPECT_THAT(heard, ElementsAre("out of ", "memory"));
  EXPECT_EQ(answer->usage.model, "openai/gpt-x");
  EXPECT_EQ(answer->usage.calls, 1);
  EXPECT_EQ(answer->usage.input_tokens, 100);
  EXPECT_EQ(answer->usage.cached_tokens, 60);
  EXPECT_EQ(answer->usage.output_tokens, 7);
  EXPECT_THAT(answer->repairs, IsEmpty());
}

struct Quirk {
  std::string name;
  std::vector<Reply> replies;
  std::string calls;  ///< "id name{arguments} …"
  std::vector<std::string> repairs = {};
  std::string text = {};
};

void PrintTo(const Quirk& quirk, std::ostream* out) { *out << quirk.name; }

std::string shown(const std::vector<ToolCall>& calls) {
  std::string text;
  for (const ToolCall& call : calls)
    text += (text.empty() ? "" : " ") + call.id + " " + call.name + json_text(call.arguments);
  return text;
}

/// A chunk with tool calls.
std::string chunk(const std::string& calls, const std::string& finish = "null") {
  return R"({"choices":[{"index":0,"delta":{"tool_calls":[)" + calls + R"(]},"finish_reason":)" + finish + "}]}";
}
const std::string end_of_calls = R"({"choices":[{"delta":{},"finish_reason":"tool_calls"}]})";
const std::string log_call =
    R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"{\"name\":\"web-0\"}"}})";
const std::string text_chunk = R"({"choices":[{"delta":{"content":"half"}}]})";
const Reply good = stream_of({chunk(log_call), end_of_calls, "[DONE]"});
const std::string good_call = R"(a pods_log{"name":"web-0"})";

class OpenAIQuirk : public testing::TestWithParam<Quirk> {};

TEST_P(OpenAIQuirk, IsSurvived) {
  const ModelServer server(GetParam().replies);
  ModelRequest request = question();
  request.tools = {tool("pods_log"), tool("pods_get")};

  const auto answer = ask(server, request);

  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_EQ(shown(answer->message.tool_calls), GetParam().calls);
  EXPECT_EQ(answer->repairs, GetParam().repairs);
  EXPECT_EQ(answer->message.text, GetParam().text);
  EXPECT_EQ(server.seen().size(), GetParam().replies.size());
}

const std::vector<std::string> retried{"retry"}, arguments_mended{"arguments"};

INSTANTIATE_TEST_SUITE_P(
    Calls, OpenAIQuirk,
    testing::Values(
        Quirk{"in_pieces",
              {stream_of(
                  {chunk(R"({"index":0,"id":"a","type":"function","function":{"name":"pods_log","arguments":""}})"),
                   chunk(R"({"index":0,"function":{"arguments":"{\"name\""}})"),
                   chunk(R"({"index":0,"function":{"arguments":":\"web-0\"}"}})"), end_of_calls, "[DONE]"})},
              good_call},
        Quirk{"parallel_and_mixed",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"{\"x\""}})"),
                          chunk(R"({"index":1,"id":"b","function":{"name":"pods_get","arguments":"{}"}})"),
                          chunk(R"({"index":0,"function":{"arguments":":1}"}})"), end_of_calls, "[DONE]"})},
              R"(a pods_log{"x":1} b pods_get{})"},
        Quirk{"index_from_one",
              {stream_of({text_chunk, chunk(R"({"index":1,"id":"a","function":{"name":"pods_log","arguments":""}})"),
                          chunk(R"({"index":1,"function":{"arguments":"{\"name\":\"web-0\"}"}})"), end_of_calls})},
              good_call,
              {},
              "half"},
        Quirk{"no_index",
              {stream_of({chunk(R"({"id":"a","function":{"name":"pods_log","arguments":"{\"x\":"}})"),
                          chunk(R"({"function":{"arguments":"1}"}})"),
                          chunk(R"({"id":"b","function":{"name":"pods_get","arguments":"{}"}})"), end_of_calls})},
              R"(a pods_log{"x":1} b pods_get{})"},
        Quirk{"index_always_zero",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"{}"}})"),
                          chunk(R"({"index":0,"id":"b","function":{"name":"pods_get","arguments":"{}"}})"),
                          end_of_calls})},
              R"(a pods_log{} b pods_get{})"},
        Quirk{"index_always_zero_without_ids",
              {stream_of({chunk(R"({"index":0,"function":{"name":"pods_log","arguments":"{}"}})"),
                          chunk(R"({"index":0,"function":{"name":"pods_get","arguments":"{}"}})"), end_of_calls})},
              R"(call_1 pods_log{} call_2 pods_get{})"},
        Quirk{"another_id_with_each_piece",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"{\"x\":"}})"),
                          chunk(R"({"index":0,"id":"b","function":{"arguments":"1}"}})"), end_of_calls})},
              R"(a pods_log{"x":1})"},
        Quirk{"name_with_each_piece",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"{\"x\":"}})"),
                          chunk(R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"1}"}})"),
                          end_of_calls})},
              R"(a pods_log{"x":1})"},
        Quirk{"same_id_twice",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"{}"}},)"
                                R"({"index":1,"id":"a","function":{"name":"pods_get","arguments":"{}"}})"),
                          end_of_calls})},
              R"(a pods_log{} call_2 pods_get{})"},
        Quirk{"arguments_an_object",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":{"name":"web-0"}}})"),
                          end_of_calls})},
              good_call},
        Quirk{"arguments_missing",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"pods_log"}})"), end_of_calls})},
              "a pods_log{}",
              arguments_mended},
        Quirk{
            "arguments_broken",
            {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"{'name': 'web-0',"}})"),
                        end_of_calls})},
            good_call,
            arguments_mended},
        Quirk{"finish_is_stop", {stream_of({chunk(log_call, R"("stop")"), "[DONE]"})}, good_call},
        Quirk{"done_without_finish", {stream_of({chunk(log_call), "[DONE]"})}, good_call},
        Quirk{"finish_without_done", {stream_of({chunk(log_call), end_of_calls})}, good_call},
        Quirk{"cut_after_finish", {cut_stream({chunk(log_call), end_of_calls})}, good_call},
        Quirk{"cut", {cut_stream({chunk(log_call)}), good}, good_call, retried},
        Quirk{"ended_without_finish", {stream_of({text_chunk}), good}, good_call, retried},
        Quirk{"error_in_the_middle",
              {stream_of({text_chunk, R"({"error":{"message":"boom","type":"server_error","code":500}})"}), good},
              good_call,
              retried},
        Quirk{"error_with_status_200",
              {json_of(R"({"error":{"message":"boom","code":"502"}})"), good},
              good_call,
              retried},
        Quirk{"broken_event", {stream_of({text_chunk, R"({"choices":[{"del)"}), good}, good_call, retried},
        Quirk{"whole_answer_to_a_stream",
              {json_of(R"({"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[)" + log_call +
                       R"(]},"finish_reason":"tool_calls"}]})")},
              good_call},
        Quirk{
            "stream_without_its_type", {Reply{200, events({chunk(log_call), end_of_calls, "[DONE]"}), {}}}, good_call},
        Quirk{"broken_whole_answer", {json_of(R"({"choices":[{"mess)"), good}, good_call, retried},
        Quirk{"name_with_a_prefix",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"functions.pods_log","arguments":"{}"}})"),
                          end_of_calls})},
              "a pods_log{}",
              {"tool_name"}},
        Quirk{"unknown_tool",
              {stream_of({chunk(R"({"index":0,"id":"a","function":{"name":"rm","arguments":"{}"}})"), end_of_calls})},
              "a rm{}"},
        Quirk{
            "call_as_text",
            {stream_of({R"({"choices":[{"delta":{"content":"[pods_log(name=\"web-0\")]"},"finish_reason":"stop"}]})"})},
            R"(call_1 pods_log{"name":"web-0"})",
            {"text_tool_call"}},
        Quirk{"empty_turn",
              {stream_of({R"({"choices":[{"delta":{"content":" \n"},"finish_reason":"stop"}]})", "[DONE]"}), good},
              good_call,
              {"empty_turn"}},
        Quirk{"text_in_parts",
              {stream_of({R"({"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
                          R"("finish_reason":"stop"}]})"})},
              "",
              {},
              "ab"},
        Quirk{"thinking_in_the_text",
              {stream_of({R"({"choices":[{"delta":{"content":"<think>hm</think>\nyes"},"finish_reason":"stop"}]})"})},
              "",
              {},
              "yes"},
        Quirk{"bytes_that_are_no_utf8",
              {stream_of({"{\"choices\":[{\"delta\":{\"content\":\"a\xc3\"},\"finish_reason\":\"stop\"}]}"})},
              "",
              {},
              "a\xef\xbf\xbd"}),
    [](const auto& info) { return info.param.name; });

TEST(OpenAI, SaysThatItWasCutOff) {
  const ModelServer server({stream_of({R"({"choices":[{"delta":{"content":"a"},"finish_reason":"length"}]})"})});

  EXPECT_TRUE(ask(server, question())->cut_off);
}

TEST(OpenAI, ThatFiltersItsAnswerGivesNone) {
  const ModelServer server({stream_of({R"({"choices":[{"delta":{},"finish_reason":"content_filter"}]})"})});

  const auto answer = ask(server, question());

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::model_failed);
}

TEST(OpenAI, GetsBackWhatItSaidBesidesACall) {
  const std::string call = R"({"index":0,"id":"a","function":{"name":"pods_log","arguments":"{}"},)"
                           R"("extra_content":{"google":{"thought_signature":"c2ln"}}})";
  const ModelServer server({stream_of({chunk(call), end_of_calls}), good});
  HttpModel model(quick_options(server, openai_dialect()));
  ModelRequest request = question();
  request.tools = {tool("pods_log")};

  request.messages.push_back(model.ask(request, {})->message);
  ASSERT_TRUE(model.ask(request, {}));

  EXPECT_EQ(server.body(1)["messages"][2]["tool_calls"][0]["extra_content"]["google"]["thought_signature"], "c2ln");
}

TEST(OpenAI, CallIdsAreNotUsedAgainInAConversation) {
  const Reply without_id =
      stream_of({chunk(R"({"index":0,"function":{"name":"pods_log","arguments":"{}"}})"), end_of_calls});
  const ModelServer server({without_id});
  HttpModel model(quick_options(server, openai_dialect()));
  ModelRequest request = question();
  request.tools = {tool("pods_log")};

  request.messages.push_back(model.ask(request, {})->message);
  const auto second = model.ask(request, {});

  EXPECT_EQ(request.messages.back().tool_calls.at(0).id, "call_1");
  EXPECT_EQ(second->message.tool_calls.at(0).id, "call_2");
}

}  // namespace
}  // namespace agent::llm
