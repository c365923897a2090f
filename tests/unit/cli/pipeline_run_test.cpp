#include "cli/pipeline_run.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::cli {
namespace {

struct RunCase {
  std::string name;
  Environment environment;
  PipelineRun expected;
};
void PrintTo(const RunCase& row, std::ostream* out) { *out << row.name; }

std::string shown(const PipelineRun& run) {
  return run.system + "\n" + run.url + "\n" + run.name + "\n" + run.repository + "\n" + run.branch + "\n" + run.commit;
}

class PipelineRunOf : public testing::TestWithParam<RunCase> {};

TEST_P(PipelineRunOf, IsWhatTheEnvironmentTells) {
  const auto run = pipeline_run(GetParam().environment);

  ASSERT_TRUE(run);
  EXPECT_EQ(shown(*run), shown(GetParam().expected));
}

const std::string hash = "8f1d2c3b4a5968778695a4b3c2d1e0f012345678";

Environment with(Environment base, const Environment& more) {
  for (const auto& [name, value] : more) base[name] = value;
  return base;
}

const Environment actions{{"GITHUB_ACTIONS", "true"},
                          {"GITHUB_SERVER_URL", "https://forge.example"},
                          {"GITHUB_REPOSITORY", "octo/app"},
                          {"GITHUB_RUN_ID", "7001"},
                          {"GITHUB_RUN_NUMBER", "43"},
                          {"GITHUB_RUN_ATTEMPT", "2"},
                          {"GITHUB_WORKFLOW", "build"},
                          {"GITHUB_JOB", "test"},
                          {"GITHUB_HEAD_REF", ""},
                          {"GITHUB_REF_NAME", "main"},
                          {"GITHUB_SHA", hash}};

INSTANTIATE_TEST_SUITE_P(
    Systems, PipelineRunOf,
    testing::Values(RunCase{"github",
                            actions,
                            {"GitHub Actions", "https://forge.example/octo/app/actions/runs/7001/attempts/2",
                             "build / test", "octo/app", "main", hash}},
                    RunCase{"github_pull_request",
                            with(actions, {{"GITHUB_HEAD_REF", "fix/it"}, {"GITHUB_REF_NAME", "12/merge"}}),
                            {"GitHub Actions", "https://forge.example/octo/app/actions/runs/7001/attempts/2",
                             "build / test", "octo/app", "fix/it", hash}},
                    RunCase{"github_without_an_attempt",
                            with(actions, {{"GITHUB_RUN_ATTEMPT", ""}}),
                            {"GitHub Actions", "https://forge.example/octo/app/actions/runs/7001", "build / test",
                             "octo/app", "main", hash}},
                    RunCase{"gitea",
                            with(actions, {{"GITEA_ACTIONS", "true"}}),
                            {"Gitea Actions", "https://forge.example/octo/app/actions/runs/7001", "build / test",
                             "octo/app", "main", hash}},
                    RunCase{"forgejo",
                            with(actions, {{"GITEA_ACTIONS", "true"}, {"FORGEJO_ACTIONS", "true"}}),
                            {"Forgejo Actions", "https://forge.example/octo/app/actions/runs/43", "build / test",
                             "octo/app", "main", hash}},
                    RunCase{"gitlab",
                            {{"GITLAB_CI", "true"},
                             {"CI_JOB_URL", "https://lab.example/g/p/-/jobs/5"},
                             {"CI_JOB_STAGE", "check"},
                             {"CI_JOB_NAME", "lint"},
                             {"CI_PROJECT_PATH", "g/p"},
                             {"CI_COMMIT_REF_NAME", "main"},
                             {"CI_COMMIT_SHA", hash}},
                            {"GitLab CI", "https://lab.example/g/p/-/jobs/5", "check / lint", "g/p", "main", hash}},
                    RunCase{"jenkins",
                            {{"JENKINS_URL", "http://ci.example/"},
                             {"BUILD_URL", "http://ci.example/job/app/12/"},
                             {"JOB_NAME", "app"},
                             {"BUILD_NUMBER", "12"},
                             {"GIT_URL", "https://u:p@git.example/x"},
                             {"GIT_BRANCH", "origin/main"},
                             {"GIT_COMMIT", hash}},
                            {"Jenkins", "http://ci.example/job/app/12/", "app #12", "", "origin/main", hash}},
                    RunCase{"azure_with_a_blank_in_the_project",
                            {{"TF_BUILD", "True"},
                             {"SYSTEM_COLLECTIONURI", "https://dev.example/org/"},
                             {"SYSTEM_TEAMPROJECT", "My App"},
                             {"BUILD_BUILDID", "99"},
                             {"BUILD_DEFINITIONNAME", "nightly"},
                             {"BUILD_REPOSITORY_NAME", "app"},
                             {"BUILD_SOURCEBRANCH", "refs/heads/main"},
                             {"BUILD_SOURCEVERSION", hash}},
                            {"Azure Pipelines", "https://dev.example/org/My%20App/_build/results?buildId=99", "nightly",
                             "app", "main", hash}},
                    RunCase{"buildkite_before_the_checkout",
                            {{"BUILDKITE", "true"},
                             {"BUILDKITE_BUILD_URL", "https://kite.example/o/p/builds/3"},
                             {"BUILDKITE_JOB_ID", "0188"},
                             {"BUILDKITE_PIPELINE_NAME", "App"},
                             {"BUILDKITE_LABEL", ":test_tube: unit"},
                             {"BUILDKITE_BRANCH", "main"},
                             {"BUILDKITE_COMMIT", "HEAD"}},
                            {"Buildkite", "https://kite.example/o/p/builds/3#0188", "App / :test_tube: unit", "",
                             "main", ""}},
                    RunCase{"circleci_tag",
                            {{"CIRCLECI", "true"},
                             {"CIRCLE_BUILD_URL", "https://circle.example/gh/o/p/3"},
                             {"CIRCLE_JOB", "unit"},
                             {"CIRCLE_PROJECT_USERNAME", "o"},
                             {"CIRCLE_PROJECT_REPONAME", "p"},
                             {"CIRCLE_TAG", "v1"},
                             {"CIRCLE_SHA1", hash}},
                            {"CircleCI", "https://circle.example/gh/o/p/3", "unit", "o/p", "v1", hash}}),
    [](const auto& info) { return info.param.name; });

// What a variable holds may be a branch's name, which anyone chooses.
INSTANTIATE_TEST_SUITE_P(
    Hostile, PipelineRunOf,
    testing::Values(RunCase{"address_with_credentials",
                            {{"JENKINS_URL", "x"}, {"BUILD_URL", "https://u:p@ci.example/1"}},
                            {"Jenkins", "", "", "", "", ""}},
                    RunCase{"address_of_another_scheme",
                            {{"JENKINS_URL", "x"}, {"BUILD_URL", "javascript:alert(1)"}},
                            {"Jenkins", "", "", "", "", ""}},
                    RunCase{"address_with_a_line_break",
                            {{"JENKINS_URL", "x"}, {"BUILD_URL", "https://ci.example/\nx"}},
                            {"Jenkins", "", "", "", "", ""}},
                    RunCase{"long_address",
                            {{"JENKINS_URL", "x"}, {"BUILD_URL", "https://ci.example/" + std::string(2048, 'a')}},
                            {"Jenkins", "", "", "", "", ""}},
                    RunCase{"control_characters_in_a_branch",
                            {{"CIRCLECI", "true"}, {"CIRCLE_BRANCH", "a\x1b[31m\nb"}},
                            {"CircleCI", "", "", "", "a[31m b", ""}},
                    RunCase{"long_branch",
                            {{"CIRCLECI", "true"}, {"CIRCLE_BRANCH", "x" + std::string(254, 'a') + "\xC3\xA9"}},
                            {"CircleCI", "", "", "", "x" + std::string(254, 'a'), ""}},
                    RunCase{"character_across_the_limit",
                            {{"CIRCLECI", "true"}, {"CIRCLE_BRANCH", std::string(254, 'a') + "\xC3\xA9"}},
                            {"CircleCI", "", "", "", std::string(254, 'a'), ""}},
                    RunCase{"words_in_a_commit",
                            {{"CIRCLECI", "true"}, {"CIRCLE_SHA1", "@everyone"}},
                            {"CircleCI", "", "", "", "", ""}}),
    [](const auto& info) { return info.param.name; });

TEST(PipelineRun, IsNoneOutsideOfACiSystem) {
  EXPECT_FALSE(pipeline_run({{"CI", "true"}, {"GITHUB_REPOSITORY", "octo/app"}}));
  EXPECT_FALSE(pipeline_run({{"GITHUB_ACTIONS", "false"}}));
}

}  // namespace
}  // namespace agent::cli
