// Reports on their way to where people work, as a user sees them: what each failure of a place says, and that nothing
// is lost.
#include "support/http_server.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>

namespace agent {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* failing_log =
    "cc -c src/main.c\n"
    "src/main.c:12:5: error: use of undeclared identifier 'foo'\n"
    "1 error generated.\n"
    "make: *** [Makefile:3: main.o] Error 1\n";

/// One repository of a forge, as Gitea's API and GitHub's have it, as far as a tracker goes.
class Forge {
 public:
  using Refuse = std::function<bool(const test::SeenRequest&, test::Talk&)>;

  Forge() : server_([this](const test::SeenRequest& request, test::Talk& talk) { answer(request, talk); }) {}

  [[nodiscard]] std::string url() const { return server_.url(""); }
  [[nodiscard]] std::vector<test::SeenRequest> seen() const { return server_.seen(); }
  void refuse(Refuse refuse) {
    const std::lock_guard lock(guard_);
    refuse_ = std::move(refuse);
  }
  json issues() {
    const std::lock_guard lock(guard_);
    return issues_;
  }
  json comments(std::size_t number) {
    const std::lock_guard lock(guard_);
    return comments_.at(number - 1);
  }
  /// As if a model's explanation stood in it.
  void explain(std::size_t number) {
    const std::lock_guard lock(guard_);
    auto& body = issues_.at(number - 1)["body"].get_ref<std::string&>();
    body.replace(body.find(" -->"), 0, " explained");
  }
  /// A pull request instead of an issue.
  void make_pull_request(std::size_t number) {
    const std::lock_guard lock(guard_);
    issues_.at(number - 1)["pull_request"] = {{"html_url", "https://forge.example/o/r/pull/" + std::to_string(number)}};
  }
  void close(std::size_t number) {
    const std::lock_guard lock(guard_);
    issues_.at(number - 1)["state"] = "closed";
  }

 private:
  void answer(const test::SeenRequest& request, test::Talk& talk) {
    const std::lock_guard lock(guard_);
    if (refuse_ && refuse_(request, talk)) return;
    std::string path = request.target.substr(0, request.target.find('?'));
    for (const std::string prefix : {"/api/v1", "/repos/o/r"})
      if (path.starts_with(prefix)) path = path.substr(prefix.size());
    const json body = json::parse(request.body, nullptr, false);
    const json result = act(request, path, body);
    talk.answer(result.is_null()           ? 404
                : request.method == "POST" ? 201
                                           : 200,
                result.dump(), {{"Content-Type", "application/json"}});
  }

  json act(const test::SeenRequest& request, const std::string& path, const json& body) {
    const bool reads = request.method == "GET";
    if (path == "/user") return {{"id", 1}, {"login", "bot"}};
    if (path == "/labels") return reads ? labels_ : label(body);
    if (path == "/issues") return reads ? listed(request.target) : create(body);
    return part(request, path, body);
  }

  json label(const json& body) {
    labels_.push_back({{"id", labels_.size() + 1}, {"name", body.at("name")}, {"color", "ededed"}});
    return labels_.back();
  }

  /// By id, as Gitea takes them, or by name.
  [[nodiscard]] json label_named(const json& wanted) const {
    for (const json& one : labels_)
      if (one.at("id") == wanted || one.at("name") == wanted) return one;
    return {{"id", 99}, {"name", wanted}, {"color", "ededed"}};
  }

  [[nodiscard]] json listed(const std::string& target) const {
    const bool first = target.find("page=2") == std::string::npos;
    return first && target.find("labels=agent") != std::string::npos ? issues_ : json::array();
  }

  json create(const json& body) {
    const std::size_t number = issues_.size() + 1;
    json labels = json::array();
    for (const json& one : body.value("labels", json::array())) labels.push_back(label_named(one));
    issues_.push_back({{"number", number},
                       {"html_url", "https://forge.example/o/r/issues/" + std::to_string(number)},
                       {"title", body.at("title")},
                       {"body", body.at("body")},
                       {"state", "open"},
                       {"labels", labels},
                       {"user", {{"login", "bot"}}}});
    comments_.push_back(json::array());
    return issues_.back();
  }

