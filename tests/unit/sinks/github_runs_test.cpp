#include "sinks/github_runs.hpp"

#include "support/http_server.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::sinks {
namespace {

using nlohmann::json;
using test::Headers;
using test::HttpServer;
using test::SeenRequest;
using test::Talk;

json step(const std::string& name, const std::string& conclusion) {
  return {{"name", name}, {"status", "completed"}, {"conclusion", conclusion}, {"number", 1}};
}

json job(std::uint64_t id, const std::string& name, const std::string& conclusion) {
  const bool runs = conclusion.empty();
  return {{"id", id},
          {"run_id", 7},
          {"name", name},
          {"status", runs ? "in_progress" : "completed"},
          {"conclusion", runs ? json() : json(conclusion)},
          {"html_url", "https://github.com/o/r/actions/runs/7/job/" + std::to_string(id)},
          {"steps", {step("Set up job", "success"), step("Run make", runs ? "success" : conclusion)}}};
}

json a_run(const std::string& status = "completed", const std::string& conclusion = "failure") {
  return {{"id", 7},
          {"name", "CI"},
          {"status", status},
          {"conclusion", conclusion.empty() ? json() : json(conclusion)},
          {"html_url", "https://github.com/o/r/actions/runs/7"},
          {"head_branch", "main"},
          {"head_sha", "acb5820ced9479c074f688cc328bf03f341a511d"}};
}

/// A server that knows run 7 of o/r with `jobs`.
class Runs {
 public:
  explicit Runs(std::vector<json> jobs, json run = a_run())
      : jobs_(std::move(jobs)),
        run_(std::move(run)),
        server_([this](const SeenRequest& seen, Talk& talk) { answer(seen, talk); }) {}

  [[nodiscard]] Result<GithubRun> read(const std::string& job_name = {}) const {
    return read_run(access(), 7, job_name, {});
  }
  [[nodiscard]] GithubRunsAccess access() const {
    return {.http = client_, .api_url = server_.url(""), .owner = "o", .repository = "r", .token = "ghp_secret"};
  }
  [[nodiscard]] std::vector<SeenRequest> seen() const { return server_.seen(); }

 private:
  void answer(const SeenRequest& seen, Talk& talk) const {
    const std::string& target = seen.target;
    if (target == "/repos/o/r/actions/runs/7") return talk.answer(200, run_.dump());
    const auto page_at = target.rfind("&page=");
    if (page_at == std::string::npos) return talk.answer(404, R"({"message":"Not Found"})");
    EXPECT_EQ(target.substr(0, page_at), "/repos/o/r/actions/runs/7/jobs?filter=latest&per_page=100");
    const std::size_t first = (std::stoul(target.substr(page_at + 6)) - 1) * 100;
    json listed = json::array();
    for (std::size_t i = first; i < jobs_.size() && i < first + 100; ++i) listed.push_back(jobs_[i]);
    talk.answer(200, json{{"total_count", jobs_.size()}, {"jobs", listed}}.dump());
  }

