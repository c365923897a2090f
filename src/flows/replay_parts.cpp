#include "flows/replay_parts.hpp"

#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <limits>
#include <stop_token>
#include <utility>

namespace agent::flows::transcript {
namespace {

std::string key_of(const std::string& tool, const json& arguments) { return tool + "\n" + line_of(arguments); }

llm::ModelFailure differs(std::size_t turn, const std::string& how) {
  return {.error = {ErrorKind::settings, fmt::format("the replay goes another way: {} of turn {}", how, turn), "",
                    "replay with the agent's version that wrote the transcript"}};
}

class ReplayTool final : public tools::Tool {
 public:
  ReplayTool(RecordedTool tool, tools::ToolEffect effect, std::shared_ptr<RecordedResults> results)
      : tool_(std::move(tool)), effect_(effect), results_(std::move(results)) {}

  std::string name() const override { return tool_.name; }
  std::string description() const override { return tool_.description; }
  json input_schema() const override { return tool_.schema; }
  tools::ToolEffect effect() const override { return effect_; }
  tools::ToolResult call(const json& arguments, std::stop_token /*stop*/) override {
    return results_->take(tool_.name, arguments);
  }

 private:
  RecordedTool tool_;
  tools::ToolEffect effect_;
  std::shared_ptr<RecordedResults> results_;
};

/// The policy that denies the tool in the words of then.
tools::ToolPolicy policy_of(const RecordedTool& tool) {
  tools::ToolPolicy free{.read_only = false};
  if (tool.denied.empty()) return free;
  tools::ToolPolicy denied{.deny = {tool.name}}, not_allowed{.allow = {"/"}}, read_only;
  const auto effect = tool.changes ? tools::ToolEffect::changes : tools::ToolEffect::reads;
  for (tools::ToolPolicy* one : {&not_allowed, &read_only})
    if (tools::why_denied(*one, tool.name, effect) == tool.denied) return *one;
  return denied;
}

}  // namespace

std::chrono::system_clock::time_point ReplayClock::now() const {
  return std::chrono::system_clock::time_point(
      started_ + std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(passed_.load())));
}

std::chrono::steady_clock::time_point ReplayClock::ticks() const {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(passed_.load()));
}

std::expected<llm::ModelAnswer, llm::ModelFailure> ReplayModel::ask(const llm::ModelRequest& request,
                                                                    std::stop_token /*stop*/) {
  const std::size_t number = next_ + 1;
  const bool is_over = next_ >= turns_.size() || !turns_[next_].result;
  if (is_over || turns_[next_].digest != digest_of(request)) {
    llm::ModelFailure failure = differs(number, is_over ? "there is no answer" : "the request");
    if (!difference_) difference_ = failure.error;
    return std::unexpected(std::move(failure));
  }
  RecordedTurn turn = std::move(turns_[next_++]);
  clock_.set(turn.answered_ns);
  if (*turn.result && request.on_text && !(*turn.result)->message.text.empty())
    request.on_text((*turn.result)->message.text);
  return *std::move(turn.result);
}

RecordedResults::RecordedResults(const std::vector<RecordedCall>& calls) {
  for (const RecordedCall& call : calls) {
    if (call.from_memory) continue;
    Entry& entry = entries_[key_of(call.tool, call.arguments)];
    entry.results.push_back(call);
    entry.timings.push_back(call);
  }
}

tools::ToolResult RecordedResults::take(const std::string& tool, const json& arguments) {
  const std::lock_guard lock(guard_);
  const auto found = entries_.find(key_of(tool, arguments));
  if (found == entries_.end() || found->second.results.empty())
    return tools::make_result(tools::ToolStatus::error, "the transcript has no answer to this call");
  tools::ToolResult result = std::move(found->second.results.front().result);
  found->second.results.pop_front();
  return result;
}

std::pair<std::int64_t, std::chrono::milliseconds> RecordedResults::timing(const std::string& tool,
                                                                           const json& arguments) {
  const std::lock_guard lock(guard_);
  const auto found = entries_.find(key_of(tool, arguments));
  if (found == entries_.end() || found->second.timings.empty()) return {-1, std::chrono::milliseconds(0)};
  const RecordedCall call = std::move(found->second.timings.front());
  found->second.timings.pop_front();
  return {call.at_ns, call.took};
}

std::unique_ptr<tools::Toolbox> replay_toolbox(const std::vector<RecordedTool>& tools,
                                               const std::shared_ptr<RecordedResults>& results, const Clock& clock) {
  tools::ToolboxOptions options{.result_bytes = std::numeric_limits<std::size_t>::max(),
                                .back_off = {.failures = std::numeric_limits<std::size_t>::max()}};
  // A server each, so that each has its own policy; built-in ones are asked for Secrets, others are not.
  std::vector<std::pair<std::string, std::shared_ptr<tools::Tool>>> boxed;
  for (const RecordedTool& one : tools) {
    const bool is_plain = one.server.empty() && one.denied.empty();
    const std::string server = is_plain ? "" : fmt::format("{}#{}", one.server, boxed.size());
    const auto effect = one.changes ? tools::ToolEffect::changes : tools::ToolEffect::reads;
    options.policies[server] = is_plain ? tools::ToolPolicy{.read_only = false} : policy_of(one);
    boxed.emplace_back(server, std::make_shared<ReplayTool>(one, effect, results));
  }
  auto box = std::make_unique<tools::Toolbox>(std::move(options), clock);
  for (auto& [server, tool] : boxed) box->add(server, {tool});
  return box;
}

}  // namespace agent::flows::transcript
