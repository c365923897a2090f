#include "flows/deliver.hpp"

#include "base/log.hpp"
#include "flows/time_limits.hpp"
#include "sinks/report_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <random>

namespace agent::flows {
namespace {

using sinks::Parcel;

/// After so many refusals in a row a place is left alone.
constexpr int most_refusals = 3;

store::Waiting waiting_of(const std::string& key, const Parcel& parcel, const Error& why,
                          std::chrono::system_clock::time_point now) {
  const Report& report = parcel.report;
  return {
      .sink = key,
      .report = {report.fingerprint, now, report.target, report.explanation.has_value(), sinks::to_json(report).dump()},
      .parcel = parcel.id,
      .issue_url = parcel.issue_url,
      .why = why.what};
}

/// Whether it may have come: then a place that would count it twice does not get it again unasked.
bool perhaps_came(const Destination& place) {
  return place.sink && !place.sink->knows_parcels() && place.sink->perhaps_delivered();
}

Result<sinks::Delivery> send(const Destination& place, const Parcel& parcel, const std::stop_token& stop) {
  if (!place.sink)
    return std::unexpected(place.unavailable.value_or(Error{ErrorKind::bug, "there is no sink", place.key, {}}));
  TimeLimits limits(stop);
  const TimeLimits::Limit limit = limits.start(most_time);
  Result<sinks::Delivery> sent = place.sink->deliver(parcel, limit.token());
  if (!sent && limit.ran_out())
    return fail(ErrorKind::deadline, "it took longer than a minute: " + sent.error().what, sent.error().where,
                "try again later");
  return sent;
}

Result<void> queue(store::Store* store, const store::Waiting& waiting) {
  if (store == nullptr) return fail(ErrorKind::unreadable, "there is no store");
  return store->queue(waiting);
}

Undelivered keep(const Destination& place, const Parcel& parcel, Error error, const Outbox& outbox,
                 std::chrono::system_clock::time_point now) {
  Undelivered undelivered{place.key, std::move(error)};
  store::Waiting waiting = waiting_of(place.key, parcel, undelivered.error, now);
  waiting.perhaps_delivered = undelivered.perhaps_delivered = perhaps_came(place);
  const Result<void> kept = queue(outbox.store, waiting);
  if (kept) return undelivered;
  undelivered.not_kept_because = kept.error().what;
  undelivered.kept = queue(outbox.spare ? outbox.spare() : nullptr, waiting) ? Undelivered::Kept::in_spare
                                                                             : Undelivered::Kept::nowhere;
  return undelivered;
}

void note_filed(store::Store* outbox, const std::string& fingerprint, const std::string& url) {
  if (outbox == nullptr) return;
  const Result<void> noted = outbox->filed(fingerprint, url);
  if (!noted) log(LogLevel::debug, "issue.not_noted", {{"what", noted.error().what}});
}

/// What waits, as it was.
Result<Parcel> parcel_of(const store::Waiting& waiting) {
  Parcel parcel{.report = TRY(sinks::parse_report(waiting.report.json)), .id = waiting.parcel};
  parcel.issue_url = waiting.issue_url;
  return parcel;
}

/// The places that were opened, each once, and how they fared.
class Places {
 public:
  explicit Places(const Resend& resend) : resend_(resend) {}

  struct Place {
    Destination destination;
    int refusals = 0;
  };

  Place& at(const std::string& key) {
    const auto found = std::ranges::find(places_, key, [](const auto& place) { return place->destination.key; });
    if (found != places_.end()) return **found;
    places_.push_back(std::make_unique<Place>(Place{resend_.open(key)}));
    places_.back()->destination.key = key;
    return *places_.back();
  }

 private:
  const Resend& resend_;
  std::vector<std::unique_ptr<Place>> places_;
};

/// True of what fails for all parcels alike; else it may be this one: an issue that is locked, a report of old.
bool concerns_the_place(ErrorKind kind) {
  return kind == ErrorKind::unreachable || kind == ErrorKind::unauthorised || kind == ErrorKind::settings ||
         kind == ErrorKind::deadline || kind == ErrorKind::interrupted;
}

class Again {
 public:
  Again(store::Store& outbox, const Resend& resend, const std::stop_token& stop)
      : outbox_(outbox), resend_(resend), stop_(stop), places_(resend) {}

