#include "tools/timed_calls.hpp"

#include <fmt/format.h>
#include <condition_variable>
#include <exception>
#include <optional>
#include <system_error>

namespace agent::tools {
namespace {

constexpr std::chrono::milliseconds grace{250};
constexpr std::size_t most_stuck = 64;

ToolResult failed(ToolStatus status, ErrorKind kind, std::string what) {
  ToolResult result{.status = status, .text = what};
  result.bytes_total = result.text.size();
  result.failure = Error{kind, std::move(what), "", ""};
  return result;
}

/// A tool must not throw; one that does all the same ends its own call only.
ToolResult call_tool(Tool& tool, const nlohmann::json& arguments, const std::stop_token& stop) {
  try {
    return tool.call(arguments, stop);
  } catch (const std::exception& error) {
    return failed(ToolStatus::error, ErrorKind::bug, fmt::format("the tool failed: {}", error.what()));
  }
}

}  // namespace

/// Shared by the thread that calls and the one that waits.
struct TimedCalls::Running {
  std::shared_ptr<Tool> tool;
  nlohmann::json arguments;
  std::mutex guard;
  std::condition_variable_any changed;
  std::optional<ToolResult> result;

  void run(const std::stop_token& stop) {
    ToolResult given = call_tool(*tool, arguments, stop);
    const std::lock_guard lock(guard);
    result = std::move(given);
    changed.notify_all();
  }
};

TimedCalls::~TimedCalls() {
  for (auto& [running, thread] : stuck_) thread.request_stop();
}

bool TimedCalls::has_room() {
  const std::lock_guard lock(guard_);
  std::erase_if(stuck_, [](const auto& one) {
    const std::lock_guard ended(one.first->guard);
    return one.first->result.has_value();
  });
  return stuck_.size() < most_stuck;
}

ToolResult TimedCalls::call(const std::shared_ptr<Tool>& tool, const nlohmann::json& arguments,
                            std::chrono::milliseconds timeout, const std::stop_token& stop) {
  if (stop.stop_requested()) return failed(ToolStatus::timeout, ErrorKind::interrupted, "stopped before it began");
  if (!has_room()) return failed(ToolStatus::error, ErrorKind::unreachable, "too many calls of tools are stuck");
  const auto running = std::make_shared<Running>(tool, arguments);
  std::jthread thread;
  try {
    thread = std::jthread([running](const std::stop_token& asked) { running->run(asked); });
  } catch (const std::system_error& error) {
    return failed(ToolStatus::error, ErrorKind::unreachable, fmt::format("no thread for a call: {}", error.what()));
  }
  {
    std::unique_lock lock(running->guard);
    const auto ended = [&] { return running->result.has_value(); };
    if (running->changed.wait_for(lock, stop, timeout, ended)) return *std::move(running->result);
    thread.request_stop();
    const bool in_grace = running->changed.wait_for(lock, grace, ended);
    if (in_grace && running->result->status == ToolStatus::ok) return *std::move(running->result);
    if (!in_grace) {
      lock.unlock();
      const std::lock_guard stuck(guard_);
      stuck_.emplace_back(running, std::move(thread));
    }
  }
  if (stop.stop_requested()) return failed(ToolStatus::timeout, ErrorKind::interrupted, "stopped");
  return failed(ToolStatus::timeout, ErrorKind::deadline, fmt::format("no answer within {} ms", timeout.count()));
}

}  // namespace agent::tools
