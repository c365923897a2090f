#include "sinks/pull_request.hpp"

#include "sinks/display.hpp"
#include "sinks/issue_text.hpp"

#include <optional>
#include <utility>

namespace agent::sinks {
namespace {

struct Told {
  ForgeComment comment;
  Marker marker;
};

std::string job_of(const Parcel& parcel) {
  return parcel.report.pipeline ? job_id(parcel.report.pipeline->name) : std::string();
}

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
  [[nodiscard]] Result<std::optional<Told>> ours(const std::string& job, const std::stop_token& stop);
  [[nodiscard]] Delivery updated(const std::string& comment, const std::string& pull_request,
                                 const std::string& more = {}) const;

  std::unique_ptr<Forge> forge_;
  std::uint64_t number_;
};

/// Our oldest comment there that tells of `job`.
Result<std::optional<Told>> PullRequestComment::ours(const std::string& job, const std::stop_token& stop) {
  const std::string us = forge_->author(stop);
  for (ForgeComment& comment : TRY(forge_->comments(number_, stop))) {
    if (!us.empty() && !comment.author.empty() && comment.author != us) continue;
    auto marker = read_marker(comment.body);
    if (marker && marker->of == Marker::Of::pull_request && marker->job == job)
      return Told{std::move(comment), *std::move(marker)};
  }
  return std::nullopt;
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
  auto old = TRY(ours(job, stop));
  // It waited while a later run of the job passed. Times of one form (RFC 3339, UTC) sort as texts do.
  const std::string& at = parcel.report.created_at;
  if (old && old->marker.passes && !at.empty() && at < old->marker.last_at)
    return updated(old->comment.url, address, " (the job passes by now)");
  std::uint64_t added = 0;
  if (!old) {
    added = TRY(forge_->add_comment(number_, text, stop)).id;
    // Another run of the job may have added one at once: the older stays.
    old = TRY(ours(job, stop));
  }
  if (old && old->comment.id != added && old->comment.body != text)
    TRY(forge_->edit_comment(number_, old->comment.id, text, stop));
  if (old && added != 0 && old->comment.id != added) TRY(forge_->delete_comment(number_, added, stop));
  return updated(old ? old->comment.url : "", address);
}

Result<Delivery> PullRequestComment::settle(const Parcel& parcel, const std::stop_token& stop) {
  if (!forge_->edits_comments()) return Delivery{};
  const auto old = TRY(ours(job_of(parcel), stop));
  if (!old || old->marker.passes) return Delivery{};
  TRY(forge_->edit_comment(number_, old->comment.id, passing_text(old->marker, parcel), stop));
  return updated(old->comment.url, "", " (the job passes now)");
}

}  // namespace

std::unique_ptr<Sink> pull_request_comment(std::unique_ptr<Forge> forge, std::uint64_t number) {
  return std::make_unique<PullRequestComment>(std::move(forge), number);
}

}  // namespace agent::sinks
