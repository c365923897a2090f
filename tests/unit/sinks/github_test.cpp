#include "sinks/github.hpp"

#include "unit/sinks/forge_server.hpp"

#include <chrono>
#include <ctime>
#include <memory>
#include <thread>

namespace agent::sinks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

using Fault = Reply::Fault;

const std::string label = "agent/0123456789abcdef";
const std::string may_push = R"({"permissions":{"push":true}})";

std::string in_an_hour() { return std::to_string(std::time(nullptr) + 3600); }

ForgeServer always(const Reply& reply) {
  return ForgeServer([reply](const std::string& /*asked*/, const auto& /*request*/) { return reply; });
}

TEST(Github, ListsIssuesOfALabelOnAllPagesWithoutPullRequests) {
  const ForgeServer server([](const std::string& asked, const auto& /*request*/) -> Reply {
    const std::string pull = issue_json(7, "", R"(,"pull_request":{"url":"x"})");
    if (asked.ends_with("&page=2")) return {200, "[" + issue_json(9) + "," + issue_json(3) + "]"};
    return {200, "[" + issue_json(3) + "," + pull + "]", {{"Link", R"(<http://x/?page=2>; rel="next")"}}};
  });

  const auto issues = github_forge(server.access())->issues(label, {});

  ASSERT_TRUE(issues) << describe(issues.error());
  ASSERT_THAT(*issues, SizeIs(2));
  EXPECT_EQ(issues->front().number, 3U);
  EXPECT_EQ(issues->front().url, "https://forge/o/r/issues/3");
  EXPECT_TRUE(issues->front().open);
  EXPECT_EQ(issues->front().author, "bot");
  EXPECT_EQ(issues->back().number, 9U);
  EXPECT_THAT(server.asked().front(), HasSubstr("labels=agent%2F0123456789abcdef"));
  EXPECT_THAT(server.asked().front(), HasSubstr("state=all"));
}

TEST(Github, SaysWhoItIsAndWhichApiItWants) {
  const auto server = always({200, "[" + issue_json(1) + "]"});

  ASSERT_TRUE(github_forge(server.access())->issues(label, {}));

  const auto request = server.seen().front();
  EXPECT_EQ(request.header("authorization"), "Bearer sesame-0123456789");
  EXPECT_EQ(request.header("accept"), "application/vnd.github+json");
  EXPECT_EQ(request.header("x-github-api-version"), "2022-11-28");
  EXPECT_THAT(request.header("user-agent"), Not(IsEmpty()));
}

TEST(Github, ListsTheNewestIssuesWhereItMayNotLabel) {
  const ForgeServer server([](const std::string& asked, const auto& /*request*/) -> Reply {
    if (asked == "GET /repos/o/r") return {200, R"({"permissions":{"push":false}})"};
    return {200, asked.find("labels=") == std::string::npos ? "[" + issue_json(5) + "]" : "[]"};
  });

  const auto issues = github_forge(server.access())->issues(label, {});

  ASSERT_TRUE(issues);
  ASSERT_THAT(*issues, SizeIs(1));
  EXPECT_EQ(issues->front().number, 5U);
}

TEST(Github, ReadsAtMostFiftyPages) {
  const auto server = always({200, "[" + issue_json(1) + "]", {{"Link", R"(<http://x>; rel="next")"}}});

  ASSERT_TRUE(github_forge(server.access())->issues(label, {}));
  EXPECT_THAT(server.asked(), SizeIs(50));
}

