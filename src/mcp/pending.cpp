#include "mcp/pending.hpp"

#include <algorithm>
#include <utility>

namespace agent::mcp {
namespace {

/// condition_variable takes no far times.
net::Deadline near(net::Deadline deadline) {
  return std::min(deadline, std::chrono::steady_clock::now() + std::chrono::hours(24 * 365));
}

}  // namespace

Result<void> PendingAnswers::expect(const Json& id) {
  const std::lock_guard lock(mutex_);
  if (failure_) return std::unexpected(*failure_);
  waiting_.emplace(id.dump(), std::nullopt);
  return {};
}

Result<Message> PendingAnswers::wait(const Json& id, const Limits& limits) {
  std::unique_lock lock(mutex_);
  const auto slot = waiting_.find(id.dump());
  if (slot == waiting_.end()) return fail(ErrorKind::bug, "an answer is awaited that was not expected");
  changed_.wait_until(lock, limits.stop, near(limits.deadline), [&] { return slot->second || failure_; });
  auto result = std::move(slot->second);
  waiting_.erase(slot);
  if (result) return *std::move(result);
  if (failure_) return std::unexpected(*failure_);
  if (limits.stop.stop_requested()) return fail(ErrorKind::interrupted, "stopped while waiting for the MCP server");
  return fail(ErrorKind::deadline,
              strays_ == 0 ? "the MCP server did not answer in time"
                           : "the MCP server did not answer in time, but sent answers that nobody asked for",
              "", "give it more time ('call_timeout'), or look at its log");
}

void PendingAnswers::forget(const Json& id) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(id.dump());
}

bool PendingAnswers::deliver(Message answer) {
  const std::lock_guard lock(mutex_);
  const auto slot = waiting_.find(answer.id.dump());
  if (slot == waiting_.end() || slot->second) {
    ++strays_;
    return false;
  }
  slot->second = std::move(answer);
  changed_.notify_all();
  return true;
}

void PendingAnswers::fail_all(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = error;
  changed_.notify_all();
}

std::optional<Error> PendingAnswers::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace agent::mcp
