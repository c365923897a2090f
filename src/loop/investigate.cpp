#include "loop/investigate.hpp"

#include "loop/budget.hpp"
#include "loop/calls.hpp"
#include "loop/conversation.hpp"
#include "loop/evidence_tools.hpp"
#include "loop/marks.hpp"
#include "loop/offer.hpp"
#include "loop/opening.hpp"
#include "loop/shown.hpp"
#include "loop/submission.hpp"
#include "loop/submission_text.hpp"
#include "loop/timed_stop.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <memory>
#include <utility>

namespace agent::loop {
namespace {

constexpr int spared_turns = 2;         // Whose results are never shortened while the window has room for them.
constexpr int most_useless_turns = 3;   // In a row: nothing but repeated, unknown or denied calls.
constexpr int most_unread_reports = 2;  // So often a model is told what is wrong with the form of its report.
constexpr int most_halvings = 2;        // Of the window that is assumed.
constexpr int usual_window = 8'192;     // Of a model that does not tell.

int window_of(const llm::Model& model) {
  return model.context_window_tokens() > 0 ? model.context_window_tokens() : usual_window;
}

llm::ModelRequest opening_request(const Report& rules, const Parts& parts, const OwnTools& own) {
  parts.library.know(rules);
  const auto window = static_cast<std::size_t>(window_of(parts.model));
  llm::ModelRequest request =
      opening(rules, {parts.library, parts.prompts, offered_tools(parts.toolbox, own, window), window});
  request.max_output_tokens = Budget({}, parts.clock, std::nullopt, window_of(parts.model)).output_tokens(0);
  return request;
}

double milliseconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()); }

/// What a model has submitted, however it did so.
struct Submitted {
  std::string id;  ///< Of the call; empty: it was text.
  nlohmann::json arguments;
};

std::optional<Submitted> submitted_in(const llm::Message& message) {
  for (const llm::ToolCall& call : message.tool_calls)
    if (call.name == submit_tool) return Submitted{call.id, call.arguments};
  if (!message.tool_calls.empty()) return std::nullopt;
  auto report = report_in_text(message.text);
  if (!report) return std::nullopt;
  return Submitted{{}, *std::move(report)};
}

/// A limit as it was set, and what would have helped.
std::pair<std::string, std::string> words_of(std::string_view limit, const Limits& limits) {
  const auto counted = [](std::int64_t count, std::string_view one) {
    return fmt::format("the limit of {} {}{} was reached", count, one, count == 1 ? "" : "s");
  };
  if (limit == "turns") return {counted(limits.turns, "turn"), "raise --max-turns"};
  if (limit == "tool calls") return {counted(limits.tool_calls, "tool call"), "raise --max-tool-calls"};
  if (limit == "tokens") return {counted(limits.tokens, "token"), "raise --max-tokens"};
  if (limit == "time") return {"the limit of time was reached (--max-time, --timeout)", "allow more time"};
  const std::string cost =
      limits.cost_usd < 0.01 ? fmt::format("{}", limits.cost_usd) : fmt::format("{:.2f}", limits.cost_usd);
  return {"the limit of $" + cost + " was reached", "raise --max-cost"};
}

/// One investigation, turn by turn.
class Investigation {
 public:
  Investigation(Report rules, const Limits& limits, const Parts& parts, std::stop_token stop)
      : rules_(std::move(rules)),
        limits_(limits),
        parts_(parts),
        stop_(std::move(stop)),
        budget_(limits, parts.clock, parts.model.price(), window_of(parts.model)),
        calls_(parts_, evidence_tools(parts.library)),
        conversation_(opening_request(rules_, parts_, calls_.own()), window_of(parts.model)) {
    looking_ = std::make_unique<TimedStop>(stop_, budget_.until_last_turn());
    conversation_.request().on_text = [this](std::string_view text) { parts_.observer.says(text); };
  }

  Outcome run() {
    for (;;)
      if (auto outcome = take_turn()) return *std::move(outcome);
  }

 private:
  enum class Stage { looking, last, mending };
  using Step = std::optional<Outcome>;  // Nothing: there is another turn.

