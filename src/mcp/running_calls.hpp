#pragma once

#include "mcp/message.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace agent::mcp {

/// The calls of clients that run or wait to, so that a message can stop one. Any number of threads.
class RunningCalls {
 public:
  /// In the list for as long as it lives, which must be shorter than the list does.
  class Call {
   public:
    Call(RunningCalls& calls, std::string key, const std::stop_token& gone);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    /// Asked when the call is cancelled, or by `gone`.
    [[nodiscard]] std::stop_token stop() const { return source_.get_token(); }

   private:
    RunningCalls& calls_;
    const std::string key_;
    std::stop_source source_;
    std::stop_callback<std::function<void()>> on_gone_;
  };

  /// `session` empty: no message can stop it.
  [[nodiscard]] std::unique_ptr<Call> begin(const std::string& session, const Json& id, const std::stop_token& gone);

  /// Does what `message` says, if it is a notifications/cancelled.
  void take(const std::string& session, const Message& message);

 private:
  std::mutex guard_;
  std::map<std::string, std::stop_source> calls_;
};

}  // namespace agent::mcp
