#include "unit/llm/model_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::llm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::expected<ModelAnswer, ModelFailure> ask(const ModelServer& server, const ModelRequest& request) {
  HttpModel model(quick_options(server, anthropic_dialect(), "claude-x"));
  return model.ask(request, {});
}

/// A stream with the blocks' events between its start and its end.
Reply message(std::vector<std::string> inner, const std::string& stop = "end_turn") {
  std::vector<std::string> all{R"({"type":"message_start","message":{"usage":{"input_tokens":10,)"
                               R"("cache_read_input_tokens":70,"cache_creation_input_tokens":20,"output_tokens":1}}})",
                               R"({"type":"ping"})"};
  all.insert(all.end(), inner.begin(), inner.end());
  all.push_back(R"({"type":"message_delta","delta":{"stop_reason":")" + stop + R"("},"usage":{"output_tokens":9}})");
  all.push_back(R"({"type":"message_stop"})");
  return stream_of(all);
}

const std::vector<std::string> text_block{
    R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"out of "}})",
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"memory"}})",
    R"({"type":"content_block_stop","index":0})"};

const std::vector<std::string> thinking_and_calls{
    R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
    R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})",
    R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}})",
    R"({"type":"content_block_stop","index":0})",
    R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"eHh4"}})",
    R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"pods_log","input":{}}})",
    R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}})",
    R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"name\":"}})",
    R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"web-0\"}"}})",
    R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_2","name":"pods_get","input":{}}})"};

TEST(Anthropic, IsAskedInItsForm) {
  const ModelServer server({message(text_block)});
  ModelRequest request = question();
  request.messages.push_back({.role = Role::assistant,
                              .text = "I look",
                              .tool_calls = {{"t1", "pods_log", {{"name", "web-0"}}}, {"t2", "pods_get", "?"}}});
  request.messages.push_back({.role = Role::tool, .text = "no such pod", .tool_call_id = "t1", .failed = true});
  request.messages.push_back({.role = Role::tool, .tool_call_id = "t2"});
  request.messages.push_back({.role = Role::user, .text = "go on"});
  request.tools = {tool("pods_get"), tool("pods_log")};
  request.tool_choice = ToolChoice::required;
  request.max_output_tokens = 77;

  ASSERT_TRUE(ask(server, request));

  EXPECT_EQ(server.seen().at(0).target, "/v1/messages");
  EXPECT_EQ(server.seen().at(0).header("anthropic-version"), "2023-06-01");
  EXPECT_EQ(server.body(), nlohmann::json::parse(R"({
    "model": "claude-x", "max_tokens": 77, "stream": true,
    "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}],
    "messages": [
      {"role": "user", "content": [{"type": "text", "text": "why?"}]},
      {"role": "assistant", "content": [
        {"type": "text", "text": "I look"},
        {"type": "tool_use", "id": "t1", "name": "pods_log", "input": {"name": "web-0"}},
        {"type": "tool_use", "id": "t2", "name": "pods_get", "input": {"unreadable": "?"}}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "t1", "content": "no such pod", "is_error": true},
        {"type": "tool_result", "tool_use_id": "t2"},
        {"type": "text", "text": "go on", "cache_control": {"type": "ephemeral"}}]}],
    "tools": [
      {"name": "pods_get", "description": "reads a log", "input_schema": {"type": "object"}},
      {"name": "pods_log", "description": "reads a log", "input_schema": {"type": "object"},
       "cache_control": {"type": "ephemeral"}}],
    "tool_choice": {"type": "any"}})"));
}

TEST(Anthropic, StreamsTextAndUsage) {
  const ModelServer server({message(text_block)});
  std::vector<std::string> heard;
  ModelRequest request = question();
  request.on_text = [&](std::string_view text) { heard.emplace_back(text); };

  const auto answer = ask(server, request);

  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_EQ(answer->message.text, "out of memory");
  EXPECT_THAT(heard, ElementsAre("out of ", "memory"));
  EXPECT_EQ(answer->usage.input_tokens, 100);
  EXPECT_EQ(answer->usage.cached_tokens, 70);
  EXPECT_EQ(answer->usage.output_tokens, 9);
  EXPECT_TRUE(answer->message.carried.is_null());
  EXPECT_THAT(answer->repairs, IsEmpty());
}

TEST(Anthropic, CostsMoreForWhatIsPutInTheCache) {
  const ModelServer server({message(text_block)});
  auto options = quick_options(server, anthropic_dialect(), "claude-x");
  options.price = Price{.input = 4, .cached = 0.2, .output = 20};

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_TRUE(answer);
  EXPECT_DOUBLE_EQ(answer->usage.cost_usd, (30 * 4 + 20 * 1 + 70 * 0.2 + 9 * 20) / 1e6);
}

