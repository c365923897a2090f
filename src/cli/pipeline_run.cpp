#include "cli/pipeline_run.hpp"

#include "base/text.hpp"
#include "net/url.hpp"
#include "sinks/display.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace agent::cli {
namespace {

constexpr std::size_t most_bytes = 255, most_url_bytes = 2048;

/// Where one CI system tells of its run. A form has the names of variables in braces; of several, separated by blanks
/// around '|', the first counts whose variables are all there.
struct CiSystem {
  std::string_view name;
  std::string_view sign;  ///< A variable that only this system sets, to anything but "false".
  std::string_view url, job, repository, branch, commit;
};

constexpr std::string_view actions_job = "{GITHUB_WORKFLOW} / {GITHUB_JOB} | {GITHUB_JOB}",
                           actions_branch = "{GITHUB_HEAD_REF} | {GITHUB_REF_NAME}";

// Gitea and Forgejo set GitHub's names beside their own, so they come first. Their addresses have the run's number in
// place of its id; Gitea's since 1.26 have the id (https://github.com/go-gitea/gitea/pull/36842). Sources:
// https://docs.github.com/actions/reference/workflows-and-actions/variables
// https://docs.gitlab.com/ci/variables/predefined_variables/
// https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables
// https://learn.microsoft.com/azure/devops/pipelines/build/variables
// https://buildkite.com/docs/pipelines/configure/environment-variables
// https://circleci.com/docs/reference/variables/
constexpr std::array systems{
    CiSystem{.name = "Forgejo Actions",
             .sign = "FORGEJO_ACTIONS",
             .url = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_NUMBER}",
             .job = actions_job,
             .repository = "{GITHUB_REPOSITORY}",
             .branch = actions_branch,
             .commit = "{GITHUB_SHA}"},
    CiSystem{.name = "Gitea Actions",
             .sign = "GITEA_ACTIONS",
             .url = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
             .job = actions_job,
             .repository = "{GITHUB_REPOSITORY}",
             .branch = actions_branch,
             .commit = "{GITHUB_SHA}"},
    CiSystem{.name = "GitHub Actions",
             .sign = "GITHUB_ACTIONS",
             .url = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}/attempts/{GITHUB_RUN_ATTEMPT}"
                    " | {GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
             .job = actions_job,
             .repository = "{GITHUB_REPOSITORY}",
             .branch = actions_branch,
             .commit = "{GITHUB_SHA}"},
    CiSystem{.name = "GitLab CI",
             .sign = "GITLAB_CI",
             .url = "{CI_JOB_URL} | {CI_PIPELINE_URL}",
             .job = "{CI_PIPELINE_NAME} / {CI_JOB_NAME} | {CI_JOB_STAGE} / {CI_JOB_NAME} | {CI_JOB_NAME}",
             .repository = "{CI_PROJECT_PATH}",
             .branch = "{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME} | {CI_COMMIT_REF_NAME}",
             .commit = "{CI_COMMIT_SHA}"},
    CiSystem{.name = "Jenkins",
             .sign = "JENKINS_URL",
             .url = "{BUILD_URL}",
             .job = "{JOB_NAME} #{BUILD_NUMBER} | {JOB_NAME}",
             .repository = "",
             .branch = "{CHANGE_BRANCH} | {BRANCH_NAME} | {GIT_BRANCH}",
             .commit = "{GIT_COMMIT}"},
    CiSystem{.name = "Azure Pipelines",
             .sign = "TF_BUILD",
             .url = "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
             .job = "{BUILD_DEFINITIONNAME} / {SYSTEM_JOBDISPLAYNAME} | {BUILD_DEFINITIONNAME}",
             .repository = "{BUILD_REPOSITORY_NAME}",
             .branch = "{SYSTEM_PULLREQUEST_SOURCEBRANCH} | {BUILD_SOURCEBRANCH}",
             .commit = "{BUILD_SOURCEVERSION}"},
    CiSystem{.name = "Buildkite",
             .sign = "BUILDKITE",
             .url = "{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID} | {BUILDKITE_BUILD_URL}",
             .job = "{BUILDKITE_PIPELINE_NAME} / {BUILDKITE_LABEL} | {BUILDKITE_PIPELINE_SLUG}",
             .repository = "",
             .branch = "{BUILDKITE_BRANCH}",
             .commit = "{BUILDKITE_COMMIT}"},
    CiSystem{.name = "CircleCI",
             .sign = "CIRCLECI",
             .url = "{CIRCLE_BUILD_URL}",
             .job = "{CIRCLE_JOB}",
             .repository = "{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME}",
             .branch = "{CIRCLE_BRANCH} | {CIRCLE_TAG}",
             .commit = "{CIRCLE_SHA1}"},
};

std::string_view value(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view{} : trim(found->second);
}

/// `form` with its variables filled in; empty when one is missing.
std::string filled(std::string_view form, const Environment& environment) {
  std::string text;
  while (!form.empty()) {
    const std::size_t open = std::min(form.find('{'), form.size());
    text += form.substr(0, open);
    if (open == form.size()) break;
    const std::size_t close = form.find('}', open);
    const std::string_view known = value(environment, form.substr(open + 1, close - open - 1));
    if (known.empty()) return {};
    text += known;
    form.remove_prefix(close + 1);
  }
  return text;
}

std::string first_filled(std::string_view forms, const Environment& environment) {
  constexpr std::string_view separator = " | ";
  while (!forms.empty()) {
    const std::size_t end = std::min(forms.find(separator), forms.size());
    if (std::string text = filled(forms.substr(0, end), environment); !text.empty()) return text;
    forms.remove_prefix(std::min(end + separator.size(), forms.size()));
  }
  return {};
}

/// One line, cut where a character of UTF-8 begins.
std::string bounded(std::string_view text) {
  std::string line = sinks::one_line(text.substr(0, most_bytes * 2));
  if (line.size() <= most_bytes) return line;
  std::size_t end = most_bytes;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  line.resize(end);
  return line;
}

/// "main" for "refs/heads/main".
std::string branch(std::string_view ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/", "refs/"}) {
    if (!ref.starts_with(prefix)) continue;
    ref.remove_prefix(prefix.size());
    break;
  }
  return bounded(ref);
}

std::string commit(const std::string& hash) {
  constexpr std::size_t shortest = 7, longest = 64;  // of SHA-256 repositories
  const bool is_hash = hash.size() >= shortest && hash.size() <= longest &&
                       hash.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  return is_hash ? hash : "";
}

std::string address(std::string_view given) {
  std::string url;  // a project's name may have blanks
  for (const char c : given) c == ' ' ? url += "%20" : url += c;
  if (url.size() > most_url_bytes) return {};
  const auto parsed = net::parse_url(url);
  return parsed && parsed->userinfo.empty() ? url : "";
}

}  // namespace

std::optional<PipelineRun> pipeline_run(const Environment& environment) {
  const auto is_there = [&](const CiSystem& system) {
    const std::string_view sign = value(environment, system.sign);
    return !sign.empty() && lower(sign) != "false";
  };
  const auto* const system = std::ranges::find_if(systems, is_there);
  if (system == systems.end()) return {};
  return PipelineRun{.system = std::string(system->name),
                     .url = address(first_filled(system->url, environment)),
                     .name = bounded(first_filled(system->job, environment)),
                     .repository = bounded(first_filled(system->repository, environment)),
                     .branch = branch(first_filled(system->branch, environment)),
                     .commit = commit(first_filled(system->commit, environment))};
}

}  // namespace agent::cli
