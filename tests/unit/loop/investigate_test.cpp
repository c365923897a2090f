#include "loop/investigate.hpp"

#include "base/tokens.hpp"
#include "loop/conversation.hpp"
#include "unit/loop/loop_fixture.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace agent::loop {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::calls;
using test::fails;
using test::FakeTool;
using test::good_submission;
using test::log_line;
using test::saying;
using test::says;
using test::wrong_submission;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

using Investigate = test::LoopTest;

test::ModelTurn submits(const json& arguments) { return calls({{"submit_report", arguments}}); }

/// Calls a tool, another one each time.
test::ScriptedModel::Reply calls_forever(const std::string& tool = "pods_log") {
  return [tool, number = 0](const auto&, const auto&) mutable { return calls({{tool, {{"n", ++number}}}}); };
}

/// The same of a model that does not tell what it was sent.
test::ScriptedModel::Reply calls_until_the_last_turn(const json& submission) {
  return [next = calls_forever(), submission](const llm::ModelRequest& request, const auto& stop) {
    test::ModelTurn turn = request.tools.size() == 1 ? submits(submission) : next(request, stop);
    turn->usage.input_tokens = 0;
    return turn;
  };
}

/// The rules' report as it was, but for what a failed model leaves in it.
void expect_rules_report(const Outcome& outcome) {
  const Report rules = test::loop_report();
  EXPECT_TRUE(outcome.report.degraded);
  EXPECT_NE(outcome.report.degraded_because, "");
  EXPECT_FALSE(outcome.report.explanation);
  EXPECT_EQ(outcome.report.cause, rules.cause);
  EXPECT_EQ(outcome.report.confidence, rules.confidence);
  EXPECT_EQ(outcome.report.fingerprint, rules.fingerprint);
  ASSERT_EQ(outcome.report.findings.size(), 1U);
  EXPECT_EQ(outcome.report.findings[0].rule, "make.error");
  EXPECT_TRUE(outcome.failure);
}

/// What the model added; nothing when there is nothing.
Explanation explanation_of(const Outcome& outcome) { return outcome.report.explanation.value_or(Explanation{}); }

void expect_explained(const Outcome& outcome) {
  EXPECT_FALSE(outcome.failure);
  EXPECT_FALSE(outcome.report.degraded);
  EXPECT_EQ(outcome.report.degraded_because, "");
  ASSERT_TRUE(outcome.report.explanation);
  EXPECT_EQ(outcome.report.cause, good_submission()["cause"].get<std::string>());
  EXPECT_EQ(outcome.report.findings.size(), 2U);
}

// Turns

TEST_F(Investigate, GoesFromACallToAReport) {
  add({saying("pods_log", "connected\n")});
  model.then(calls({{"pods_log", {{"name", "db-0"}}}}, "Let me look.")).then(submits(good_submission()));

  const Outcome outcome = investigate();

  expect_explained(outcome);
  EXPECT_THAT(steps.lines, ElementsAre("asks 1", "says Let me look.", "answered 1", "called pods_log", "asks 2",
                                       "answered 2", "submitted: 1 of 1 citations verified"));
  EXPECT_EQ(explanation_of(outcome).verified, 1U);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "");
}

TEST_F(Investigate, SendsCallsAndAnswersBack) {
  add({saying("pods_log", "connected\n")});
  model.then(calls({{"pods_log", {{"name", "db-0"}}}, {"evidence_read", {{"source", "log/build.log"}}}}))
      .then(submits(good_submission()));

  investigate();

  const auto& messages = model.requests.at(1).messages;
  ASSERT_THAT(messages, SizeIs(5));
  EXPECT_EQ(messages[2].role, llm::Role::assistant);
  EXPECT_THAT(messages[2].tool_calls, SizeIs(2));
  EXPECT_EQ(messages[3].tool_call_id, "call_1");
  EXPECT_THAT(messages[3].text, HasSubstr("connected"));
  EXPECT_EQ(messages[4].tool_call_id, "call_2");
  EXPECT_THAT(messages[4].text, HasSubstr("12 | " + log_line(12)));
}

