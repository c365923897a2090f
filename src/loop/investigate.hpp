#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/report.hpp"
#include "llm/model.hpp"
#include "loop/library.hpp"
#include "loop/prompts.hpp"
#include "tools/spool.hpp"
#include "tools/tool.hpp"
#include "tools/toolbox.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace agent::loop {

/// What an investigation may spend; 0: as much as it takes.
struct Limits {
  int turns = 10;
  int tool_calls = 40;
  std::int64_t tokens = 400'000;  ///< Sent and received, all turns together.
  double cost_usd = 0;
  std::optional<std::chrono::steady_clock::time_point> until;  ///< Keep a part of the time for the last turn.
};

/// One call of a tool, when it is done.
struct CallRecord {
  int turn = 0;
  std::string id;  ///< The model's.
  std::string tool;
  nlohmann::json arguments;
  tools::ToolResult result;
  std::string source;        ///< "tool/N" in the library.
  std::string shown;         ///< What the model is told.
  bool from_memory = false;  ///< The same call was made before.
  std::chrono::milliseconds took{0};
};

/// Told of each step, on the caller's thread: for `-v`, the log, the transcript and the progress line.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void asks(int /*turn*/, const llm::ModelRequest& /*request*/) {}
  virtual void says(std::string_view /*text*/) {}  ///< As the model's text streams.
  virtual void answered(int /*turn*/, const llm::ModelAnswer& /*answer*/) {}
  virtual void failed(int /*turn*/, const llm::ModelFailure& /*failure*/) {}
  virtual void called(const CallRecord& /*call*/) {}
  /// "compacted", "mend_citations", "nudged", "limit_reached", "repeated_call" …, and what of it.
  virtual void noted(std::string_view /*event*/, std::string_view /*detail*/) {}
};

struct Parts {
  llm::Model& model;
  tools::Toolbox& toolbox;  ///< What the model may call beside evidence_read, evidence_search and submit_report.
  Library& library;         ///< Has the texts behind the report; gets those of tools.
  const Clock& clock;
  const Prompts& prompts;
  Observer& observer;
  /// The toolbox's, with the whole texts of what it cut. Null: the library gets what the toolbox gives.
  tools::Spool* spool = nullptr;
  /// For what the model writes by itself: proposals. Empty: as it stands.
  Library::Redact redact = {};
  /// A replay says how long a call took then; empty: it is measured.
  std::function<std::chrono::milliseconds(const CallRecord&)> took_then = {};
};

/// How an investigation ended.
struct Outcome {
  Report report;  ///< The rules' report, with the model's explanation when there is one.
  /// Why there is no explanation; the report is `degraded` then, and its `degraded_because` says the same.
  std::optional<Error> failure;
};

/// What is sent first; for `--dry-run`.
[[nodiscard]] llm::ModelRequest first_request(const Report& rules, const Parts& parts);

/// Lets the model look further from the rules' report on, until it submits a report of its own or a limit is reached;
/// then one last turn, in which it can only submit. Never worse than the rules' report: whatever fails, that is what
/// comes back. Tools are called four at a time; results come in the order of the calls. What is sent stays within the
/// model's window. Usage is in the report.
[[nodiscard]] Outcome investigate(Report rules, const Limits& limits, const Parts& parts, std::stop_token stop);

}  // namespace agent::loop
