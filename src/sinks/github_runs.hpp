#pragma once

#include "base/byte_stream.hpp"
#include "base/error.hpp"
#include "net/http.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

// Finished runs of GitHub Actions: https://docs.github.com/rest/actions/workflow-jobs

namespace agent::sinks {

/// Where the runs of a repository are read.
struct GithubRunsAccess {
  const net::HttpClient& http;
  std::string api_url = "https://api.github.com";  ///< GITHUB_API_URL; of GitHub Enterprise "https://HOST/api/v3".
  std::string owner, repository;
  std::string token;  ///< Empty: asked as nobody, which gives no logs.
  net::Deadline deadline = net::Deadline::max();
};

struct GithubJob {
  std::uint64_t id = 0;
  std::string name;         ///< "build", "call / test (ubuntu-latest)".
  std::string status;       ///< "completed", "in_progress", "queued" …
  std::string conclusion;   ///< "failure", "success" …; empty while it runs.
  std::string url;          ///< For a browser.
  std::string failed_step;  ///< The first step that failed, where one did.
};

struct GithubRun {
  std::uint64_t id = 0;
  std::string name;  ///< Of the workflow.
  std::string status, conclusion, url, branch, commit;
  std::vector<GithubJob> jobs;  ///< The chosen ones, in the order of the run.
};

/// The run's latest attempt with its jobs that failed, timed out or could not start; none when all went well. With
/// `job_name` the one of that name, else the only one whose name begins with it or has it somewhere, whatever became of
/// it. At most 5,000 jobs are read.
/// Errors: `target_not_found` (run or job, with the jobs' names), `unauthorised`, `forbidden`, `unreachable` (also:
/// rate limited, with the time of the next try), `unreadable`, `deadline`, `interrupted`.
[[nodiscard]] Result<GithubRun> read_run(const GithubRunsAccess& access, std::uint64_t run_id,
                                         const std::string& job_name, const std::stop_token& stop);

/// The log of a finished job as it comes, never kept. GitHub answers with a signed address on another server, which
/// gets no token and is named in no error.
/// Errors: as read_run(); `unreadable` when the job still runs, or its log is no longer kept.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_job_log(const GithubRunsAccess& access, const GithubJob& job,
                                                               const std::stop_token& stop);

}  // namespace agent::sinks
