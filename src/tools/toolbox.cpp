#include "tools/toolbox.hpp"

#include "base/text.hpp"
#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <cctype>
#include <system_error>
#include <thread>
#include <utility>

namespace agent::tools {
namespace {

using nlohmann::json;

// What the APIs of OpenAI and Anthropic take as a function's name.
constexpr std::size_t longest_name = 64;

constexpr std::size_t most_audited_bytes = 2'000;

bool is_name_char(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '-';
}

std::string as_name(std::string text, std::size_t longest) {
  std::ranges::replace_if(text, [](char letter) { return !is_name_char(letter); }, '_');
  text.resize(std::min(text.size(), longest));
  return text;
}

/// The server itself did not answer; a tool's own error says that it did.
bool is_down(const ToolResult& result) {
  if (!result.failure) return result.status == ToolStatus::timeout;
  return result.failure->kind == ErrorKind::unreachable || result.failure->kind == ErrorKind::deadline;
}

bool was_stopped(const ToolResult& result) {
  return result.failure && (result.failure->kind == ErrorKind::interrupted);
}

}  // namespace

Toolbox::Toolbox(ToolboxOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

void Toolbox::add(const std::string& server, const std::vector<std::shared_ptr<Tool>>& tools) {
  const std::lock_guard lock(guard_);
  for (const auto& tool : tools) {
    std::string own = tool->name();
    std::string name = free_name(server, own);
    std::string denied = why_denied(policy_of(server), own, tool->effect());
    tools_.push_back({std::move(name), server, std::move(own), tool, std::move(denied)});
  }
}

void Toolbox::remove(const std::string& server) {
  const std::lock_guard lock(guard_);
  std::erase_if(tools_, [&](const BoxedTool& one) { return one.server == server; });
}

std::optional<BoxedTool> Toolbox::find(std::string_view name) const {
  const std::lock_guard lock(guard_);
  const auto found = std::ranges::find(tools_, name, &BoxedTool::name);
  return found == tools_.end() ? std::nullopt : std::optional(*found);
}

std::optional<BoxedTool> Toolbox::find(std::string_view server, std::string_view own) const {
  const std::lock_guard lock(guard_);
  const auto found =
      std::ranges::find_if(tools_, [&](const BoxedTool& one) { return one.server == server && one.own == own; });
  return found == tools_.end() ? std::nullopt : std::optional(*found);
}

std::vector<BoxedTool> Toolbox::all() const {
  const std::lock_guard lock(guard_);
  return tools_;
}

const ToolPolicy& Toolbox::policy_of(const std::string& server) const {
  const auto own = options_.policies.find(server);
  return own == options_.policies.end() ? options_.policy : own->second;
}

std::string Toolbox::free_name(const std::string& server, const std::string& own) const {
  const auto is_free = [&](const std::string& name) {
    return !name.empty() && std::ranges::find(tools_, name, &BoxedTool::name) == tools_.end();
  };
  if (as_name(own, longest_name) == own && is_free(own)) return own;
  const std::string prefixed = server.empty() ? own : server + "_" + own;
  std::string name = as_name(prefixed, longest_name);
  for (std::size_t number = 2; !is_free(name); ++number) {
    const std::string suffix = fmt::format("_{}", number);
    name = as_name(prefixed, longest_name - suffix.size()) + suffix;
  }
  return name;
}

ToolResult Toolbox::unknown(const std::string& name) const {
  const std::vector<BoxedTool> tools = all();
  std::vector<std::string_view> names;
  for (const BoxedTool& one : tools) names.push_back(one.name);
  const std::string_view near = nearest(name, names);
  return make_result(ToolStatus::error, fmt::format("there is no tool '{}'{}", clean_line(name),
                                                    near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

std::optional<ToolResult> Toolbox::left_alone(const std::string& server) {
  const std::lock_guard lock(guard_);
  const auto found = back_offs_.find(server);
  if (found == back_offs_.end()) return std::nullopt;
  const auto wait = found->second.wait(clock_.ticks());
  if (!wait) return std::nullopt;
  ToolResult result = make_result(
      ToolStatus::error, fmt::format("server '{}' did not answer {} times in a row; it is asked again in {} ms", server,
                                     found->second.failures(), wait->count()));
  result.failure = Error{ErrorKind::unreachable, result.text, "", ""};
  return result;
}

void Toolbox::note(const std::string& server, const ToolResult& result) {
  if (was_stopped(result)) return;
  const std::lock_guard lock(guard_);
  BackOff& back_off = back_offs_.try_emplace(server, options_.back_off).first->second;
  if (is_down(result))
    back_off.failed(clock_.ticks());
  else
    back_off.succeeded();
}

ToolResult Toolbox::call_allowed(const BoxedTool& boxed, const ToolCall& call, const std::stop_token& stop) {
  if (auto alone = left_alone(boxed.server)) return *std::move(alone);
  ToolResult result = calls_.call(boxed.tool, call.arguments, policy_of(boxed.server).timeout_of(boxed.own), stop);
  result.bytes_total = std::max<std::uint64_t>(result.bytes_total, result.text.size());
  note(boxed.server, result);
  if (call.reader == Reader::model) {
    fit_for_model(result, options_.result_bytes, options_.redact, options_.spool.get());
  } else if (result.text.size() > options_.code_bytes) {
    result = make_result(ToolStatus::error, fmt::format("the result is larger than {} bytes", options_.code_bytes));
    result.failure = Error{ErrorKind::unreadable, result.text, "", ""};
  }
  return result;
}

ToolResult Toolbox::call(const ToolCall& call, const std::stop_token& stop) {
  const auto start = clock_.ticks();
  AuditRecord record{.at = clock_.now(), .server = {}, .tool = call.name, .arguments = {}};
  const std::optional<BoxedTool> boxed = find(call.name);
  ToolResult result;
  if (boxed) {
    record.server = boxed->server;
    std::string why = boxed->denied;
    if (why.empty() && !boxed->server.empty()) why = why_denied(call.arguments);
    result = why.empty() ? call_allowed(*boxed, call, stop) : make_result(ToolStatus::denied, std::move(why));
  } else {
    result = unknown(call.name);
  }
  record.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.ticks() - start);
  tell(std::move(record), call, result);
  return result;
}

void Toolbox::tell(AuditRecord record, const ToolCall& call, const ToolResult& result) {
  if (!options_.audit) return;
  std::string arguments = call.arguments.dump(-1, ' ', false, json::error_handler_t::replace);
  record.arguments_bytes = arguments.size();
  if (options_.redact) arguments = options_.redact(arguments);
  arguments.resize(std::min(arguments.size(), most_audited_bytes));
  record.arguments = std::move(arguments);
  record.status = result.status;
  record.bytes = result.bytes_total;
  const std::lock_guard lock(audit_guard_);
  options_.audit(record);
}

std::vector<ToolResult> Toolbox::call_all(const std::vector<ToolCall>& calls, std::size_t max_in_flight,
                                          const std::stop_token& stop) {
  std::vector<ToolResult> results(calls.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t index = next++; index < calls.size(); index = next++) results[index] = call(calls[index], stop);
  };
  const std::size_t threads = std::min(std::max<std::size_t>(max_in_flight, 1), calls.size());
  std::vector<std::jthread> others;
  try {
    for (std::size_t index = 1; index < threads; ++index) others.emplace_back(work);
  } catch (const std::system_error&) {
    others.shrink_to_fit();  // the threads that there are do it all
  }
  work();
  others.clear();
  return results;
}

}  // namespace agent::tools
