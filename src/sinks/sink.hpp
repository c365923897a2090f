#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace agent::sinks {

/// What became of a delivery: "Issue created: URL"; empty where there is nothing to say.
struct Delivery {
  std::string message;
  std::string url;
};

/// A place that takes a report: standard output, a file, a forge, a chat. The report is already redacted.
class Sink {
 public:
  virtual ~Sink() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  /// Errors: `delivery_failed` and what a server may answer; the caller keeps the report.
  [[nodiscard]] virtual Result<Delivery> deliver(const Report& report, std::stop_token stop) = 0;
};

/// An issue that carries a fingerprint.
struct TrackedIssue {
  std::string id, url;
  bool open = true;
};

/// A Sink that remembers failures: one issue a fingerprint.
class Tracker : public Sink {
 public:
  /// The issue whose body and label carry `fingerprint`; none when there is none. Lists, never searches: indexes lag.
  [[nodiscard]] virtual Result<std::optional<TrackedIssue>> find(const std::string& fingerprint,
                                                                 std::stop_token stop) = 0;
  [[nodiscard]] virtual Result<TrackedIssue> file(const Report& report, std::stop_token stop) = 0;
  [[nodiscard]] virtual Result<TrackedIssue> update(const TrackedIssue& issue, const Report& report,
                                                    std::stop_token stop) = 0;
};

}  // namespace agent::sinks
