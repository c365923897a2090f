#include "sinks/pull_request.hpp"

#include "sinks/issue_text.hpp"

#include <optional>
#include <utility>

namespace agent::sinks {
namespace {

class PullRequestComment final : public Sink {
 public:
  PullRequestComment(std::unique_ptr<Forge> forge, std::uint64_t number) : forge_(std::move(forge)), number_(number) {}

  [[nodiscard]] std::string name() const override {
    return forge_->name() + " " + forge_->repository() + " pull request " + std::to_string(number_);
  }
  [[nodiscard]] bool knows_parcels() const override { return true; }

  [[nodiscard]] Result<Delivery> deliver(const Parcel& parcel, const std::stop_token& stop) override {
    const std::string text = pull_request_text(parcel, forge_->limits());
    auto old = TRY(ours(stop));
    std::uint64_t added = 0;
    if (!old) {
      added = TRY(forge_->add_comment(number_, text, stop)).id;
      // Another job of the pull request may have added one at once: the older stays.
      old = TRY(ours(stop));
    }
    if (old && old->id != added && old->body != text) TRY(forge_->edit_comment(number_, old->id, text, stop));
    if (old && added != 0 && old->id != added) TRY(forge_->delete_comment(number_, added, stop));
    return Delivery{"Pull request updated: " + forge_->repository() + "#" + std::to_string(number_), ""};
  }

 private:
  /// Our oldest comment there.
  [[nodiscard]] Result<std::optional<ForgeComment>> ours(const std::stop_token& stop) {
    const std::string us = forge_->author(stop);
    for (ForgeComment& comment : TRY(forge_->comments(number_, stop))) {
      if (!us.empty() && !comment.author.empty() && comment.author != us) continue;
      const auto marker = read_marker(comment.body);
      if (marker && marker->of == Marker::Of::pull_request) return std::move(comment);
    }
    return std::nullopt;
  }

  std::unique_ptr<Forge> forge_;
  std::uint64_t number_;
};

}  // namespace

std::unique_ptr<Sink> pull_request_comment(std::unique_ptr<Forge> forge, std::uint64_t number) {
  return std::make_unique<PullRequestComment>(std::move(forge), number);
}

}  // namespace agent::sinks
