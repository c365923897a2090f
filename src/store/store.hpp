#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace agent::store {

/// A failure that was seen before.
struct Seen {
  std::string fingerprint;
  int times = 0;
  std::chrono::system_clock::time_point first, last;
  std::string issue_url;  ///< Empty: none was filed.
};

/// What is remembered between runs. Every call is one transaction; calls may come from several threads and processes.
/// Errors: `unreadable` (damaged, rights, disk full), `unreachable` (a database server).
class Store {
 public:
  virtual ~Store() = default;
  [[nodiscard]] virtual Result<std::optional<Seen>> seen(const std::string& fingerprint) = 0;
  /// Keeps the report and counts its fingerprint once more.
  [[nodiscard]] virtual Result<Seen> remember(const Report& report) = 0;
  /// Reports that a sink refused wait here until they are taken.
  [[nodiscard]] virtual Result<void> queue(const Report& report, const std::string& sink) = 0;
};

}  // namespace agent::store
