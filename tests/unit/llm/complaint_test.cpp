#include "llm/complaint.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace agent::llm {
namespace {

struct Answered {
  std::string name;
  int status = 400;
  std::string body;
  Trouble trouble;
  std::string message;
  Part part = Part::none;
  int window = 0;
};

void PrintTo(const Answered& answered, std::ostream* out) { *out << answered.name; }

class Refusal : public testing::TestWithParam<Answered> {};

TEST_P(Refusal, IsUnderstood) {
  const Complaint complaint = read_refusal(GetParam().status, {}, GetParam().body);

  EXPECT_EQ(complaint.trouble, GetParam().trouble) << static_cast<int>(complaint.trouble);
  EXPECT_EQ(complaint.message, GetParam().message);
  if (GetParam().trouble == Trouble::refused_part) EXPECT_EQ(complaint.part, GetParam().part);
  EXPECT_EQ(complaint.window_tokens, GetParam().window);
}

using enum Trouble;

INSTANTIATE_TEST_SUITE_P(
    Forms, Refusal,
    testing::Values(
        Answered{"openai", 400, R"({"error":{"message":"bad","type":"invalid_request_error","code":null}})", refused,
                 "bad"},
        Answered{"code_a_text", 400, R"({"error":{"message":"bad","type":"x","param":null,"code":"400"}})", refused,
                 "bad"},
        Answered{"code_a_number", 400, R"({"error":{"message":"bad","code":400}})", refused, "bad"},
        Answered{"error_a_text", 500, R"({"error":"boom"})", busy, "boom"},
        Answered{"detail", 422, R"({"detail":"no"})", refused, "no"},
        Answered{"detail_list", 422, R"({"detail":[{"loc":["body"],"msg":"field required"}]})", refused,
                 "field required"},
        Answered{"detail_object", 429, R"({"detail":{"error":"slow down"}})", busy, "slow down"},
        Answered{"gemini_list", 429, R"([{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}])",
                 busy, "quota"},
        Answered{"text", 502, "upstream gone\nstack", busy, "upstream gone"},
        Answered{"html_title", 503, "<html><head><title>503 Unavailable</title></head>", busy, "503 Unavailable"},
        Answered{"html", 504, "<!DOCTYPE html><body>oh</body>", busy, "a page of HTML"},
        Answered{"nothing", 500, "", busy, ""},
        Answered{"deep_json", 500, std::string(500, '['), busy, std::string(500, '[')},
        Answered{"overloaded", 529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
                 busy, "Overloaded"},
        Answered{"too_many", 429, R"({"error":{"message":"slow","type":"rate_limit_error"}})", busy, "slow"},
        Answered{"no_quota", 429,
                 R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})", forbidden,
                 "You exceeded your current quota"},
        Answered{
            "no_credit", 400,
            R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}})",
            forbidden, "Your credit balance is too low"},
        Answered{"litellm_budget", 400, R"({"error":{"message":"Budget has been exceeded!","type":"budget_exceeded"}})",
                 forbidden, "Budget has been exceeded!"},
        Answered{"wrong_key", 401, R"({"error":{"message":"no","code":"invalid_api_key"}})", unauthorised, "no"},
        Answered{"litellm_wrong_key", 400,
                 R"({"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}})",
                 unauthorised, "No connected db."},
        Answered{"gemini_wrong_key", 400, R"([{"error":{"code":400,"message":"API key not valid."}}])", unauthorised,
                 "API key not valid."},
        Answered{"anthropic_wrong_key", 401,
                 R"({"error":{"type":"authentication_error","message":"invalid x-api-key"}})", unauthorised,
                 "invalid x-api-key"},
        Answered{"forbidden", 403, R"({"error":{"message":"no"}})", forbidden, "no"},
        Answered{
            "litellm_model_not_allowed", 401,
            R"({"error":{"message":"key not allowed to access model","type":"key_model_access_denied","code":"401"}})",
            forbidden, "key not allowed to access model"},
        Answered{"openai_no_model", 404,
                 R"({"error":{"message":"The model `x` does not exist","code":"model_not_found"}})", no_such_model,
                 "The model `x` does not exist"},
        Answered{
            "litellm_no_model", 400,
            R"({"error":{"message":"/chat/completions: Invalid model name passed in model=x. Call `/v1/models`","type":"invalid_request_error","code":"400"}})",
            no_such_model, "/chat/completions: Invalid model name passed in model=x. Call `/v1/models`"},
        Answered{"anthropic_no_model", 404, R"({"error":{"type":"not_found_error","message":"model: claude-x"}})",
                 no_such_model, "model: claude-x"},
        Answered{"ollama_no_model", 404, R"({"error":{"message":"model \"x\" not found, try pulling it first"}})",
                 no_such_model, "model \"x\" not found, try pulling it first"},
        Answered{
            "azure_no_deployment", 404,
            R"({"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}})",
            no_such_model, "The API deployment for this resource does not exist."},
        Answered{"wrong_address", 404, "404 page not found", nothing_there, "404 page not found"},
        Answered{"wrong_address_fastapi", 404, R"({"detail":"Not Found"})", nothing_there, "Not Found"},
        Answered{
            "openai_too_long", 400,
            R"({"error":{"message":"This model's maximum context length is 8192 tokens. However,","code":"context_length_exceeded"}})",
            too_long, "This model's maximum context length is 8192 tokens. However,", Part::none, 8192},
        Answered{
            "anthropic_too_long", 400,
            R"({"error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}})",
            too_long, "prompt is too long: 210000 tokens > 200000 maximum", Part::none, 200000},
        Answered{
            "llama_cpp_too_long", 400,
            R"({"error":{"code":400,"message":"the request exceeds the available context size. try increasing it","type":"exceed_context_size_error","n_prompt_tokens":3000,"n_ctx":2048}})",
            too_long, "the request exceeds the available context size. try increasing it", Part::none, 2048},
        Answered{
            "litellm_too_long", 400,
            R"({"error":{"message":"litellm.ContextWindowExceededError: litellm.BadRequestError: too much","code":"400"}})",
            too_long, "litellm.ContextWindowExceededError: litellm.BadRequestError: too much"},
        Answered{
            "litellm_too_long_as_500", 500,
            R"({"error":{"message":"ContextWindowExceededError: This model's maximum context length is 4096 tokens"}})",
            too_long, "ContextWindowExceededError: This model's maximum context length is 4096 tokens", Part::none,
            4096},
        Answered{"vllm_too_long", 400,
                 R"({"object":"error","message":"This model's maximum context length is 2048 tokens.","code":400})",
                 too_long, "This model's maximum context length is 2048 tokens.", Part::none, 2048},
        Answered{
            "max_tokens", 400,
            R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}})",
            refused_part,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
            "instead.",
            Part::max_tokens},
        Answered{
            "max_completion_tokens", 422,
            R"({"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted: max_completion_tokens"}]})",
            refused_part, "Extra inputs are not permitted: max_completion_tokens", Part::max_completion_tokens},
        Answered{
            "temperature", 400,
            R"({"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.","param":"temperature","code":"unsupported_value"}})",
            refused_part,
            "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is "
            "supported.",
            Part::temperature},
        Answered{"stream_options", 400,
                 R"({"error":{"message":"Unrecognized request argument supplied: stream_options"}})", refused_part,
                 "Unrecognized request argument supplied: stream_options", Part::stream_options},
        Answered{
            "streaming", 400,
            R"({"error":{"message":"Your organization must be verified to stream this model.","param":"stream","code":"unsupported_value"}})",
            refused_part, "Your organization must be verified to stream this model.", Part::streaming},
        Answered{
            "llama_cpp_python_null_content", 500,
            R"({"error":{"message":"{'type': 'string_type', 'loc': ('body', 'messages', 1, 'ChatCompletionRequestAssistantMessage', 'content'), 'msg': 'Input should be a valid string', 'input': None}","type":"internal_server_error","code":null}})",
            refused_part,
            "{'type': 'string_type', 'loc': ('body', 'messages', 1, 'ChatCompletionRequestAssistantMessage', "
            "'content'), 'msg': 'Input should be a valid string', 'input': None}",
            Part::null_content},
        Answered{
            "vllm_without_tools", 400,
            R"({"object":"error","message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","code":400})",
            refused_part, "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
            Part::tools},
        Answered{"ollama_without_tools", 400,
                 R"({"error":{"message":"registry.ollama.ai/library/x does not support tools"}})", refused_part,
                 "registry.ollama.ai/library/x does not support tools", Part::tools},
        Answered{"llama_cpp_without_tools", 500,
                 R"({"error":{"code":500,"message":"tools param requires --jinja flag"}})", refused_part,
                 "tools param requires --jinja flag", Part::tools},
        Answered{
            "vllm_output_too_long", 400,
            R"({"message":"This model's maximum context length is 2048 tokens and your request has 500 input tokens"})",
            refused_part, "This model's maximum context length is 2048 tokens and your request has 500 input tokens",
            Part::output_tokens},
        Answered{
            "vllm_no_room_for_output", 400,
            R"({"message":"This model's maximum context length is 2048 tokens and your request has 2000 input tokens"})",
            too_long, "This model's maximum context length is 2048 tokens and your request has 2000 input tokens",
            Part::none, 2048},
        Answered{
            "forced_tools", 400,
            R"({"error":{"type":"invalid_request_error","message":"Thinking may not be enabled when tool_choice forces tool use."}})",
            refused_part, "Thinking may not be enabled when tool_choice forces tool use.", Part::tool_choice}),
    [](const auto& info) { return info.param.name; });

