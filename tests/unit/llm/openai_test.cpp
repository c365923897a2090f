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

}  // namespace
}  // namespace agent::llm
