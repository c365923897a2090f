#include "loop/calls.hpp"

#include "base/text.hpp"
#include "evidence/select.hpp"
#include "loop/filing.hpp"
#include "loop/marks.hpp"
#include "loop/shown.hpp"
#include "loop/submission.hpp"
#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

namespace agent::loop {
namespace {

using nlohmann::json;
using tools::ToolStatus;

constexpr std::size_t most_in_flight = 4;
constexpr Tokens most_of_a_result{8'000};
constexpr std::size_t least_of_a_result = 100;  // Tokens; so much is shown in the fullest window.
constexpr std::size_t most_proposals = 3;
constexpr std::size_t most_names = 40;     // Of tools, told to who calls one that is not there.
constexpr std::size_t longest_call = 120;  // Code points of a call as it is told of later.

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool is_log_tool(std::string_view name) { return lower(name).find("log") != std::string::npos; }

/// The strings that the model wrote as arguments, names among them.
void add_words(const json& value, std::vector<std::string>& words) {
  if (value.is_string()) words.push_back(value.get<std::string>());
  if (!value.is_structured()) return;
  for (const auto& [name, one] : value.items()) {
    if (value.is_object()) words.push_back(name);
    add_words(one, words);
  }
}

/// "pods_log takes {"name": …}": the names and types of a schema's properties.
std::string parameters_of(const json& schema) {
  const auto properties = schema.is_object() ? schema.find("properties") : schema.end();
  if (!schema.is_object() || properties == schema.end() || !properties->is_object() || properties->empty())
    return "no arguments: {}";
  std::string text;
  for (const auto& [name, property] : properties->items()) {
    const auto type = property.is_object() ? property.find("type") : property.end();
    const bool is_told = property.is_object() && type != property.end() && type->is_string();
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", defused(name),
                        is_told ? " (" + type->get<std::string>() + ")" : "");
  }
  const auto required = schema.find("required");
  return text + (required != schema.end() ? "; required: " + defused(dumped(*required)) : "");
}

/// The share of one result: at most an eighth of the window and half of what room is left, shared by all of the turn.
Tokens share_of(const RoundLimits& limits, std::size_t results) {
  const std::size_t of_room = limits.room.count / (2 * std::max<std::size_t>(results, 1));
  const std::size_t share = std::min({most_of_a_result.count, limits.window.count / 8, of_room});
  return {std::max(share, least_of_a_result)};
}

bool may_be_asked_again(const tools::ToolResult& result) {
  return result.failure.has_value() || result.status == ToolStatus::timeout;
}

std::string_view prefix_of(ToolStatus status) {
  switch (status) {
    case ToolStatus::ok: return "";
    case ToolStatus::error: return "The tool failed:\n";
    case ToolStatus::denied: return "Denied:\n";
    case ToolStatus::timeout: return "The tool took too long:\n";
  }
  return "";
}

}  // namespace

Calls::Planned Calls::plan(const llm::ToolCall& call, int turn) const {
  Planned planned;
  CallRecord& record = planned.call.record;
  record.turn = turn;
  record.id = call.id;
  record.tool = call.name;
  record.arguments = call.arguments.is_null() ? json::object() : call.arguments;
  planned.key = call.name + "\n" + dumped(record.arguments);
  planned.call.about.call = evidence::cut(defused(call.name + " " + dumped(record.arguments)), longest_call);
  const auto ours = std::ranges::find_if(own_, [&](const auto& tool) { return tool->name() == call.name; });
  if (ours != own_.end()) planned.own = ours->get();
  return planned;
}

void Calls::refuse(Planned& planned, ToolStatus status, std::string text) const {
  CallRecord& record = planned.call.record;
  record.result = tools::make_result(status, std::move(text));
  record.shown = record.result.text;
  planned.counts = true;
}

void Calls::plan_filing(Planned& planned) {
  CallRecord& record = planned.call.record;
  auto proposal = proposal_of(record.tool, record.arguments, parts_.redact);
  if (!proposal) return refuse(planned, ToolStatus::error, "say what to file: give a title and a body, as text");
  const bool is_one_too_many = proposals_.size() >= most_proposals;
  if (!is_one_too_many) proposals_.push_back(*std::move(proposal));
  refuse(planned, ToolStatus::denied,
         is_one_too_many ? "no more is taken down; submit your report"
                         : "nothing was filed: it is taken down as a proposal, and decided on after your report");
  planned.counts = false;
  parts_.observer.noted("proposal", record.tool);
}

std::string Calls::unknown_tool(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& tool :
       offered_tools(parts_.toolbox, own_, static_cast<std::size_t>(parts_.model.context_window_tokens())))
    names.push_back(tool.name);
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view near = nearest(name, views);
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i) list += (i > 0 ? ", " : "") + names[i];
  return fmt::format("there is no tool '{}'{}; there are: {}", evidence::cut(defused(name), longest_call),
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near), list);
}

std::string Calls::bad_arguments(const Planned& planned) const {
  const CallRecord& record = planned.call.record;
  json schema;
  if (planned.own != nullptr)
    schema = planned.own->input_schema();
  else if (const auto boxed = parts_.toolbox.find(record.tool))
    schema = boxed->tool->input_schema();
  return fmt::format("the arguments are not a JSON object; {} takes {}", record.tool, parameters_of(schema));
}

std::string Calls::whole_text(const tools::ToolResult& result) const {
  if (!result.spool.empty() && parts_.spool != nullptr)
    if (auto text = parts_.spool->read(result.spool)) return *std::move(text);
  if (result.text.empty() && result.structured) return dumped(*result.structured);
  return result.text;
}

