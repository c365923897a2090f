#include "unit/llm/model_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

namespace agent::llm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string ok_chunk = R"({"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]})";
const Reply ok = stream_of({ok_chunk, "[DONE]"});
const Reply empty_turn =
    stream_of({R"({"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5}})"});

Reply refusal(int status, const std::string& message, test::Headers headers = {}) {
  return {status, json_text({{"error", {{"message", message}}}}), std::move(headers)};
}

const std::string long_key = "sk-long-" + std::string(6000, 'k') + "-end";

struct Failing {
  std::string name;
  std::vector<Reply> replies;
  ErrorKind kind;
  std::string what;
  std::size_t requests = 1;
  bool too_long = false;
};

void PrintTo(const Failing& failing, std::ostream* out) { *out << failing.name; }

class ModelThatFails : public testing::TestWithParam<Failing> {};

TEST_P(ModelThatFails, SaysWhyWithoutItsKey) {
  const ModelServer server(GetParam().replies);
  auto options = quick_options(server, openai_dialect());
  options.headers = {{"Authorization", "Bearer sk-very-secret"}};
  options.max_retries = 2;
  options.redact = [](std::string_view text) {
    std::string hidden(text);
    for (const std::string& key : {std::string("sk-very-secret"), long_key})
      if (const auto at = hidden.find(key); at != std::string::npos) hidden.replace(at, key.size(), "…");
    return hidden;
  };

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_FALSE(answer);
  const ModelFailure& failure = answer.error();
  EXPECT_EQ(traits(failure.error.kind).name, traits(GetParam().kind).name);
  EXPECT_THAT(failure.error.what, HasSubstr(GetParam().what));
  EXPECT_THAT(describe(failure.error), Not(HasSubstr("sk-")));
  EXPECT_EQ(failure.error.where, "POST " + server.url("/v1/chat/completions"));
  EXPECT_EQ(failure.too_long, GetParam().too_long);
  EXPECT_EQ(server.seen().size(), GetParam().requests);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, ModelThatFails,
    testing::Values(
        Failing{"busy",
                {refusal(503, "overloaded")},
                ErrorKind::unreachable,
                "the model's server gives no answer (503): overloaded",
                3},
        Failing{"too_many", {refusal(429, "slow down")}, ErrorKind::unreachable, "(429): slow down", 3},
        Failing{"overloaded", {refusal(529, "Overloaded")}, ErrorKind::unreachable, "(529)", 3},
        Failing{"asks_for_a_long_wait",
                {refusal(429, "slow", {{"Retry-After", "3600"}})},
                ErrorKind::unreachable,
                "(429)",
                1},
        Failing{"wants_no_other_try",
                {refusal(500, "no", {{"X-Should-Retry", "false"}})},
                ErrorKind::unreachable,
                "(500)",
                1},
        Failing{"no_quota",
                {json_of(R"({"error":{"message":"quota","code":"insufficient_quota"}})", 429)},
                ErrorKind::forbidden,
                "refuses model 'openai/gpt-x'",
                1},
        Failing{"wrong_key",
                {refusal(401, "Incorrect API key provided: sk-very-secret")},
                ErrorKind::unauthorised,
                "does not take the key it was given (401)"},
        Failing{
            "litellm_wrong_key", {refusal(400, "No connected db.")}, ErrorKind::unauthorised, "does not take the key"},
        Failing{"forbidden", {refusal(403, "no")}, ErrorKind::forbidden, "refuses model"},
        Failing{"no_such_model",
                {refusal(404, "The model `x` does not exist")},
                ErrorKind::settings,
                "the server knows no model 'openai/gpt-x' (404): The model `x` does not exist",
                2},
        Failing{"litellm_no_such_model",
                {refusal(400, "Invalid model name passed in model=x")},
                ErrorKind::settings,
                "the server knows no model 'openai/gpt-x' (400)",
                2},
        Failing{"nothing_there", {refusal(404, "Not Found")}, ErrorKind::settings, "no model answers at this address"},
        Failing{"a_page",
                {Reply{200, "<html>hello</html>", {{"Content-Type", "text/html"}}}},
                ErrorKind::settings,
                "no model answers at this address: its answer is no JSON"},
        Failing{"too_long",
                {refusal(400, "This model's maximum context length is 100 tokens")},
                ErrorKind::model_failed,
                "the conversation is too long for model 'openai/gpt-x' (400)",
                1,
                true},
        Failing{"refused",
                {refusal(400, "bad: sk-very-secret")},
                ErrorKind::model_failed,
                "model 'openai/gpt-x' gave no answer (400): bad: …"},
        Failing{"says_the_key_where_it_is_cut",
                {refusal(400, std::string(292, 'a') + "sk-very-secret")},
                ErrorKind::model_failed,
                "gave no answer (400): aaa"},
        Failing{"says_a_key_longer_than_what_is_told",
                {refusal(400, std::string(290, 'a') + long_key)},
                ErrorKind::model_failed,
                "gave no answer (400): aaa"},
        Failing{"says_a_key_longer_than_what_is_told_in_text",
                {Reply{400, std::string(290, 'a') + long_key}},
                ErrorKind::model_failed,
                "gave no answer (400): aaa"},
        Failing{"says_a_key_where_its_words_are_cut",
                {Reply{400, std::string(64 * 1024 - 8, '\n') + "sk-very-secret"}},
                ErrorKind::model_failed,
                "gave no answer (400)"},
        Failing{"says_a_key_without_end_where_its_words_are_cut",
                {Reply{400, "sk-very-" + std::string(100 * 1024, 'k')}},
                ErrorKind::model_failed,
                "gave no answer (400)"},
        Failing{"refuses_the_same_again",
                {refusal(400, "stream_options is not supported")},
                ErrorKind::model_failed,
                "stream_options is not supported",
                2},
        Failing{"empty_twice", {empty_turn}, ErrorKind::model_failed, "two answers were empty", 2},
        Failing{"cut_again_and_again", {cut_stream({ok_chunk.substr(0, 40)})}, ErrorKind::unreachable, "", 3},
        Failing{"error_in_stream_again_and_again",
                {stream_of({R"({"error":{"message":"boom"}})"})},
                ErrorKind::unreachable,
                "gives no answer: boom",
                3}),
    [](const auto& info) { return info.param.name; });