  Step take_turn();
  Step ask();
  Step take_answer(llm::ModelAnswer answer);
  Step take_failure(const llm::ModelFailure& failure);
  Step take_submission(const llm::Message& message, const Submitted& submitted, bool cut_off);
  Step take_calls(const llm::Message& message, std::size_t dropped);
  Step take_text();
  Step too_long(const llm::ModelFailure& failure);

  [[nodiscard]] Usage counted(const llm::ModelAnswer& answer);
  [[nodiscard]] bool fits() const;
  void begin_last(std::string_view limit);
  void close_offer(Stage stage);
  void compact();
  void reply(const llm::Message& message, const Submitted& submitted, const std::string& text);
  Step ask_to_mend(const llm::Message& message, const Submitted& submitted, Checked checked);
  [[nodiscard]] bool is_out_of_time() const;
  [[nodiscard]] bool may_mend() const;

  Step stopped();
  Step no_report();
  [[nodiscard]] std::pair<std::string, std::string> why_no_report() const;
  Step degraded(Error error);
  Step explained();
  void account(Report& report);

  Report rules_;
  Limits limits_;
  const Parts& parts_;
  std::stop_token stop_;
  Budget budget_;
  Calls calls_;
  Conversation conversation_;
  std::unique_ptr<TimedStop> looking_;
  Stage stage_ = Stage::looking;
  int turn_ = 0, useless_turns_ = 0, unread_reports_ = 0, halvings_ = 0;
  bool has_estimated_ = false;
  bool was_nudged_ = false, only_talks_ = false;
  std::string limit_;            // The one that was reached.
  std::optional<Checked> best_;  // Of what was submitted.
  std::chrono::milliseconds model_time_{0}, tools_time_{0};
};

Investigation::Step Investigation::take_turn() {
  compact();
  if (stage_ == Stage::looking) {
    const std::string_view limit = budget_.reached(turn_ + 1, conversation_.tokens());
    if (!limit.empty() || !fits()) begin_last(limit);
  }
  if (stage_ != Stage::looking && !fits()) calls_.forget(conversation_.compact(0));
  if (stop_.stop_requested()) return stopped();
  if (!fits() || budget_.is_spent(conversation_.tokens())) return no_report();
  return ask();
}

Investigation::Step Investigation::ask() {
  llm::ModelRequest& request = conversation_.request();
  request.max_output_tokens = budget_.output_tokens(conversation_.tokens());
  parts_.observer.asks(++turn_, request);
  auto answer = parts_.model.ask(request, looking_->token());
  if (!answer) return take_failure(answer.error());
  return take_answer(*std::move(answer));
}

/// A server may count nothing; what it was sent and has answered is spent all the same.
Usage Investigation::counted(const llm::ModelAnswer& answer) {
  Usage usage = answer.usage;
  if (usage.input_tokens > 0 || usage.output_tokens > 0) return usage;
  usage.input_tokens = static_cast<std::int64_t>(conversation_.tokens());
  usage.output_tokens =
      static_cast<std::int64_t>(estimated_tokens(answer.message) + estimated_tokens(answer.reasoning));
  if (!std::exchange(has_estimated_, true)) parts_.observer.noted("estimated_usage", "the server counts no tokens");
  return usage;
}

bool Investigation::fits() const { return conversation_.tokens() <= static_cast<std::size_t>(window_of(parts_.model)); }

Investigation::Step Investigation::take_answer(llm::ModelAnswer answer) {
  budget_.spend(counted(answer));
  conversation_.measure(answer.usage);
  model_time_ += answer.took;
  parts_.observer.answered(turn_, answer);
  std::vector<llm::ToolCall>& made = answer.message.tool_calls;
  const std::size_t dropped = made.size() - std::min(made.size(), most_calls_a_turn);
  made.resize(made.size() - dropped);
  const llm::Message message = answer.message;
  conversation_.add_turn(std::move(answer.message));
  if (const auto submitted = submitted_in(message)) return take_submission(message, *submitted, answer.cut_off);
  if (stage_ != Stage::looking) return no_report();
  if (message.tool_calls.empty()) return take_text();
  return take_calls(message, dropped);
}