TEST_F(Investigate, SendsTheSameForTheSameAnswers) {
  add({saying("pods_log", "connected\n")});
  const auto script = {calls({{"pods_log", {{"b", 1}, {"a", 2}}}}), says("hm"), submits(wrong_submission()),
                       submits(good_submission())};
  model = test::ScriptedModel(script);
  investigate();
  const auto first = model.requests;

  Library second({});
  const auto writer = second.open("log/build.log");
  for (int number = 1; number <= 50; ++number) writer->feed(log_line(number) + "\n");
  writer->finish();
  model = test::ScriptedModel(script);
  static_cast<void>(loop::investigate(
      test::loop_report(), {},
      {.model = model, .toolbox = toolbox, .library = second, .clock = clock, .prompts = prompts, .observer = steps},
      {}));

  ASSERT_EQ(model.requests.size(), first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    ASSERT_EQ(model.requests[i].messages.size(), first[i].messages.size());
    EXPECT_EQ(model.requests[i].max_output_tokens, first[i].max_output_tokens);
    for (std::size_t k = 0; k < first[i].messages.size(); ++k)
      EXPECT_EQ(model.requests[i].messages[k].text, first[i].messages[k].text);
  }
}

TEST_F(Investigate, NudgesAModelThatOnlyTalksOnce) {
  model.then(says("I think it is the database.")).then(submits(good_submission()));

  const Outcome outcome = investigate();

  expect_explained(outcome);
  EXPECT_EQ(model.requests.at(1).messages.back().text, prompts.nudge);
  EXPECT_THAT(steps.lines, Contains("nudged"));
}

TEST_F(Investigate, EndsWithAModelThatOnlyTalks) {
  model.then(says("I think it is the database.")).then(says("As I said."));

  const Outcome outcome = investigate();

  expect_rules_report(outcome);
  EXPECT_EQ(outcome.report.degraded_because,
            "the model answered in prose and submitted no report; try a model that can call tools");
  EXPECT_EQ(outcome.failure->kind, ErrorKind::model_failed);
}

TEST_F(Investigate, TakesAReportThatIsWrittenAsText) {
  model.then(says("```json\n" + good_submission().dump() + "\n```"));

  expect_explained(investigate());
}

TEST_F(Investigate, RunsNothingElseInATurnThatSubmits) {
  const auto tool = saying("pods_log", "x");
  add({tool});
  model.then(calls({{"pods_log", json::object()}, {"submit_report", wrong_submission()}}))
      .then(submits(good_submission()));

  expect_explained(investigate());

  EXPECT_EQ(tool->calls, 0);
  const auto& messages = model.requests.at(1).messages;
  EXPECT_EQ(messages.at(3).text, "not run: a report was submitted in the same turn");
  EXPECT_THAT(messages.at(4).text, StartsWith(prompts.mend));
}

TEST_F(Investigate, EndsWithTheLastTurnWhenThreeTurnsBringNothing) {
  model.then(calls({{"pods_lgo", json::object()}}))
      .then(calls({{"evidence_read", "{broken"}}))
      .then(calls({{"no_such_tool", json::object()}}))
      .then(submits(good_submission()));

  const Outcome outcome = investigate();

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "");
  EXPECT_EQ(model.requests.at(3).tools.size(), 1U);
  EXPECT_THAT(steps.lines, Contains("last_turn"));
  EXPECT_EQ(outcome.report.usage.tool_calls, 3);
}

TEST_F(Investigate, EndsWithTheLastTurnWhenAModelOnlyRepeatsItself) {
  add({saying("pods_log", "x")});
  model.forever([](const llm::ModelRequest& request, const auto&) {
    return request.tools.size() == 1 ? submits(good_submission()) : calls({{"pods_log", json::object()}});
  });

  const Outcome outcome = investigate();

  expect_explained(outcome);
  EXPECT_EQ(model.requests.size(), 5U);
  EXPECT_EQ(outcome.report.usage.tool_calls, 1);
}