  json part(const test::SeenRequest& request, const std::string& path, const json& body) {
    std::istringstream words(path);
    std::string empty, issues, number, rest;
    std::getline(words, empty, '/');
    std::getline(words, issues, '/');
    std::getline(words, number, '/');
    std::getline(words, rest);
    if (issues == "issues" && number == "comments") return edit_comment(rest, body);
    if (issues != "issues" || number.empty() || number.find_first_not_of("0123456789") != std::string::npos) return {};
    const std::size_t at = std::stoul(number) - 1;
    if (at >= issues_.size()) return {};
    if (rest == "comments") return request.method == "GET" ? comments_[at] : add_comment(at, body);
    if (rest.empty() && request.method == "PATCH") issues_[at].merge_patch(body);
    return rest.empty() ? issues_[at] : json();
  }

  json add_comment(std::size_t at, const json& body) {
    comments_[at].push_back({{"id", ++last_comment_},
                             {"body", body.at("body")},
                             {"user", {{"login", "bot"}}},
                             {"updated_at", "2026-11-21T10:00:00Z"}});
    return comments_[at].back();
  }

  json edit_comment(const std::string& id, const json& body) {
    for (json& of_issue : comments_)
      for (json& one : of_issue)
        if (std::to_string(one.at("id").get<int>()) == id) {
          one["body"] = body.at("body");
          return one;
        }
    return {};
  }

  std::mutex guard_;
  json labels_ = json::array(), issues_ = json::array();
  std::vector<json> comments_;
  int last_comment_ = 0;
  Refuse refuse_;
  test::HttpServer server_;
};

class Deliver : public testing::Test {
 protected:
  Forge forge_;
  test::TemporaryFolder folder_;
  std::string log_ = folder_.write("build.log", failing_log);

  [[nodiscard]] test::Variables gitea() const {
    return {{"HOME", folder_.path()},        {"TMPDIR", folder_.path()}, {"GITEA_URL", forge_.url()},
            {"GITEA_TOKEN", "gitea-secret"}, {"GITEA_OWNER", "o"},       {"GITEA_REPO", "r"}};
  }
  [[nodiscard]] test::Variables github() const {
    return {{"HOME", folder_.path()},
            {"TMPDIR", folder_.path()},
            {"GITHUB_API_URL", forge_.url()},
            {"GITHUB_TOKEN", "github-secret"},
            {"GITHUB_REPOSITORY", "o/r"}};
  }
  [[nodiscard]] test::Ended analyze(std::vector<std::string> more, const test::Variables& environment) const {
    std::vector<std::string> words{"analyze", "--log", log_};
    words.insert(words.end(), more.begin(), more.end());
    return test::run_agent({.arguments = words, .environment = environment, .input = {}, .directory = {}});
  }
  [[nodiscard]] test::Ended deliver(std::vector<std::string> more, const test::Variables& environment) const {
    more.insert(more.begin(), "deliver");
    return test::run_agent({.arguments = more, .environment = environment, .input = {}, .directory = {}});
  }
  [[nodiscard]] json waiting(const test::Variables& environment) const {
    return json::parse(deliver({"--list", "-o", "json"}, environment).out);
  }
};

TEST_F(Deliver, FilesOneIssueAFailure) {
  const auto first = analyze({"--file-issue", "gitea"}, gitea());
  const auto second = analyze({"--file-issue", "gitea"}, gitea());

  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("\nIssue created: https://forge.example/o/r/issues/1\n"));
  EXPECT_THAT(second.out, HasSubstr("\nIssue updated: https://forge.example/o/r/issues/1\n"));
  ASSERT_THAT(forge_.issues(), SizeIs(1));
  EXPECT_THAT(forge_.comments(1), SizeIs(1));
  const json issue = forge_.issues()[0];
  EXPECT_THAT(issue["labels"][0]["name"].get<std::string>(), StartsWith("agent/"));
  EXPECT_THAT(issue["body"].get<std::string>(), HasSubstr("use of undeclared identifier"));
  EXPECT_TRUE(waiting(gitea()).empty());
}