TEST(HttpModel, IsAskedAgainWhenTheServerIsBusy) {
  const ModelServer server({refusal(429, "slow", {{"Retry-After-Ms", "30"}}), refusal(500, "oh"), ok});
  HttpModel model(quick_options(server, openai_dialect()));
  const auto begun = std::chrono::steady_clock::now();

  const auto answer = model.ask(question(), {});

  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_THAT(answer->repairs, ElementsAre("retry", "retry"));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 30ms);
  EXPECT_EQ(server.seen().size(), 3U);
  EXPECT_EQ(server.seen().at(0).body, server.seen().at(2).body);
}

TEST(HttpModel, IsAskedAgainAfterAnEmptyTurnAndCountsBoth) {
  const ModelServer server({empty_turn, ok});

  const auto answer = HttpModel(quick_options(server, openai_dialect())).ask(question(), {});

  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->repairs, ElementsAre("empty_turn"));
  EXPECT_EQ(answer->usage.input_tokens, 5);
}

struct Otherwise {
  std::string name, complaint;
  std::function<void(HttpModelOptions&)> before;
  std::string without;  ///< What the second request has not.
  std::string with = {};
};

void PrintTo(const Otherwise& otherwise, std::ostream* out) { *out << otherwise.name; }

class ModelThatComplains : public testing::TestWithParam<Otherwise> {};