TEST_F(Investigate, KeepsProposalsForCodeToDecideOn) {
  model.then(calls({{"create_issue", {{"title", "db is down"}, {"body", "again"}}}})).then(submits(good_submission()));

  const Outcome outcome = investigate();

  expect_explained(outcome);
  ASSERT_THAT(explanation_of(outcome).proposals, SizeIs(1));
  EXPECT_EQ(explanation_of(outcome).proposals[0].tool, "create_issue");
}

// Limits

TEST_F(Investigate, EndsAtTheLimitOfTurnsWithALastOne) {
  add({saying("pods_log", "x")});
  model.forever([next = calls_forever()](const llm::ModelRequest& request, const auto& stop) {
    return request.tools.size() == 1 ? submits(good_submission()) : next(request, stop);
  });

  const Outcome outcome = investigate({.turns = 4});

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "turns");
  ASSERT_EQ(model.requests.size(), 4U);
  EXPECT_EQ(model.requests[3].tool_choice, llm::ToolChoice::required);
  EXPECT_THAT(model.requests[3].tools, SizeIs(1));
  EXPECT_EQ(model.requests[3].tools[0].name, "submit_report");
  EXPECT_THAT(model.requests[3].messages.back().text, HasSubstr(prompts.last_turn));
  EXPECT_THAT(steps.lines, Contains("limit_reached: turns"));
}

TEST_F(Investigate, CanHaveOneTurnOnly) {
  model.then(submits(good_submission()));

  const Outcome outcome = investigate({.turns = 1});

  expect_explained(outcome);
  ASSERT_THAT(model.requests.at(0).messages, SizeIs(2));  // not two messages of a user in a row
  EXPECT_THAT(model.requests[0].messages[1].text, HasSubstr(prompts.last_turn));
}

TEST_F(Investigate, GivesTheRulesReportWhenTheLastTurnBringsNone) {
  add({saying("pods_log", "x")});
  model.forever(calls_forever());

  const Outcome outcome = investigate({.turns = 3});

  expect_rules_report(outcome);
  EXPECT_EQ(outcome.report.degraded_because,
            "the limit of 3 turns was reached, and the model submitted no report; raise --max-turns");
  EXPECT_EQ(model.requests.size(), 3U);
  EXPECT_EQ(outcome.report.usage.tool_calls, 2);
}

struct LimitCase {
  std::string name;
  Limits limits;
  std::string expected;
};
void PrintTo(const LimitCase& row, std::ostream* out) { *out << row.name; }

class LimitWithoutAReport : public Investigate, public testing::WithParamInterface<LimitCase> {};