TEST_F(Deliver, ReopensAnIssueThatWasClosed) {
  (void)analyze({"--file-issue", "github"}, github());
  forge_.close(1);

  const auto ended = analyze({"--file-issue", "github"}, github());

  EXPECT_THAT(ended.out, HasSubstr("Issue reopened: https://forge.example/o/r/issues/1\n")) << ended.err;
  EXPECT_EQ(forge_.issues()[0]["state"], "open");
}

TEST_F(Deliver, LinksToAClosedIssueWhenAsked) {
  (void)analyze({"--file-issue", "github"}, github());
  forge_.close(1);

  const auto ended = analyze({"--file-issue", "github", "--closed-issue", "link"}, github());

  EXPECT_THAT(ended.out, HasSubstr("Issue created: https://forge.example/o/r/issues/2\n")) << ended.err;
  EXPECT_EQ(forge_.issues()[0]["state"], "closed");
}

TEST_F(Deliver, UsesTheTitleLabelsAndAssigneesThatAreGiven) {
  const auto ended = analyze({"--file-issue", "github", "--title-template", "{category} in {repository}", "--label",
                              "ci", "--assignee", "kim"},
                             github());

  ASSERT_THAT(forge_.issues(), SizeIs(1)) << ended.err;
  EXPECT_THAT(forge_.issues()[0]["title"].get<std::string>(), StartsWith("compile in"));
  EXPECT_EQ(forge_.issues()[0]["labels"].size(), 2U);
  const auto seen = forge_.seen();
  EXPECT_TRUE(std::ranges::any_of(seen, [](const test::SeenRequest& one) {
    return one.method == "POST" && one.body.find("\"kim\"") != std::string::npos;
  }));
}

TEST_F(Deliver, SaysWhereTheIssueIsOnStandardErrorOfAReportForPrograms) {
  const auto ended = analyze({"--file-issue", "gitea", "-o", "json"}, gitea());

  EXPECT_FALSE(json::parse(ended.out, nullptr, false).is_discarded());
  EXPECT_EQ(ended.err, "Issue created: https://forge.example/o/r/issues/1\n");
}

TEST_F(Deliver, KeepsOneCommentOfAPullRequest) {
  (void)analyze({"--file-issue", "github"}, github());
  forge_.make_pull_request(1);

  const auto first = analyze({"--comment-pr", "1"}, github());
  const auto second = analyze({"--comment-pr", "1"}, github());

  EXPECT_EQ(second.exit_code, 0) << first.err << second.err;
  EXPECT_THAT(second.out, HasSubstr("\nPull request updated: https://forge.example/o/r/pull/1\n"));
  EXPECT_THAT(forge_.comments(1), SizeIs(1));
}

TEST_F(Deliver, TakesNoIssueForAPullRequest) {
  (void)analyze({"--file-issue", "gitea"}, gitea());

  const auto an_issue = analyze({"--comment-pr", "1"}, gitea());
  const auto nothing = analyze({"--comment-pr", "7"}, gitea());

  EXPECT_EQ(an_issue.exit_code, 8);
  EXPECT_THAT(an_issue.err, HasSubstr("1 is no pull request of 'o/r', but an issue"));
  EXPECT_EQ(nothing.exit_code, 8);
  EXPECT_THAT(nothing.err, HasSubstr("7 is no pull request of 'o/r', or the token can't see it"));
  EXPECT_THAT(forge_.comments(1), IsEmpty());
}

TEST_F(Deliver, FilesNothingWhereNoFailureIsRecognised) {
  const std::string good = folder_.write("good.log", "PASS\nall 12 tests passed\n");
  const auto ended = test::run_agent({.arguments = {"analyze", "--log", good, "--file-issue", "gitea"},
                                      .environment = gitea(),
                                      .input = {},
                                      .directory = {}});

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("Nothing was sent: no failure was recognised\n"));
  EXPECT_TRUE(forge_.issues().empty());
}

