#include "sinks/rest_forge.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sinks/forge_json.hpp"

#include <algorithm>
#include <utility>

namespace agent::sinks {
namespace {

using Json = nlohmann::json;

constexpr int newest_pages = 6;  // of 50

/// `body` where it begins with a marker of ours; else empty.
std::string ours_only(std::string body) { return read_marker(body) ? std::move(body) : std::string(); }

std::size_t bytes_of(const ForgeIssue& issue) {
  std::size_t bytes =
      sizeof(ForgeIssue) + issue.url.size() + issue.title.size() + issue.body.size() + issue.author.size();
  for (const std::string& label : issue.labels) bytes += sizeof(std::string) + label.size();
  return bytes;
}

std::size_t bytes_of(const ForgeComment& comment) {
  return sizeof(ForgeComment) + comment.body.size() + comment.author.size() + comment.updated_at.size() +
         comment.url.size();
}

ForgeComment comment_of(const Json& value) {
  return {.id = number_member(value, "id"),
          .body = ours_only(text_member(value, "body")),
          .author = text_member(member(value, "user"), "login"),
          .updated_at = text_member(value, "updated_at"),
          .url = web_address(text_member(value, "html_url"))};
}

/// Those of `wanted` who are among `users`.
template <class Users>
std::vector<std::string> those_in(const Users& users, std::vector<std::string> wanted) {
  std::erase_if(wanted, [&](const std::string& name) {
    return std::ranges::none_of(users,
                                [&](const Json& one) { return lower(text_member(one, "login")) == lower(name); });
  });
  return wanted;
}

bool says(const ForgeAnswer& answer, const char* words) {
  return lower(answer.body.dump(-1, ' ', false, Json::error_handler_t::replace)).find(words) != std::string::npos;
}

std::unexpected<Error> unreadable(const std::string& forge, const char* what) {
  return fail(ErrorKind::unreadable, forge + " answers without " + what, "",
              "check that its address is that of an API");
}

}  // namespace

std::optional<ForgeIssue> issue_of(const Json& value) {
  const auto number = number_member(value, "number");
  // GitHub's lists of issues have pull requests in them; Gitea's, too, unless told otherwise.
  if (number == 0 || !member(value, "pull_request").is_null()) return {};
  ForgeIssue issue{.number = number,
                   .url = web_address(text_member(value, "html_url")),
                   .title = text_member(value, "title"),
                   .body = ours_only(text_member(value, "body")),
                   .open = text_member(value, "state") == "open",
                   .labels = {},
                   .author = text_member(member(value, "user"), "login")};
  for (const Json& label : member(value, "labels")) issue.labels.push_back(text_member(label, "name"));
  return issue;
}

std::string label_description(std::string_view label) {
  return label.starts_with(label_of("")) ? "One failure: agent finds its issue again by this label" : "";
}

std::vector<ForgeIssue> in_order(std::vector<ForgeIssue> issues) {
  std::ranges::sort(issues, {}, &ForgeIssue::number);
  const auto twice = std::ranges::unique(issues, {}, &ForgeIssue::number);
  issues.erase(twice.begin(), twice.end());
  return issues;
}

RestForge::RestForge(ForgeAccess access, std::string name, std::string base, std::vector<net::Header> headers)
    : access_(std::move(access)), name_(std::move(name)), http_(access_, name_, std::move(base), std::move(headers)) {}

std::string RestForge::path(const std::string& rest) const {
  return "/repos/" + percent_encode(access_.owner) + "/" + percent_encode(access_.repository) + rest;
}

std::string RestForge::issue_path(std::uint64_t number) const { return path("/issues/" + std::to_string(number)); }

std::string RestForge::author(const std::stop_token& stop) {
  if (author_ && !author_->empty()) return *author_;
  if (author_) return *(author_ = told_author(stop));
  const auto user = http_.exchange("GET", "/user", Json(), stop);
  if (!user) return "";  // the next request says why
  // A token of few rights, or of an app, is not told.
  const bool is_of_app = user->status == 403 && name_ == "github";
  author_ = user->status == 200 ? text_member(user->body, "login") : is_of_app ? actions_bot : told_author(stop);
  return *author_;
}

Result<void> RestForge::keep(ForgeList& list, ForgeIssue issue, std::vector<ForgeIssue>& issues) const {
  TRY(http_.keep(list, bytes_of(issue)));
  issues.push_back(std::move(issue));
  return {};
}

Result<std::vector<ForgeIssue>> RestForge::listed(const std::string& path, int most_pages,
                                                  const std::stop_token& stop) const {
  ForgeList list = http_.list(path, most_pages);
  std::vector<ForgeIssue> issues;
  while (list.more) {
    const Json page = TRY(http_.next(list, stop));
    for (const Json& value : page)
      if (auto issue = issue_of(value)) TRY(keep(list, *std::move(issue), issues));
  }
  return in_order(std::move(issues));
}

Result<std::vector<ForgeIssue>> RestForge::unlabelled(const std::string& newest_first,
                                                      const std::stop_token& stop) const {
  const auto about = TRY(http_.exchange("GET", path(), Json(), stop));
  const auto* may_push = member(member(about.body, "permissions"), "push").get_ptr<const bool*>();
  if (about.status != 200 || may_push == nullptr || *may_push) return std::vector<ForgeIssue>();
  return listed(newest_first, newest_pages, stop);
}

/// Those of `wanted` whom the repository lists as such; none where it does not list them.
std::vector<std::string> RestForge::assignable(const std::vector<std::string>& wanted,
                                               const std::stop_token& stop) const {
  ForgeList list = http_.list(path("/assignees"), ForgeHttp::most_pages);
  std::vector<std::string> found;
  while (list.more) {
    const auto page = http_.next(list, stop);
    if (!page) return {};
    for (std::string& one : those_in(*page, wanted)) found.push_back(std::move(one));
  }
  return found;
}

Result<ForgeIssue> RestForge::post(Json issue, const std::vector<std::string>& assignees,
                                   const std::stop_token& stop) const {
  const std::string to = path("/issues");
  std::vector<std::string> given = assignees;
  if (!given.empty()) issue["assignees"] = given;
  auto answer = TRY(http_.exchange("POST", to, issue, stop));
  if (answer.status == 422 && !given.empty() && says(answer, "assignee")) {
    given = assignable(assignees, stop);
    issue.erase("assignees");
    if (!given.empty()) issue["assignees"] = given;
    answer = TRY(http_.exchange("POST", to, issue, stop));
  }
  if (answer.status != 201) return std::unexpected(http_.refusal("POST", to, answer));
  auto made = issue_of(answer.body);
  if (!made) return unreadable(name_, "the issue that it made");
  // Who may not assign is not refused: they are left out without a word.
  if (const Json& kept = member(answer.body, "assignees"); kept.is_array()) given = those_in(kept, given);
  for (const std::string& name : assignees)
    if (std::ranges::find(given, name) == given.end()) made->unassigned.push_back(name);
  return *std::move(made);
}

Result<void> RestForge::edit_body(std::uint64_t number, const std::string& body, const std::stop_token& stop) {
  TRY(http_.ask("PATCH", issue_path(number), {{"body", body}}, stop));
  return {};
}

/// Both APIs have pull requests among their issues, and comment on an issue as well; Gitea answers 500 to a comment on
/// what is not there.
Result<std::string> RestForge::pull_request(std::uint64_t number, const std::stop_token& stop) {
  const auto answer = TRY(http_.exchange("GET", issue_path(number), Json(), stop));
  const std::string what = std::to_string(number) + " is no pull request of '" + repository() + "'";
  const Json& pull = member(answer.body, "pull_request");
  if (answer.status == 200 && pull.is_null())
    return fail(ErrorKind::target_not_found, what + ", but an issue", "", "give the number of a pull request");
  if (answer.status == 404 || answer.status == 410)
    return fail(ErrorKind::target_not_found, what + ", or the token can't see it", "",
                "check number, owner and repository, and what the token may see");
  // Who may comment need not be allowed to read issues; what else is wrong, the next request says.
  const std::string url = web_address(text_member(pull, "html_url"));
  return url.empty() ? web_address(text_member(answer.body, "html_url")) : url;
}

Result<std::vector<ForgeComment>> RestForge::comments(std::uint64_t number, const std::stop_token& stop) {
  ForgeList list = http_.list(issue_path(number) + "/comments", ForgeHttp::most_pages);
  std::vector<ForgeComment> comments;
  while (list.more) {
    const Json page = TRY(http_.next(list, stop));
    for (const Json& value : page) {
      auto comment = comment_of(value);
      if (comment.id == 0) continue;
      TRY(http_.keep(list, bytes_of(comment)));
      comments.push_back(std::move(comment));
    }
  }
  std::ranges::sort(comments, {}, &ForgeComment::id);
  return comments;
}

Result<ForgeComment> RestForge::add_comment(std::uint64_t number, const std::string& body,
                                            const std::stop_token& stop) {
  auto comment = comment_of(TRY(http_.ask("POST", issue_path(number) + "/comments", {{"body", body}}, stop)));
  if (comment.id == 0) return unreadable(name_, "the comment that it made");
  const std::string us = author_.value_or("");
  if ((us.empty() || us == actions_bot) && !comment.author.empty()) author_ = comment.author;
  return comment;
}

Result<void> RestForge::edit_comment(std::uint64_t /*number*/, std::uint64_t comment, const std::string& body,
                                     const std::stop_token& stop) {
  TRY(http_.ask("PATCH", path("/issues/comments/" + std::to_string(comment)), {{"body", body}}, stop));
  return {};
}

Result<void> RestForge::delete_comment(std::uint64_t /*number*/, std::uint64_t comment, const std::stop_token& stop) {
  const std::string at = path("/issues/comments/" + std::to_string(comment));
  const auto answer = TRY(http_.exchange("DELETE", at, Json(), stop));
  // A delete whose answer was lost is sent again; gone is gone.
  if (answer.status == 204 || answer.status == 200 || answer.status == 404) return {};
  return std::unexpected(http_.refusal("DELETE", at, answer));
}

}  // namespace agent::sinks
