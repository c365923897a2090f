#pragma once

#include "net/stream.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace agent::net {

/// A connection, and what it may be used for again.
struct Connection {
  std::unique_ptr<Stream> stream;
  std::string way;  ///< Server and proxy; connections of the same way are interchangeable.
};

/// Idle connections: the 16 latest of each way, for 30 s. Any number of threads at once.
class Pool {
 public:
  /// One that is still open; none when there is none.
  [[nodiscard]] std::unique_ptr<Connection> take(const std::string& way);
  void give(std::unique_ptr<Connection> connection);

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    std::chrono::steady_clock::time_point since;
  };
  std::mutex mutex_;
  std::map<std::string, std::vector<Idle>> idle_;  ///< The latest is last.
};

}  // namespace agent::net
