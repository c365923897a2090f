#include "mcp/running_calls.hpp"

#include <optional>
#include <utility>

namespace agent::mcp {
namespace {

std::string key_of(const std::string& session, const Json& id) {
  if (session.empty() || id.is_null()) return {};
  return session + "\n" + id.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

RunningCalls::Call::Call(RunningCalls& calls, std::string key, const std::stop_token& gone)
    : calls_(calls), key_(std::move(key)), on_gone_(gone, [this] { source_.request_stop(); }) {
  const std::scoped_lock lock(calls_.guard_);
  if (!key_.empty()) calls_.calls_.insert_or_assign(key_, source_);
}

RunningCalls::Call::~Call() {
  const std::scoped_lock lock(calls_.guard_);
  const auto mine = calls_.calls_.find(key_);
  // A client that uses an id twice has only its last call in the list.
  if (mine != calls_.calls_.end() && mine->second == source_) calls_.calls_.erase(mine);
}

std::unique_ptr<RunningCalls::Call> RunningCalls::begin(const std::string& session, const Json& id,
                                                        const std::stop_token& gone) {
  return std::make_unique<Call>(*this, key_of(session, id), gone);
}

void RunningCalls::take(const std::string& session, const Message& message) {
  if (message.method != "notifications/cancelled") return;
  const auto key = key_of(session, value_at(message.params, "requestId"));
  std::optional<std::stop_source> found;
  {
    const std::scoped_lock lock(guard_);
    if (const auto call = calls_.find(key); call != calls_.end()) found.emplace(call->second);
  }
  if (found) found->request_stop();  // without the lock: it runs what waits for the stop
}

}  // namespace agent::mcp
