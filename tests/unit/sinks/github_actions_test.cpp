#include "sinks/github_actions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace agent::sinks {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

/// A folder of one test.
class ActionsFiles : public testing::Test {
 protected:
  ActionsFiles() {
    std::string pattern = (fs::temp_directory_path() / "agent-actions-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~ActionsFiles() override { fs::remove_all(folder); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path folder;
};

using StepSummary = ActionsFiles;
using Outputs = ActionsFiles;

TEST_F(StepSummary, IsAppended) {
  write("summary", "## Before");

  ASSERT_TRUE(write_step_summary(path("summary"), "## FAILED\n"));
  ASSERT_TRUE(write_step_summary(path("summary"), "## Again\n"));

  EXPECT_EQ(read("summary"), "## Before\n## FAILED\n## Again\n");
}

TEST_F(StepSummary, IsMadeWhereThereIsNone) {
  ASSERT_TRUE(write_step_summary(path("summary"), "x\n"));

  EXPECT_EQ(read("summary"), "x\n");
}

TEST_F(StepSummary, KeepsTheLimitOfAStep) {
  const std::size_t limit = std::size_t{1024} * 1024;
  write("summary", std::string(limit - 10, 'a') + "\n");

  ASSERT_TRUE(write_step_summary(path("summary"), "12345678\n"));
  const auto full = write_step_summary(path("summary"), "1");

  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::delivery_failed);
  EXPECT_THAT(full.error().where, HasSubstr("1048576 of 1048576 bytes"));
  EXPECT_EQ(fs::file_size(path("summary")), limit);
}

TEST_F(StepSummary, IsAFile) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  for (const std::string& where : {folder.string(), path("pipe"), path("missing/summary")}) {
    const auto written = write_step_summary(where, "x");
    ASSERT_FALSE(written) << where;
    EXPECT_EQ(written.error().kind, ErrorKind::delivery_failed);
  }
}

TEST_F(StepSummary, SaysThatTheDiskIsFull) {
  const auto written = write_step_summary("/dev/full", "x");

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::delivery_failed);
}

/// What the runner reads, by its own rules: https://github.com/actions/runner, FileCommandManager.cs.
NamedValues read_outputs(const std::string& text) {
  NamedValues read;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('='), heredoc = line.find("<<");
    if (equals < heredoc) {
      read.emplace_back(line.substr(0, equals), line.substr(equals + 1));
      continue;
    }
    if (heredoc == std::string::npos) {
      read.emplace_back("wrong line", line);
      continue;
    }
    const std::string end = line.substr(heredoc + 2);
    std::string value, part;
    bool ended = false;
    for (bool first = true; !ended && std::getline(lines, part); first = false) {
      ended = part == end;
      if (!ended) value += (first ? "" : "\n") + part;
    }
    read.emplace_back(ended ? line.substr(0, heredoc) : "without an end", value);
  }
  return read;
}

TEST_F(Outputs, ComeBackAsTheyWere) {
  const NamedValues values{{"verdict", "failing"},
                           {"cause", "a=b<<EOF\nverdict=healthy\nEOF\n::error::x"},
                           {"issue-url", ""},
                           {"report", "/tmp/a b/report.json"}};
  write("output", "before=1");

  ASSERT_TRUE(append_outputs(path("output"), values));

  NamedValues expected = values;
  expected.insert(expected.begin(), {"before", "1"});
  EXPECT_EQ(read_outputs(read("output")), expected);
}

TEST_F(Outputs, EndWithAWordThatNobodyKnows) {
  ASSERT_TRUE(append_outputs(path("a"), {{"x", "y"}}));
  ASSERT_TRUE(append_outputs(path("b"), {{"x", "y"}}));

  EXPECT_NE(read("a"), read("b"));
}

TEST(ActionOutputs, AreWhatTheReportSays) {
  Report report;
  report.verdict = Verdict::failing;
  report.category = Category::compile;
  report.cause = "a\nb";
  report.fingerprint = "0123456789abcdef";

  EXPECT_EQ(action_outputs(report, "https://forge.example/i/1", "/tmp/r.json"),
            (NamedValues{{"verdict", "failing"},
                         {"category", "compile"},
                         {"cause", "a b"},
                         {"fingerprint", "0123456789abcdef"},
                         {"issue-url", "https://forge.example/i/1"},
                         {"report", "/tmp/r.json"}}));
}

Report failing_with(std::vector<Finding> findings) {
  Report report;
  report.verdict = Verdict::failing;
  report.cause = findings.empty() ? "" : findings.front().headline;
  report.findings = std::move(findings);
  return report;
}

Finding finding(std::string headline, Severity severity = Severity::error) {
  return {.rule = "gcc.error", .severity = severity, .category = Category::compile, .headline = std::move(headline)};
}

struct AnnotationCase {
  std::string name;
  Finding of;
  std::string expected;
};
void PrintTo(const AnnotationCase& row, std::ostream* out) { *out << row.name; }

class Annotations : public testing::TestWithParam<AnnotationCase> {};

