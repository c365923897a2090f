#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "loop/investigate.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace agent::flows {

/// An investigation that was written down, ready to be run again: loop::investigate() with what this gives asks no
/// model, calls no tool, takes no network, and comes to the same report. Only once: answers are used up.
///
/// Limits, prompts, model and the time are those of then. An investigation that a signal ended comes back as one whose
/// model failed.
class Replay {
 public:
  struct State;
  explicit Replay(std::unique_ptr<State> state);
  ~Replay();
  Replay(Replay&&) noexcept;
  Replay& operator=(Replay&&) noexcept;

  [[nodiscard]] const Report& rules() const;  ///< The rules' report, from which it starts.
  [[nodiscard]] const loop::Limits& limits() const;
  [[nodiscard]] loop::Parts parts(loop::Observer& observer);

  [[nodiscard]] const std::string& run_id() const;
  [[nodiscard]] const std::string& agent_version() const;  ///< That wrote the transcript.

  /// Whether the final report is the one that was written down. Errors: `settings`, with what went another way: a
  /// request that differs from the one of then (another version of the agent, an edited transcript), or the report;
  /// `unreadable`: the transcript ends before the report.
  [[nodiscard]] Result<void> check(const Report& report) const;

 private:
  std::unique_ptr<State> state_;
};

/// Errors: `target_not_found`: no such file; `unreadable`: rights, no transcript, damaged (with the number of the
/// line), made by a newer version, a line over 64 MiB, more than 256 MiB in all.
[[nodiscard]] Result<Replay> open_replay(const std::string& path);

/// The same of a transcript's text; `where` names it in errors.
[[nodiscard]] Result<Replay> read_replay(std::string_view text, const std::string& where);

}  // namespace agent::flows
