#include "sinks/gitea.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sinks/forge_json.hpp"
#include "sinks/rest_forge.hpp"

#include <algorithm>
#include <utility>

namespace agent::sinks {
namespace {

using Json = nlohmann::json;

std::string base_of(std::string url) {
  constexpr std::string_view api = "/api/v1";
  while (url.ends_with('/')) url.pop_back();
  if (!url.ends_with(api)) url += api;
  return url;
}

bool carries(const ForgeIssue& issue, const std::string& label) {
  return std::ranges::find(issue.labels, label) != issue.labels.end();
}

class Gitea final : public RestForge {
 public:
  explicit Gitea(const ForgeAccess& access)
      : RestForge(access, "gitea", base_of(access.api_url),
                  {{"Accept", "application/json"}, {"Authorization", "token " + access.token}}) {}

  [[nodiscard]] ForgeLimits limits() const override { return {}; }

  [[nodiscard]] Result<std::vector<ForgeIssue>> issues(const std::string& label, const std::stop_token& stop) override;
  [[nodiscard]] Result<ForgeIssue> create(const NewIssue& issue, const std::stop_token& stop) override;

  [[nodiscard]] Result<void> set_state(std::uint64_t number, IssueState state, const std::stop_token& stop) override {
    TRY(http().ask("PATCH", issue_path(number), {{"state", state == IssueState::open ? "open" : "closed"}}, stop));
    return {};
  }

 private:
  [[nodiscard]] Result<std::optional<std::vector<ForgeIssue>>> labelled(const std::string& query,
                                                                        const std::string& label,
                                                                        const std::stop_token& stop) const;
  [[nodiscard]] std::string told_author(const std::stop_token& stop) const override;
  [[nodiscard]] Result<std::vector<std::uint64_t>> ids_of(const std::string& label, const std::stop_token& stop) const;
  [[nodiscard]] Result<std::uint64_t> label_id(const std::string& label, const std::stop_token& stop) const;
  [[nodiscard]] Error explained(Error error, const std::stop_token& stop) const;
};

/// The issues of a list that is asked to have those with `label` only; none at all when no such label exists.
Result<std::optional<std::vector<ForgeIssue>>> Gitea::labelled(const std::string& query, const std::string& label,
                                                               const std::stop_token& stop) const {
  ForgeList list = http().list(query, ForgeHttp::most_pages);
  std::vector<ForgeIssue> found;
  while (list.more) {
    const Json page = TRY(http().next(list, stop));
    bool has_issues = false, has_label = false;
    for (const Json& value : page) {
      auto issue = issue_of(value);
      if (!issue) continue;
      has_issues = true;
      if (!carries(*issue, label)) continue;
      has_label = true;
      const std::string of = text_member(member(value, "repository"), "full_name");
      if (of.empty() || lower(of) == lower(repository())) TRY(keep(list, *std::move(issue), found));
    }
    // A label that does not exist is left out of the question, and all issues come.
    if (has_issues && !has_label) return std::nullopt;
  }
  return in_order(std::move(found));
}

/// Gitea gives the issues that the token's owner made, of any repository, also where that token may not ask who that
/// is (`created`, https://docs.gitea.com/api/#tag/issue/operation/issueSearchIssues). Were they of more than one, the
/// server would not know the word.
std::string Gitea::told_author(const std::stop_token& stop) const {
  const auto made = http().exchange("GET", "/repos/issues/search?created=true&state=all&limit=10", Json(), stop);
  if (!made || made->status != 200 || !made->body.is_array()) return "";
  std::string author;
  for (const Json& issue : made->body) {
    const std::string login = text_member(member(issue, "user"), "login");
    if (login.empty() || (!author.empty() && author != login)) return "";
    author = login;
  }
  return author;
}

Result<std::vector<ForgeIssue>> Gitea::issues(const std::string& label, const std::stop_token& stop) {
  const std::string query = "?state=all&type=issues&labels=" + percent_encode(label);
  auto found = labelled(path("/issues") + query, label, stop);
  if (!found) return std::unexpected(explained(std::move(found).error(), stop));
  if (*found && !(*found)->empty()) return *std::move(*found);
  if (*found) {
    // Two runs at once may have made two labels of one name; then that list has only the issues that carry both. This
    // one has those with any. Without words to look for, it is read from the database, not from an index.
    const std::string owner = repository().substr(0, repository().find('/'));
    auto any = labelled("/repos/issues/search" + query + "&owner=" + percent_encode(owner), label, stop);
    if (any && *any && !(*any)->empty()) return *std::move(*any);
  }
  return unlabelled(path("/issues?state=all&type=issues"), stop);
}

/// Why a repository that is there is not found.
Error Gitea::explained(Error error, const std::stop_token& stop) const {
  if (error.kind != ErrorKind::target_not_found) return error;
  const auto about = http().exchange("GET", path(), Json(), stop);
  if (!about || about->status != 200) return error;
  const auto* has_issues = member(about->body, "has_issues").get_ptr<const bool*>();
  if (has_issues == nullptr || *has_issues) return error;
  return {ErrorKind::delivery_failed, "issues are turned off in '" + repository() + "'", error.where,
          "turn them on in its settings"};
}

/// Lowest first.
Result<std::vector<std::uint64_t>> Gitea::ids_of(const std::string& label, const std::stop_token& stop) const {
  std::vector<std::uint64_t> ids;
  ForgeList list = http().list(path("/labels"), ForgeHttp::most_pages);
  while (list.more) {
    const Json page = TRY(http().next(list, stop));
    for (const Json& value : page)
      if (text_member(value, "name") == label) ids.push_back(number_member(value, "id"));
  }
  std::ranges::sort(ids);
  return ids;
}

/// The label's id; 0 when it does not exist and we may not make it. Gitea lets two of one name be made at once: the
/// lowest stays, who made another deletes it before any issue has it.
Result<std::uint64_t> Gitea::label_id(const std::string& label, const std::stop_token& stop) const {
  if (const auto ids = TRY(ids_of(label, stop)); !ids.empty()) return ids.front();
  const Json wanted{{"name", label}, {"color", "#d93f0b"}, {"description", label_description(label)}};
  const auto made = TRY(http().exchange("POST", path("/labels"), wanted, stop));
  if (made.status == 403 || made.status == 404) return 0;
  if (made.status != 201) return std::unexpected(http().refusal("POST", path("/labels"), made));
  const auto ours = number_member(made.body, "id");
  const auto ids = TRY(ids_of(label, stop));
  if (ids.empty() || ids.front() == ours) return ours;
  TRY(http().exchange("DELETE", path("/labels/" + std::to_string(ours)), Json(), stop));
  return ids.front();
}

Result<ForgeIssue> Gitea::create(const NewIssue& issue, const std::stop_token& stop) {
  Json body{{"title", issue.title}, {"body", issue.body}};
  for (const std::string& label : issue.labels)
    if (const auto id = TRY(label_id(label, stop)); id != 0) body["labels"].push_back(id);
  return post(std::move(body), issue.assignees, stop);
}

}  // namespace

std::unique_ptr<Forge> gitea_forge(const ForgeAccess& access) { return std::make_unique<Gitea>(access); }

}  // namespace agent::sinks