TEST_F(Deliver, HidesItsOwnSecretsInLogs) {
  const std::string token = "a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4", secret = "webhook-secret-9Xv4Lt8RQQ";
  log_ =
      folder_.write("telling.log", "a.c:1:1: error: token " + token + " and " + secret + "\nmake: *** [a.o] Error 1\n");
  test::Variables variables = gitea();
  variables["GITEA_TOKEN"] = token;
  variables["AGENT_WEBHOOK_SECRET"] = secret;

  const auto ended = analyze({"--file-issue", "gitea"}, variables);

  ASSERT_THAT(forge_.issues(), SizeIs(1)) << ended.err;
  for (const std::string& text : {ended.out, forge_.issues().dump()}) {
    EXPECT_THAT(text, Not(HasSubstr(token)));
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
}

TEST_F(Deliver, FilesAnIssueWhereAReportFileCannotBeWritten) {
  const auto ended = analyze({"--file-issue", "gitea", "--report", "/proc/no/such.json"}, gitea());

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.out, HasSubstr("Issue created: "));
  EXPECT_THAT(ended.err, HasSubstr("cannot write the report"));
}

TEST_F(Deliver, TellsOfACommandThatFailsWithoutAWordButFilesNothing) {
  test::HttpServer slack([](const test::SeenRequest&, test::Talk& talk) { talk.answer(200, "ok"); });
  test::Variables variables = gitea();
  variables.insert({{"PATH", "/usr/bin:/bin"}, {"SLACK_WEBHOOK_URL", slack.url("/services/T0/B0/hidden")}});

  const auto ended =
      test::run_agent({.arguments = {"analyze", "--file-issue", "gitea", "--notify", "slack", "--", "false"},
                       .environment = variables,
                       .input = {},
                       .directory = {}});

  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(slack.seen(), SizeIs(1)) << ended.err;
  EXPECT_THAT(forge_.issues(), IsEmpty());
}

/// A place that fails in one way, and then no more.
struct Trouble {
  std::string name;
  bool is_github;
  std::function<void(test::Variables&, Forge&)> begin;
  std::string says;
};

void PrintTo(const Trouble& trouble, std::ostream* out) { *out << trouble.name; }

class Refused : public Deliver, public testing::WithParamInterface<Trouble> {};

TEST_P(Refused, IsToldKeptAndDeliveredLaterExactlyOnce) {
  const Trouble& trouble = GetParam();
  const std::string forge = trouble.is_github ? "github" : "gitea";
  const test::Variables good = trouble.is_github ? github() : gitea();
  test::Variables bad = good;
  trouble.begin(bad, forge_);

  const auto refused = analyze({"--file-issue", forge}, bad);

  EXPECT_EQ(refused.exit_code, 8);
  EXPECT_THAT(refused.out, StartsWith("FAILED  compile"));
  EXPECT_THAT(refused.err, AllOf(StartsWith("agent: not delivered to " + forge + " o/r"), HasSubstr(trouble.says),
                                 HasSubstr("the report is kept, agent deliver sends it"), Not(HasSubstr("secret"))));
  ASSERT_EQ(waiting(good).size(), 1U);

  forge_.refuse({});
  const auto sent = deliver({}, good);
  const auto again = deliver({}, good);

  EXPECT_EQ(sent.exit_code, 0) << sent.err;
  EXPECT_THAT(sent.out, StartsWith("Issue created: "));
  EXPECT_EQ(again.out, "");
  EXPECT_EQ(again.err, "nothing waits\n");
  ASSERT_THAT(forge_.issues(), SizeIs(1));
  EXPECT_THAT(forge_.comments(1), IsEmpty());
}

Forge::Refuse answers(int status, std::string body, test::Headers headers = {}) {
  return [=](const test::SeenRequest&, test::Talk& talk) {
    talk.answer(status, body, headers);
    return true;
  };
}