Investigation::Step Investigation::take_failure(const llm::ModelFailure& failure) {
  budget_.spend(failure.usage);
  parts_.observer.failed(turn_, failure);
  if (best_) return explained();
  if (stop_.stop_requested()) return stopped();
  if (failure.too_long) return too_long(failure);
  if (is_out_of_time()) {
    if (stage_ != Stage::looking) return no_report();
    begin_last("time");
    return std::nullopt;
  }
  return degraded(failure.error);
}

/// The turn was ended so that there is time for the last one; a replay tells by its clock.
bool Investigation::is_out_of_time() const {
  const auto left = stage_ == Stage::looking ? budget_.until_last_turn() : budget_.until_end();
  return looking_->token().stop_requested() || (left && *left <= std::chrono::steady_clock::duration::zero());
}

/// The window is smaller than was told.
Investigation::Step Investigation::too_long(const llm::ModelFailure& failure) {
  if (stage_ != Stage::looking) return degraded(failure.error);
  conversation_.halve_window();
  if (halvings_++ < most_halvings) return std::nullopt;
  begin_last("");
  return std::nullopt;
}

void Investigation::compact() {
  const bool is_hard = halvings_ > most_halvings;
  const std::vector<std::string> keys = conversation_.compact(is_hard ? 0 : spared_turns);
  if (keys.empty()) return;
  calls_.forget(keys);
  parts_.observer.noted("compacted", fmt::format("{} results", keys.size()));
}

void Investigation::begin_last(std::string_view limit) {
  limit_ = limit;
  parts_.observer.noted(limit.empty() ? "last_turn" : "limit_reached", limit);
  conversation_.add_user(parts_.prompts.last_turn);
  close_offer(Stage::last);
}

/// From here on the model can only submit, and may take all the time that is left.
void Investigation::close_offer(Stage stage) {
  stage_ = stage;
  conversation_.offer({submission_tool()}, llm::ToolChoice::required);
  looking_ = std::make_unique<TimedStop>(stop_, budget_.until_end());
}

Investigation::Step Investigation::take_text() {
  only_talks_ = was_nudged_;
  if (only_talks_) return no_report();
  was_nudged_ = true;
  parts_.observer.noted("nudged", "");
  conversation_.add_user(parts_.prompts.nudge);
  return std::nullopt;
}

Investigation::Step Investigation::take_calls(const llm::Message& message, std::size_t dropped) {
  const std::size_t left = budget_.tokens_left(conversation_.tokens());
  const RoundLimits limits{.turn = turn_,
                           .calls = budget_.calls_left(),
                           .room = std::min(conversation_.room(), Tokens{left}),
                           .window = {static_cast<std::size_t>(window_of(parts_.model))}};
  Round round = calls_.answer(message.tool_calls, limits, looking_->token());
  budget_.spend_calls(round.counted);
  if (dropped > 0)
    round.calls.back().record.shown +=
        fmt::format("\n{} more calls were dropped: at most {} in one turn", dropped, most_calls_a_turn);
  for (AnsweredCall& call : round.calls) {
    tools_time_ += call.record.took;
    parts_.observer.called(call.record);
    conversation_.add_answer({.role = llm::Role::tool,
                              .text = std::move(call.record.shown),
                              .tool_call_id = call.record.id,
                              .failed = call.record.result.status != tools::ToolStatus::ok},
                             std::move(call.about));
  }
  useless_turns_ = round.useful ? 0 : useless_turns_ + 1;
  if (useless_turns_ == most_useless_turns) begin_last("");
  return std::nullopt;
}

/// Answers what was submitted: the call, or the text. Other calls of the same turn were not run.
void Investigation::reply(const llm::Message& message, const Submitted& submitted, const std::string& text) {
  if (message.tool_calls.empty()) return conversation_.add_user(text);
  bool is_answered = false;
  for (const llm::ToolCall& call : message.tool_calls) {
    const bool is_it = !is_answered && call.id == submitted.id && call.name == submit_tool;
    is_answered = is_answered || is_it;
    conversation_.add_answer({.role = llm::Role::tool,
                              .text = is_it ? text : "not run: a report was submitted in the same turn",
                              .tool_call_id = call.id,
                              .failed = true},
                             {.call = call.name, .key = {}, .source = {}, .shown = {}});
  }
}

