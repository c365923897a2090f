#include "unit/llm/model_server.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace agent::llm {
namespace {

const Reply ok = stream_of({R"({"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]})", "[DONE]"});
const Reply empty_turn =
    stream_of({R"({"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5}})"});
const std::string used_chunk =
    R"({"choices":[{"delta":{"content":"ha"}}],"usage":{"prompt_tokens":100,"completion_tokens":6}})";

TEST(ModelUsage, SaysWhatWasSpentAllTheSame) {
  const ModelServer server({empty_turn});

  const auto answer = HttpModel(quick_options(server, openai_dialect())).ask(question(), {});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().usage.input_tokens, 10);
  EXPECT_EQ(answer.error().usage.model, "openai/gpt-x");
}

TEST(ModelUsage, CountsItsCost) {
  const ModelServer server({stream_of(
      {R"({"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]})",
       R"({"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":10,"prompt_cache_hit_tokens":40}})"})});
  auto options = quick_options(server, openai_dialect());
  options.price = Price{.input = 2, .cached = 0.5, .output = 8};

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_TRUE(answer);
  EXPECT_DOUBLE_EQ(answer->usage.cost_usd, (60 * 2 + 40 * 0.5 + 10 * 8) / 1e6);
}

TEST(ModelUsage, CountsWhatACutStreamHadUsed) {
  const ModelServer server({cut_stream({used_chunk}), ok});
  auto options = quick_options(server, openai_dialect());
  options.price = Price{.input = 2, .cached = 0.5, .output = 8};

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_EQ(answer->usage.input_tokens, 100);
  EXPECT_EQ(answer->usage.output_tokens, 6);
  EXPECT_EQ(answer->usage.calls, 1);
  EXPECT_DOUBLE_EQ(answer->usage.cost_usd, (100 * 2 + 6 * 8) / 1e6);
}

TEST(ModelUsage, CountsTheBeginningsOfAllStreamsThatWereCut) {
  const ModelServer server(
      {cut_stream({R"({"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":70,)"
                   R"("cache_creation_input_tokens":20,"output_tokens":1}}})"})});
  auto options = quick_options(server, anthropic_dialect(), "claude-x");
  options.price = Price{.input = 4, .cached = 1, .output = 8};
  options.max_retries = 2;

  const auto answer = HttpModel(std::move(options)).ask(question(), {});

  ASSERT_FALSE(answer);
  const Usage& usage = answer.error().usage;
  EXPECT_EQ(usage.input_tokens, 300);
  EXPECT_EQ(usage.cached_tokens, 210);
  EXPECT_EQ(usage.output_tokens, 3);
  EXPECT_EQ(usage.calls, 0);
  EXPECT_NEAR(usage.cost_usd, 3 * (30 * 4 + 70 * 1 + 1 * 8 + 20 * 4 * 0.25) / 1e6, 1e-12);
}

TEST(ModelUsage, CountsAStreamThatEndsInAnError) {
  const ModelServer server({stream_of({used_chunk, R"({"error":{"message":"bad","code":400}})"})});

  const auto answer = HttpModel(quick_options(server, openai_dialect())).ask(question(), {});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().usage.input_tokens, 100);
}

TEST(ModelUsage, LeavesRoomForTheOutputThatTheSettingsWant) {
  const ModelServer server(
      {cut_stream({R"({"choices":[{"delta":{"content":"ha"}}],"usage":{"completion_tokens":5000}})"}), ok});
  auto options = quick_options(server, openai_dialect());
  options.max_output_tokens = 9000;

  EXPECT_TRUE(HttpModel(std::move(options)).ask(question(), {}));
}

struct UsedUp {
  std::string name;
  Reply reply;
};

void PrintTo(const UsedUp& used, std::ostream* out) { *out << used.name; }

class ModelWithoutRoom : public testing::TestWithParam<UsedUp> {};

TEST_P(ModelWithoutRoom, IsNotAskedAgain) {
  const ModelServer server({GetParam().reply, ok});
  ModelRequest request = question();
  request.max_output_tokens = 6;

  const auto answer = HttpModel(quick_options(server, openai_dialect())).ask(request, {});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().usage.output_tokens, 6);
  EXPECT_EQ(server.seen().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, ModelWithoutRoom,
    testing::Values(
        UsedUp{"cut", cut_stream({used_chunk})},
        UsedUp{"refused_part", stream_of({used_chunk, R"({"error":{"message":"stream_options is not supported"}})"})},
        UsedUp{"empty",
               stream_of({R"({"choices":[{"delta":{},"finish_reason":"length"}],"usage":{"completion_tokens":6}})"})}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::llm
