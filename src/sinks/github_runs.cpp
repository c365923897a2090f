#include "sinks/github_runs.hpp"

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sinks/forge_json.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

namespace agent::sinks {
namespace {

using nlohmann::json;

constexpr int ok = 200, unauthorised = 401, forbidden = 403, not_found = 404, gone = 410, too_many = 429;
constexpr int most_pages = 50;
constexpr std::size_t jobs_a_page = 100, most_names = 20;
constexpr std::uint64_t most_bytes = std::uint64_t{16} << 20U, most_error_bytes = std::uint64_t{64} << 10U;

std::string repository_of(const GithubRunsAccess& access) { return access.owner + "/" + access.repository; }

std::string actions_url(const GithubRunsAccess& access, const std::string& path) {
  std::string_view api = access.api_url;
  while (api.ends_with('/')) api.remove_suffix(1);
  return std::string(api) + "/repos/" + percent_encode(access.owner) + "/" + percent_encode(access.repository) +
         "/actions/" + path;
}

net::Request get(const GithubRunsAccess& access, const std::string& path) {
  net::Request request{.url = actions_url(access, path),
                       .headers = {{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}}};
  if (!access.token.empty()) request.headers.push_back({"Authorization", "Bearer " + access.token});
  request.deadline = access.deadline;
  return request;
}

/// What was asked for, and where, for errors.
struct Asked {
  const GithubRunsAccess& access;
  std::string what;   ///< "run 7"
  std::string where;  ///< "GET https://…"
};

std::uint64_t seconds_of(std::string_view text) {
  std::uint64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::uint64_t latest = 9'000'000'000;  // in 2255; nanoseconds since 1970 end soon after
  return read.ec == std::errc() ? std::min(seconds, latest) : 0;
}

// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
bool is_rate_limit(int status, const std::vector<net::Header>& headers, std::string_view message) {
  return status == too_many || (status == forbidden && (net::header(headers, "x-ratelimit-remaining") == "0" ||
                                                        !net::header(headers, "retry-after").empty() ||
                                                        lower(message).find("rate limit") != std::string::npos));
}

std::string next_try(const std::vector<net::Header>& headers) {
  using std::chrono::seconds;
  using std::chrono::system_clock;
  if (const auto wait = net::header(headers, "retry-after"); !wait.empty())
    return "again in " + std::to_string(seconds_of(wait)) + " s";
  const auto reset = seconds_of(net::header(headers, "x-ratelimit-reset"));
  if (reset == 0) return "again in some minutes";
  const auto at = system_clock::time_point(seconds(static_cast<std::int64_t>(reset)));
  return "again after " + rfc3339(at).substr(0, std::string_view("2026-11-21T08:30:00").size()) + "Z";
}

Error forbidden_error(const Asked& asked, const std::string& words) {
  const std::string what = asked.access.token.empty() ? "github does not give " + asked.what + " without a token"
                                                      : "the token may not read " + asked.what;
  return {ErrorKind::forbidden, what + words, asked.where,
          "a token with the right to read Actions of '" + repository_of(asked.access) +
              "' in GITHUB_TOKEN; in a workflow: 'permissions: actions: read'"};
}

Error not_found_error(const Asked& asked) {
  return {ErrorKind::target_not_found,
          "github does not find " + asked.what + " in '" + repository_of(asked.access) + "', or the " +
              (asked.access.token.empty() ? "repository needs a token" : "token can't see it"),
          asked.where,
          asked.access.token.empty() ? "a token in GITHUB_TOKEN" : "the number in the address of the run's page"};
}

Error refusal(const Asked& asked, int status, const std::vector<net::Header>& headers, const std::string& body) {
  const auto told = parse_foreign(body);
  const std::string message = told ? quoted_words(text_member(*told, "message")) : "";
  const std::string words = message.empty() ? "" : ": " + message;
  if (is_rate_limit(status, headers, message))
    return {ErrorKind::unreachable, "github's rate limit is used up" + words, asked.where, next_try(headers)};
  if (status == unauthorised)
    return {ErrorKind::unauthorised, "github does not accept the token" + words, asked.where,
            "a valid token in GITHUB_TOKEN"};
  if (status == forbidden) return forbidden_error(asked, words);
  if (status == not_found) return not_found_error(asked);
  return {ErrorKind::unreadable, "github answers " + std::to_string(status) + " for " + asked.what + words, asked.where,
          ""};
}

Result<json> fetch(const Asked& asked, const std::string& path, const std::stop_token& stop) {
  net::Request request = get(asked.access, path);
  request.max_body_bytes = most_bytes;
  const auto answer = TRY(asked.access.http.fetch(request, stop));
  if (answer.status != ok) return std::unexpected(refusal(asked, answer.status, answer.headers, answer.body));
  auto value = parse_foreign(answer.body);
  if (!value || !value->is_object())
    return fail(ErrorKind::unreadable, "what came for " + asked.what + " is not GitHub's JSON", asked.where,
                "the address of GitHub's API in GITHUB_API_URL");
  return *std::move(value);
}

bool has_failed(std::string_view conclusion) {
  return conclusion == "failure" || conclusion == "timed_out" || conclusion == "startup_failure";
}

std::string first_failed_step(const json& steps) {
  if (!steps.is_array()) return "";
  for (const json& step : steps)
    if (has_failed(text_member(step, "conclusion"))) return quoted_words(text_member(step, "name"));
  return "";
}

GithubJob job_of(const json& job) {
  return {.id = number_member(job, "id"),
          .name = quoted_words(text_member(job, "name")),
          .status = quoted_words(text_member(job, "status")),
          .conclusion = quoted_words(text_member(job, "conclusion")),
          .url = web_address(text_member(job, "html_url")),
          .failed_step = first_failed_step(member(job, "steps"))};
}

Result<std::vector<GithubJob>> jobs_of(const Asked& asked, const std::string& run, const std::stop_token& stop) {
  std::vector<GithubJob> jobs;
  for (int page = 1; page <= most_pages; ++page) {
    const auto answer = TRY(fetch(
        asked, run + "/jobs?filter=latest&per_page=" + std::to_string(jobs_a_page) + "&page=" + std::to_string(page),
        stop));
    const json& listed = member(answer, "jobs");
    if (!listed.is_array()) break;
    for (const json& job : listed)
      if (job.is_object()) jobs.push_back(job_of(job));
    if (listed.size() < jobs_a_page) break;
  }
  return jobs;
}

std::string names_of(const std::vector<GithubJob>& jobs) {
  std::string names;
  for (std::size_t i = 0; i < std::min(jobs.size(), most_names); ++i)
    names += (i == 0 ? "'" : ", '") + jobs[i].name + "'";
  return names + (jobs.size() > most_names ? ", …" : "");
}

/// Those that `fits`, a function of a job's name.
template <class Fits>
std::vector<GithubJob> those(const std::vector<GithubJob>& jobs, Fits fits) {
  std::vector<GithubJob> kept;
  std::ranges::copy_if(jobs, std::back_inserter(kept), [&](const GithubJob& job) { return fits(job.name); });
  return kept;
}

Result<std::vector<GithubJob>> named(const std::vector<GithubJob>& jobs, const std::string& name, const Asked& asked) {
  auto kept = those(jobs, [&](const std::string& one) { return one == name; });
  if (!kept.empty()) return kept;
  const std::string wanted = lower(name);
  kept = those(jobs, [&](const std::string& one) { return lower(one).starts_with(wanted); });
  if (kept.empty()) kept = those(jobs, [&](const std::string& one) { return lower(one).contains(wanted); });
  if (kept.size() == 1) return kept;
  const std::string what = kept.empty() ? "no job of " + asked.what + " is called '" + quoted_words(name) + "'"
                                        : "several jobs of " + asked.what + " are called '" + quoted_words(name) + "'";
  return fail(ErrorKind::target_not_found, what, asked.where,
              jobs.empty() ? "" : "--job with one of " + names_of(kept.empty() ? jobs : kept));
}

/// A log whose errors tell of the job, not of the signed address that its bytes come from.
class JobLog final : public ByteStream {
 public:
  JobLog(std::unique_ptr<ByteStream> body, std::string where) : body_(std::move(body)), where_(std::move(where)) {}