Forge::Refuse cuts_after(const std::string& method, const std::string& path) {
  return [method, path, begun = false](const test::SeenRequest& request, test::Talk& talk) mutable {
    if (begun) talk.cut();
    const bool cuts = begun;
    begun = begun || (request.method == method && request.target.find(path) != std::string::npos);
    return cuts;
  };
}

INSTANTIATE_TEST_SUITE_P(
    Troubles, Refused,
    testing::Values(
        Trouble{"no_token", false, [](auto& variables, Forge&) { variables.erase("GITEA_TOKEN"); }, "set GITEA_TOKEN"},
        Trouble{"no_token_of_github", true, [](auto& variables, Forge&) { variables.erase("GITHUB_TOKEN"); },
                "set GITHUB_TOKEN"},
        Trouble{"wrong_token", false,
                [](auto&, Forge& forge) {
                  forge.refuse(answers(401, R"({"message":"invalid username, password or token"})"));
                },
                "does not accept the token"},
        Trouble{
            "no_rights", false,
            [](auto&, Forge& forge) {
              forge.refuse(answers(
                  403,
                  R"({"message":"token does not have at least one of required scope(s), required=[write:issue]"})"));
            },
            "write:issue"},
        Trouble{"no_rights_at_github", true,
                [](auto&, Forge& forge) {
                  forge.refuse(answers(403, R"({"message":"Resource not accessible by integration"})",
                                       {{"X-Accepted-GitHub-Permissions", "issues=write"}}));
                },
                "issues=write"},
        Trouble{"no_repository", false,
                [](auto&, Forge& forge) { forge.refuse(answers(404, R"({"message":"not found"})")); },
                "the repository 'o/r' does not exist"},
        Trouble{"primary_limit", true,
                [](auto&, Forge& forge) {
                  forge.refuse(answers(403, R"({"message":"API rate limit exceeded"})",
                                       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "4102444800"}}));
                },
                "limit"},
        Trouble{"secondary_limit", true,
                [](auto&, Forge& forge) {
                  forge.refuse(answers(429, R"({"message":"You have exceeded a secondary rate limit"})",
                                       {{"retry-after", "3600"}}));
                },
                "limit"},
        Trouble{"body_too_long", true,
                [](auto&, Forge& forge) {
                  forge.refuse([](const test::SeenRequest& request, test::Talk& talk) {
                    if (request.method != "POST") return false;
                    talk.answer(422, R"x({"message":"Validation Failed","errors":["body is too long"]})x");
                    return true;
                  });
                },
                "too long"},
        Trouble{"down_before", false, [](auto&, Forge& forge) { forge.refuse(cuts_after("GET", "/issues")); }, ""},
        Trouble{"down_after_the_issue_was_made", true,
                [](auto&, Forge& forge) { forge.refuse(cuts_after("POST", "/issues")); }, ""},
        Trouble{"issues_turned_off", true,
                [](auto&, Forge& forge) {
                  forge.refuse(answers(410, R"({"message":"Issues has been disabled in this repository."})"));
                },
                "turned off"}),
    [](const auto& info) { return info.param.name; });

TEST_F(Deliver, KeepsTheReportWhenItsTimeIsOver) {
  const test::SilentServer silent;
  test::Variables variables = gitea();
  variables["GITEA_URL"] = "http://127.0.0.1:" + std::to_string(silent.port());

  const auto ended = analyze({"--file-issue", "gitea", "--timeout", "1s"}, variables);

  EXPECT_EQ(ended.exit_code, 124);
  EXPECT_THAT(ended.out, StartsWith("FAILED  compile"));
  EXPECT_THAT(ended.err, HasSubstr("the report is kept, agent deliver sends it"));
  EXPECT_EQ(waiting(variables).size(), 1U);
}