TEST(Refusal, SaysHowMuchOutputThereMayBe) {
  const auto most = [](const std::string& message) { return read_refusal(400, {}, message).output_tokens; };

  EXPECT_EQ(most("This model's maximum context length is 2048 tokens and your request has 500 input tokens"), 1516);
  EXPECT_EQ(most("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens "
                 "(5000 in the messages, 4000 in the completion)."),
            3160);
  EXPECT_EQ(most("max_tokens is too large: 100000. This model supports at most 16384 completion tokens"), 16384);
  EXPECT_EQ(most("max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for x"), 128000);
}

TEST(Refusal, SaysHowLongToWait) {
  const auto wait = [](const std::vector<net::Header>& headers) { return read_refusal(429, headers, "").wait; };
  using std::chrono::milliseconds;

  EXPECT_EQ(wait({{"Retry-After", "2"}}), milliseconds(2000));
  EXPECT_EQ(wait({{"retry-after-ms", "1500"}, {"Retry-After", "2"}}), milliseconds(1500));
  EXPECT_EQ(wait({{"retry-after-ms", "soon"}, {"Retry-After", "2"}}), milliseconds(2000));
  EXPECT_EQ(wait({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}), milliseconds(0));
  EXPECT_EQ(wait({}), std::nullopt);
}

TEST(Refusal, MayNotWantAnotherTry) {
  EXPECT_TRUE(read_refusal(500, {{"x-should-retry", "false"}}, "").final);
  EXPECT_FALSE(read_refusal(500, {{"x-should-retry", "true"}}, "").final);
}

TEST(ErrorInAStream, IsPassingUnlessItSaysOtherwise) {
  const auto trouble = [](const char* text) { return read_error_object(Json::parse(text)).trouble; };

  EXPECT_EQ(trouble(R"({"error":{"message":"boom","code":"500"}})"), busy);
  EXPECT_EQ(trouble(R"({"error":{"message":"boom"}})"), busy);
  EXPECT_EQ(trouble(R"({"error":{"message":"bad","type":"invalid_request_error"}})"), refused);
  EXPECT_EQ(trouble(R"({"error":{"message":"bad","code":400}})"), refused);
  EXPECT_EQ(trouble(R"({"error":{"message":"who?","code":401}})"), unauthorised);
  EXPECT_EQ(trouble(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"), busy);
}

}  // namespace
}  // namespace agent::llm
