#include "sinks/github.hpp"

#include "base/encoding.hpp"
#include "sinks/rest_forge.hpp"

#include <utility>

namespace agent::sinks {
namespace {

using Json = nlohmann::json;

std::vector<net::Header> headers_of(const ForgeAccess& access) {
  return {{"Accept", "application/vnd.github+json"},
          {"Authorization", "Bearer " + access.token},
          {"X-GitHub-Api-Version", "2022-11-28"}};
}

std::string base_of(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

class Github final : public RestForge {
 public:
  explicit Github(const ForgeAccess& access)
      : RestForge(access, "github", base_of(access.api_url), headers_of(access)) {}

  /// Of titles and bodies the API's refusals tell ("body is too long (maximum is 65536 characters)").
  [[nodiscard]] ForgeLimits limits() const override { return {.title_code_points = 256}; }

  [[nodiscard]] Result<std::vector<ForgeIssue>> issues(const std::string& label, const std::stop_token& stop) override {
    const std::string query = "/issues?state=all&sort=created&direction=";
    const std::string labelled = path(query + "asc&labels=" + percent_encode(label));
    auto found = TRY(listed(labelled, ForgeHttp::most_pages, stop));
    return found.empty() ? unlabelled(path(query + "desc"), stop) : std::move(found);
  }

  /// GitHub makes labels that don't exist, without a description, and leaves all out without a word where the token may
  /// not label.
  [[nodiscard]] Result<ForgeIssue> create(const NewIssue& issue, const std::stop_token& stop) override {
    Json body{{"title", issue.title}, {"body", issue.body}};
    if (!issue.labels.empty()) body["labels"] = issue.labels;
    for (const std::string& label : issue.labels) TRY(describe(label, stop));
    return post(std::move(body), issue.assignees, stop);
  }

  [[nodiscard]] Result<void> set_state(std::uint64_t number, IssueState state, const std::stop_token& stop) override {
    Json body{{"state", state == IssueState::open ? "open" : "closed"}};
    body["state_reason"] = state == IssueState::open        ? "reopened"
                           : state == IssueState::duplicate ? "duplicate"
                                                            : "completed";
    const auto answer = TRY(http().exchange("PATCH", issue_path(number), body, stop));
    // Enterprise servers before 3.17 know no "duplicate".
    if (answer.status == 422 && state == IssueState::duplicate) {
      body["state_reason"] = "not_planned";
      TRY(http().ask("PATCH", issue_path(number), body, stop));
      return {};
    }
    if (answer.status != 200) return std::unexpected(http().refusal("PATCH", issue_path(number), answer));
    return {};
  }

 private:
  /// Makes a label of ours that does not exist; that it may not, or need not, is no error.
  [[nodiscard]] Result<void> describe(const std::string& label, const std::stop_token& stop) const {
    const std::string description = label_description(label);
    if (description.empty()) return {};
    TRY(http().exchange("POST", path("/labels"), {{"name", label}, {"color", "d93f0b"}, {"description", description}},
                        stop));
    return {};
  }
};

}  // namespace

std::unique_ptr<Forge> github_forge(const ForgeAccess& access) { return std::make_unique<Github>(access); }

}  // namespace agent::sinks
