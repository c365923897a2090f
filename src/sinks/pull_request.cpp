#include "sinks/pull_request.hpp"

#include "base/clock.hpp"
#include "sinks/display.hpp"
#include "sinks/issue_text.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace agent::sinks {
namespace {

struct Told {
  ForgeComment comment;
  Marker marker;
};

std::string job_of(const Parcel& parcel) {
  return parcel.report.pipeline ? job_id(parcel.report.pipeline->name) : std::string();
}

/// Whether a report that was made later stands there: this one waited meanwhile. Times of one form (RFC 3339, UTC) sort
/// as texts do. One that is yet to come is nobody's.
bool is_newer(const Marker& marker, const Report& report) {
  return !report.created_at.empty() && marker.last_at > report.created_at &&
         marker.last_at <= rfc3339(std::chrono::system_clock::now());
}

bool is_not_ours(ErrorKind kind) { return kind == ErrorKind::forbidden || kind == ErrorKind::target_not_found; }

class PullRequestComment final : public Sink {
 public:
  PullRequestComment(std::unique_ptr<Forge> forge, std::uint64_t number) : forge_(std::move(forge)), number_(number) {}

  [[nodiscard]] std::string name() const override {
    return forge_->name() + " " + forge_->repository() + " pull request " + std::to_string(number_);
  }
  [[nodiscard]] bool knows_parcels() const override { return true; }
  [[nodiscard]] Result<Delivery> deliver(const Parcel& parcel, const std::stop_token& stop) override;
  [[nodiscard]] Result<Delivery> settle(const Parcel& parcel, const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<std::vector<Told>> ours(const std::string& job, const std::stop_token& stop);
  [[nodiscard]] Delivery updated(const std::string& comment, const std::string& pull_request,
                                 const std::string& more = {}) const;

  std::unique_ptr<Forge> forge_;
  std::uint64_t number_;
};

/// Our comments there that tell of `job`, oldest first. Anybody can write our marker: where nobody told who we are,
/// none is ours before we wrote one.
Result<std::vector<Told>> PullRequestComment::ours(const std::string& job, const std::stop_token& stop) {
  const std::string us = forge_->author(stop);
  std::vector<Told> found;
  for (ForgeComment& comment : TRY(forge_->comments(number_, stop))) {
    if (us.empty() || comment.author != us) continue;
    auto marker = read_marker(comment.body);
    if (marker && marker->of == Marker::Of::pull_request && marker->job == job)
      found.push_back({std::move(comment), *std::move(marker)});
  }
  return found;
}

/// With the comment's address, or the pull request's, or its number: what the forge told.
Delivery PullRequestComment::updated(const std::string& comment, const std::string& pull_request,
                                     const std::string& more) const {
  constexpr std::size_t most_columns = 500;
  const std::string url = cut(one_line(comment.empty() ? pull_request : comment), most_columns);
  const std::string shown = url.empty() ? forge_->repository() + "#" + std::to_string(number_) : url;
  return {"Pull request updated: " + shown + more, url};
}

Result<Delivery> PullRequestComment::deliver(const Parcel& parcel, const std::stop_token& stop) {
  const std::string address = TRY(forge_->pull_request(number_, stop));
  const std::string text = pull_request_text(parcel, forge_->limits());
  const std::string job = job_of(parcel);
  auto told = TRY(ours(job, stop));
  std::uint64_t added = 0;
  if (told.empty()) {
    added = TRY(forge_->add_comment(number_, text, stop)).id;
    // Another run of the job may have added one at once: the older stays.
    told = TRY(ours(job, stop));
  }
  for (const Told& old : told) {
    if (old.comment.id == added) return updated(old.comment.url, address);
    const bool stays = is_newer(old.marker, parcel.report);
    if (!stays && old.comment.body != text) {
      const auto edited = forge_->edit_comment(number_, old.comment.id, text, stop);
      // It was deleted meanwhile, or may not be edited after all: the next one of ours takes its place.
      if (!edited && is_not_ours(edited.error().kind)) continue;
      if (!edited) return std::unexpected(edited.error());
    }
    if (added != 0) TRY(forge_->delete_comment(number_, added, stop));
    if (!stays) return updated(old.comment.url, address);
    return updated(old.comment.url, address,
                   old.marker.passes ? " (the job passes by now)" : " (a newer report stands there)");
  }
  if (added != 0 || told.empty()) return updated("", address);
  return updated(TRY(forge_->add_comment(number_, text, stop)).url, address);
}

Result<Delivery> PullRequestComment::settle(const Parcel& parcel, const std::stop_token& stop) {
  if (!forge_->edits_comments()) return Delivery{};
  const auto old = TRY(ours(job_of(parcel), stop));
  if (old.empty() || old.front().marker.passes || is_newer(old.front().marker, parcel.report)) return Delivery{};
  const Told& first = old.front();
  TRY(forge_->edit_comment(number_, first.comment.id, passing_text(first.marker, parcel), stop));
  return updated(first.comment.url, "", " (the job passes now)");
}

}  // namespace

std::unique_ptr<Sink> pull_request_comment(std::unique_ptr<Forge> forge, std::uint64_t number) {
  return std::make_unique<PullRequestComment>(std::move(forge), number);
}

}  // namespace agent::sinks