TEST_F(Deliver, KeepsTheReportInTheSpareFolderWhenTheStoreCannotBeWritten) {
  test::Variables variables = gitea();
  variables.erase("GITEA_TOKEN");

  const auto ended = analyze({"--file-issue", "gitea", "--store", "/proc/agent/store.db"}, variables);

  const std::string spare = folder_.path() + "/agent-outbox-" + std::to_string(getuid()) + "/store.db";
  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.err, HasSubstr("agent deliver --store " + spare + " sends it"));
  EXPECT_EQ(deliver({"--store", spare}, gitea()).exit_code, 0);
  EXPECT_THAT(forge_.issues(), SizeIs(1));
}

TEST_F(Deliver, SaysThatTheReportIsNotKeptWhereNothingCanBeWritten) {
  test::Variables variables = gitea();
  variables.erase("GITEA_TOKEN");
  variables["PATH"] = "/usr/bin:/bin";
  const std::string command = "ulimit -f 8; exec '" + std::string(std::getenv("AGENT_BINARY")) +
                              "' analyze --file-issue gitea --log '" + log_ + "'";

  const auto ended = test::run_program(
      "/bin/sh", {.arguments = {"-c", command}, .environment = variables, .input = {}, .directory = {}});

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.out, StartsWith("FAILED  compile"));
  EXPECT_THAT(ended.err, HasSubstr("the report could not be kept: "));
}

TEST_F(Deliver, TakesNoSpareFolderThatOthersCanRead) {
  const std::string spare = folder_.path() + "/agent-outbox-" + std::to_string(getuid());
  std::filesystem::create_directory(spare);
  std::filesystem::permissions(spare, std::filesystem::perms::all);
  test::Variables variables = gitea();
  variables.erase("GITEA_TOKEN");

  const auto ended = analyze({"--file-issue", "gitea", "--store", "/proc/agent/store.db"}, variables);

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.err, HasSubstr("the report could not be kept: "));
  EXPECT_TRUE(std::filesystem::is_empty(spare));
}

TEST_F(Deliver, SendsATokenToNoOtherServerThanTheReportWaitsFor) {
  test::Variables variables = gitea();
  variables["GITEA_URL"] = "http://127.0.0.1:9";
  EXPECT_EQ(analyze({"--file-issue", "gitea"}, variables).exit_code, 8);

  const auto ended = deliver({}, gitea());

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.err, HasSubstr("it waits for another server than the settings name now"));
  EXPECT_TRUE(forge_.seen().empty());
}

TEST_F(Deliver, ForgetsWhatIsDropped) {
  test::Variables variables = gitea();
  variables.erase("GITEA_TOKEN");
  (void)analyze({"--file-issue", "gitea"}, variables);

  EXPECT_EQ(deliver({"--drop", "7"}, gitea()).exit_code, 4);
  EXPECT_EQ(deliver({"--drop", "x"}, gitea()).exit_code, 2);
  EXPECT_EQ(deliver({"--drop", "1"}, gitea()).exit_code, 0);
  EXPECT_TRUE(waiting(gitea()).empty());
}

TEST_F(Deliver, TellsProgramsWhatWasSent) {
  test::Variables variables = gitea();
  variables.erase("GITEA_TOKEN");
  (void)analyze({"--file-issue", "gitea", "--notify", "slack"}, variables);

  const auto ended = deliver({"-o", "json"}, gitea());

  EXPECT_EQ(ended.exit_code, 8);
  const json rows = json::parse(ended.out);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["url"], "https://forge.example/o/r/issues/1");
  EXPECT_EQ(rows[1]["to"], "slack");
}

TEST_F(Deliver, ForgetsAllThatWaits) {
  test::Variables variables = gitea();
  variables.erase("GITEA_TOKEN");
  (void)analyze({"--file-issue", "gitea", "--notify", "slack"}, variables);

  EXPECT_EQ(deliver({"--drop", "all"}, gitea()).exit_code, 0);
  EXPECT_TRUE(waiting(gitea()).empty());
}

TEST_F(Deliver, WaitsForARepositoryToBeNamed) {
  test::Variables variables = github();
  variables.erase("GITHUB_REPOSITORY");

  const auto ended = analyze({"--file-issue", "github"}, variables);
  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.out, StartsWith("FAILED  compile"));
  EXPECT_THAT(ended.err, AllOf(HasSubstr("no repository is named"), HasSubstr("GITHUB_REPOSITORY")));

  EXPECT_EQ(deliver({}, github()).out, "Issue created: https://forge.example/o/r/issues/1\n");
}