TEST_P(ModelThatComplains, IsAskedOtherwiseFromThenOn) {
  const ModelServer server({refusal(400, GetParam().complaint), ok, ok});
  auto options = quick_options(server, openai_dialect());
  if (GetParam().before) GetParam().before(options);
  HttpModel model(std::move(options));
  ModelRequest request = question();
  request.messages.push_back({.role = Role::assistant, .tool_calls = {{"call_1", "pods_log", {{"name", "web-0"}}}}});
  request.messages.push_back({.role = Role::tool, .text = "no such pod", .tool_call_id = "call_1"});
  request.tools = {tool("pods_log")};
  request.tool_choice = ToolChoice::required;

  const auto first = model.ask(request, {}), second = model.ask(request, {});

  ASSERT_TRUE(first) << describe(first.error().error);
  EXPECT_THAT(first->repairs, ElementsAre("retry"));
  ASSERT_TRUE(second);
  EXPECT_THAT(second->repairs, IsEmpty());
  EXPECT_THAT(server.seen().at(0).body, HasSubstr(GetParam().without));
  for (const std::size_t index : {1U, 2U}) {
    EXPECT_THAT(server.seen().at(index).body, Not(HasSubstr(GetParam().without)));
    EXPECT_THAT(server.seen().at(index).body, HasSubstr(GetParam().with));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Parts, ModelThatComplains,
    testing::Values(
        Otherwise{"stream_options", "Unknown field: stream_options", {}, R"("stream_options")", R"("stream":true)"},
        Otherwise{"streaming", "streaming is not supported by this model", {}, R"("stream":true)"},
        Otherwise{"max_tokens",
                  "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                  {},
                  R"("max_tokens")",
                  R"("max_completion_tokens":4096)"},
        Otherwise{"temperature", "'temperature' is deprecated for this model",
                  [](HttpModelOptions& options) { options.temperature = 0.5; }, R"("temperature":0.5)"},
        Otherwise{"tool_choice",
                  "tool_choice 'required' is not supported",
                  {},
                  R"("tool_choice":"required")",
                  R"("tool_choice":"auto")"},
        Otherwise{"output_tokens",
                  "max_tokens is too large: 4096. This model supports at most 1000 completion tokens",
                  {},
                  R"("max_tokens":4096)",
                  R"("max_tokens":1000)"},
        Otherwise{"tools", "x does not support tools", {}, R"("tools":[)", "- pods_log: reads a log"},
        Otherwise{"null_content",
                  "('body', 'messages', 2, 'content'), 'msg': 'Input should be a valid string', 'input': None",
                  {},
                  R"("content":null)",
                  R"("content":"")"},
        Otherwise{"model_with_prefix",
                  "Invalid model name passed in model=openai/gpt-x",
                  {},
                  R"("model":"openai/gpt-x")",
                  R"("model":"gpt-x")"}),
    [](const auto& info) { return info.param.name; });

TEST(HttpModel, TalksOfToolsInTextWhereTheServerKnowsNone) {
  const std::string call = R"(<tool_call>{\"name\":\"pods_log\",\"arguments\":{}}</tool_call>)";
  const ModelServer server(
      {refusal(400, "x does not support tools"),
       stream_of({R"({"choices":[{"delta":{"content":")" + call + R"("},"finish_reason":"stop"}]})"}), ok});
  HttpModel model(quick_options(server, openai_dialect()));
  ModelRequest request = question();
  request.tools = {tool("pods_log")};
  request.tool_choice = ToolChoice::required;

  const auto first = model.ask(request, {});
  ASSERT_TRUE(first) << describe(first.error().error);
  request.messages.push_back(first->message);
  request.messages.push_back({.role = Role::tool, .text = "killed", .tool_call_id = "call_1"});
  request.messages.push_back({.role = Role::user, .text = "go on"});
  ASSERT_TRUE(model.ask(request, {}));

  EXPECT_THAT(first->repairs, ElementsAre("retry", "text_tool_call"));
  const Json messages = server.body(2)["messages"];
  EXPECT_THAT(messages[0]["content"].get<std::string>(), testing::StartsWith("be brief\n\nYou can call tools."));
  EXPECT_THAT(messages[0]["content"].get<std::string>(), testing::EndsWith("Call a tool now.\n"));
  EXPECT_EQ(messages[2],
            (Json{{"role", "assistant"}, {"content", R"(<tool_call>{"arguments":{},"name":"pods_log"}</tool_call>)"}}));
  EXPECT_EQ(messages[3], (Json{{"role", "user"}, {"content", "<tool_response>killed</tool_response>\n\ngo on"}}));
}

TEST(HttpModel, LearnsItsWindowFromAComplaint) {
  const ModelServer server({refusal(400, "This model's maximum context length is 8192 tokens")});
  auto options = quick_options(server, openai_dialect());
  options.context_window_tokens = 100'000;
  HttpModel model(std::move(options));

  static_cast<void>(model.ask(question(), {}));

  EXPECT_EQ(model.context_window_tokens(), 8192);
}

TEST(HttpModel, SendsItsHeadersQueryAndSettings) {
  const ModelServer server({ok});
  auto options = quick_options(server, openai_dialect());
  options.headers = {{"api-key", "k"}, {"X-Team", "a"}};
  options.query = "api-version=2024-10-21";
  options.max_output_tokens = 99;
  options.temperature = 0.25;

  ASSERT_TRUE(HttpModel(std::move(options)).ask(question(), {}));

  EXPECT_EQ(server.seen().at(0).target, "/v1/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(server.seen().at(0).header("api-key"), "k");
  EXPECT_EQ(server.seen().at(0).header("x-team"), "a");
  EXPECT_EQ(server.body()["max_tokens"], 99);
  EXPECT_EQ(server.body()["temperature"], 0.25);
}

TEST(HttpModel, AsksForAsMuchOutputAsIsWantedAndNoMoreThanThereIsMoneyFor) {
  const ModelServer server({ok});
  auto options = quick_options(server, openai_dialect());
  options.max_output_tokens = 9000;
  HttpModel model(std::move(options));
  ModelRequest frugal = question();
  frugal.max_output_tokens = 500;

  ASSERT_TRUE(model.ask(question(), {}));
  ASSERT_TRUE(model.ask(frugal, {}));

  EXPECT_EQ(server.body(0)["max_tokens"], 9000);
  EXPECT_EQ(server.body(1)["max_tokens"], 500);
}

TEST(HttpModel, ThatIsNotThereIsUnreachable) {
  HttpModelOptions options;
  {
    const ModelServer server({ok});
    options = quick_options(server, openai_dialect());
  }
  options.max_retries = 1;

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::unreachable);
}

/// A server that says a little and then nothing more.
class StallingServer {
 public:
  explicit StallingServer(bool begins)
      : server_([begins](const test::SeenRequest&, test::Talk& talk) {
          if (begins) talk.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"choices\":[]}\n\n");
          talk.wait();
        }) {}
  [[nodiscard]] HttpModelOptions options() const {
    HttpModelOptions options;
    options.dialect = openai_dialect();
    options.base_url = server_.url("/v1");
    options.model = "m";
    options.max_retries = 1;
    options.first_retry_wait = 2ms;
    return options;
  }
  [[nodiscard]] std::size_t requests() const { return server_.seen().size(); }

 private:
  test::HttpServer server_;
};

