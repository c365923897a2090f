#pragma once

#include "base/report.hpp"
#include "base/tokens.hpp"
#include "llm/model.hpp"
#include "loop/conversation.hpp"
#include "loop/investigate.hpp"
#include "loop/offer.hpp"

#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::loop {

/// One call that was answered.
struct AnsweredCall {
  CallRecord record;
  Answered about;
};

/// What one turn's calls gave.
struct Round {
  std::vector<AnsweredCall> calls;  ///< In the order in which the model made them.
  std::size_t counted = 0;          ///< Against the limit: all but those from memory and those not run.
  bool useful = false;              ///< A tool was really called, or something proposed.
};

/// How one turn's calls are to be answered.
struct RoundLimits {
  int turn = 0;
  std::size_t calls = 0;  ///< So many may be counted.
  Tokens room;            ///< Of the window, for all results.
  Tokens window;
};

/// So many calls of one turn are run; who asks has dropped the others.
inline constexpr std::size_t most_calls_a_turn = 32;

/// Answers a model's calls: by the tools, from memory, or by saying why not.
class Calls {
 public:
  Calls(const Parts& parts, OwnTools own) : parts_(parts), own_(std::move(own)) {}

  /// Runs the calls, four at a time, and answers all of them.
  [[nodiscard]] Round answer(const std::vector<llm::ToolCall>& calls, const RoundLimits& limits,
                             const std::stop_token& stop);

  /// The text of these calls is out of sight: our own tools may be asked the same again.
  void forget(const std::vector<std::string>& keys);

  [[nodiscard]] const OwnTools& own() const { return own_; }
  [[nodiscard]] std::vector<Proposal> take_proposals() { return std::move(proposals_); }

 private:
  /// A call on its way to an answer.
  struct Planned {
    AnsweredCall call;
    std::string key;             // Name and arguments.
    tools::Tool* own = nullptr;  // Ours, else the toolbox's.
    bool runs = false;
    bool is_repeated = false;  // In this turn or an earlier one.
    bool counts = false;
  };
  /// What was said to a call before.
  struct Memory {
    tools::ToolStatus status = tools::ToolStatus::ok;
    std::string source;
    bool is_own = false;
  };

  [[nodiscard]] Planned plan(const llm::ToolCall& call, int turn) const;
  void decide(Planned& one, const std::vector<Planned>& before, std::size_t left);
  void refuse(Planned& planned, tools::ToolStatus status, std::string text) const;
  void plan_filing(Planned& planned);
  [[nodiscard]] std::string unknown_tool(const std::string& name) const;
  [[nodiscard]] std::string bad_arguments(const Planned& planned) const;
  void run(std::vector<Planned>& planned, const std::stop_token& stop) const;
  void settle(Planned& planned, Tokens share);
  void recall(Planned& planned) const;
  [[nodiscard]] std::string whole_text(const tools::ToolResult& result) const;

  const Parts& parts_;
  OwnTools own_;
  std::map<std::string, Memory, std::less<>> memory_;
  std::vector<Proposal> proposals_;
};

}  // namespace agent::loop
