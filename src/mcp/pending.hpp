#pragma once

#include "mcp/transport.hpp"

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace agent::mcp {

/// Requests that wait for their answers on a wire that many share. Any number of threads at once.
class PendingAnswers {
 public:
  /// Before the request is sent. Errors: what fail_all() was told.
  [[nodiscard]] Result<void> expect(const Json& id);
  /// Errors: `deadline`, `interrupted`; what fail_all() was told. The id is not expected any more.
  [[nodiscard]] Result<Message> wait(const Json& id, const Limits& limits);
  void forget(const Json& id);

  /// False: nobody waits for it (any more).
  bool deliver(Message answer);
  /// All who wait, and all who will, get `error`. The first one stays.
  void fail_all(const Error& error);
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::optional<Result<Message>>> waiting_;
  std::optional<Error> failure_;
  std::size_t strays_ = 0;  ///< Answers that nobody waited for.
};

}  // namespace agent::mcp
