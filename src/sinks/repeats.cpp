#include "sinks/repeats.hpp"

#include "net/retry.hpp"
#include "sinks/forge_http.hpp"
#include "sinks/issue_text.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace agent::sinks {
namespace {

constexpr int most_tries = 8;
constexpr std::size_t most_parcels = 30;

struct Repeats {
  std::uint64_t comment = 0;
  Marker marker;
};

bool has(const Marker& marker, const std::string& parcel) {
  return std::ranges::find(marker.parcels, parcel) != marker.parcels.end();
}

/// "https://ci.example/"; empty where a run has no address.
std::string host_of(const Report& report) {
  if (!report.pipeline) return "";
  const std::string& url = report.pipeline->url;
  const auto begin = url.find("://");
  const auto end = begin == std::string::npos ? begin : url.find('/', begin + 3);
  return end == std::string::npos ? "" : url.substr(0, end + 1);
}

/// Our comments on `issue` that count repeats, oldest first. Anybody can write our marker: those of others, and of who
/// is not told, are not ours. An issue that carries our label was made by us: who may label is trusted.
Result<std::vector<Repeats>> our_repeats(Forge& forge, const ForgeIssue& issue, const std::string& fingerprint,
                                         const std::stop_token& stop) {
  std::string us = forge.author(stop);
  if (us.empty()) us = issue.author;
  std::vector<Repeats> ours;
  for (const ForgeComment& comment : TRY(forge.comments(issue.number, stop))) {
    if (us.empty() || comment.author != us) continue;
    auto marker = read_marker(comment.body);
    if (marker && marker->of == Marker::Of::repeats && marker->fingerprint == fingerprint)
      ours.push_back({comment.id, *std::move(marker)});
  }
  return ours;
}

/// One parcel that is counted.
class Counting {
 public:
  Counting(Forge& forge, const ForgeIssue& issue, const Parcel& parcel, const RepeatOptions& options,
           const std::stop_token& stop)
      : forge_(forge), issue_(issue), parcel_(parcel), options_(options), stop_(stop), backoff_(options.settle_wait) {}

  Result<Counted> count() {
    for (int tries = 0; tries < most_tries; ++tries) {
      auto ours = TRY(our_repeats(forge_, issue_, parcel_.report.fingerprint, stop_));
      std::erase_if(ours,
                    [&](const Repeats& one) { return std::ranges::find(refused_, one.comment) != refused_.end(); });
      if (ours.empty()) {
        // The list lags behind, or has no end: what was added is not added again.
        if (wrote_) return Counted::now;
        TRY(add());
        continue;
      }
      if (!forge_.edits_comments()) return as_it_stands(ours.front().marker);
      if (has(ours.front().marker, parcel_.id)) {
        TRY(delete_merged(ours));
        return wrote_ ? Counted::now : Counted::before;
      }
      if (!wrote_ && is_too_soon(ours.front().marker)) return Counted::too_soon;
      TRY(write(ours));
      if (!pause(backoff_.next(), stop_)) return fail(ErrorKind::interrupted, "interrupted");
    }
    // Our own comment, or our last edit, stands; the next repeat merges what is left.
    return Counted::now;
  }

 private:
  /// Where nothing can be edited, the first repeat is told, and of two at once both stay.
  [[nodiscard]] Counted as_it_stands(const Marker& first) const {
    if (wrote_) return Counted::now;
    return has(first, parcel_.id) ? Counted::before : Counted::not_at_all;
  }

  /// Whether a comment besides the oldest is for us to merge: of runs at once each merges what it added itself.
  [[nodiscard]] bool is_our_part(const Repeats& one) const { return added_ == 0 || one.comment == added_; }

  [[nodiscard]] std::string text(const Marker& marker) const {
    return repeats_comment(marker, parcel_, issue_.body, forge_.limits());
  }

  Result<void> add() {
    const std::string now = rfc3339(options_.clock.now());
    const Marker marker{.of = Marker::Of::repeats,
                        .fingerprint = parcel_.report.fingerprint,
                        .parcels = {parcel_.id},
                        .times = 1,
                        .explained = parcel_.report.explanation.has_value(),
                        .first_at = now,
                        .last_at = now};
    added_ = TRY(forge_.add_comment(issue_.number, text(marker), stop_)).id;
    wrote_ = true;
    return {};
  }

