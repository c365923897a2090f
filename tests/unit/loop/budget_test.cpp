#include "loop/budget.hpp"

#include "support/still_clock.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::loop {
namespace {

using namespace std::chrono_literals;

constexpr llm::Price one_dollar_a_thousand{1000, 100, 2000};

Usage used(std::int64_t input, std::int64_t output = 0) {
  Usage usage;
  usage.calls = 1;
  usage.input_tokens = input;
  usage.output_tokens = output;
  return usage;
}

struct LimitCase {
  std::string name;
  Limits limits;
  int turn;
  std::int64_t spent;  ///< Tokens.
  std::size_t calls;
  std::string reached;
};

class Reached : public testing::TestWithParam<LimitCase> {};

TEST_P(Reached, NamesTheLimit) {
  const test::StillClock clock;
  Budget budget(GetParam().limits, clock, one_dollar_a_thousand, 128'000);

  budget.spend(used(GetParam().spent));
  budget.spend_calls(GetParam().calls);

  EXPECT_EQ(budget.reached(GetParam().turn, 1000), GetParam().reached);
}

Limits only(Limits limits) { return limits; }

INSTANTIATE_TEST_SUITE_P(
    Limits, Reached,
    testing::Values(LimitCase{"the_turn_before_the_last", only({}), 9, 0, 0, ""},
                    LimitCase{"the_last_turn", only({}), 10, 0, 0, "turns"},
                    LimitCase{"no_limit_of_turns", only({.turns = 0}), 99, 0, 0, ""},
                    LimitCase{"all_tool_calls", only({}), 1, 0, 40, "tool calls"},
                    LimitCase{"one_call_left", only({}), 1, 0, 39, ""},
                    LimitCase{"no_limit_of_calls", only({.tool_calls = 0}), 1, 0, 999, ""},
                    // This turn and the last one take 2,000 tokens each: 1,000 sent, 1,000 received.
                    LimitCase{"room_for_two_turns", only({.tokens = 10'000}), 1, 6'000, 0, ""},
                    LimitCase{"room_for_one_turn", only({.tokens = 10'000}), 1, 6'001, 0, "tokens"},
                    LimitCase{"no_limit_of_tokens", only({.tokens = 0}), 1, 9'000'000, 0, ""},
                    // At the price of this test a turn costs three dollars.
                    LimitCase{"money_for_two_turns", only({.cost_usd = 8.5}), 1, 2'000, 0, ""},
                    LimitCase{"money_for_one_turn", only({.cost_usd = 7.5}), 1, 2'000, 0, "cost"},
                    LimitCase{"no_limit_of_cost", only({.tokens = 0, .cost_usd = 0}), 1, 9'000'000, 0, ""}),
    [](const auto& info) { return info.param.name; });

struct TimeCase {
  std::string name;
  std::chrono::milliseconds all, reserve;
};

class Reserve : public testing::TestWithParam<TimeCase> {};

TEST_P(Reserve, IsKeptForTheLastTurn) {
  test::StillClock clock;
  const Budget budget({.until = clock.ticks() + GetParam().all}, clock, std::nullopt, 128'000);

  EXPECT_EQ(budget.until_end(), GetParam().all);
  EXPECT_EQ(budget.until_last_turn(), GetParam().all - GetParam().reserve);
  clock.pass(GetParam().all - GetParam().reserve - 1ms);
  EXPECT_EQ(budget.reached(1, 1000), "");
  clock.pass(1ms);
  EXPECT_EQ(budget.reached(1, 1000), "time");
  EXPECT_FALSE(budget.is_spent(1000));
  clock.pass(GetParam().reserve);
  EXPECT_TRUE(budget.is_spent(1000));
}

INSTANTIATE_TEST_SUITE_P(Times, Reserve,
                         testing::Values(TimeCase{"a_tenth_of_ten_minutes", 600s, 60s},
                                         TimeCase{"ten_seconds_of_a_minute", 60s, 10s},
                                         TimeCase{"a_quarter_of_twenty_seconds", 20s, 5s}),
                         [](const auto& info) { return info.param.name; });

TEST(Budget, HasNoTimeToKeepWithoutALimit) {
  const test::StillClock clock;

  EXPECT_FALSE(Budget({}, clock, std::nullopt, 1000).until_last_turn());
}

TEST(Budget, IsSpentWhenNotEvenAShortAnswerCanBePaid) {
  const test::StillClock clock;
  Budget budget({.cost_usd = 2}, clock, one_dollar_a_thousand, 128'000);

  EXPECT_FALSE(budget.is_spent(1000));  // 1 for what is sent, 0.8 for 400 tokens
  budget.spend(used(201));
  EXPECT_TRUE(budget.is_spent(1000));
}

TEST(Budget, IsSpentWhenNotEvenAShortAnswerIsWithinTheTokens) {
  const test::StillClock clock;
  Budget budget({.tokens = 3'000}, clock, std::nullopt, 128'000);

  budget.spend(used(1'600));
  EXPECT_FALSE(budget.is_spent(1'000));
  EXPECT_EQ(budget.tokens_left(100), 300U);
  EXPECT_EQ(budget.tokens_left(1'000), 0U);
  budget.spend(used(1));
  EXPECT_TRUE(budget.is_spent(1'000));
}

TEST(Budget, LetsTheModelAnswerNoMoreThanCanBePaid) {
  const test::StillClock clock;
  const Budget budget({.cost_usd = 3}, clock, one_dollar_a_thousand, 128'000);

  EXPECT_EQ(budget.output_tokens(1000), 1000);
  EXPECT_EQ(budget.output_tokens(2900), 400);
}

TEST(Budget, LetsTheModelAnswerAFifthOfASmallWindow) {
  const test::StillClock clock;

  EXPECT_EQ(Budget({}, clock, std::nullopt, 8'192).output_tokens(0), 1638);
  EXPECT_EQ(Budget({}, clock, std::nullopt, 128'000).output_tokens(0), 4096);
}

TEST(Budget, SumsUsage) {
  const test::StillClock clock;
  Budget budget({}, clock, one_dollar_a_thousand, 128'000);
  Usage second = used(500, 10);
  second.model = "b";
  second.cached_tokens = 100;
  second.cost_usd = 0.25;

  budget.spend(used(1000, 100));
  budget.spend(second);
  budget.spend_calls(3);

  EXPECT_EQ(budget.spent().model, "b");
  EXPECT_EQ(budget.spent().calls, 2);
  EXPECT_EQ(budget.spent().tool_calls, 3);
  EXPECT_EQ(budget.spent().input_tokens, 1500);
  EXPECT_EQ(budget.spent().cached_tokens, 100);
  EXPECT_EQ(budget.spent().output_tokens, 110);
  EXPECT_DOUBLE_EQ(budget.spent().cost_usd, 1.2 + 0.25);  // by the price, and as it was told
}

}  // namespace
}  // namespace agent::loop
