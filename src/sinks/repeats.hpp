#pragma once

#include "base/clock.hpp"
#include "sinks/forge.hpp"
#include "sinks/sink.hpp"

#include <chrono>
#include <stop_token>

namespace agent::sinks {

struct RepeatOptions {
  std::chrono::milliseconds update_every;  ///< 0: each repeat is written.
  std::chrono::milliseconds settle_wait;   ///< Before an edit is read back, at first.
  const Clock& clock;
};

enum class Counted {
  now,
  before,      ///< The parcel came a second time.
  too_soon,    ///< The comment was written less than `update_every` ago, and so was the report.
  not_at_all,  ///< There is one that can't be edited, and a second one would say no more.
};

/// Counts `parcel` in the one comment of `issue` that counts repeats: made, or edited in place. Of two that were made
/// at once the older stays. An edit is read back: when another run's overwrote it, the counts are merged and written
/// again, at most eight times. One comment is added at most.
[[nodiscard]] Result<Counted> count_repeat(Forge& forge, const ForgeIssue& issue, const Parcel& parcel,
                                           const RepeatOptions& options, const std::stop_token& stop);

/// Whether `parcel` is counted there already.
[[nodiscard]] Result<bool> is_counted(Forge& forge, const ForgeIssue& issue, const Parcel& parcel,
                                      const std::stop_token& stop);

/// The first of both with what the second has more: parcels that only the second has are added, times as well.
[[nodiscard]] Marker merged(Marker marker, const Marker& other);

}  // namespace agent::sinks