TEST(Anthropic, GetsItsThinkingBackAsItWas) {
  const ModelServer server({message(thinking_and_calls, "tool_use"), message(text_block)});
  HttpModel model(quick_options(server, anthropic_dialect(), "claude-x"));
  ModelRequest request = question();
  request.tools = {tool("pods_get"), tool("pods_log")};

  auto answer = model.ask(request, {});
  ASSERT_TRUE(answer) << describe(answer.error().error);
  request.messages.push_back(answer->message);
  request.messages.push_back({.role = Role::tool, .text = "killed", .tool_call_id = "toolu_1"});
  request.messages.push_back({.role = Role::tool, .text = "{}", .tool_call_id = "toolu_2"});
  ASSERT_TRUE(model.ask(request, {}));

  EXPECT_EQ(answer->reasoning, "hm");
  ASSERT_EQ(answer->message.tool_calls.size(), 2U);
  EXPECT_EQ(answer->message.tool_calls[0].arguments, (Json{{"name", "web-0"}}));
  EXPECT_EQ(answer->message.tool_calls[1].arguments, Json::object());
  EXPECT_THAT(answer->repairs, IsEmpty());
  EXPECT_EQ(server.body(1)["messages"], nlohmann::json::parse(R"([
    {"role": "user", "content": [{"type": "text", "text": "why?"}]},
    {"role": "assistant", "content": [
      {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
      {"type": "redacted_thinking", "data": "eHh4"},
      {"type": "tool_use", "id": "toolu_1", "name": "pods_log", "input": {"name": "web-0"}},
      {"type": "tool_use", "id": "toolu_2", "name": "pods_get", "input": {}}]},
    {"role": "user", "content": [
      {"type": "tool_result", "tool_use_id": "toolu_1", "content": "killed"},
      {"type": "tool_result", "tool_use_id": "toolu_2", "content": "{}", "cache_control": {"type": "ephemeral"}}]}])"));
}

TEST(Anthropic, ThinkingIsNotShownToAnotherModel) {
  const ModelServer server({message(thinking_and_calls, "tool_use"), message(text_block)});
  ModelRequest request = question();
  request.tools = {tool("pods_get"), tool("pods_log")};
  const auto answer = ask(server, request);
  ASSERT_TRUE(answer);
  request.messages.push_back(answer->message);

  ASSERT_TRUE(HttpModel(quick_options(server, anthropic_dialect(), "claude-y")).ask(request, {}));
  static_cast<void>(HttpModel(quick_options(server, openai_dialect(), "gpt")).ask(request, {}));

  EXPECT_EQ(server.body(1)["messages"][1]["content"][0]["type"], "tool_use");
  EXPECT_FALSE(server.seen().at(2).body.contains("c2ln"));
}

TEST(Anthropic, AnswersWhole) {
  const ModelServer server({json_of(R"({"type":"message","role":"assistant","content":[
      {"type":"text","text":"I look"},{"type":"tool_use","id":"t","name":"pods_log","input":{"name":"web-0"}}],
      "stop_reason":"max_tokens","usage":{"input_tokens":3,"output_tokens":4}})")});
  auto options = quick_options(server, anthropic_dialect(), "claude-x");
  options.stream = false;
  std::string heard;
  ModelRequest request = question();
  request.on_text = [&](std::string_view text) { heard += text; };

  const auto answer = HttpModel(std::move(options)).ask(request, {});

  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_FALSE(server.body().contains("stream"));
  EXPECT_EQ(heard, "I look");
  EXPECT_EQ(answer->message.tool_calls.at(0).arguments, (Json{{"name", "web-0"}}));
  EXPECT_EQ(answer->usage.input_tokens, 3);
  EXPECT_TRUE(answer->cut_off);
}

TEST(Anthropic, ThatRefusesGivesNoAnswer) {
  const ModelServer server({message({}, "refusal")});

  const auto answer = ask(server, question());

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::model_failed);
  EXPECT_EQ(answer.error().usage.output_tokens, 9);
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST(Anthropic, IsAskedAgainAfterAnErrorInItsStream) {
  const ModelServer server(
      {stream_of({text_block[0], R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"}),
       message(text_block)});

  const auto answer = ask(server, question());

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->message.text, "out of memory");
  EXPECT_THAT(answer->repairs, ElementsAre("retry"));
}

TEST(Anthropic, IsAskedAgainWhenItsStreamIsCut) {
  const ModelServer server({cut_stream(text_block), message(text_block)});

  const auto answer = ask(server, question());

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->message.text, "out of memory");
  EXPECT_THAT(answer->repairs, ElementsAre("retry"));
}

}  // namespace
}  // namespace agent::llm