TEST_P(LimitWithoutAReport, IsNamedWithWhatToRaise) {
  add({saying("pods_log", "x")});
  model.cost = llm::Price{10, 1, 20};
  model.forever(calls_forever());
  Limits limits = GetParam().limits;
  if (limits.until) limits.until = clock.ticks();

  EXPECT_EQ(investigate(limits).report.degraded_because, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Limits, LimitWithoutAReport,
    testing::Values(
        LimitCase{"one_turn",
                  {.turns = 1},
                  "the limit of 1 turn was reached, and the model submitted no report; raise --max-turns"},
        LimitCase{"tool_calls",
                  {.tool_calls = 2},
                  "the limit of 2 tool calls was reached, and the model submitted no report; raise --max-tool-calls"},
        LimitCase{"tokens",
                  {.turns = 0, .tokens = 12'000},
                  "the limit of 12000 tokens was reached, and the model submitted no report; raise --max-tokens"},
        LimitCase{"cost",
                  {.turns = 0, .cost_usd = 0.1},
                  "the limit of $0.10 was reached, and the model submitted no report; raise --max-cost"},
        LimitCase{"small_cost",
                  {.cost_usd = 0.001},
                  "the limit of $0.001 was reached, and the model submitted no report; raise --max-cost"},
        LimitCase{"time",
                  {.until = std::chrono::steady_clock::time_point{}},
                  "the limit of time was reached (--max-time, --timeout), and the model submitted no report; allow "
                  "more time"}),
    [](const auto& info) { return info.param.name; });

TEST_F(Investigate, EndsAtTheLimitOfToolCalls) {
  const auto tool = saying("pods_log", "x");
  add({tool});
  model.then(calls({{"pods_log", {{"n", 1}}}, {"pods_log", {{"n", 2}}}, {"pods_log", {{"n", 3}}}}))
      .then(submits(good_submission()));

  const Outcome outcome = investigate({.tool_calls = 2});

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "tool calls");
  EXPECT_EQ(tool->calls, 2);
  EXPECT_EQ(outcome.report.usage.tool_calls, 2);
}

TEST_F(Investigate, EndsAtTheLimitOfTokens) {
  add({saying("pods_log", "x")});
  model.forever([next = calls_forever()](const llm::ModelRequest& request, const auto& stop) {
    return request.tools.size() == 1 ? submits(good_submission()) : next(request, stop);
  });

  const Outcome outcome = investigate({.turns = 0, .tokens = 12'000});

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "tokens");
  EXPECT_LE(outcome.report.usage.input_tokens + outcome.report.usage.output_tokens, 12'000);
  EXPECT_GT(outcome.report.usage.calls, 3);
}

TEST_F(Investigate, HoldsTheLimitOfTokensWithAServerThatCountsNone) {
  add({saying("pods_log", "x")});
  model.forever([next = calls_forever()](const llm::ModelRequest& request, const auto& stop) {
    test::ModelTurn turn = request.tools.size() == 1 ? submits(good_submission()) : next(request, stop);
    turn->usage.input_tokens = turn->usage.output_tokens = 0;
    return turn;
  });

  const Outcome outcome = investigate({.turns = 0, .tool_calls = 0, .tokens = 12'000});

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "tokens");
  EXPECT_GT(outcome.report.usage.input_tokens, 2'000);
  EXPECT_GT(outcome.report.usage.output_tokens, 50);
  EXPECT_LE(outcome.report.usage.input_tokens + outcome.report.usage.output_tokens, 12'000);
  EXPECT_EQ(std::ranges::count(steps.lines, "estimated_usage: the server counts no tokens"), 1);
}

TEST_F(Investigate, RunsAndKeepsThirtyTwoCallsOfATurn) {
  const auto tool = saying("look", "seen");
  add({tool});
  std::vector<test::WantedCall> wanted;
  for (int i = 0; i < 40; ++i) wanted.emplace_back("look", json{{"n", i}});
  model.then(calls(wanted)).then(submits(good_submission()));

  expect_explained(investigate());

  EXPECT_EQ(tool->calls, 32);
  const auto& messages = model.requests.at(1).messages;
  ASSERT_THAT(messages, SizeIs(2 + 1 + 32));
  EXPECT_THAT(messages[2].tool_calls, SizeIs(32));
  EXPECT_THAT(last_answer(1), testing::EndsWith("8 more calls were dropped: at most 32 in one turn"));
}

TEST_F(Investigate, SendsNothingThatDoesNotFitTheWindow) {
  model.window = 2'000;
  add({saying("look", "seen")});
  model.forever([n = 0](const auto&, const auto&) mutable {
    return calls({{"look", {{"n", ++n}, {"words", std::string(7'000, 'x')}}}}, std::string(7'000, 't'));
  });

  const Outcome outcome = investigate();

  expect_rules_report(outcome);
  for (const llm::ModelRequest& request : model.requests) EXPECT_LE(Conversation(request, 2'000).tokens(), 2'000U);
}

TEST_F(Investigate, EndsAtTheLimitOfCostWithoutExceedingIt) {
  add({saying("pods_log", "x")});
  model.cost = llm::Price{10, 1, 20};
  model.forever([next = calls_forever()](const llm::ModelRequest& request, const auto& stop) {
    return request.tools.size() == 1 ? submits(good_submission()) : next(request, stop);
  });

  const Outcome outcome = investigate({.turns = 0, .cost_usd = 0.15});

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "cost");
  EXPECT_LE(outcome.report.usage.cost_usd, 0.15);
  EXPECT_GT(outcome.report.usage.calls, 3);
}

TEST_F(Investigate, AsksNothingThatCannotBePaid) {
  model.cost = llm::Price{10, 1, 20};

  const Outcome outcome = investigate({.cost_usd = 0.001});

  expect_rules_report(outcome);
  EXPECT_THAT(outcome.report.degraded_because, StartsWith("the limit of $0.001 was reached"));
  EXPECT_THAT(model.requests, IsEmpty());
}

TEST_F(Investigate, EndsAtTheLimitOfTimeWithALastTurn) {
  add({std::make_shared<FakeTool>("pods_log", [this](const json&, const std::stop_token&) {
    clock.pass(30s);
    return tools::ToolResult{.text = "x"};
  })});
  model.forever([next = calls_forever()](const llm::ModelRequest& request, const auto& stop) {
    return request.tools.size() == 1 ? submits(good_submission()) : next(request, stop);
  });

  const Outcome outcome = investigate({.until = clock.ticks() + 100s});

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "time");
  EXPECT_EQ(model.requests.size(), 4U);
}

TEST_F(Investigate, StopsATurnThatTakesTheTimeOfTheLastOne) {
  model.then([](const auto&, const std::stop_token& stop) {
    std::mutex guard;
    std::condition_variable_any never;
    std::unique_lock lock(guard);
    never.wait(lock, stop, [] { return false; });
    return fails(ErrorKind::interrupted, "stopped");
  });
  model.then(submits(good_submission()));

  const Outcome outcome = investigate({.until = clock.ticks() + 40ms});

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "time");
}

TEST_F(Investigate, TellsByTheClockThatATurnWasEndedForTheLastOne) {
  model.then([this](const auto&, const auto&) {
    clock.pass(95s);  // as in a replay: nobody asked it to stop
    return fails(ErrorKind::interrupted, "stopped");
  });
  model.then(submits(good_submission()));

  const Outcome outcome = investigate({.until = clock.ticks() + 100s});

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).limit_reached, "time");
}

// Proof

TEST_F(Investigate, AnswersAReportThatCannotBeReadTwice) {
  model.then(submits("nonsense")).then(submits({{"category", "network"}})).then(submits(good_submission()));

  expect_explained(investigate());

  EXPECT_TRUE(model.requests.at(1).messages.back().failed);
  EXPECT_THAT(last_answer(1), HasSubstr("cause"));
}

TEST_F(Investigate, GivesUpOnAThirdReportThatCannotBeRead) {
  model.forever([](const auto&, const auto&) { return submits("nonsense"); });

  const Outcome outcome = investigate();

  expect_rules_report(outcome);
  EXPECT_EQ(outcome.report.degraded_because, "the model submitted no report that can be read; try a stronger model");
  EXPECT_EQ(model.requests.size(), 3U);
}

TEST_F(Investigate, HasWrongCitationsMendedOnce) {
  model.then(submits(wrong_submission())).then(submits(good_submission()));

  const Outcome outcome = investigate();

  expect_explained(outcome);
  EXPECT_THAT(last_answer(1), StartsWith(prompts.mend));
  EXPECT_THAT(last_answer(1), HasSubstr("log/build.log"));
  EXPECT_EQ(model.requests[1].tool_choice, llm::ToolChoice::required);
  EXPECT_EQ(explanation_of(outcome).citations, 1U);
  EXPECT_EQ(explanation_of(outcome).verified, 1U);
}

TEST_F(Investigate, TakesWhatIsVerifiedWhenNothingIsMended) {
  model.forever([](const auto&, const auto&) { return submits(wrong_submission()); });

  const Outcome outcome = investigate();

  expect_explained(outcome);
  EXPECT_EQ(model.requests.size(), 2U);
  EXPECT_EQ(explanation_of(outcome).citations, 2U);
  EXPECT_EQ(explanation_of(outcome).verified, 1U);
}

class MendingGoesWrong : public test::LoopTest, public testing::WithParamInterface<int> {};

TEST_P(MendingGoesWrong, AndTheFirstReportCounts) {
  const std::vector<test::ModelTurn> second = {fails(ErrorKind::unreachable, "no answer"), says("no"),
                                               submits("nonsense"), calls({{"pods_log", json::object()}})};
  model.then(submits(wrong_submission())).then(second.at(static_cast<std::size_t>(GetParam())));

  const Outcome outcome = investigate();

  expect_explained(outcome);
  EXPECT_EQ(explanation_of(outcome).verified, 1U);
}

INSTANTIATE_TEST_SUITE_P(Answers, MendingGoesWrong, testing::Range(0, 4));

TEST_F(Investigate, KeepsTheFirstReportWhenLessOfTheSecondIsProven) {
  json worse = good_submission();
  worse["cause"] = "something else";
  worse["evidence"][0]["quote"] = "nothing like that stands there";
  model.then(submits(wrong_submission())).then(submits(worse));

  expect_explained(investigate());
}

// Context

TEST_F(Investigate, StaysWithinASmallWindow) {
  std::string log;
  for (int i = 1; i <= 1'000; ++i) log += "error: step " + std::to_string(i) + " failed in a way of its own\n";
  add({saying("pods_log", log)});
  model.window = 8'192;
  model.forever(calls_until_the_last_turn(good_submission()));

  const Outcome outcome = investigate({.turns = 12});

  expect_explained(outcome);
  EXPECT_THAT(steps.lines, Contains(StartsWith("compacted")));
  for (const llm::ModelRequest& request : model.requests) {
    EXPECT_EQ(request.messages[1].text.substr(0, 20), model.requests[0].messages[1].text.substr(0, 20));
    std::size_t code_points = 0;
    for (const llm::Message& message : request.messages) code_points += count_code_points(message.text);
    EXPECT_LE(code_points / 4, 8'192U * 8 / 10);
  }
}

TEST_F(Investigate, CanCiteWhatWasCompacted) {
  std::string log;
  for (int i = 1; i <= 1'000; ++i) log += "error: step " + std::to_string(i) + " failed in a way of its own\n";
  add({saying("pods_log", log)});
  model.window = 8'192;
  json submission = good_submission();
  submission["evidence"].push_back(
      {{"source", "tool/1"}, {"line", 777}, {"quote", "error: step 777 failed in a way of its own"}});
  model.forever(calls_until_the_last_turn(submission));

  const Outcome outcome = investigate({.turns = 12});

  ASSERT_THAT(steps.lines, Contains(StartsWith("compacted")));
  EXPECT_EQ(explanation_of(outcome).verified, 2U);
}

TEST_F(Investigate, CompactsHarderWhenTheWindowIsSmallerThanTold) {
  std::string log;
  for (int i = 1; i <= 1'000; ++i) log += "error: step " + std::to_string(i) + " failed in a way of its own\n";
  add({saying("pods_log", log)});
  for (int i = 1; i <= 4; ++i) model.then(calls({{"pods_log", {{"n", i}}}}));
  model.then(fails(ErrorKind::model_failed, "too long", true)).then(submits(good_submission()));

  expect_explained(investigate());

  std::size_t before = 0, after = 0;
  for (const auto& message : model.requests.at(4).messages) before += message.text.size();
  for (const auto& message : model.requests.at(5).messages) after += message.text.size();
  EXPECT_LT(after, before * 3 / 4);
}

TEST_F(Investigate, GoesFromTooLongToTheLastTurnToTheRulesReport) {
  model.forever([](const auto&, const auto&) { return fails(ErrorKind::model_failed, "it is too long", true); });

  const Outcome outcome = investigate();

  expect_rules_report(outcome);
  EXPECT_THAT(outcome.report.degraded_because, HasSubstr("too long"));
  EXPECT_EQ(model.requests.size(), 4U);
  EXPECT_THAT(model.requests[3].tools, SizeIs(1));
}

// Failures

class KilledAtTurn : public test::LoopTest, public testing::WithParamInterface<int> {};

TEST_P(KilledAtTurn, GivesTheRulesReport) {
  add({saying("pods_log", "x")});
  for (int turn = 1; turn < GetParam(); ++turn) model.then(calls({{"pods_log", {{"n", turn}}}}));
  test::ModelTurn failure = fails(ErrorKind::unreachable, "no answer from 'http://localhost:4000'");
  failure.error().usage.input_tokens = 11;
  model.then(failure);

  const Outcome outcome = investigate();

  expect_rules_report(outcome);
  EXPECT_EQ(outcome.report.degraded_because, "no answer from 'http://localhost:4000'; look at the model's server");
  EXPECT_EQ(outcome.failure->kind, ErrorKind::unreachable);
  EXPECT_EQ(outcome.report.usage.calls, GetParam() - 1);
  EXPECT_EQ(outcome.report.usage.input_tokens, 1000 * (GetParam() - 1) + 11);
  EXPECT_EQ(outcome.report.usage.tool_calls, GetParam() - 1);
  EXPECT_THAT(steps.lines, Contains("failed " + std::to_string(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(Turns, KilledAtTurn, testing::Range(1, 11));

TEST_F(Investigate, GivesTheRulesReportWhenItIsStopped) {
  std::stop_source stop;
  model.then([&](const auto&, const auto&) {
    stop.request_stop();
    return fails(ErrorKind::interrupted, "stopped");
  });

  const Outcome outcome = investigate({}, stop.get_token());

  expect_rules_report(outcome);
  EXPECT_EQ(outcome.failure->kind, ErrorKind::interrupted);
}

TEST_F(Investigate, AsksNothingWhenItIsStoppedBefore) {
  std::stop_source stop;
  stop.request_stop();

  const Outcome outcome = investigate({}, stop.get_token());

  expect_rules_report(outcome);
  EXPECT_THAT(model.requests, IsEmpty());
}

TEST_F(Investigate, GivesTheRulesReportWhenItIsStoppedWhileAToolRuns) {
  std::stop_source stop;
  add({std::make_shared<FakeTool>("pods_log", [&](const json&, const std::stop_token&) {
    stop.request_stop();
    return tools::ToolResult{.text = "x"};
  })});
  model.then(calls({{"pods_log", json::object()}}));

  const Outcome outcome = investigate({}, stop.get_token());

  expect_rules_report(outcome);
  EXPECT_EQ(outcome.failure->kind, ErrorKind::interrupted);
  EXPECT_EQ(model.requests.size(), 1U);
}

// What is told of it

TEST_F(Investigate, SumsUsageAndTimes) {
  add({std::make_shared<FakeTool>("pods_log", [this](const json&, const std::stop_token&) {
    clock.pass(25ms);
    return tools::ToolResult{.text = "x"};
  })});
  model.cost = llm::Price{1, 0.1, 10};
  model.then(calls({{"pods_log", json::object()}})).then(submits(good_submission()));

  const Report report = investigate().report;

  EXPECT_EQ(report.usage.model, "scripted");
  EXPECT_EQ(report.usage.calls, 2);
  EXPECT_EQ(report.usage.tool_calls, 1);
  EXPECT_EQ(report.usage.input_tokens, 2000);
  EXPECT_EQ(report.usage.output_tokens, 200);
  EXPECT_DOUBLE_EQ(report.usage.cost_usd, 0.004);
  EXPECT_THAT(report.timings_ms, ElementsAre(testing::Pair("model", 14.0), testing::Pair("tools", 25.0)));
}

TEST_F(Investigate, NamesTheModelAlsoWhenItNeverAnswered) {
  model.then(fails(ErrorKind::unreachable, "no answer"));

  EXPECT_EQ(investigate().report.usage.model, "scripted");
}

}  // namespace
}  // namespace agent::loop