Investigation::Step Investigation::take_submission(const llm::Message& message, const Submitted& submitted,
                                                   bool cut_off) {
  auto submission = parse_submission(submitted.arguments);
  if (!submission) {
    parts_.observer.noted("unread_report", submission.error().what);
    if (best_) return explained();
    if (unread_reports_++ == most_unread_reports) return no_report();
    const std::string_view shorter = cut_off ? " It was cut off at the limit of your output: write less." : "";
    reply(message, submitted, fmt::format("{}; {}.{}", submission.error().what, submission.error().fix, shorter));
    return std::nullopt;
  }
  for (const Citation& citation : submission->evidence) conversation_.cite(citation.source, citation.line);
  Checked checked = check(*std::move(submission), parts_.library);
  parts_.observer.noted("submitted", fmt::format("{} of {} citations verified", checked.verified, checked.given));
  if (!best_ && !checked.wrong.empty() && may_mend()) return ask_to_mend(message, submitted, std::move(checked));
  // What was mended counts, unless less of it is proven than before.
  if (!best_ || checked.verified >= best_->verified) best_ = std::move(checked);
  return explained();
}

bool Investigation::may_mend() const { return !stop_.stop_requested() && !budget_.is_spent(conversation_.tokens()); }

Investigation::Step Investigation::ask_to_mend(const llm::Message& message, const Submitted& submitted,
                                               Checked checked) {
  parts_.observer.noted("mend_citations", fmt::format("{} are wrong", checked.wrong.size()));
  std::string wrong;
  for (const std::string& line : checked.wrong) wrong += line + "\n";
  best_ = std::move(checked);
  reply(message, submitted, parts_.prompts.mend + "\n" + as_data("", wrong));
  close_offer(Stage::mending);
  return std::nullopt;
}

/// What was spent, and on what.
void Investigation::account(Report& report) {
  report.usage = budget_.spent();
  if (report.usage.model.empty()) report.usage.model = parts_.model.name();
  report.timings_ms.emplace_back("model", milliseconds(model_time_));
  report.timings_ms.emplace_back("tools", milliseconds(tools_time_));
}

Investigation::Step Investigation::stopped() {
  if (best_) return explained();
  return degraded({ErrorKind::interrupted, "stopped before the model had submitted a report", "", ""});
}

Investigation::Step Investigation::no_report() {
  if (best_) return explained();
  auto [what, fix] = why_no_report();
  return degraded({ErrorKind::model_failed, std::move(what), parts_.model.name(), std::move(fix)});
}

/// What happened, and what would help.
std::pair<std::string, std::string> Investigation::why_no_report() const {
  const std::string stronger = "try a stronger model";
  if (only_talks_)
    return {"the model answered in prose and submitted no report",
            budget_.spent().tool_calls == 0 ? "try a model that can call tools" : stronger};
  if (unread_reports_ > most_unread_reports) return {"the model submitted no report that can be read", stronger};
  if (!fits()) return {"the conversation does not fit the model's window", "try a model with a larger one"};
  if (limit_.empty()) return {"the model submitted no report", stronger};
  auto words = words_of(limit_, limits_);
  words.first += ", and the model submitted no report";
  return words;
}

Investigation::Step Investigation::degraded(Error error) {
  rules_.degraded = true;
  rules_.degraded_because = error.fix.empty() ? error.what : error.what + "; " + error.fix;
  account(rules_);
  return Outcome{std::move(rules_), std::move(error)};
}

Investigation::Step Investigation::explained() {
  Report report = merge(std::move(rules_), *best_);
  if (!report.explanation) report.explanation.emplace();
  report.explanation->proposals = calls_.take_proposals();
  report.explanation->limit_reached = limit_;
  account(report);
  return Outcome{std::move(report), std::nullopt};
}

}  // namespace

llm::ModelRequest first_request(const Report& rules, const Parts& parts) {
  return opening_request(rules, parts, evidence_tools(parts.library));
}

Outcome investigate(Report rules, const Limits& limits, const Parts& parts, std::stop_token stop) {
  return Investigation(std::move(rules), limits, parts, std::move(stop)).run();
}

}  // namespace agent::loop