  Result<std::string_view> read() override {
    auto bytes = body_->read();
    if (!bytes) bytes.error().where = where_;
    return bytes;
  }

 private:
  std::unique_ptr<ByteStream> body_;
  std::string where_;
};

/// What an error says; a body that doesn't end is not waited for.
std::string beginning(ByteStream& body) {
  std::string text;
  while (text.size() < most_error_bytes) {
    const auto bytes = body.read();
    if (!bytes || bytes->empty()) break;
    text += *bytes;
  }
  return text;
}

Error log_refusal(const Asked& asked, net::Response& answer) {
  const std::string body = beginning(*answer.body);
  const auto told = parse_foreign(body);
  const bool from_github = told && told->is_object();
  if (answer.status == gone || (answer.status == not_found && !from_github))
    return {ErrorKind::unreadable, asked.what + " is no longer kept", asked.where,
            "run the job again; how long logs are kept is a setting of the repository"};
  if (!from_github && answer.status != unauthorised && answer.status != too_many)
    return {ErrorKind::unreachable, "the storage of GitHub's logs answers " + std::to_string(answer.status),
            asked.where, "again: an address of a log is good for a minute"};
  return refusal(asked, answer.status, answer.headers, body);
}

}  // namespace

Result<GithubRun> read_run(const GithubRunsAccess& access, std::uint64_t run_id, const std::string& job_name,
                           const std::stop_token& stop) {
  const std::string path = "runs/" + std::to_string(run_id);
  const Asked asked{access, "run " + std::to_string(run_id), "GET " + actions_url(access, path)};
  const auto told = TRY(fetch(asked, path, stop));
  GithubRun run{.id = run_id,
                .name = quoted_words(text_member(told, "name")),
                .status = quoted_words(text_member(told, "status")),
                .conclusion = quoted_words(text_member(told, "conclusion")),
                .url = web_address(text_member(told, "html_url")),
                .branch = quoted_words(text_member(told, "head_branch")),
                .commit = quoted_words(text_member(told, "head_sha")),
                .jobs = {}};
  auto jobs = TRY(jobs_of(asked, path, stop));
  if (!job_name.empty()) {
    run.jobs = TRY(named(jobs, job_name, asked));
    return run;
  }
  std::ranges::copy_if(jobs, std::back_inserter(run.jobs),
                       [](const GithubJob& job) { return has_failed(job.conclusion); });
  if (run.jobs.empty() && run.conclusion != "success")
    return fail(ErrorKind::target_not_found,
                "no job of " + asked.what + " has failed" + (run.status == "completed" ? "" : " so far"), asked.where,
                jobs.empty() ? "" : "--job with one of " + names_of(jobs));
  return run;
}

Result<std::unique_ptr<ByteStream>> open_job_log(const GithubRunsAccess& access, const GithubJob& job,
                                                 const std::stop_token& stop) {
  const std::string path = "jobs/" + std::to_string(job.id) + "/logs";
  const Asked asked{access, "the log of job '" + job.name + "'", "GET " + actions_url(access, path)};
  if (!job.status.empty() && job.status != "completed")
    return fail(ErrorKind::unreadable, "job '" + job.name + "' still runs, and its log is served when it has ended",
                asked.where, "in that job itself: 'agent analyze -- COMMAND'");
  net::Request request = get(access, path);
  request.max_body_bytes = std::numeric_limits<std::uint64_t>::max();
  auto answer = access.http.exchange(request, stop);
  if (!answer) {
    answer.error().where = asked.where;
    return std::unexpected(std::move(answer).error());
  }
  if (answer->status != ok) return std::unexpected(log_refusal(asked, *answer));
  return std::make_unique<JobLog>(std::move(answer->body), asked.where);
}

}  // namespace agent::sinks