TEST_F(Deliver, ReadsTokensFromFiles) {
  test::Variables variables = gitea();
  variables.erase("GITEA_TOKEN");
  variables["GITEA_TOKEN_FILE"] = folder_.write("token", "of-a-file\n");

  const auto ended = analyze({"--file-issue", "gitea"}, variables);

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(forge_.seen()[0].header("authorization"), "token of-a-file");
}

TEST_F(Deliver, TellsEachPlaceThatFails) {
  const auto ended = analyze({"--notify", "slack", "--notify", "webhook"}, {{"HOME", folder_.path()}});

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("set SLACK_WEBHOOK_URL"), HasSubstr("set AGENT_WEBHOOK_URL")));
  EXPECT_EQ(waiting({{"HOME", folder_.path()}}).size(), 2U);
}

TEST_F(Deliver, KeepsTheCodeOfACommandWhosePlaceFails) {
  const auto ended = test::run_agent(
      {.arguments = {"analyze", "--notify", "slack", "--", "sh", "-c", "echo 'a.c:1:1: error: x'; exit 3"},
       .environment = {{"HOME", folder_.path()}, {"PATH", "/usr/bin:/bin"}},
       .input = {},
       .directory = {}});

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("not delivered to slack"));
}

TEST_F(Deliver, RefusesWhatCannotBe) {
  EXPECT_EQ(analyze({"--file-issue", "gitea", "--offline"}, gitea()).exit_code, 2);
  EXPECT_EQ(analyze({"--notify", "pigeon"}, gitea()).exit_code, 2);
  EXPECT_EQ(analyze({"--file-issue", "gitea", "--title-template", "{nonsense}"}, gitea()).exit_code, 3);
  EXPECT_TRUE(forge_.seen().empty());
}

