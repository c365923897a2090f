#include "llm/fallbacks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace agent::llm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Gives answers, or fails, as it is told; notes that it was asked.
class ScriptedModel final : public Model {
 public:
  using Script = std::function<std::optional<ModelFailure>(int)>;
  ScriptedModel(std::string name, std::string& asked, Script script)
      : name_(std::move(name)), asked_(asked), script_(std::move(script)) {}

  std::expected<ModelAnswer, ModelFailure> ask(const ModelRequest& /*request*/, std::stop_token /*stop*/) override {
    asked_ += name_;
    if (auto failure = script_(times_++)) return std::unexpected(*std::move(failure));
    ModelAnswer answer;
    answer.message.text = name_;
    answer.usage = {.model = name_, .calls = 1, .input_tokens = 10};
    return answer;
  }
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] int context_window_tokens() const override { return static_cast<int>(name_.front()); }
  [[nodiscard]] std::optional<Price> price() const override { return std::nullopt; }

 private:
  std::string name_;
  std::string& asked_;
  Script script_;
  int times_ = 0;
};

ScriptedModel::Script always(std::optional<ModelFailure> failure) {
  return [failure](int) { return failure; };
}
ModelFailure failed(ErrorKind kind, bool too_long = false) {
  return {.error = {kind, "no", "", ""}, .too_long = too_long, .usage = {.model = "x", .input_tokens = 7}};
}

FallbackModel model_of(std::string& asked, std::vector<ScriptedModel::Script> scripts) {
  std::vector<std::unique_ptr<Model>> models;
  char name = 'a';
  for (auto& script : scripts)
    models.push_back(std::make_unique<ScriptedModel>(std::string(1, name++), asked, std::move(script)));
  return FallbackModel(std::move(models));
}

class FallbackAfter : public testing::TestWithParam<ErrorKind> {};

TEST_P(FallbackAfter, AsksTheNext) {
  std::string asked;
  FallbackModel model = model_of(asked, {always(failed(GetParam())), always({})});

  const auto answer = model.ask({}, {});

  ASSERT_TRUE(answer);
  EXPECT_EQ(asked, "ab");
  EXPECT_EQ(answer->usage.model, "b");
  EXPECT_EQ(answer->usage.input_tokens, 17);
  EXPECT_THAT(answer->repairs, ElementsAre("fallback"));
}

INSTANTIATE_TEST_SUITE_P(Kinds, FallbackAfter,
                         testing::Values(ErrorKind::unreachable, ErrorKind::unauthorised, ErrorKind::forbidden,
                                         ErrorKind::settings, ErrorKind::model_failed),
                         [](const auto& info) { return std::string(traits(info.param).name); });

class NoFallbackAfter : public testing::TestWithParam<ErrorKind> {};

TEST_P(NoFallbackAfter, FailsAtOnce) {
  std::string asked;
  FallbackModel model = model_of(asked, {always(failed(GetParam())), always({})});

  EXPECT_FALSE(model.ask({}, {}));
  EXPECT_EQ(asked, "a");
}

INSTANTIATE_TEST_SUITE_P(Kinds, NoFallbackAfter, testing::Values(ErrorKind::deadline, ErrorKind::interrupted),
                         [](const auto& info) { return std::string(traits(info.param).name); });

TEST(Fallbacks, AreNotForWhatIsTooLong) {
  std::string asked;
  FallbackModel model = model_of(asked, {always(failed(ErrorKind::model_failed, true)), always({})});

  const auto answer = model.ask({}, {});

  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().too_long);
  EXPECT_EQ(asked, "a");
}

TEST(Fallbacks, StayWithTheOneThatWorked) {
  std::string asked;
  FallbackModel model = model_of(asked, {always(failed(ErrorKind::unreachable)), always({}), always({})});

  ASSERT_TRUE(model.ask({}, {}));
  const auto second = model.ask({}, {});

  EXPECT_EQ(asked, "abb");
  EXPECT_THAT(second->repairs, IsEmpty());
  EXPECT_EQ(model.name(), "b");
  EXPECT_EQ(model.context_window_tokens(), 'b');
}

TEST(Fallbacks, EndWithTheLast) {
  std::string asked;
  FallbackModel model =
      model_of(asked, {always(failed(ErrorKind::unreachable)), always(failed(ErrorKind::unauthorised))});

  const auto answer = model.ask({}, {});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::unauthorised);
  EXPECT_EQ(answer.error().usage.input_tokens, 14);
}

}  // namespace
}  // namespace agent::llm
