#pragma once

#include "base/clock.hpp"
#include "flows/transcript.hpp"
#include "flows/transcript_json.hpp"
#include "llm/model.hpp"
#include "tools/toolbox.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

// What stands in the place of the model, the tools and the clock when a transcript is replayed.

namespace agent::flows::transcript {

/// One request and what came of it.
struct RecordedTurn {
  std::string digest;
  std::int64_t answered_ns = 0;
  std::optional<std::expected<llm::ModelAnswer, llm::ModelFailure>> result;
};

struct RecordedCall {
  std::string tool;
  json arguments;
  tools::ToolResult result;
  bool from_memory = false;
  std::int64_t at_ns = 0;
  std::chrono::milliseconds took{0};
};

struct RecordedTool {
  std::string name, server, description, denied;
  json schema;
  bool changes = false;
};

struct RecordedModel {
  std::string name;
  int window = 0;
  std::optional<llm::Price> price;
};

/// All of a transcript.
struct Recording {
  std::string run_id, agent_version;
  Report rules;
  loop::Limits limits;  ///< `until` is told from a clock that begins with 0.
  loop::Prompts prompts;
  RecordedModel model;
  std::int64_t started_unix_ms = 0;
  std::vector<RecordedTool> tools;
  std::vector<loop::LibrarySource> sources;
  std::map<std::string, std::vector<loop::LibraryLine>> lines;
  std::vector<RecordedTurn> turns;
  std::vector<RecordedCall> calls;
  std::string report_digest;  ///< Empty: it has no end.
};

/// Errors: `unreadable`, with the line's number.
[[nodiscard]] Result<Recording> read_recording(std::string_view text, const std::string& where);

/// The time of what was replayed last.
class ReplayClock final : public Clock {
 public:
  explicit ReplayClock(std::int64_t started_unix_ms) : started_(started_unix_ms) {}
  void set(std::int64_t at_ns) { passed_ = at_ns; }

  [[nodiscard]] std::chrono::system_clock::time_point now() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point ticks() const override;

 private:
  std::chrono::milliseconds started_;
  std::atomic<std::int64_t> passed_ = 0;
};

/// Gives the answers in their order, when it is asked as it was then.
class ReplayModel final : public llm::Model {
 public:
  ReplayModel(RecordedModel model, std::vector<RecordedTurn> turns, ReplayClock& clock)
      : model_(std::move(model)), turns_(std::move(turns)), clock_(clock) {}

  [[nodiscard]] std::expected<llm::ModelAnswer, llm::ModelFailure> ask(const llm::ModelRequest& request,
                                                                       std::stop_token stop) override;
  [[nodiscard]] std::string name() const override { return model_.name; }
  [[nodiscard]] int context_window_tokens() const override { return model_.window; }
  [[nodiscard]] std::optional<llm::Price> price() const override { return model_.price; }

  [[nodiscard]] const std::optional<Error>& difference() const { return difference_; }

 private:
  RecordedModel model_;
  std::vector<RecordedTurn> turns_;
  ReplayClock& clock_;
  std::size_t next_ = 0;
  std::optional<Error> difference_;
};

/// The results of calls, by tool and arguments. Any threads.
class RecordedResults {
 public:
  explicit RecordedResults(const std::vector<RecordedCall>& calls);

  [[nodiscard]] tools::ToolResult take(const std::string& tool, const json& arguments);
  /// When a call was done, and how long it took.
  [[nodiscard]] std::pair<std::int64_t, std::chrono::milliseconds> timing(const std::string& tool,
                                                                          const json& arguments);

 private:
  struct Entry {
    std::deque<RecordedCall> results, timings;
  };
  std::mutex guard_;
  std::map<std::string, Entry> entries_;
};

/// Puts the tools of then into a box: they answer from `results`, and are denied as they were.
[[nodiscard]] std::unique_ptr<tools::Toolbox> replay_toolbox(const std::vector<RecordedTool>& tools,
                                                             const std::shared_ptr<RecordedResults>& results,
                                                             const Clock& clock);

}  // namespace agent::flows::transcript