TEST_F(Deliver, SendsToSlackAndASignedWebhook) {
  test::HttpServer slack([](const test::SeenRequest&, test::Talk& talk) { talk.answer(200, "ok"); });
  test::HttpServer hook([](const test::SeenRequest&, test::Talk& talk) { talk.answer(204); });
  const test::Variables variables{{"HOME", folder_.path()},
                                  {"SLACK_WEBHOOK_URL", slack.url("/services/T0/B0/hidden")},
                                  {"AGENT_WEBHOOK_URL", hook.url("/in")},
                                  {"AGENT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};

  const auto ended = analyze({"--notify", "slack", "--notify", "webhook"}, variables);

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  ASSERT_THAT(slack.seen(), SizeIs(1));
  EXPECT_TRUE(json::parse(slack.seen()[0].body).contains("blocks"));
  ASSERT_THAT(hook.seen(), SizeIs(1));
  EXPECT_THAT(hook.seen()[0].header("webhook-signature"), StartsWith("v1,"));
  EXPECT_THAT(hook.seen()[0].header("x-hub-signature-256"), StartsWith("sha256="));
}

TEST_F(Deliver, SendsWhatWaitsOnceHoweverManyDeliver) {
  test::Variables variables{{"HOME", folder_.path()},
                            {"AGENT_WEBHOOK_URL", "http://127.0.0.1:9/"},
                            {"AGENT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};
  constexpr std::size_t parcels = 6, senders = 4;
  for (std::size_t i = 0; i < parcels; ++i) EXPECT_EQ(analyze({"--notify", "webhook"}, variables).exit_code, 8);
  test::HttpServer hook([](const test::SeenRequest&, test::Talk& talk) { talk.answer(204); });
  variables["AGENT_WEBHOOK_URL"] = hook.url("/in");

  {
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < senders; ++i) all.emplace_back([&] { EXPECT_EQ(deliver({}, variables).exit_code, 0); });
  }

  std::vector<std::string> ids;
  for (const test::SeenRequest& one : hook.seen()) ids.push_back(one.header("webhook-id"));
  std::ranges::sort(ids);
  EXPECT_EQ(ids.size(), parcels);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
  EXPECT_TRUE(waiting(variables).empty());
}

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Deliver, WritesTheFilesOfActions) {
  test::Variables variables = github();
  variables.insert({{"GITHUB_ACTIONS", "true"},
                    {"GITHUB_STEP_SUMMARY", folder_.write("summary", "")},
                    {"GITHUB_OUTPUT", folder_.write("output", "")},
                    {"RUNNER_TEMP", folder_.path()},
                    {"GITHUB_SERVER_URL", "https://github.example"},
                    {"GITHUB_RUN_ID", "7"},
                    {"GITHUB_WORKFLOW", "build"}});

  const auto ended = analyze({"--file-issue", "github", "-o", "json"}, variables);

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.err, HasSubstr("::error file=src/main.c,line=12"));
  EXPECT_THAT(content(folder_.path() + "/summary"), HasSubstr("https://forge.example/o/r/issues/1"));
  const std::string output = content(folder_.path() + "/output");
  EXPECT_THAT(output, AllOf(HasSubstr("verdict"), HasSubstr("https://forge.example/o/r/issues/1"),
                            HasSubstr(folder_.path() + "/agent-report.json")));
  EXPECT_EQ(json::parse(content(folder_.path() + "/agent-report.json"))["pipeline"]["url"],
            "https://github.example/o/r/actions/runs/7");
}

TEST_F(Deliver, WritesNoneOfThemWhenAskedNotTo) {
  const test::Variables variables{
      {"HOME", folder_.path()}, {"GITHUB_ACTIONS", "true"}, {"GITHUB_STEP_SUMMARY", folder_.write("summary", "")}};

  const auto ended = analyze({"--ci-outputs", "none"}, variables);

  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(content(folder_.path() + "/summary"), "");
}

TEST_F(Deliver, WritesTheResultsOfATektonTask) {
  const std::string folder = folder_.path() + "/results";
  std::filesystem::create_directory(folder);

  const auto ended = analyze({"--file-issue", "gitea", "--tekton-results", folder}, gitea());

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(content(folder + "/verdict"), "failing");
  EXPECT_EQ(content(folder + "/issue-url"), "https://forge.example/o/r/issues/1");
}

TEST_F(Deliver, SaysWhenAFileOfTheCiSystemCannotBeWritten) {
  const test::Variables variables{
      {"HOME", folder_.path()}, {"GITHUB_ACTIONS", "true"}, {"GITHUB_OUTPUT", folder_.path() + "/no/such"}};

  const auto ended = analyze({}, variables);

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.out, StartsWith("FAILED"));
}

TEST_F(Deliver, AsksNoModelAboutWhatIsExplainedInItsIssue) {
  std::atomic<int> asked = 0;
  test::HttpServer model([&](const test::SeenRequest&, test::Talk& talk) {
    ++asked;
    talk.answer(400, R"({"error":{"message":"no"}})");
  });
  test::Variables variables = gitea();
  variables["AGENT_MODEL_URL"] = model.url("/v1");
  (void)analyze({"--file-issue", "gitea"}, gitea());

  (void)analyze({"--file-issue", "gitea", "--model", "m"}, variables);
  const int by_rules_alone = asked;
  forge_.explain(1);
  const auto known = analyze({"--file-issue", "gitea", "--model", "m"}, variables);
  const int when_explained = asked;
  (void)analyze({"--file-issue", "gitea", "--model", "m", "--fresh"}, variables);

  EXPECT_GT(by_rules_alone, 0);
  EXPECT_EQ(when_explained, by_rules_alone);
  EXPECT_THAT(known.out, HasSubstr("https://forge.example/o/r/issues/1"));
  EXPECT_THAT(known.err, HasSubstr("explained in https://forge.example/o/r/issues/1; --fresh asks again"));
  EXPECT_GT(asked, when_explained);
}

}  // namespace
}  // namespace agent