TEST(Github, MakesAnIssueWithLabelsAndAssignees) {
  const auto server = always({201, issue_json(4, label_json(1, label))});

  const auto made = github_forge(server.access())->create({"title", "body", {label, "ci"}, {"octo"}}, {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->number, 4U);
  EXPECT_THAT(made->labels, ElementsAre(label));
  EXPECT_THAT(made->unassigned, IsEmpty()) << "nothing is told of them";
  ASSERT_THAT(server.asked(), ElementsAre("POST /repos/o/r/labels", "POST /repos/o/r/issues"));
  const auto described = nlohmann::json::parse(server.seen().front().body);
  EXPECT_EQ(described["name"], label);
  EXPECT_EQ(described["description"], "One failure: agent finds its issue again by this label");
  const auto sent = nlohmann::json::parse(server.seen().back().body);
  EXPECT_EQ(sent["title"], "title");
  EXPECT_EQ(sent["labels"], nlohmann::json({label, "ci"}));
  EXPECT_EQ(sent["assignees"], nlohmann::json({"octo"}));
}

TEST(Github, MakesAnIssueWithALabelThatItMayNotDescribe) {
  const ForgeServer server([](const std::string& asked, const auto& /*request*/) -> Reply {
    if (asked.ends_with("/labels")) return {422, R"({"errors":[{"code":"already_exists"}]})"};
    return {201, issue_json(4, label_json(1, label))};
  });
  EXPECT_TRUE(github_forge(server.access())->create({"title", "body", {label}, {}}, {}));
}

TEST(Github, LeavesOutAnAssigneeThatIsNotKnown) {
  const ForgeServer server([](const std::string& /*asked*/, const auto& request) -> Reply {
    if (request.body.find("assignees") == std::string::npos) return {201, issue_json(4)};
    return {422, R"({"message":"Validation Failed","errors":[{"field":"assignees","code":"invalid"}]})"};
  });

  EXPECT_TRUE(github_forge(server.access())->create({"title", "body", {}, {"nobody"}}, {}));
  EXPECT_THAT(server.asked(), SizeIs(3)) << "who may be assigned is asked for";
}

struct State {
  std::string name;
  IssueState state;
  std::string expected;
};

class GithubState : public testing::TestWithParam<State> {};

TEST_P(GithubState, IsSetWithItsReason) {
  const auto server = always({200, issue_json(4)});
  ASSERT_TRUE(github_forge(server.access())->set_state(4, GetParam().state, {}));
  EXPECT_EQ(server.asked(), std::vector<std::string>{"PATCH /repos/o/r/issues/4"});
  EXPECT_EQ(nlohmann::json::parse(server.seen().front().body), nlohmann::json::parse(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    States, GithubState,
    testing::Values(State{"open", IssueState::open, R"({"state":"open","state_reason":"reopened"})"},
                    State{"closed", IssueState::closed, R"({"state":"closed","state_reason":"completed"})"},
                    State{"duplicate", IssueState::duplicate, R"({"state":"closed","state_reason":"duplicate"})"}),
    [](const auto& row) { return row.param.name; });

TEST(Github, ClosesAsNotPlannedWhereThereIsNoDuplicate) {
  const ForgeServer server([](const std::string& /*asked*/, const auto& request) -> Reply {
    return {request.body.find("duplicate") == std::string::npos ? 200 : 422, "{}"};
  });
  EXPECT_TRUE(github_forge(server.access())->set_state(4, IssueState::duplicate, {}));
  EXPECT_THAT(server.seen().back().body, HasSubstr("not_planned"));
}

TEST(Github, ReadsWritesAndDeletesComments) {
  const ForgeServer server([](const std::string& asked, const auto& /*request*/) -> Reply {
    const std::string comment = R"({"id":8,"body":"b","user":{"login":"bot"},"updated_at":"2026-11-21T00:00:00Z",)"
                                R"("html_url":"https://forge/o/r/pull/12#issuecomment-8"})";
    if (asked.starts_with("GET")) return {200, "[" + comment + "]"};
    if (asked.starts_with("POST")) return {201, comment};
    return {asked.starts_with("DELETE") ? 204 : 200, asked.starts_with("DELETE") ? "" : comment};
  });
  const auto forge = github_forge(server.access());

  const auto comments = forge->comments(12, {});
  ASSERT_TRUE(comments);
  ASSERT_THAT(*comments, SizeIs(1));
  EXPECT_EQ(comments->front().author, "bot");
  EXPECT_EQ(comments->front().url, "https://forge/o/r/pull/12#issuecomment-8");
  EXPECT_EQ(forge->add_comment(12, "b", {})->id, 8U);
  EXPECT_TRUE(forge->edit_comment(12, 8, "c", {}));
  EXPECT_TRUE(forge->edit_body(12, "c", {}));
  EXPECT_TRUE(forge->delete_comment(12, 8, {}));

  EXPECT_THAT(server.asked(), ElementsAre(StartsWith("GET /repos/o/r/issues/12/comments?"),
                                          "POST /repos/o/r/issues/12/comments", "PATCH /repos/o/r/issues/comments/8",
                                          "PATCH /repos/o/r/issues/12", "DELETE /repos/o/r/issues/comments/8"));
}

struct PullCase {
  std::string name;
  Reply reply;
  std::string url, error;  ///< The one or the other.
};

void PrintTo(const PullCase& row, std::ostream* out) { *out << row.name; }

class GithubPullRequest : public testing::TestWithParam<PullCase> {};

TEST_P(GithubPullRequest, IsToldFromAnIssue) {
  const auto server = always(GetParam().reply);

  const auto got = github_forge(server.access())->pull_request(4, {});

  EXPECT_EQ(server.asked(), std::vector<std::string>{"GET /repos/o/r/issues/4"});
  EXPECT_EQ(got.value_or("-"), GetParam().error.empty() ? GetParam().url : "-");
  if (got) return;
  EXPECT_EQ(got.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(got.error().what, GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, GithubPullRequest,
    testing::Values(PullCase{"a_pull_request",
                             {200, issue_json(4, "", R"(,"pull_request":{"html_url":"https://forge/o/r/pull/4"})")},
                             "https://forge/o/r/pull/4",
                             ""},
                    PullCase{"a_pull_request_of_few_words",
                             {200, issue_json(4, "", R"(,"pull_request":{})")},
                             "https://forge/o/r/issues/4",
                             ""},
                    PullCase{"an_address_that_is_none_to_repeat",
                             {200, issue_json(4, "", R"__(,"pull_request":{"html_url":"https://x/)[y](z)"})__")},
                             "https://forge/o/r/issues/4",
                             ""},
                    PullCase{"an_issue", {200, issue_json(4)}, "", "4 is no pull request of 'o/r', but an issue"},
                    PullCase{"an_issue_of_gitea",
                             {200, issue_json(4, "", R"(,"pull_request":null)")},
                             "",
                             "4 is no pull request of 'o/r', but an issue"},
                    PullCase{"nothing",
                             {404, R"({"message":"Not Found"})"},
                             "",
                             "4 is no pull request of 'o/r', or the token can't see it"},
                    PullCase{"what_was_deleted",
                             {410, R"({"message":"This issue was deleted"})"},
                             "",
                             "4 is no pull request of 'o/r', or the token can't see it"},
                    PullCase{"a_token_that_may_not_look", {403, "{}"}, "", ""}),
    [](const auto& row) { return row.param.name; });

TEST(Github, LearnsTheNameOfAnAppFromWhatItWrote) {
  const ForgeServer server([](const std::string& asked, const test::SeenRequest&) -> Reply {
    if (asked == "GET /user") return {403, R"({"message":"Resource not accessible by integration"})"};
    return {201, R"({"id":8,"body":"b","user":{"login":"our-app[bot]"}})"};
  });
  const auto forge = github_forge(server.access());
  EXPECT_EQ(forge->author({}), "github-actions[bot]");
  ASSERT_TRUE(forge->add_comment(12, "b", {}));
  EXPECT_EQ(forge->author({}), "our-app[bot]");
}

TEST(Github, AsksForItsNameOnce) {
  const auto server = always({200, R"({"login":"bot"})"});
  const auto forge = github_forge(server.access());
  EXPECT_EQ(forge->author({}), "bot");
  EXPECT_EQ(forge->author({}), "bot");
  EXPECT_THAT(server.asked(), SizeIs(1));
}

TEST(Github, AsksForNothingWithoutAToken) {
  const auto server = always({200, "[]"});

  const auto got = github_forge(server.access(""))->issues(label, {});

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::unauthorised);
  EXPECT_EQ(got.error().what, "no token for github");
  EXPECT_EQ(got.error().fix, "set THE_TOKEN");
  EXPECT_THAT(server.asked(), IsEmpty());
}

struct Redirect {
  std::string name;
  int status;
  std::string location;  ///< "OTHER" stands for another server's address.
  std::string what;
};

void PrintTo(const Redirect& row, std::ostream* out) { *out << row.name; }

class GithubRedirect : public testing::TestWithParam<Redirect> {};

TEST_P(GithubRedirect, IsToldAndNotFollowed) {
  const auto with = [](std::string text, const std::string& name, const std::string& url) {
    const auto at = text.find(name);
    return at == std::string::npos ? text : text.replace(at, name.size(), url);
  };
  const auto other = always({200, "[" + issue_json(1) + "]"});
  const auto server = always({GetParam().status, "", {{"Location", with(GetParam().location, "OTHER", other.url())}}});
  const auto forge = github_forge(server.access());

  const auto listed = forge->issues(label, {});
  const auto made = forge->create({"title", "body", {}, {}}, {});

  EXPECT_THAT(other.seen(), IsEmpty());
  EXPECT_THAT(server.asked(), SizeIs(2));
  ASSERT_FALSE(listed || made);
  const std::string what = with(with(GetParam().what, "OTHER", other.url()), "HERE", server.url());
  EXPECT_EQ(listed.error().what, what);
  EXPECT_EQ(made.error().what, what);
  EXPECT_EQ(made.error().kind, ErrorKind::delivery_failed);
}

INSTANTIATE_TEST_SUITE_P(Answers, GithubRedirect,
                         testing::Values(Redirect{"for_good_to_another_server", 301, "OTHER/repos/n/r/issues",
                                                  "the repository 'o/r' has moved to 'OTHER/repos/n/r/issues'"},
                                         Redirect{"to_another_server", 302, "OTHER/x?token=sesame-0123456789",
                                                  "github points to another place: 'OTHER/x?token=…'"},
                                         Redirect{"with_its_method", 307, "OTHER/x",
                                                  "github points to another place: 'OTHER/x'"},
                                         Redirect{"for_good_with_its_method", 308, "/repositories/7/issues",
                                                  "the repository 'o/r' has moved to 'HERE/repositories/7/issues'"},
                                         Redirect{"with_our_token_in_its_path", 301, "OTHER/sesame-0123456789",
                                                  "the repository 'o/r' has moved to 'OTHER/…'"},
                                         Redirect{"to_nowhere", 302, "ftp://x", "github points to another place"}),
                         [](const auto& row) { return row.param.name; });

const std::string marker = "<!-- agent:issue fingerprint=0123456789abcdef -->";

std::string issue_with(int number, const std::string& body) {
  auto issue = nlohmann::json::parse(issue_json(number));
  issue["body"] = body;
  return issue.dump();
}

TEST(Github, KeepsNoTextOfOthers) {
  const std::string ours = marker + "\n\ntext", theirs = "text\n" + ours;
  const auto server = always({200, "[" + issue_with(1, ours) + "," + issue_with(2, theirs) + "]"});

  const auto issues = github_forge(server.access())->issues(label, {});

  ASSERT_TRUE(issues) << describe(issues.error());
  ASSERT_THAT(*issues, SizeIs(2));
  EXPECT_EQ(issues->front().body, ours);
  EXPECT_EQ(issues->back().body, "");
}

struct Fat {
  std::string name, page;
  std::size_t pages;  ///< That are read.
};

void PrintTo(const Fat& row, std::ostream* out) { *out << row.name; }

class FatForge : public testing::TestWithParam<Fat> {};

TEST_P(FatForge, IsReadNoFurtherThanItMayFillTheMemory) {
  const auto server = always({200, GetParam().page, {{"Link", R"(<http://x>; rel="next")"}}});

  auto access = server.access();
  access.timeout = 60s;

  const auto issues = github_forge(access)->issues(label, {});

  ASSERT_FALSE(issues);
  EXPECT_EQ(traits(issues.error().kind).name, traits(ErrorKind::unreadable).name);
  EXPECT_THAT(server.asked(), SizeIs(GetParam().pages));
}

/// An issue of a few bytes a label: in memory each has more.
std::string many_labels() {
  std::string labels = "0";
  for (int i = 1; i < 400'000; ++i) labels += ",0";
  return "[" + issue_json(1, labels) + "]";
}

INSTANTIATE_TEST_SUITE_P(Pages, FatForge,
                         testing::Values(Fat{"all_pages", many_labels(), 3},
                                         Fat{"one_page", std::string(std::size_t{9} << 20U, ' '), 1}),
                         [](const auto& row) { return row.param.name; });

TEST(Github, ReadsAWholeListWithinItsTime) {
  const ForgeServer server([](const std::string& /*asked*/, const auto& /*request*/) -> Reply {
    std::this_thread::sleep_for(100ms);
    return {200, "[" + issue_json(1) + "]", {{"Link", R"(<http://x>; rel="next")"}}};
  });
  auto access = server.access();
  access.timeout = 350ms;

  const auto issues = github_forge(access)->issues(label, {});

  ASSERT_FALSE(issues);
  EXPECT_EQ(traits(issues.error().kind).name, traits(ErrorKind::deadline).name);
  EXPECT_LT(server.asked().size(), 6U);
}

struct Address {
  std::string name, url, told;
};

void PrintTo(const Address& row, std::ostream* out) { *out << row.name; }

class ForgeAddress : public testing::TestWithParam<Address> {};

TEST_P(ForgeAddress, IsRepeatedOnlyWhenItIsPlain) {
  auto issue = nlohmann::json::parse(issue_json(4));
  issue["html_url"] = GetParam().url;
  const auto server = always({201, issue.dump()});

  const auto made = github_forge(server.access())->create({"title", "body", {}, {}}, {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->url, GetParam().told);
}

const std::string plain = "https://forge.example:8443/o/r/issues/4?a=b&c=%5B#note-5";

INSTANTIATE_TEST_SUITE_P(
    Addresses, ForgeAddress,
    testing::Values(
        Address{"plain", plain, plain}, Address{"http", "http://forge/4", "http://forge/4"},
        Address{"of_a_script", "javascript:alert(1)", ""}, Address{"of_a_file", "file:///etc/passwd", ""},
        Address{"without_a_scheme", "//forge/4", ""}, Address{"with_a_line", "https://forge/4\n::error::x", ""},
        Address{"with_a_blank", "https://forge/4 @team", ""},
        Address{"with_a_link", "https://forge/4)[x](https://evil", ""},
        Address{"with_an_image", "https://forge/![x]", ""}, Address{"with_html", "https://forge/<b>", ""},
        Address{"with_a_quote", "https://forge/\"onclick", ""}, Address{"with_a_single_quote", "https://forge/'", ""},
        Address{"with_a_backtick", "https://forge/`x`", ""}, Address{"with_an_escape", "https://forge/\x1b[31m", ""},
        Address{"with_a_user", "https://github.com@evil/4", ""}, Address{"with_a_bar", "https://forge/|x|", ""},
        Address{"with_other_letters", "https://f\u00f6rge/4", ""}, Address{"with_a_deletion", "https://forge/\x7f", ""},
        Address{"of_the_most_bytes", "https://f/" + std::string(1990, 'x'), "https://f/" + std::string(1990, 'x')},
        Address{"too_long", "https://f/" + std::string(1991, 'x'), ""}, Address{"empty", "", ""}),
    [](const auto& row) { return row.param.name; });

TEST(Github, TakesAnAddressThatEndsInASlash) {
  const auto server = always({200, "[" + issue_json(1) + "]"});
  auto access = server.access();
  access.api_url += "/api/v3/";

  ASSERT_TRUE(github_forge(access)->issues(label, {}));

  EXPECT_THAT(server.asked(), ElementsAre(StartsWith("GET /api/v3/repos/o/r/issues?")));
}

class GithubRefuses : public testing::TestWithParam<Refused> {};

TEST_P(GithubRefuses, AndItIsSaidWhy) {
  const auto server = always(GetParam().reply);
  auto access = server.access();
  access.most_rate_wait = 300ms;

  const auto got = github_forge(access)->create({"title", "body", {}, {}}, {});

  ASSERT_FALSE(got);
  expect_refused(GetParam(), got.error());
  EXPECT_EQ(server.asked().size(), GetParam().requests);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, GithubRefuses,
    testing::Values(
        Refused{"a_wrong_token",
                {401, R"({"message":"Bad credentials"})"},
                ErrorKind::unauthorised,
                "github does not accept the token",
                "THE_TOKEN"},
        Refused{"a_token_of_few_rights",
                {403,
                 R"({"message":"Resource not accessible by personal access token"})",
                 {{"X-Accepted-GitHub-Permissions", "issues=write"}}},
                ErrorKind::forbidden,
                "Resource not accessible by personal access token",
                "the right 'issues=write'"},
        Refused{"a_classic_token_of_few_rights",
                {403, R"({"message":"Must have admin rights"})", {{"X-Accepted-OAuth-Scopes", "repo"}}},
                ErrorKind::forbidden,
                "Must have admin rights",
                "the right 'repo'"},
        Refused{"an_archived_repository",
                {403, R"({"message":"Repository was archived so is read-only."})"},
                ErrorKind::forbidden,
                "archived"},
        Refused{"the_hourly_limit",
                {403,
                 R"({"message":"API rate limit exceeded for user ID 1."})",
                 {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", in_an_hour()}}},
                ErrorKind::delivery_failed,
                "in 60 min"},
        Refused{"the_hourly_limit_as_429",
                {429, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", in_an_hour()}}},
                ErrorKind::delivery_failed,
                "the next try may be at 20"},
        Refused{"the_secondary_limit",
                {403, R"({"message":"You have exceeded a secondary rate limit."})", {{"retry-after", "90"}}},
                ErrorKind::delivery_failed,
                "in 90 s"},
        Refused{"the_secondary_limit_without_a_time",
                {403, R"({"message":"You have exceeded a secondary rate limit."})"},
                ErrorKind::delivery_failed,
                "in 60 s"},
        Refused{"a_limit_that_never_ends",
                {429, "{}", {{"retry-after", "0"}}},
                ErrorKind::delivery_failed,
                "limits how often it is asked",
                "",
                4},
        Refused{"a_time_that_is_no_number",
                {403, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "99999999999999999999"}}},
                ErrorKind::delivery_failed,
                "in 60 s"},
        Refused{"a_time_out_of_reach",
                {403, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "9000000000000000000"}}},
                ErrorKind::delivery_failed,
                "the next try may be at"},
        Refused{"a_missing_repository",
                {404, R"({"message":"Not Found"})"},
                ErrorKind::target_not_found,
                "the repository 'o/r' does not exist at github, or the token can't see it"},
        Refused{"issues_turned_off",
                {410, R"({"message":"Issues are disabled for this repo"})"},
                ErrorKind::delivery_failed,
                "issues are turned off in 'o/r'"},
        Refused{
            "a_body_too_long",
            {422,
             R"__({"message":"Validation Failed","errors":[{"message":"body is too long (maximum is 65536 characters)"}]})__"},
            ErrorKind::delivery_failed,
            "body is too long (maximum is 65536 characters)"},
        Refused{"a_request_too_large", {413, ""}, ErrorKind::delivery_failed, "the text is too long for github"},
        Refused{"a_server_error", {500, "<html>oops"}, ErrorKind::delivery_failed, "github fails"},
        Refused{"a_gateway_without_a_server", {502, ""}, ErrorKind::delivery_failed, "github fails"},
        Refused{"a_cut_connection", {0, "", {}, Fault::cut_before}, ErrorKind::unreachable, ""},
        Refused{"a_cut_body", {0, R"({"number":)", {}, Fault::cut_within}, ErrorKind::unreadable, ""},
        Refused{"no_json", {201, "<html>"}, ErrorKind::unreadable, "without the issue that it made"},
        Refused{"deep_json", {201, std::string(100'000, '[')}, ErrorKind::unreadable, "without the issue"},
        Refused{"wrong_types", {201, R"({"number":"x","labels":7,"user":[],"title":{}})"}, ErrorKind::unreadable, ""},
        Refused{"our_token_in_its_words",
                {400, R"({"message":"bad header: Bearer sesame-0123456789 and \u001b[31mred\nlines"})"},
                ErrorKind::delivery_failed,
                "github refuses this"},
        Refused{"words_without_end",
                {400, R"({"message":")" + std::string(100'000, 'x') + "\"}"},
                ErrorKind::delivery_failed,
                "xxx"}),
    [](const auto& row) { return row.param.name; });

TEST(Github, WaitsForAShortLimit) {
  int asked = 0;
  const ForgeServer server([&](const std::string& /*asked*/, const auto& /*request*/) -> Reply {
    if (++asked == 1) return {403, R"({"message":"secondary rate limit"})", {{"retry-after", "0"}}};
    return {201, issue_json(4)};
  });

  EXPECT_TRUE(github_forge(server.access())->create({"title", "body", {}, {}}, {}));
  EXPECT_EQ(asked, 2);
}

TEST(Github, EndsItsWaitWhenAStopIsAskedFor) {
  std::stop_source stop;
  const ForgeServer server([&](const std::string& /*asked*/, const auto& /*request*/) -> Reply {
    stop.request_stop();
    return {429, "{}", {{"retry-after", "3"}}};
  });

  const auto got = github_forge(server.access())->create({"title", "body", {}, {}}, stop.get_token());

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::interrupted);
}

TEST(Github, AsksAgainWhatMayBeAskedAgain) {
  int asked = 0;
  const ForgeServer server([&](const std::string& /*asked*/, const auto& /*request*/) -> Reply {
    if (++asked < 3) return {503, ""};
    return {200, "[" + issue_json(1) + "]"};
  });

  EXPECT_TRUE(github_forge(server.access())->issues(label, {}));
}

TEST(Github, IsUnreachableWhereNobodyListens) {
  auto access = always({200, ""}).access();  // the server is gone by now

  const auto got = github_forge(access)->issues(label, {});

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::unreachable);
}

}  // namespace
}  // namespace agent::sinks
