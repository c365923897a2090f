#include "sinks/issue_tracker.hpp"

#include "net/retry.hpp"
#include "sinks/display.hpp"
#include "sinks/forge_http.hpp"
#include "sinks/repeats.hpp"

#include <algorithm>
#include <utility>

namespace agent::sinks {
namespace {

using Chrono = std::chrono::milliseconds;

struct Known {
  ForgeIssue issue;
  Marker marker;
};

bool is_of(const Known& one, const std::string& parcel) {
  return std::ranges::find(one.marker.parcels, parcel) != one.marker.parcels.end();
}

std::string shown(const ForgeIssue& issue) {
  constexpr std::size_t most_columns = 500;
  return issue.url.empty() ? "#" + std::to_string(issue.number) : cut(one_line(issue.url), most_columns);
}

Delivery told(const std::string& what, const ForgeIssue& issue, const std::string& more = {}) {
  const std::string url = shown(issue);
  return {"Issue " + what + ": " + url + (more.empty() ? "" : " (" + more + ")"), url};
}

constexpr int most_looks = 6;  ///< At a list that may be a little old.

/// That an issue was made, and what of it was not.
Delivery created(const ForgeIssue& issue, std::string more = {}) {
  std::string names;
  for (const std::string& name : issue.unassigned) names += (names.empty() ? "'" : ", '") + one_line(name) + "'";
  if (!names.empty())
    more += (more.empty() ? "" : "; ") + ("not assigned to " + names) + ", who is not known there or can't be assigned";
  return told("created", issue, more);
}

constexpr std::string_view before_words = "Failed before: ";
constexpr std::size_t before_room = 200;  ///< In a body, for the line of these words.

/// `body`, with "Failed before: #1" after its marker, where readers see it.
void put_before(std::string& body, const std::string& references) {
  if (!references.empty())
    body.insert(std::min(body.find('\n'), body.size()), "\n\n" + std::string(before_words) + references);
}

/// "#1, #2" of such a line of a body of ours.
std::string before_of(std::string_view body) {
  const std::string begin = "\n\n" + std::string(before_words);
  body.remove_prefix(std::min(body.find('\n'), body.size()));
  if (!body.starts_with(begin)) return "";
  body.remove_prefix(begin.size());
  const std::string_view line = body.substr(0, body.find_first_not_of("#0123456789, "));
  return line.size() < before_room / 2 ? std::string(line) : "";
}

/// Whether a request that failed so may have done its work all the same.
bool may_be_done(ErrorKind kind) {
  return kind == ErrorKind::unreachable || kind == ErrorKind::unreadable || kind == ErrorKind::deadline ||
         kind == ErrorKind::delivery_failed;
}

class IssueTracker final : public Tracker {
 public:
  IssueTracker(std::unique_ptr<Forge> forge, TrackerOptions options)
      : forge_(std::move(forge)), options_(std::move(options)) {
    options_.style.limits = forge_->limits();
  }

