#include "flows/replay.hpp"

#include "unit/flows/recorded_run.hpp"
#include "unit/kube/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <thread>

namespace agent::flows {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::calls;
using test::fails;
using test::FakeTool;
using test::saying;
using test::says;
using testing::HasSubstr;

/// Replays a transcript: the report as JSON.
std::string replayed(const std::string& transcript) {
  auto replay = read_replay(transcript, "t.jsonl");
  EXPECT_TRUE(replay) << replay.error().what;
  if (!replay) return {};
  loop::Observer nobody;
  const loop::Parts parts = replay->parts(nobody);
  const loop::Outcome outcome = loop::investigate(replay->rules(), replay->limits(), parts, {});
  const auto checked = replay->check(outcome.report);
  EXPECT_TRUE(checked) << checked.error().what;
  return sinks::render_json(outcome.report);
}

class AReplay : public testing::Test {
 protected:
  test::RecordedRun run_;
};

TEST_F(AReplay, GivesTheSameReport) {
  run_.model.cost = llm::Price{1, 0.1, 2};
  run_.toolbox.add("", {saying("pods_log", "the first\nDB_PASSWORD=hunter2hunter2\n")});
  run_.model
      .then(calls({{"pods_log", {{"name", "db"}}},
                   {"evidence_read", {{"source", "log/build.log"}, {"first_line", 8}, {"lines", 6}}},
                   {"evidence_search", {{"words", "done 77"}, {"most", 3}}},
                   {"nope", {{"a", 1}}}},
                  "Let me look."))
      .then(says("I think so."))
      .then(calls({{"pods_log", {{"name", "db"}}}, {"evidence_read", {{"source", "tool/1"}}}}))
      .then(calls({{"submit_report", test::RecordedRun::submission(500)}}));
  const std::string report = run_.run();

  EXPECT_THAT(report, HasSubstr("Nothing listened on db:5432."));
  EXPECT_EQ(replayed(run_.transcript()), report);
}

TEST_F(AReplay, AsksToMendAgain) {
  json wrong = test::RecordedRun::submission();
  wrong["evidence"].push_back({{"source", "log/build.log"}, {"line", 900}, {"quote", "the database was on fire"}});
  wrong["evidence"].push_back({{"source", "log/other"}, {"line", 9000}, {"quote", "nobody has ever said this"}});
  run_.model.then(calls({{"submit_report", wrong}})).then(calls({{"submit_report", test::RecordedRun::submission()}}));
  const std::string report = run_.run();

  EXPECT_EQ(replayed(run_.transcript()), report);
}

TEST_F(AReplay, FailsAsItDidThen) {
  run_.model.then(calls({{"evidence_search", {{"words", "error"}}}}))
      .then(fails(ErrorKind::unreachable, "cannot reach the model"));
  const std::string report = run_.run();

  EXPECT_THAT(report, HasSubstr("cannot reach the model"));
  EXPECT_EQ(replayed(run_.transcript()), report);
}

TEST_F(AReplay, EndsAtTheLimitOfThen) {
  run_.model.forever([number = std::make_shared<int>()](const auto& request, const auto&) {
    if (request.tools.size() == 1) return calls({{"submit_report", test::RecordedRun::submission()}});
    return calls({{"evidence_read", {{"source", "log/build.log"}, {"first_line", ++*number}}}});
  });
  const std::string report = run_.run({.turns = 4});

  EXPECT_THAT(report, HasSubstr("\"limit_reached\": \"turns\""));
  EXPECT_EQ(replayed(run_.transcript()), report);
}

TEST_F(AReplay, KnowsTheTimeOfThen) {
  run_.toolbox.add("", {std::make_shared<FakeTool>("slow", [this](const auto&, const auto&) {
                     run_.clock.pass(55s);
                     return tools::ToolResult{.text = "late\n"};
                   })});
  run_.model.forever([number = std::make_shared<int>()](const auto& request, const auto&) {
    if (request.tools.size() == 1) return calls({{"submit_report", test::RecordedRun::submission()}});
    return calls({{"slow", {{"n", ++*number}}}});
  });
  const std::string report = run_.run({.until = run_.clock.ticks() + 120s});

  EXPECT_THAT(report, HasSubstr("\"limit_reached\": \"time\""));
  EXPECT_EQ(replayed(run_.transcript()), report);
}

TEST_F(AReplay, DoesNotWaitForATurnThatTheTimeEnded) {
  run_.model
      .then([this](const auto&, const std::stop_token& stop) -> test::ModelTurn {
        run_.clock.pass(75ms);
        while (!stop.stop_requested()) std::this_thread::yield();
        return fails(ErrorKind::interrupted, "stopped");
      })
      .then(calls({{"submit_report", test::RecordedRun::submission()}}));
  const std::string report = run_.run({.until = run_.clock.ticks() + 100ms});

  EXPECT_THAT(report, HasSubstr("\"limit_reached\": \"time\""));
  EXPECT_EQ(replayed(run_.transcript()), report);
}

TEST_F(AReplay, DeniesWhatWasDenied) {
  tools::Toolbox& box = run_.toolbox;
  box.add("far", {saying("delete_all", "gone", tools::ToolEffect::changes), saying("resources_get", "a secret")});
  run_.model.then(calls({{"delete_all", json::object()}, {"resources_get", {{"kind", "Secret"}}}}))
      .then(calls({{"create_issue", {{"title", "it broke"}, {"body", "really"}}}}))
      .then(calls({{"submit_report", test::RecordedRun::submission()}}));
  const std::string report = run_.run();

  EXPECT_EQ(replayed(run_.transcript()), report);
}

TEST_F(AReplay, HasTheWholeTextOfAToolThatWasCut) {
  std::string text;
  for (int i = 1; i <= 20'000; ++i) text += "event " + std::to_string(i) + " of the cluster\n";
  run_.toolbox.add("", {saying("events_list", text)});
  run_.model.then(calls({{"events_list", json::object()}}))
      .then(calls({{"evidence_read", {{"source", "tool/1"}, {"first_line", 15'000}, {"lines", 3}}}}))
      .then(calls({{"submit_report", test::RecordedRun::submission()}}));
  const std::string report = run_.run();

  EXPECT_THAT(run_.steps("called")[1]["shown"].get<std::string>(), HasSubstr("event 15001 of the cluster"));
  EXPECT_EQ(replayed(run_.transcript()), report);
}

TEST_F(AReplay, TellsWhichRequestDiffers) {
  run_.toolbox.add("", {saying("pods_log", "the first\n")});
  run_.model.then(calls({{"pods_log", {{"name", "db"}}}}))
      .then(calls({{"submit_report", test::RecordedRun::submission()}}));
  static_cast<void>(run_.run());
  std::string edited = run_.transcript();
  edited.replace(edited.find("\"text\":\"the first"), 17, "\"text\":\"the other");

  auto replay = read_replay(edited, "t.jsonl");
  ASSERT_TRUE(replay);
  loop::Observer nobody;
  const loop::Parts parts = replay->parts(nobody);
  const loop::Outcome outcome = loop::investigate(replay->rules(), replay->limits(), parts, {});

  const auto checked = replay->check(outcome.report);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::settings);
  EXPECT_THAT(checked.error().what, HasSubstr("the request of turn 2"));
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->kind, ErrorKind::settings);
}

TEST_F(AReplay, TellsThatTheTranscriptWasCutOff) {
  run_.model.then(calls({{"submit_report", test::RecordedRun::submission()}}));
  static_cast<void>(run_.run());
  run_.lines.pop_back();

  auto replay = read_replay(run_.transcript(), "t.jsonl");
  ASSERT_TRUE(replay);
  EXPECT_EQ(replay->run_id(), "run-1");
  EXPECT_EQ(replay->agent_version(), "1.2.3");
  EXPECT_EQ(replay->check(run_.rules()).error().kind, ErrorKind::unreadable);
}

struct DamagedCase {
  std::string name;
  std::size_t line = 0;  ///< That is replaced, counted from 1.
  std::string text, says = {};
};

class ADamagedTranscript : public testing::TestWithParam<DamagedCase> {};

TEST_P(ADamagedTranscript, IsRefused) {
  test::RecordedRun run;
  run.model.then(calls({{"evidence_read", {{"source", "log/build.log"}}}}))
      .then(calls({{"submit_report", test::RecordedRun::submission()}}));
  static_cast<void>(run.run());
  run.lines.at(GetParam().line - 1) = GetParam().text;

  const auto replay = read_replay(run.transcript(), "t.jsonl");

  ASSERT_FALSE(replay);
  EXPECT_EQ(replay.error().kind, ErrorKind::unreadable);
  EXPECT_EQ(replay.error().where, "t.jsonl:" + std::to_string(GetParam().line));
  EXPECT_THAT(replay.error().what, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ADamagedTranscript,
    testing::Values(
        DamagedCase{"empty_line", 2, "", "not a JSON object"},
        DamagedCase{"half_a_line", 3, R"({"step":"ans)", "not a JSON object"},
        DamagedCase{"a_list", 2, "[1]", "not a JSON object"},
        DamagedCase{"too_deep", 2, std::string(500, '[') + std::string(500, ']'), "nested too deeply"},
        DamagedCase{"another_file", 1, R"({"kind":"Pod"})", "no transcript"},
        DamagedCase{"newer", 1, R"({"transcript":2})", "the form 2"},
        DamagedCase{"no_prompts", 1, R"({"transcript":1})", "'prompts' is missing"},
        DamagedCase{"answer_to_nothing", 2, R"({"step":"answered","answer":{}})", "follows no request"},
        DamagedCase{"answer_without_message", 3, R"({"step":"answered","answer":{}})", "'message'"},
        DamagedCase{"wrong_type", 2, R"({"step":"asks","digest":7})", "'digest'"},
        DamagedCase{"number_too_large", 3, R"({"step":"answered","at_ns":1e99})", "'at_ns'"},
        DamagedCase{"tokens_without_end", 3,
                    R"({"step":"answered","answer":{"message":{"role":"user"},"usage":{"input_tokens":9e15}}})",
                    "'input_tokens'"},
        DamagedCase{"calls_below_zero", 3,
                    R"({"step":"answered","answer":{"message":{"role":"user"},"usage":{"calls":-1}}})", "'calls'"},
        DamagedCase{"foreign_status", 5, R"({"step":"called","status":"great"})", "'status'"},
        DamagedCase{"foreign_lines", 4, R"({"step":"lines","lines":[[-1,2]]})", "'lines'"}),
    [](const auto& info) { return info.param.name; });

class AReplayFile : public kube::InTemporaryFolder {};

TEST_F(AReplayFile, IsOpened) {
  test::RecordedRun run;
  run.model.then(calls({{"submit_report", test::RecordedRun::submission()}}));
  static_cast<void>(run.run());
  std::ofstream(root_ + "/t.jsonl") << run.transcript();

  EXPECT_TRUE(open_replay(root_ + "/t.jsonl"));
  EXPECT_EQ(open_replay(root_ + "/none").error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(open_replay(root_).error().kind, ErrorKind::unreadable);
}

}  // namespace
}  // namespace agent::flows
