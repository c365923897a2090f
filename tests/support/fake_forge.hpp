#pragma once

#include "sinks/forge.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace agent::test {

/// What a forge holds, for tests to look at and to change.
struct ForgeWorld {
  std::vector<sinks::ForgeIssue> issues;
  std::map<std::uint64_t, std::vector<sinks::ForgeComment>> comments;
  std::vector<std::string> calls;  ///< "issues", "create", "set_state 2 duplicate", "edit_comment 7" …
  std::string us = "bot";
  bool tells_author = true;  ///< Whether a token may ask who it is.
  bool labels = true;        ///< Whether labels are kept on what we make.
  std::string pull_request_url = {};
  /// Called before each call is done: another run that comes in between.
  std::function<void(ForgeWorld&, const std::string& call)> before = {};
  /// The error of a call that is not done.
  std::function<std::optional<Error>(const std::string& call)> refuse = {};
  /// The error of a call that is done, and whose answer is lost.
  std::function<std::optional<Error>(const std::string& call)> lose = {};

  sinks::ForgeIssue& issue(std::uint64_t number) { return issues.at(number - 1); }

  std::uint64_t add(const std::string& body, std::vector<std::string> labels_of, bool open = true,
                    const std::string& author = "bot") {
    const std::uint64_t number = issues.size() + 1;
    issues.push_back({.number = number,
                      .url = "https://forge/o/r/issues/" + std::to_string(number),
                      .title = "t",
                      .body = body,
                      .open = open,
                      .labels = std::move(labels_of),
                      .author = author});
    return number;
  }

  std::uint64_t add_comment(std::uint64_t number, const std::string& body, const std::string& author = "bot") {
    comments[number].push_back({.id = ++last_comment, .body = body, .author = author, .updated_at = ""});
    return last_comment;
  }

  [[nodiscard]] std::vector<std::string> bodies(std::uint64_t number) const {
    std::vector<std::string> texts;
    if (const auto at = comments.find(number); at != comments.end())
      for (const auto& comment : at->second) texts.push_back(comment.body);
    return texts;
  }

  [[nodiscard]] std::vector<std::uint64_t> open() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& one : issues)
      if (one.open) numbers.push_back(one.number);
    return numbers;
  }

  std::uint64_t last_comment = 100;
  bool names_authors = true;    ///< Whether it is told who wrote a comment.
  bool hides_comments = false;  ///< A list that has none of them.
  std::uint64_t misnamed = 0;   ///< The number that create() tells instead of the right one.
};

/// A forge in memory.
class FakeForge final : public sinks::Forge {
 public:
  explicit FakeForge(std::shared_ptr<ForgeWorld> world) : world_(std::move(world)) {}

  std::string name() const override { return "fake"; }
  std::string repository() const override { return "o/r"; }
  sinks::ForgeLimits limits() const override { return {}; }
  std::string author(const std::stop_token& /*stop*/) override {
    return world_->tells_author || wrote_ ? world_->us : "";
  }

  Result<std::vector<sinks::ForgeIssue>> issues(const std::string& label, const std::stop_token& /*stop*/) override {
    TRY(begin("issues"));
    std::vector<sinks::ForgeIssue> found;
    for (const auto& one : world_->issues)
      if (std::ranges::find(one.labels, label) != one.labels.end()) found.push_back(one);
    return found.empty() && !world_->labels ? world_->issues : found;
  }

  Result<sinks::ForgeIssue> create(const sinks::NewIssue& issue, const std::stop_token& /*stop*/) override {
    TRY(begin("create"));
    const auto number =
        world_->add(issue.body, world_->labels ? issue.labels : std::vector<std::string>(), true, world_->us);
    world_->issue(number).title = issue.title;
    TRY(end("create"));
    sinks::ForgeIssue made = world_->issue(world_->misnamed != 0 ? world_->misnamed : number);
    std::ranges::copy_if(issue.assignees, std::back_inserter(made.unassigned),
                         [](const std::string& name) { return name.starts_with("nobody"); });
    return made;
  }

  Result<void> set_state(std::uint64_t number, sinks::IssueState state, const std::stop_token& /*stop*/) override {
    const std::string call = "set_state " + std::to_string(number) +
                             (state == sinks::IssueState::open     ? " open"
                              : state == sinks::IssueState::closed ? " closed"
                                                                   : " duplicate");
    TRY(begin(call));
    world_->issue(number).open = state == sinks::IssueState::open;
    return end(call);
  }

  Result<void> edit_body(std::uint64_t number, const std::string& body, const std::stop_token& /*stop*/) override {
    TRY(begin("edit_body " + std::to_string(number)));
    world_->issue(number).body = body;
    return end("edit_body " + std::to_string(number));
  }

  Result<std::string> pull_request(std::uint64_t /*number*/, const std::stop_token& /*stop*/) override {
    TRY(begin("pull_request"));
    return world_->pull_request_url;
  }

  Result<std::vector<sinks::ForgeComment>> comments(std::uint64_t number, const std::stop_token& /*stop*/) override {
    TRY(begin("comments"));
    return world_->hides_comments ? std::vector<sinks::ForgeComment>() : world_->comments[number];
  }

  Result<sinks::ForgeComment> add_comment(std::uint64_t number, const std::string& body,
                                          const std::stop_token& /*stop*/) override {
    TRY(begin("add_comment"));
    world_->add_comment(number, body, world_->names_authors ? world_->us : "");
    TRY(end("add_comment"));
    wrote_ = world_->names_authors;
    return world_->comments[number].back();
  }

  Result<void> edit_comment(std::uint64_t number, std::uint64_t comment, const std::string& body,
                            const std::stop_token& /*stop*/) override {
    TRY(begin("edit_comment"));
    const auto at = std::ranges::find(world_->comments[number], comment, &sinks::ForgeComment::id);
    if (at == world_->comments[number].end()) return fail(ErrorKind::target_not_found, "no such comment");
    at->body = body;
    return end("edit_comment");
  }

  Result<void> delete_comment(std::uint64_t number, std::uint64_t comment, const std::stop_token& /*stop*/) override {
    TRY(begin("delete_comment"));
    std::erase_if(world_->comments[number], [&](const auto& one) { return one.id == comment; });
    return end("delete_comment");
  }

 private:
  Result<void> begin(const std::string& call) {
    world_->calls.push_back(call);
    if (world_->before) world_->before(*world_, call);
    if (world_->refuse)
      if (auto error = world_->refuse(call)) return std::unexpected(*std::move(error));
    return {};
  }

  Result<void> end(const std::string& call) {
    if (world_->lose)
      if (auto error = world_->lose(call)) return std::unexpected(*std::move(error));
    return {};
  }

  std::shared_ptr<ForgeWorld> world_;
  bool wrote_ = false;  ///< A comment, which names us.
};

}  // namespace agent::test
