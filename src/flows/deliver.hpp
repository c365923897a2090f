#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "sinks/sink.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::flows {

/// A place that a report is to go to.
struct Destination {
  std::string key;  ///< What the outbox calls it; says all that is needed to open it again but secrets.
  std::unique_ptr<sinks::Sink> sink = nullptr;  ///< Null when it could not be opened, see `unavailable`.
  sinks::Tracker* tracker = nullptr;            ///< The sink, where it is one.
  std::optional<Error> unavailable = std::nullopt;
};

/// A report that a place did not take.
struct Undelivered {
  std::string key;
  Error error;  ///< As the place tells it.
  enum class Kept { in_outbox, in_spare, nowhere } kept = Kept::in_outbox;
  std::string not_kept_because = {};
  bool perhaps_delivered = false;  ///< It may have come, and would be seen twice.
};

/// Where what is not taken waits.
struct Outbox {
  store::Store* store = nullptr;  ///< Null: there is none.
  /// Opens one that takes what the other can't; may be empty, or give null.
  std::function<store::Store*()> spare = {};
  bool remembers = true;  ///< Failures are remembered in `store`, too: where one is filed is noted there.
};

struct Deliveries {
  std::vector<sinks::Delivery> done;
  std::vector<Undelivered> undelivered;
  std::string issue_url;  ///< Where the failure is filed.
};

/// An id for a parcel: 16 hexadecimal digits, random.
[[nodiscard]] std::string new_parcel_id();

/// How long one delivery may take.
constexpr std::chrono::minutes most_time{1};

/// Sends the parcel to each, one after the other, within most_time each; those behind a tracker tell where it filed the
/// failure. What is not taken waits in `outbox`.
[[nodiscard]] Deliveries deliver(sinks::Parcel parcel, const std::vector<Destination>& destinations,
                                 const Outbox& outbox, std::chrono::system_clock::time_point now,
                                 const std::stop_token& stop);

/// The report's job passes now: tells the places that have something to bring up to date (sinks::Sink::settle).
[[nodiscard]] Deliveries settle(const sinks::Parcel& parcel, const std::vector<Destination>& destinations,
                                const std::stop_token& stop);

struct Resend {
  /// Opens the place of a key.
  std::function<Destination(const std::string& key)> open;
  bool perhaps_delivered = false;  ///< Also those that a place which can't tell has perhaps got.
};

/// What was sent of the outbox, and what waits on.
struct Resent {
  std::vector<sinks::Delivery> done;
  std::vector<Undelivered> undelivered;
  std::size_t not_tried = 0;  ///< Their places failed before.
  std::size_t claimed = 0;    ///< Others send them.
};

/// Sends what waits, each report once, however many do this at the same time. A place that can't be reached or does not
/// let us in, or refuses three in a row, is not tried again in this run. Errors: those of the store.
[[nodiscard]] Result<Resent> deliver_again(store::Store& outbox, const Resend& resend, const std::stop_token& stop);

}  // namespace agent::flows