TEST_P(Annotations, StandAtTheirPlace) {
  EXPECT_EQ(annotations(failing_with({GetParam().of}), "/work/x"), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Findings, Annotations,
    testing::Values(
        AnnotationCase{"line_and_column", finding("src/a.cpp:12:5: error: no x"),
                       "::error file=src/a.cpp,line=12,col=5,title=compile (gcc.error)::src/a.cpp:12:5: error: no x\n"},
        AnnotationCase{"path_in_the_checkout", finding("/work/x/src/a.cpp:12: error: no x"),
                       "::error file=src/a.cpp,line=12,title=compile (gcc.error)::/work/x/src/a.cpp:12: error: no x\n"},
        AnnotationCase{"warning", finding("src/a.cpp:12:5: warning: x", Severity::warning),
                       "::warning file=src/a.cpp,line=12,col=5,title=compile (gcc.error)::src/a.cpp:12:5: warning: "
                       "x\n"},
        AnnotationCase{"info", finding("src/a.cpp:12:5: note: x", Severity::info),
                       "::notice file=src/a.cpp,line=12,col=5,title=compile (gcc.error)::src/a.cpp:12:5: note: x\n"},
        AnnotationCase{"cause_without_a_place", finding("out of memory", Severity::critical),
                       "::error title=compile (gcc.error)::out of memory\n"},
        AnnotationCase{"signs_that_are_escaped", finding("50%: a\r\n::stop-commands::x"),
                       "::error title=compile (gcc.error)::50%25: a  ::stop-commands::x\n"},
        AnnotationCase{"rule_that_ends_the_properties", Finding{.rule = "a,file=b::c\nd", .headline = "x"},
                       "::error title=a%2Cfile=b%3A%3Ac d::x\n"}),
    [](const auto& info) { return info.param.name; });

TEST(Annotations, AreTenOfALevel) {
  std::vector<Finding> findings;
  for (int i = 1; i <= 30; ++i) findings.push_back(finding("src/a.cpp:" + std::to_string(i) + ":1: error: x"));
  findings.push_back(finding("src/a.cpp:99:1: warning: y", Severity::warning));

  const std::string text = annotations(failing_with(findings), "");

  EXPECT_EQ(std::ranges::count(text, '\n'), 11);
  EXPECT_THAT(text, HasSubstr("::warning file=src/a.cpp,line=99"));
}

TEST(Annotations, AreNotForOtherFindingsWithoutAPlace) {
  EXPECT_EQ(annotations(failing_with({finding("out of memory"), finding("killed")}), ""),
            "::error title=compile (gcc.error)::out of memory\n");
}

TEST(Annotations, AreNoneWhereNothingIsFailing) {
  Report report = failing_with({finding("src/a.cpp:1:1: warning: x", Severity::warning)});
  report.verdict = Verdict::healthy;

  EXPECT_THAT(annotations(report, ""), IsEmpty());
}

struct PullCase {
  std::string name, ref, event;
  std::uint64_t expected = 0;  ///< 0: none
};
void PrintTo(const PullCase& row, std::ostream* out) { *out << row.name; }

class PullRequestNumber : public ActionsFiles, public testing::WithParamInterface<PullCase> {};

TEST_P(PullRequestNumber, IsFound) {
  write("event.json", GetParam().event);

  const auto number = pull_request_number({{"GITHUB_REF", GetParam().ref}, {"GITHUB_EVENT_PATH", path("event.json")}});

  EXPECT_EQ(number.value_or(0), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Events, PullRequestNumber,
    testing::Values(
        PullCase{"merge_ref", "refs/pull/12/merge", "", 12}, PullCase{"head_ref", "refs/pull/7/head", "", 7},
        PullCase{"branch", "refs/heads/main", "{}"}, PullCase{"branch_named_like_one", "refs/heads/pull/12/merge", ""},
        PullCase{"ref_without_a_number", "refs/pull/x/merge", ""}, PullCase{"ref_cut_off", "refs/pull/12", ""},
        PullCase{"ref_too_large", "refs/pull/99999999999999999999/merge", ""},
        PullCase{"pull_request_target", "refs/heads/main", R"({"number":5,"pull_request":{"number":5}})", 5},
        PullCase{"comment_on_a_pull_request", "refs/heads/main", R"({"issue":{"number":8,"pull_request":{}}})", 8},
        PullCase{"comment_on_an_issue", "refs/heads/main", R"({"issue":{"number":8}})"},
        PullCase{"finished_workflow", "refs/heads/main", R"({"workflow_run":{"pull_requests":[{"number":3}]}})", 3},
        PullCase{"finished_workflow_of_several", "",
                 R"({"workflow_run":{"pull_requests":[{"number":3},{"number":4}]}})"},
        PullCase{"finished_workflow_of_a_fork", "", R"({"workflow_run":{"pull_requests":[]}})"},
        PullCase{"text_as_number", "", R"({"pull_request":{"number":"5"}})"},
        PullCase{"negative_number", "", R"({"pull_request":{"number":-5}})"},
        PullCase{"zero", "", R"({"pull_request":{"number":0}})"},
        PullCase{"list_as_pull_request", "", R"({"pull_request":[5]})"}, PullCase{"list", "", "[5]"},
        PullCase{"no_json", "", "{"}, PullCase{"deep", "", std::string(100'000, '[')}),
    [](const auto& info) { return info.param.name; });

TEST_F(ActionsFiles, NoPullRequestWithoutAnEvent) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);

  EXPECT_FALSE(pull_request_number({}));
  EXPECT_FALSE(pull_request_number({{"GITHUB_EVENT_PATH", path("missing")}}));
  EXPECT_FALSE(pull_request_number({{"GITHUB_EVENT_PATH", path("pipe")}}));
  EXPECT_FALSE(pull_request_number({{"GITHUB_EVENT_PATH", folder.string()}}));
  EXPECT_FALSE(pull_request_number({{"GITHUB_EVENT_PATH", "/dev/zero"}}));
}

}  // namespace
}  // namespace agent::sinks
