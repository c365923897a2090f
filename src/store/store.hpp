#pragma once

#include "base/error.hpp"

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

/// A report as it is kept: redacted, in its JSON form.
struct KeptReport {
  std::string fingerprint;
  std::chrono::system_clock::time_point at;
  std::string target;
  bool explained = false;  ///< A model explained the failure in this run.
  std::string json;
};

/// What is remembered between runs. Every call is one transaction; calls may come from several threads and processes.
/// Errors: `unreadable` (damaged, rights, disk full, made by a newer version), `unreachable` (a database server, or
/// another process that holds the lock for too long).
class Store {
 public:
  virtual ~Store() = default;
  [[nodiscard]] virtual Result<std::optional<Seen>> seen(const std::string& fingerprint) = 0;
  /// The newest report of the fingerprint that a model explained.
  [[nodiscard]] virtual Result<std::optional<KeptReport>> explained(const std::string& fingerprint) = 0;
  /// Keeps the report and counts its fingerprint once more.
  [[nodiscard]] virtual Result<Seen> remember(const KeptReport& report) = 0;
  /// Notes where the failure was filed.
  [[nodiscard]] virtual Result<void> filed(const std::string& fingerprint, const std::string& issue_url) = 0;
  /// Reports that a sink refused wait here until they are taken.
  [[nodiscard]] virtual Result<void> queue(const KeptReport& report, const std::string& sink) = 0;
};

}  // namespace agent::store