void Calls::run(std::vector<Planned>& planned, const std::stop_token& stop) const {
  std::vector<Planned*> jobs;
  for (Planned& one : planned)
    if (one.runs) jobs.push_back(&one);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t index = next++; index < jobs.size(); index = next++) {
      CallRecord& record = jobs[index]->call.record;
      const auto start = parts_.clock.ticks();
      record.result = jobs[index]->own != nullptr ? jobs[index]->own->call(record.arguments, stop)
                                                  : parts_.toolbox.call(record.tool, record.arguments, stop);
      record.took = std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.ticks() - start);
    }
  };
  std::vector<std::jthread> others;
  try {
    while (others.size() + 1 < std::min(most_in_flight, jobs.size())) others.emplace_back(work);
  } catch (const std::system_error&) {
    others.shrink_to_fit();  // the threads that there are do it all
  }
  work();
}

/// What the model gets of a result; the whole goes to the library first.
void Calls::settle(Planned& planned, Tokens share) {
  CallRecord& record = planned.call.record;
  Answered& about = planned.call.about;
  if (parts_.took_then) record.took = parts_.took_then(record);
  const std::string text = whole_text(record.result);
  about.lines = count_lines(text);
  about.bytes = std::max<std::uint64_t>(record.result.bytes_total, text.size());
  // The words of a failure are often the model's own: no proof.
  if (planned.own == nullptr && record.result.status == ToolStatus::ok && !text.empty()) {
    std::vector<std::string> own_words;
    add_words(record.arguments, own_words);
    record.source = parts_.library.add_tool_text(text, own_words);
  }
  about.source = record.source;
  about.key = planned.key;
  Shown shown = planned.own != nullptr ? show_head(text, share) : show_text(text, is_log_tool(record.tool), share);
  record.shown = std::string(prefix_of(record.result.status));
  record.shown += text.empty() ? "(no text)\n" : as_data(record.source, shown.text);
  if (!shown.whole)
    record.shown += record.source.empty()
                        ? "Cut to what fits: ask for fewer lines.\n"
                        : fmt::format("source {}, {} lines, of which some are shown; read more: evidence_read\n",
                                      record.source, about.lines);
  about.shown = std::move(shown.excerpts);
  if (!may_be_asked_again(record.result))
    memory_[planned.key] = {record.result.status, record.source, planned.own != nullptr};
}

void Calls::recall(Planned& planned) const {
  CallRecord& record = planned.call.record;
  const auto before = memory_.find(planned.key);
  const bool is_known = before != memory_.end();
  record.from_memory = true;
  record.source = is_known ? before->second.source : "";
  record.result = tools::make_result(is_known ? before->second.status : ToolStatus::error, "");
  record.shown = "You made this call before; its answer is above and has not changed";
  record.shown += record.source.empty() ? "." : fmt::format(" ({}; evidence_read shows more of it).", record.source);
  parts_.observer.noted("repeated_call", record.tool);
}

/// Decides how a call is answered; `left`: so many may still be counted.
void Calls::decide(Planned& one, const std::vector<Planned>& before, std::size_t left) {
  const CallRecord& record = one.call.record;
  const auto boxed = one.own != nullptr ? std::nullopt : parts_.toolbox.find(record.tool);
  const auto is_same = [&](const Planned& other) { return other.runs && other.key == one.key; };
  if (record.tool == submit_tool) return refuse(one, ToolStatus::error, "not run: one report is enough");
  if (one.key.size() > most_said_bytes + record.tool.size())
    return refuse(one, ToolStatus::error, fmt::format("the arguments are too long: at most {} bytes", most_said_bytes));
  if (one.own == nullptr && files_an_issue(boxed ? boxed->own : record.tool)) return plan_filing(one);
  if (one.own == nullptr && !boxed) return refuse(one, ToolStatus::error, unknown_tool(record.tool));
  if (!record.arguments.is_object()) return refuse(one, ToolStatus::error, bad_arguments(one));
  one.is_repeated = std::ranges::any_of(before, is_same) || memory_.contains(one.key);
  if (one.is_repeated) return;
  if (boxed && boxed->denied.empty() && boxed->tool->effect() != tools::ToolEffect::reads)
    return refuse(one, ToolStatus::denied, fmt::format("'{}' may change something; you only look", record.tool));
  one.runs = one.counts = left > 0;
  if (left > 0) return;
  refuse(one, ToolStatus::error, "not run: the limit of tool calls is reached");
  one.counts = false;
}

Round Calls::answer(const std::vector<llm::ToolCall>& calls, const RoundLimits& limits, const std::stop_token& stop) {
  const std::size_t proposed = proposals_.size();
  std::vector<Planned> planned;
  Round round;
  for (const llm::ToolCall& call : calls) {
    Planned one = plan(call, limits.turn);
    decide(one, planned, limits.calls - std::min(limits.calls, round.counted));
    round.counted += one.counts ? 1 : 0;
    planned.push_back(std::move(one));
  }
  run(planned, stop);
  const Tokens share = share_of(limits, static_cast<std::size_t>(std::ranges::count_if(planned, &Planned::runs)));
  round.useful = proposals_.size() > proposed;
  for (Planned& one : planned) {
    if (one.runs) settle(one, share);
    if (one.is_repeated) recall(one);
    round.useful = round.useful || (one.runs && one.call.record.result.status != ToolStatus::denied);
    round.calls.push_back(std::move(one.call));
  }
  return round;
}

void Calls::forget(const std::vector<std::string>& keys) {
  for (const std::string& key : keys)
    if (const auto known = memory_.find(key); known != memory_.end() && known->second.is_own) memory_.erase(known);
}

}  // namespace agent::loop
