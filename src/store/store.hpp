#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstdint>
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

/// A report that its sink did not take.
struct Waiting {
  std::int64_t id = 0;  ///< Given by the store.
  std::string sink;     ///< Which one: what the caller calls it.
  KeptReport report;
  std::string parcel;     ///< Its id, the same each time it is sent.
  std::string issue_url;  ///< Where the failure is filed, when that is known.
  std::string why;        ///< What the sink said last.
  int tries = 1;
  bool perhaps_delivered = false;  ///< Sending it was begun, and nobody knows how it ended.
  bool claimed = false;            ///< Somebody sends it now, or died over it less than ten minutes ago.
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

  /// The outbox: reports that a sink did not take wait here until one is claimed and sent.
  [[nodiscard]] virtual Result<void> queue(const Waiting& waiting) = 0;
  /// All that wait: those with the fewest tries first, then the oldest.
  [[nodiscard]] virtual Result<std::vector<Waiting>> waiting() = 0;
  /// True for one caller only, until it says how sending ended, or for ten minutes: then, as it may have been sent,
  /// it is `perhaps_delivered`.
  [[nodiscard]] virtual Result<bool> claim(std::int64_t id) = 0;
  /// It was sent, or is no longer wanted: it waits no more.
  [[nodiscard]] virtual Result<void> done(std::int64_t id) = 0;
  /// It was claimed and not taken: it waits on, with one more try, and what `waiting` says of `why`, `issue_url` and
  /// `perhaps_delivered`.
  [[nodiscard]] virtual Result<void> waits_on(const Waiting& waiting) = 0;
};

}  // namespace agent::store
