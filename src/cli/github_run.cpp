#include "cli/github_run.hpp"

#include "base/text.hpp"
#include "cli/delivery_plan.hpp"
#include "cli/wiring.hpp"
#include "sinks/github_runs.hpp"

#include <charconv>
#include <mutex>

namespace agent::cli {
namespace {

constexpr std::string_view run_flag = "--github-run", job_flag = "--job";

/// What the logs of a run share: each is opened when the one before it was read.
struct Repository {
  net::HttpClient http;
  PlannedPlace place;
  std::string api_url, token;

  [[nodiscard]] sinks::GithubRunsAccess access() const {
    return {.http = http, .api_url = api_url, .owner = place.owner, .repository = place.repo, .token = token};
  }
};

Result<std::uint64_t> run_id(const Context& context) {
  const std::string text = context.one(run_flag);
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc{} && end == text.data() + text.size() && id != 0) return id;
  return fail(ErrorKind::usage, "'" + clean_line(text) + "' is no run", std::string(run_flag),
              "give the number in its address: …/actions/runs/NUMBER");
}

Result<std::shared_ptr<const Repository>> repository(const Context& context, flows::SharedRedactor& redactor) {
  PlannedPlace place = TRY(repository_of("github", context.settings, context.environment));
  if (place.owner.empty())
    return fail(ErrorKind::settings, "no repository is named", std::string(run_flag),
                "--repo OWNER/NAME, or GITHUB_REPOSITORY");
  const std::string token = TRY(secret_setting(context, "github.token", redactor));
  return std::make_shared<const Repository>(Repository{net::HttpClient(outgoing_options(context)), std::move(place),
                                                       context.settings.text("github.api_url"), token});
}

/// Foreign text, fit for a report.
std::string clean(const std::string& text, flows::SharedRedactor& redactor) {
  const std::lock_guard lock(redactor.guard);
  return clean_line(redactor.redactor.redact(text));
}

std::string target_of(const sinks::GithubRun& run, const std::string& repository) {
  std::string target =
      "run " + std::to_string(run.id) + " of " + repository + (run.jobs.size() == 1 ? ", job " : ", jobs ");
  for (const sinks::GithubJob& job : run.jobs) target += (&job == &run.jobs.front() ? "" : ", ") + job.name;
  return target;
}

std::unexpected<Error> nothing_failed(const sinks::GithubRun& run) {
  const bool runs = run.conclusion.empty();
  const std::string id = std::to_string(run.id);
  return fail(ErrorKind::target_not_found,
              runs ? "run " + id + " has not ended, and no job of it has failed so far"
                   : "no job of run " + id + " failed: it ended with '" + clean_line(run.conclusion) + "'",
              std::string(run_flag), "name a job that has ended: --job NAME");
}

}  // namespace

Argument github_run_argument() {
  return {.name = run_flag,
          .value = "ID",
          .help = "Run of GitHub Actions: the logs of its failed jobs, or of the one that --job names"};
}

bool asks_for_github_run(const Context& context) { return !context.all(run_flag).empty(); }

Result<void> check_alone(const Context& context) {
  bool alone = !context.has_child;
  for (const std::string_view other : {"TARGET", "--log", "--pod", "--snapshot", "--latest-failed", "--replay"})
    alone = alone && context.all(other).empty();
  if (alone) return {};
  return fail(ErrorKind::usage, "a run and something else to analyse were both named", std::string(run_flag),
              "give one of them");
}

Result<RunLogs> open_github_run(const Context& context, flows::SharedRedactor& redactor, const std::stop_token& stop) {
  const std::uint64_t id = TRY(run_id(context));
  const auto from = TRY(repository(context, redactor));
  const std::string named = from->place.owner + "/" + from->place.repo;
  const sinks::GithubRun run = TRY(sinks::read_run(from->access(), id, context.one(job_flag), stop));
  if (run.jobs.empty()) return nothing_failed(run);
  RunLogs all{.pipeline = {.system = "GitHub Actions",
                           .url = clean(run.url, redactor),
                           .name = clean(run.name, redactor),
                           .repository = named,
                           .branch = clean(run.branch, redactor),
                           .commit = clean(run.commit, redactor)},
              .target = clean(target_of(run, named), redactor),
              .logs = {}};
  for (const sinks::GithubJob& job : run.jobs) {
    const std::string name = clean(job.name, redactor);
    all.logs.push_back(
        {"job " + name, "log of job '" + name + "'", "log/" + name,
         [from, job](const std::stop_token& token) { return sinks::open_job_log(from->access(), job, token); }});
  }
  return all;
}

}  // namespace agent::cli