  [[nodiscard]] std::string name() const override { return forge_->name() + " " + forge_->repository(); }
  [[nodiscard]] bool knows_parcels() const override { return true; }
  [[nodiscard]] Result<std::optional<TrackedIssue>> find(const std::string& fingerprint,
                                                         const std::stop_token& stop) override;
  [[nodiscard]] Result<Delivery> deliver(const Parcel& parcel, const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<std::vector<Known>> known(const std::string& fingerprint, const std::stop_token& stop);
  [[nodiscard]] Result<Delivery> repeat(const Known& open, const Parcel& parcel, const std::stop_token& stop);
  [[nodiscard]] Result<Delivery> reopen(const Known& closed, const Parcel& parcel, const std::stop_token& stop);
  [[nodiscard]] Result<Known> make(const std::vector<Known>& closed, const Parcel& parcel, const std::stop_token& stop);
  [[nodiscard]] Result<Delivery> resolve(Known ours, const Parcel& parcel, const std::stop_token& stop);
  [[nodiscard]] Result<void> close_as_duplicate(const ForgeIssue& issue, const ForgeIssue& of,
                                                const std::stop_token& stop);
  [[nodiscard]] Result<void> add_explanation(const Known& open, const Parcel& parcel, const std::stop_token& stop);

  std::unique_ptr<Forge> forge_;
  TrackerOptions options_;
};

/// Open ones first, lowest number first. Who may label is trusted; else anybody could have written our marker.
Result<std::vector<Known>> IssueTracker::known(const std::string& fingerprint, const std::stop_token& stop) {
  const std::string label = label_of(fingerprint);
  std::vector<Known> found;
  for (ForgeIssue& issue : TRY(forge_->issues(label, stop))) {
    auto marker = read_marker(issue.body);
    if (!marker || marker->of != Marker::Of::issue || marker->fingerprint != fingerprint) continue;
    const bool has_label = std::ranges::find(issue.labels, label) != issue.labels.end();
    if (!has_label && (issue.author.empty() || issue.author != forge_->author(stop))) continue;
    found.push_back({std::move(issue), *std::move(marker)});
  }
  std::ranges::sort(found, {}, [](const Known& one) { return std::pair(!one.issue.open, one.issue.number); });
  return found;
}

Result<std::optional<TrackedIssue>> IssueTracker::find(const std::string& fingerprint, const std::stop_token& stop) {
  const auto found = TRY(known(fingerprint, stop));
  if (found.empty()) return std::nullopt;
  const Known& first = found.front();
  return TrackedIssue{std::to_string(first.issue.number), shown(first.issue), first.issue.open, first.marker.explained};
}

Result<Delivery> IssueTracker::deliver(const Parcel& parcel, const std::stop_token& stop) {
  const auto found = TRY(known(parcel.report.fingerprint, stop));
  for (const Known& one : found)
    if (is_of(one, parcel.id)) return resolve(one, parcel, stop);
  if (!found.empty() && found.front().issue.open) return repeat(found.front(), parcel, stop);
  // Closed since the parcel was counted, of which the answer was lost.
  if (!found.empty() && TRY(is_counted(*forge_, found.front().issue, parcel, stop)))
    return told("updated", found.front().issue);
  if (!found.empty() && options_.closed == ClosedIssue::reopen) return reopen(found.front(), parcel, stop);
  return resolve(TRY(make(found, parcel, stop)), parcel, stop);
}

Result<Delivery> IssueTracker::repeat(const Known& open, const Parcel& parcel, const std::stop_token& stop) {
  TRY(add_explanation(open, parcel, stop));
  const RepeatOptions how{options_.update_every, options_.settle_wait, options_.clock};
  const Counted counted = TRY(count_repeat(*forge_, open.issue, parcel, how, stop));
  if (counted == Counted::not_at_all)
    return told("known", open.issue, "its repeats are not counted: the MCP server can't edit a comment");
  if (counted != Counted::too_soon) return told("updated", open.issue);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options_.update_every).count();
  return told("known", open.issue, "its repeats are counted once in " + std::to_string(seconds) + " s at most");
}

/// A model was asked since the issue was made: its explanation takes the place of what the rules said. The forge keeps
/// the older text as the body's history.
Result<void> IssueTracker::add_explanation(const Known& open, const Parcel& parcel, const std::stop_token& stop) {
  if (open.marker.explained || !parcel.report.explanation) return {};
  Marker marker = open.marker;
  marker.explained = true;
  IssueStyle style = options_.style;
  style.limits.body_code_points -= before_room;
  std::string body = issue_body(parcel, style);
  body.replace(0, std::min(body.find('\n'), body.size()), to_line(marker));
  put_before(body, before_of(open.issue.body));
  return forge_->edit_body(open.issue.number, body, stop);
}

Result<Delivery> IssueTracker::reopen(const Known& closed, const Parcel& parcel, const std::stop_token& stop) {
  TRY(forge_->set_state(closed.issue.number, IssueState::open, stop));
  TRY(add_explanation(closed, parcel, stop));
  const RepeatOptions how{Chrono(0), options_.settle_wait, options_.clock};
  TRY(count_repeat(*forge_, closed.issue, parcel, how, stop));
  return told("reopened", closed.issue);
}

/// A new issue, which names the closed ones.
Result<Known> IssueTracker::make(const std::vector<Known>& closed, const Parcel& parcel, const std::stop_token& stop) {
  constexpr std::size_t most_named = 5;
  const std::string fingerprint = parcel.report.fingerprint;
  IssueStyle style = options_.style;
  std::string before;
  for (std::size_t i = 0; i < std::min(closed.size(), most_named); ++i)
    before += (i == 0 ? "#" : ", #") + std::to_string(closed[closed.size() - 1 - i].issue.number);
  style.limits.body_code_points -= before_room;
  NewIssue issue{issue_title(parcel.report, style), issue_body(parcel, style), {label_of(fingerprint)}, {}};
  put_before(issue.body, before);
  issue.labels.insert(issue.labels.end(), options_.labels.begin(), options_.labels.end());
  issue.assignees = options_.assignees;

  auto made = forge_->create(issue, stop);
  if (made) return Known{*std::move(made), Marker{.fingerprint = fingerprint, .parcels = {parcel.id}}};
  if (!may_be_done(made.error().kind)) return std::unexpected(std::move(made).error());
  net::Backoff backoff(options_.settle_wait);
  for (int looks = 1;; ++looks) {
    auto now = known(fingerprint, stop);
    if (now)
      for (Known& one : *now)
        if (is_of(one, parcel.id)) return std::move(one);
    // It is there for certain where the answer only does not say which it is.
    const bool is_there = now && made.error().kind == ErrorKind::unreadable;
    if (!is_there || looks == most_looks || !pause(backoff.next(), stop)) break;
  }
  return std::unexpected(std::move(made).error());
}

/// What becomes of the issue that `parcel` made: of runs that failed at once the lowest number stays. Ours is
/// the one that the forge shows with this parcel in its marker, whatever the answer named; before that none is closed.
Result<Delivery> IssueTracker::resolve(Known ours, const Parcel& parcel, const std::stop_token& stop) {
  net::Backoff backoff(options_.settle_wait);
  std::vector<Known> others;
  bool is_listed = false;
  for (int looks = 1;; ++looks) {
    others = TRY(known(parcel.report.fingerprint, stop));
    const auto listed = std::ranges::find_if(others, [&](const Known& one) { return is_of(one, parcel.id); });
    if (listed != others.end()) {
      listed->issue.unassigned = std::move(ours.issue.unassigned);  // which no list tells
      ours = *listed;
      is_listed = true;
    }
    std::erase_if(others, [&](const Known& one) { return one.issue.number == ours.issue.number; });
    std::erase_if(others, [](const Known& one) { return !one.issue.open; });
    const bool is_older = !others.empty() && others.front().issue.number < ours.issue.number;
    if (!others.empty() && ((is_older && is_listed) || !ours.issue.open)) break;
    // The list may be a little old; and who made a younger one closes it, unless that run was ended.
    if ((others.empty() && (is_listed || !ours.issue.open)) || looks == most_looks) break;
    if (!pause(backoff.next(), stop)) return fail(ErrorKind::interrupted, "interrupted");
  }
  if (others.empty() && ours.issue.open && !is_listed)
    return created(
        ours.issue,
        "it can't be found again, and the next failure files another: the token may neither label nor tell who it is");
  if (others.empty()) return created(ours.issue);
  if (!ours.issue.open) return told("updated", others.front().issue);
  if (!is_listed) return created(ours.issue, shown(others.front().issue) + " tells of the same failure");
  if (others.front().issue.number < ours.issue.number) {
    TRY(close_as_duplicate(ours.issue, others.front().issue, stop));
    return told("updated", others.front().issue, shown(ours.issue) + " was made at once, and closed as its duplicate");
  }
  for (const Known& one : others) TRY(close_as_duplicate(one.issue, ours.issue, stop));
  return created(ours.issue);
}

Result<void> IssueTracker::close_as_duplicate(const ForgeIssue& issue, const ForgeIssue& of,
                                              const std::stop_token& stop) {
  const std::string number = "#" + std::to_string(of.number);
  TRY(forge_->add_comment(issue.number, "Duplicate of " + number + ": two runs failed alike at once.", stop));
  return forge_->set_state(issue.number, IssueState::duplicate, stop);
}

}  // namespace

std::unique_ptr<Tracker> issue_tracker(std::unique_ptr<Forge> forge, TrackerOptions options) {
  return std::make_unique<IssueTracker>(std::move(forge), std::move(options));
}

}  // namespace agent::sinks
