#pragma once

#include "base/report.hpp"
#include "store/store.hpp"

#include <chrono>
#include <optional>

namespace agent::flows {

// What earlier runs know of a failure. A store that fails never costs the report: recall() says so in it, and keep() in
// the log, with what to do.

/// How long an explanation holds.
struct Freshness {
  std::chrono::milliseconds fresh_after = std::chrono::hours(24);  ///< Older ones are not used; 0: none is.
  bool fresh = false;                                              ///< None is, whatever its age.
};

/// What earlier runs tell of a failure.
struct Remembered {
  std::optional<SeenBefore> seen;
  /// The newest report of the same failure that a model explained, when it is fresh enough to be used again; its
  /// explanation has `made_at`. Its citations are of another run's texts: look them up again.
  std::optional<Report> explained;
  std::optional<NotChecked> not_checked;  ///< "earlier runs", and why they could not be asked.
};

/// What the store knows of the failure that the rules report on. Nothing for what is healthy, and for a report without
/// findings and evidence, which is the same for all empty logs.
[[nodiscard]] Remembered recall(const Report& rules, store::Store& store, const Freshness& freshness,
                                std::chrono::system_clock::time_point now);

/// Keeps a report, redacted as it is delivered, and counts its failure; those for which recall() knows nothing are not
/// kept. An explanation taken over from an earlier run does not count as one, so that it does not stay fresh for ever.
void keep(const Report& report, store::Store& store, std::chrono::system_clock::time_point now);

}  // namespace agent::flows
