#pragma once

#include "loop/investigate.hpp"

#include "support/fake_tool.hpp"
#include "support/scripted_model.hpp"
#include "support/still_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace agent::test {

/// Notes each step in a line.
class Steps final : public loop::Observer {
 public:
  void asks(int turn, const llm::ModelRequest&) override { lines.push_back("asks " + std::to_string(turn)); }
  void says(std::string_view text) override { lines.push_back("says " + std::string(text)); }
  void answered(int turn, const llm::ModelAnswer&) override { lines.push_back("answered " + std::to_string(turn)); }
  void failed(int turn, const llm::ModelFailure&) override { lines.push_back("failed " + std::to_string(turn)); }
  void called(const loop::CallRecord& call) override {
    lines.push_back("called " + call.tool + (call.from_memory ? " from memory" : ""));
    calls.push_back(call);
  }
  void noted(std::string_view event, std::string_view detail) override {
    lines.push_back(std::string(event) + (detail.empty() ? "" : ": ") + std::string(detail));
  }

  std::vector<std::string> lines;
  std::vector<loop::CallRecord> calls;
};

/// What stands in line `number` of the log behind loop_report().
inline std::string log_line(int number) {
  if (number == 12) return "E   ConnectionRefusedError: [Errno 111] Connection refused (db:5432)";
  if (number == 40) return "make: *** [test] Error 2";
  return "step " + std::to_string(number) + " is done";
}

/// What the rules know of that log.
inline Report loop_report() {
  Report report;
  report.target = "log build.log";
  report.created_at = "2026-11-21T08:00:00.000Z";
  report.verdict = Verdict::failing;
  report.cause = "make: *** [test] Error 2";
  report.category = Category::unknown;
  report.findings.push_back({.rule = "make.error",
                             .severity = Severity::error,
                             .headline = "make: *** [test] Error 2",
                             .evidence = {{"log/build.log", 40, "", log_line(40)}},
                             .verified = true});
  report.evidence.push_back(
      {"log/build.log", 50, 1000, {{.text = log_line(40), .first_line = 40, .last_line = 40, .why = "error"}}});
  report.fingerprint = "00c0ffee00c0ffee";
  return report;
}

/// Arguments of submit_report whose citation is right.
inline nlohmann::json good_submission() {
  return {{"cause", "The tests failed because nothing listened on db:5432."},
          {"category", "network"},
          {"confidence", "high"},
          {"evidence", {{{"source", "log/build.log"}, {"line", 12}, {"quote", log_line(12)}}}}};
}

/// The same with another one, which is wrong.
inline nlohmann::json wrong_submission() {
  nlohmann::json submission = good_submission();
  submission["evidence"].push_back(
      {{"source", "log/build.log"}, {"line", 13}, {"quote", "the database was never started"}});
  return submission;
}

/// An investigation of a log of 50 lines, with the tools that a test adds.
class LoopTest : public testing::Test {
 protected:
  LoopTest() {
    const auto writer = library.open("log/build.log");
    for (int number = 1; number <= 50; ++number) writer->feed(log_line(number) + "\n");
    writer->finish();
  }

  void add(const std::vector<std::shared_ptr<tools::Tool>>& added, const std::string& server = "") {
    toolbox.add(server, added);
  }

  loop::Parts parts() {
    return {.model = model,
            .toolbox = toolbox,
            .library = library,
            .clock = clock,
            .prompts = prompts,
            .observer = steps,
            .spool = spool.get(),
            .redact = redact};
  }

  loop::Outcome investigate(const loop::Limits& limits = {}, const std::stop_token& stop = {}) {
    const loop::Parts all = parts();
    return loop::investigate(loop_report(), limits, all, stop);
  }

  /// The text of the last tool's answer that request `index` has.
  const std::string& last_answer(std::size_t index) const { return model.requests.at(index).messages.back().text; }

  ScriptedModel model;
  StillClock clock;
  std::shared_ptr<tools::Spool> spool = tools::memory_spool(std::uint64_t{16} * 1024 * 1024);
  loop::Library::Redact redact = {};
  tools::Toolbox toolbox{{.spool = spool}, clock};
  loop::Library library{{}};
  loop::Prompts prompts = loop::embedded_prompts();
  Steps steps;
};

}  // namespace agent::test