TEST(HttpModel, ThatStallsIsAskedAgain) {
  const StallingServer server(true);
  auto options = server.options();
  options.http.idle_timeout = 50ms;

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::unreachable);
  EXPECT_EQ(server.requests(), 2U);
}

TEST(HttpModel, ThatTakesTooLongIsUnreachable) {
  const StallingServer server(false);
  auto options = server.options();
  options.timeout = 80ms;

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::unreachable);
  EXPECT_THAT(answer.error().error.fix, HasSubstr("llm.timeout"));
}

TEST(HttpModel, EndsAtTheCallersDeadline) {
  const StallingServer server(true);
  ModelRequest request = question();
  request.until = std::chrono::steady_clock::now() + 80ms;

  const auto answer = HttpModel(server.options()).ask(request, {});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::deadline);
}

TEST(HttpModel, EndsWhenItIsStopped) {
  const StallingServer server(true);
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(50ms);
    stop.request_stop();
  });

  const auto answer = HttpModel(server.options()).ask(question(), stop.get_token());

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::interrupted);
}

TEST(HttpModel, EndsWhenItIsStoppedWhileItWaitsForAnotherTry) {
  const ModelServer server({refusal(503, "busy", {{"Retry-After", "30"}})});
  auto options = quick_options(server, openai_dialect());
  options.max_retry_wait = 60s;
  options.timeout = 100s;
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(50ms);
    stop.request_stop();
  });

  const auto answer = HttpModel(std::move(options)).ask(question(), stop.get_token());

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::interrupted);
}

TEST(HttpModel, TakesNoMoreThanItsLimit) {
  const std::string line = R"(data: {"choices":[{"delta":{"content":")" + std::string(10'000, 'a') + "\"}}]}\n\n";
  const test::HttpServer server([&](const test::SeenRequest&, test::Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    for (int i = 0; i < 20 && talk.send(line); ++i) {
    }
    talk.cut();
  });
  HttpModelOptions options;
  options.dialect = openai_dialect();
  options.base_url = server.url("/v1");
  options.model = "m";
  options.max_answer_bytes = 100'000;

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().error.what, HasSubstr("larger than it may be"));
  EXPECT_EQ(server.seen().size(), 1U);
}

}  // namespace
}  // namespace agent::llm