  std::vector<json> jobs_;
  json run_;
  net::HttpClient client_;
  HttpServer server_;
};

std::vector<std::string> names(const GithubRun& run) {
  std::vector<std::string> all;
  all.reserve(run.jobs.size());
  for (const auto& one : run.jobs) all.push_back(one.name);
  return all;
}

TEST(GithubRuns, TellsOfTheRunAndTheJobsThatFailed) {
  const Runs runs({job(1, "lint", "success"), job(2, "test", "failure"), job(3, "slow", "timed_out"),
                   job(4, "deploy", "cancelled"), job(5, "odd", "startup_failure"), job(6, "late", "")});

  const auto run = runs.read();

  ASSERT_TRUE(run) << describe(run.error());
  EXPECT_EQ(run->name, "CI");
  EXPECT_EQ(run->conclusion, "failure");
  EXPECT_EQ(run->url, "https://github.com/o/r/actions/runs/7");
  EXPECT_EQ(run->branch, "main");
  EXPECT_EQ(run->commit, "acb5820ced9479c074f688cc328bf03f341a511d");
  EXPECT_EQ(names(*run), (std::vector<std::string>{"test", "slow", "odd"}));
  EXPECT_EQ(run->jobs[0].id, 2U);
  EXPECT_EQ(run->jobs[0].failed_step, "Run make");
  EXPECT_EQ(run->jobs[0].url, "https://github.com/o/r/actions/runs/7/job/2");
  EXPECT_EQ(runs.seen()[0].header("authorization"), "Bearer ghp_secret");
  EXPECT_EQ(runs.seen()[0].header("accept"), "application/vnd.github+json");
}

TEST(GithubRuns, ReadsAllPages) {
  std::vector<json> jobs;
  for (std::uint64_t i = 1; i <= 205; ++i) jobs.push_back(job(i, "job " + std::to_string(i), "success"));
  jobs.push_back(job(206, "the last", "failure"));
  const Runs runs(jobs);

  const auto run = runs.read();

  ASSERT_TRUE(run) << describe(run.error());
  EXPECT_EQ(names(*run), std::vector<std::string>{"the last"});
}

TEST(GithubRuns, HasNoJobsWhenAllWentWell) {
  const Runs runs({job(1, "lint", "success")}, a_run("completed", "success"));

  const auto run = runs.read();

  ASSERT_TRUE(run) << describe(run.error());
  EXPECT_TRUE(run->jobs.empty());
}

struct NameCase {
  std::string name, asked, found, error;
};

class NamedJob : public testing::TestWithParam<NameCase> {};

TEST_P(NamedJob, IsFoundByItsNameOrTheOnlyPartOfOne) {
  const Runs runs({job(1, "build", "success"), job(2, "build / arm", "failure"), job(3, "Test (ubuntu)", "cancelled"),
                   job(4, "test (windows)", "")});

  const auto run = runs.read(GetParam().asked);

  if (GetParam().error.empty()) {
    ASSERT_TRUE(run) << describe(run.error());
    EXPECT_EQ(names(*run), std::vector<std::string>{GetParam().found});
  } else {
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().kind, ErrorKind::target_not_found);
    EXPECT_EQ(run.error().what, GetParam().error);
    EXPECT_EQ(run.error().fix, GetParam().found);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Names, NamedJob,
    testing::Values(NameCase{"exact_though_another_begins_so", "build", "build", ""},
                    NameCase{"begins_so", "build /", "build / arm", ""},
                    NameCase{"in_any_case", "TEST (U", "Test (ubuntu)", ""},
                    NameCase{"has_it_somewhere", "windows", "test (windows)", ""},
                    NameCase{"of_several", "test", "--job with one of 'Test (ubuntu)', 'test (windows)'",
                             "several jobs of run 7 are called 'test'"},
                    NameCase{"of_none", "deploy",
                             "--job with one of 'build', 'build / arm', 'Test (ubuntu)', 'test (windows)'",
                             "no job of run 7 is called 'deploy'"}),
    [](const auto& info) { return info.param.name; });

TEST(GithubRuns, SaysThatNothingFailedSoFar) {
  const Runs runs({job(1, "build", ""), job(2, "lint", "success")}, a_run("in_progress", ""));

  const auto run = runs.read();

  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(run.error().what, "no job of run 7 has failed so far");
  EXPECT_EQ(run.error().fix, "--job with one of 'build', 'lint'");
}

struct RefusalCase {
  std::string name;
  int status = 0;
  std::string body;
  Headers headers;
  ErrorKind kind = ErrorKind::bug;
  std::string what, fix;
};

class RunRefused : public testing::TestWithParam<RefusalCase> {};

TEST_P(RunRefused, IsToldWithWhatToDo) {
  const HttpServer server(
      [](const SeenRequest&, Talk& talk) { talk.answer(GetParam().status, GetParam().body, GetParam().headers); });
  const net::HttpClient client({.max_retries = 0});

  const auto run = read_run(
      {.http = client, .api_url = server.url("/"), .owner = "o", .repository = "r", .token = "ghp_secret"}, 7, "", {});

  ASSERT_FALSE(run);
  EXPECT_EQ(traits(run.error().kind).name, traits(GetParam().kind).name);
  EXPECT_EQ(run.error().what, GetParam().what);
  EXPECT_EQ(run.error().fix, GetParam().fix);
  EXPECT_EQ(run.error().where, "GET " + server.url("/repos/o/r/actions/runs/7"));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, RunRefused,
    testing::Values(RefusalCase{"wrong_token",
                                401,
                                R"({"message":"Bad credentials"})",
                                {},
                                ErrorKind::unauthorised,
                                "github does not accept the token: Bad credentials",
                                "a valid token in GITHUB_TOKEN"},
                    RefusalCase{
                        "no_right",
                        403,
                        R"({"message":"Resource not accessible by integration"})",
                        {},
                        ErrorKind::forbidden,
                        "the token may not read run 7: Resource not accessible by integration",
                        "a token with the right to read Actions of 'o/r' in GITHUB_TOKEN; in a workflow: 'permissions: "
                        "actions: read'"},
                    RefusalCase{"no_run",
                                404,
                                R"({"message":"Not Found"})",
                                {},
                                ErrorKind::target_not_found,
                                "github does not find run 7 in 'o/r', or the token can't see it",
                                "the number in the address of the run's page"},
                    RefusalCase{"primary_limit",
                                403,
                                R"({"message":"API rate limit exceeded"})",
                                {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1795300200"}},
                                ErrorKind::unreachable,
                                "github's rate limit is used up: API rate limit exceeded",
                                "again after 2026-11-21T22:30:00Z"},
                    RefusalCase{"secondary_limit",
                                403,
                                R"({"message":"You have exceeded a secondary rate limit"})",
                                {{"retry-after", "60"}},
                                ErrorKind::unreachable,
                                "github's rate limit is used up: You have exceeded a secondary rate limit",
                                "again in 60 s"},
                    RefusalCase{"limit_with_status_429",
                                429,
                                "busy",
                                {},
                                ErrorKind::unreachable,
                                "github's rate limit is used up",
                                "again in some minutes"},
                    RefusalCase{"a_web_page",
                                200,
                                "<html>",
                                {},
                                ErrorKind::unreadable,
                                "what came for run 7 is not GitHub's JSON",
                                "the address of GitHub's API in GITHUB_API_URL"},
                    RefusalCase{"a_list",
                                200,
                                "[]",
                                {},
                                ErrorKind::unreadable,
                                "what came for run 7 is not GitHub's JSON",
                                "the address of GitHub's API in GITHUB_API_URL"},
                    RefusalCase{"brackets_without_end",
                                200,
                                std::string(100'000, '['),
                                {},
                                ErrorKind::unreadable,
                                "what came for run 7 is not GitHub's JSON",
                                "the address of GitHub's API in GITHUB_API_URL"},
                    RefusalCase{"broken_server",
                                500,
                                R"({"message":"\u001b[31mServer Error\n::error::x"})",
                                {},
                                ErrorKind::unreadable,
                                "github answers 500 for run 7: [31mServer Error ::error::x",
                                ""}),
    [](const auto& info) { return info.param.name; });

TEST(GithubRuns, SurvivesMembersOfOtherTypes) {
  const Runs runs({json{{"id", "9"}, {"name", 5}, {"conclusion", "failure"}, {"steps", {1, json::array()}}}, json(3)},
                  json{{"name", json::array()}, {"head_sha", 1}});

  const auto run = runs.read();

  ASSERT_TRUE(run) << describe(run.error());
  ASSERT_EQ(run->jobs.size(), 1U);
  EXPECT_EQ(run->jobs[0].id, 9U);
  EXPECT_EQ(run->jobs[0].name, "");
}

const GithubJob finished{.id = 2, .name = "test", .status = "completed", .conclusion = "failure"};
const std::string signed_path = "/actions-results/log.txt?sig=TOPSECRET";

/// GitHub, and the storage that it sends us to.
class Logs {
 public:
  Logs(int status, std::string log)
      : storage_([status, log = std::move(log)](const SeenRequest&, Talk& talk) { talk.answer(status, log); }),
        github_([this](const SeenRequest&, Talk& talk) {
          talk.answer(302, "", {{"Location", storage_.url(signed_path)}});
        }) {}

  [[nodiscard]] Result<std::string> read() const {
    const net::HttpClient client({.max_retries = 0});
    auto log = TRY(open_job_log(
        {.http = client, .api_url = github_.url(""), .owner = "o", .repository = "r", .token = "ghp_secret"}, finished,
        {}));
    return net::read_all(*log);
  }
  [[nodiscard]] const HttpServer& storage() const { return storage_; }
  [[nodiscard]] const HttpServer& github() const { return github_; }

 private:
  HttpServer storage_, github_;
};

TEST(JobLog, IsReadFromTheStorageWhichGetsNoToken) {
  const Logs logs(200, "2026-11-21T10:00:00.0000000Z ##[error]boom\n");

  const auto log = logs.read();

  ASSERT_TRUE(log) << describe(log.error());
  EXPECT_EQ(*log, "2026-11-21T10:00:00.0000000Z ##[error]boom\n");
  ASSERT_EQ(logs.github().seen().size(), 1U);
  EXPECT_EQ(logs.github().seen()[0].target, "/repos/o/r/actions/jobs/2/logs");
  EXPECT_EQ(logs.github().seen()[0].header("authorization"), "Bearer ghp_secret");
  ASSERT_EQ(logs.storage().seen().size(), 1U);
  EXPECT_EQ(logs.storage().seen()[0].target, signed_path);
  EXPECT_EQ(logs.storage().seen()[0].header("authorization"), "");
}

struct StorageCase {
  std::string name;
  int status = 0;
  std::string body;
  ErrorKind kind = ErrorKind::bug;
  std::string what;
};

class StorageRefuses : public testing::TestWithParam<StorageCase> {};

TEST_P(StorageRefuses, IsToldWithoutTheSignedAddress) {
  const Logs logs(GetParam().status, GetParam().body);

  const auto log = logs.read();

  ASSERT_FALSE(log);
  EXPECT_EQ(traits(log.error().kind).name, traits(GetParam().kind).name);
  EXPECT_EQ(log.error().what, GetParam().what);
  EXPECT_EQ(log.error().where, "GET " + logs.github().url("/repos/o/r/actions/jobs/2/logs"));
  EXPECT_EQ(describe(log.error()).find("actions-results"), std::string::npos);
  EXPECT_EQ(describe(log.error()).find("SECRET"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, StorageRefuses,
    testing::Values(StorageCase{"expired_address", 403, "<Error>AuthenticationFailed TOPSECRET</Error>",
                                ErrorKind::unreachable, "the storage of GitHub's logs answers 403"},
                    StorageCase{"no_such_blob", 404, "<Error>BlobNotFound</Error>", ErrorKind::unreadable,
                                "the log of job 'test' is no longer kept"},
                    StorageCase{"gone", 410, R"({"message":"Gone"})", ErrorKind::unreadable,
                                "the log of job 'test' is no longer kept"},
                    StorageCase{"broken", 500, "", ErrorKind::unreachable, "the storage of GitHub's logs answers 500"}),
    [](const auto& info) { return info.param.name; });

TEST(JobLog, CutOffIsToldWithoutTheSignedAddress) {
  const HttpServer storage([](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning");
    talk.cut();
  });
  const HttpServer github(
      [&](const SeenRequest&, Talk& talk) { talk.answer(302, "", {{"Location", storage.url(signed_path)}}); });
  const net::HttpClient client;

  auto log = open_job_log({.http = client, .api_url = github.url(""), .owner = "o", .repository = "r"}, finished, {});
  ASSERT_TRUE(log) << describe(log.error());
  const auto whole = net::read_all(**log);

  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().where, "GET " + github.url("/repos/o/r/actions/jobs/2/logs"));
  EXPECT_EQ(describe(whole.error()).find("actions-results"), std::string::npos);
}

TEST(JobLog, OfAJobThatRunsIsNotAskedFor) {
  const HttpServer github([](const SeenRequest&, Talk& talk) { talk.answer(404); });
  const net::HttpClient client;
  const GithubJob running{.id = 2, .name = "test", .status = "in_progress"};

  const auto log =
      open_job_log({.http = client, .api_url = github.url(""), .owner = "o", .repository = "r"}, running, {});

  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::unreadable);
  EXPECT_EQ(log.error().what, "job 'test' still runs, and its log is served when it has ended");
  EXPECT_EQ(log.error().fix, "in that job itself: 'agent analyze -- COMMAND'");
  EXPECT_TRUE(github.seen().empty());
}

TEST(JobLog, NeedsAToken) {
  const HttpServer github([](const SeenRequest&, Talk& talk) {
    talk.answer(403, R"({"message":"Must have admin rights to Repository."})");
  });
  const net::HttpClient client;

  const auto log =
      open_job_log({.http = client, .api_url = github.url(""), .owner = "o", .repository = "r"}, finished, {});

  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::forbidden);
  EXPECT_EQ(log.error().what,
            "github does not give the log of job 'test' without a token: Must have admin rights to Repository.");
}

}  // namespace
}  // namespace agent::sinks