  /// Times of one form (RFC 3339, UTC, milliseconds) sort as texts do. One that is yet to come is nobody's. A report
  /// that is older than the limit is sent again, which happens once: it is no part of a storm, and would not be counted
  /// ever.
  [[nodiscard]] bool is_too_soon(const Marker& marker) const {
    const auto now = options_.clock.now();
    const std::string since = rfc3339(now - options_.update_every);
    const std::string& made_at = parcel_.report.created_at;
    const bool is_late = !made_at.empty() && made_at <= since;
    return !is_late && marker.last_at > since && marker.last_at <= rfc3339(now);
  }

  Result<void> write(const std::vector<Repeats>& ours) {
    Marker marker = ours.front().marker;
    for (const Repeats& one : ours)
      if (&one != &ours.front() && is_our_part(one)) marker = merged(std::move(marker), one.marker);
    if (!has(marker, parcel_.id)) {
      ++marker.times;
      marker.parcels.insert(marker.parcels.begin(), parcel_.id);
      marker.last_at = rfc3339(options_.clock.now());
    }
    marker.explained |= parcel_.report.explanation.has_value();
    // Who may edit our comment must not make us repeat a link to anywhere.
    const std::string host = host_of(parcel_.report);
    std::erase_if(marker.runs, [&](const std::string& run) { return !host.empty() && !run.starts_with(host); });
    if (marker.parcels.size() > most_parcels) marker.parcels.resize(most_parcels);
    const auto edited = forge_.edit_comment(issue_.number, ours.front().comment, text(marker), stop_);
    if (edited) {
      wrote_ = true;
      return {};
    }
    const bool may_not = edited.error().kind == ErrorKind::forbidden && refused_.size() < most_tries;
    const bool is_gone = edited.error().kind == ErrorKind::target_not_found;
    if (!may_not && !is_gone) return std::unexpected(edited.error());
    // It is another's after all, or was deleted meanwhile.
    refused_.push_back(ours.front().comment);
    return {};
  }

  Result<void> delete_merged(const std::vector<Repeats>& ours) {
    for (const Repeats& one : ours) {
      const bool is_in = !one.marker.parcels.empty() && has(ours.front().marker, one.marker.parcels.front());
      if (&one == &ours.front() || !is_our_part(one) || !is_in) continue;
      TRY(forge_.delete_comment(issue_.number, one.comment, stop_));
    }
    return {};
  }

  Forge& forge_;
  const ForgeIssue& issue_;
  const Parcel& parcel_;
  const RepeatOptions& options_;
  const std::stop_token& stop_;
  net::Backoff backoff_;
  std::uint64_t added_ = 0;
  bool wrote_ = false;
  std::vector<std::uint64_t> refused_;  ///< Comments that we may not edit.
};

}  // namespace

Marker merged(Marker marker, const Marker& other) {
  std::size_t in_both = 0;
  std::vector<std::string> more;
  for (const std::string& parcel : other.parcels) {
    if (has(marker, parcel))
      ++in_both;
    else
      more.push_back(parcel);
  }
  marker.times += std::max(other.times - static_cast<int>(in_both), static_cast<int>(more.size()));
  marker.parcels.insert(marker.parcels.begin(), more.begin(), more.end());
  if (!other.first_at.empty()) marker.first_at = std::min(marker.first_at, other.first_at);
  marker.last_at = std::max(marker.last_at, other.last_at);
  marker.explained |= other.explained;
  return marker;
}

Result<Counted> count_repeat(Forge& forge, const ForgeIssue& issue, const Parcel& parcel, const RepeatOptions& options,
                             const std::stop_token& stop) {
  return Counting(forge, issue, parcel, options, stop).count();
}

Result<bool> is_counted(Forge& forge, const ForgeIssue& issue, const Parcel& parcel, const std::stop_token& stop) {
  const auto ours = TRY(our_repeats(forge, issue, parcel.report.fingerprint, stop));
  return std::ranges::any_of(ours, [&](const Repeats& one) { return has(one.marker, parcel.id); });
}

}  // namespace agent::sinks
