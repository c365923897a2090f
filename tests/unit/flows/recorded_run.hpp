#pragma once

#include "base/redactor.hpp"
#include "flows/transcript.hpp"
#include "loop/investigate.hpp"
#include "sinks/report_json.hpp"

#include "support/fake_tool.hpp"
#include "support/scripted_model.hpp"
#include "support/still_clock.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::test {

/// A library, tools, a model and a clock, and what is written down of an investigation with them.
class RecordedRun {
 public:
  explicit RecordedRun(std::size_t log_lines = 2000) {
    const auto writer = library.open("log/build.log");
    for (std::size_t number = 1; number <= log_lines; ++number) writer->feed(line(number) + "\n");
    writer->finish();
  }

  static std::string line(std::size_t number) {
    if (number == 12) return "E   ConnectionRefusedError: db:5432";
    if (number == 40) return "make: *** [test] Error 2";
    if (number == 77) return "export DB_PASSWORD=hunter2hunter2";
    return "step " + std::to_string(number) + " is done";
  }

  static Report rules() {
    Report report;
    report.target = "log build.log";
    report.created_at = "2026-11-21T08:00:00.000Z";
    report.verdict = Verdict::failing;
    report.cause = line(40);
    report.findings.push_back({.rule = "make.error",
                               .headline = line(40),
                               .evidence = {{"log/build.log", 40, "", line(40)}},
                               .remedies = {{"look above", ""}},
                               .verified = true});
    report.evidence.push_back(
        {"log/build.log", 2000, 30'000, {{.text = line(40), .first_line = 40, .last_line = 40, .why = "error"}}});
    report.fingerprint = "00c0ffee00c0ffee";
    report.timings_ms = {{"judge", 1.25}, {"gather", 0.1}};
    return report;
  }

  static nlohmann::json submission(std::size_t line_number = 12) {
    return {{"cause", "Nothing listened on db:5432."},
            {"category", "network"},
            {"confidence", "high"},
            {"evidence", {{{"source", "build.log"}, {"line", line_number}, {"quote", line(12)}}}},
            {"remedies", {"start the database"}}};
  }

  loop::Parts parts(loop::Observer& observer) {
    return {.model = model,
            .toolbox = toolbox,
            .library = library,
            .clock = clock,
            .prompts = prompts,
            .observer = observer,
            .spool = spool.get(),
            .redact = redact};
  }

  /// The report, as JSON; `lines` are the transcript then.
  std::string run(loop::Limits limits = {}) {
    loop::Observer nobody;
    const loop::Parts for_writer = parts(nobody);
    flows::TranscriptWriter writer(
        [this](std::string_view written) -> Result<void> {
          lines.emplace_back(written);
          return {};
        },
        for_writer);
    writer.begin({"run-1", "1.2.3"}, rules(), limits);
    const loop::Parts all = parts(writer);
    const loop::Outcome outcome = loop::investigate(rules(), limits, all, {});
    EXPECT_TRUE(writer.end(outcome.report));
    return sinks::render_json(outcome.report);
  }

  [[nodiscard]] std::string transcript() const {
    std::string text;
    for (const std::string& one : lines) text += one + "\n";
    return text;
  }

  [[nodiscard]] std::vector<nlohmann::json> steps(const std::string& name) const {
    std::vector<nlohmann::json> found;
    for (const std::string& one : lines) {
      auto value = nlohmann::json::parse(one, nullptr, false);
      if (value.is_object() && value.value("step", "") == name) found.push_back(std::move(value));
    }
    return found;
  }

  std::mutex guard;
  Redactor redactor;
  loop::Library::Redact redact = [this](std::string_view text) {
    const std::lock_guard lock(guard);
    return redactor.redact(text);
  };
  ScriptedModel model;
  StillClock clock;
  std::shared_ptr<tools::Spool> spool = tools::memory_spool(std::uint64_t{16} * 1024 * 1024);
  tools::Toolbox toolbox{{.spool = spool, .redact = redact}, clock};
  loop::Library library{redact};
  loop::Prompts prompts = loop::embedded_prompts();
  std::vector<std::string> lines;
};

}  // namespace agent::test