  Result<void> send_one(store::Waiting waiting) {
    if (waiting.claimed) {
      ++resent_.claimed;
      return {};
    }
    if (waiting.perhaps_delivered && !resend_.perhaps_delivered && !counts_once(waiting.sink)) {
      undelivered(waiting, Error{ErrorKind::delivery_failed, "it was perhaps delivered: nobody knows", waiting.sink,
                                 "look there; agent deliver --again sends it, --drop forgets it"});
      return {};
    }
    Places::Place& place = places_.at(waiting.sink);
    if (place.refusals >= most_refusals) {
      ++resent_.not_tried;
      return {};
    }
    if (!TRY(outbox_.claim(waiting.id))) {
      ++resent_.claimed;
      return {};
    }
    if (waiting.issue_url.empty()) waiting.issue_url = urls_[waiting.parcel];
    const Result<Parcel> parcel = parcel_of(waiting);
    if (!parcel) {
      waiting.why = parcel.error().what;
      undelivered(waiting, parcel.error());
      return outbox_.waits_on(waiting);
    }
    const Result<sinks::Delivery> sent = send(place.destination, *parcel, stop_);
    if (sent) return took(waiting, *sent, place);
    place.refusals = concerns_the_place(sent.error().kind) ? most_refusals : place.refusals + 1;
    waiting.why = sent.error().what;
    waiting.perhaps_delivered = perhaps_came(place.destination);
    undelivered(waiting, sent.error());
    return outbox_.waits_on(waiting);
  }

  Resent take() { return std::move(resent_); }

 private:
  bool counts_once(const std::string& key) {
    const Destination& place = places_.at(key).destination;
    return place.sink && place.sink->knows_parcels();
  }

  Result<void> took(const store::Waiting& waiting, const sinks::Delivery& delivery, Places::Place& place) {
    place.refusals = 0;
    resent_.done.push_back(delivery);
    if (place.destination.tracker != nullptr) {
      urls_[waiting.parcel] = delivery.url;
      note_filed(&outbox_, waiting.report.fingerprint, delivery.url);
    }
    return outbox_.done(waiting.id);
  }

  void undelivered(const store::Waiting& waiting, Error error) {
    resent_.undelivered.push_back({waiting.sink, std::move(error)});
  }

  store::Store& outbox_;
  const Resend& resend_;
  const std::stop_token& stop_;
  Places places_;
  std::map<std::string, std::string> urls_;  ///< Where the failure of a parcel was filed, by the parcel's id.
  Resent resent_;
};

}  // namespace

std::string new_parcel_id() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

Deliveries deliver(Parcel parcel, const std::vector<Destination>& destinations, const Outbox& outbox,
                   std::chrono::system_clock::time_point now, const std::stop_token& stop) {
  Deliveries all;
  for (const Destination& place : destinations) {
    Result<sinks::Delivery> sent = send(place, parcel, stop);
    if (!sent) {
      all.undelivered.push_back(keep(place, parcel, std::move(sent).error(), outbox, now));
      continue;
    }
    if (place.tracker != nullptr && !sent->url.empty()) {
      all.issue_url = parcel.issue_url = sent->url;
      note_filed(outbox.remembers ? outbox.store : nullptr, parcel.report.fingerprint, sent->url);
    }
    all.done.push_back(*std::move(sent));
  }
  return all;
}

Deliveries settle(const Parcel& parcel, const std::vector<Destination>& destinations, const std::stop_token& stop) {
  Deliveries all;
  TimeLimits limits(stop);
  for (const Destination& place : destinations) {
    if (!place.sink) continue;
    const TimeLimits::Limit limit = limits.start(most_time);
    auto settled = place.sink->settle(parcel, limit.token());
    if (settled)
      all.done.push_back(*std::move(settled));
    else
      all.undelivered.push_back({.key = place.key, .error = std::move(settled).error()});
  }
  return all;
}

Result<Resent> deliver_again(store::Store& outbox, const Resend& resend, const std::stop_token& stop) {
  Again again(outbox, resend, stop);
  for (store::Waiting& waiting : TRY(outbox.waiting())) {
    if (stop.stop_requested()) break;
    TRY(again.send_one(std::move(waiting)));
  }
  return again.take();
}

}  // namespace agent::flows
