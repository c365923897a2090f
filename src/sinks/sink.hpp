#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace agent::sinks {

/// A report on its way to where people work.
struct Parcel {
  Report report;  ///< Redacted.
  /// 16 hexadecimal digits of this run; the same when the parcel is sent again, so that a place can tell.
  std::string id;
  std::string issue_url = {};  ///< Where the failure is filed, once it is.
};

/// What became of a delivery.
struct Delivery {
  std::string message;  ///< "Issue created: URL"; empty where there is nothing to say.
  std::string url;
};

/// A place that takes a report: a forge, a chat, a webhook, a CI system's files.
class Sink {
 public:
  virtual ~Sink() = default;
  /// What it is called in messages and in the outbox: "gitea user1/mcp", "slack". Stable, without a secret.
  [[nodiscard]] virtual std::string name() const = 0;
  /// Whether a parcel that came twice counts once there: it is known by its id.
  [[nodiscard]] virtual bool knows_parcels() const = 0;
  /// True when the last deliver() failed and the parcel may be there all the same: it was sent and no answer came, or
  /// the server broke down over it. Where parcels are not known, a second one would be seen twice.
  [[nodiscard]] virtual bool perhaps_delivered() const { return false; }
  /// Errors: `unauthorised`, `forbidden`, `target_not_found`, `unreachable`, `deadline`, `interrupted`, and
  /// `delivery_failed` for all else that a server answers; the caller keeps the parcel.
  [[nodiscard]] virtual Result<Delivery> deliver(const Parcel& parcel, const std::stop_token& stop) = 0;
  /// The job that the report's `pipeline` names passes now: what stands there of its failure is brought up to date, or
  /// nothing is done and said. Errors: as of deliver(); nothing need be kept.
  [[nodiscard]] virtual Result<Delivery> settle(const Parcel& /*parcel*/, const std::stop_token& /*stop*/) {
    return Delivery{};
  }
};

/// An issue that carries a fingerprint.
struct TrackedIssue {
  std::string id, url;
  bool open = true;
  bool explained = false;  ///< A model's explanation stands in it.
};

/// A Sink that remembers failures: one issue a fingerprint. deliver() files, or updates what find() gives.
class Tracker : public Sink {
 public:
  /// The issue whose body and label carry `fingerprint`, an open one first; none when there is none. Lists, never
  /// searches: indexes lag.
  [[nodiscard]] virtual Result<std::optional<TrackedIssue>> find(const std::string& fingerprint,
                                                                 const std::stop_token& stop) = 0;
};

}  // namespace agent::sinks
