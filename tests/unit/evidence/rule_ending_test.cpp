// How a log ends: what its last lines say, and what denies it.
#include "evidence/rules.hpp"
#include "support/log_lines.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::evidence {
namespace {

using test::lines_of;

struct EndingCase {
  std::string name, log;
  Ending expected;
};

class End : public testing::TestWithParam<EndingCase> {};

TEST_P(End, IsToldByTheLastLines) {
  static const RuleSet rules = RuleSet::built_in();
  const auto lines = lines_of(GetParam().log);

  const LogEnd end = rules.judge_log("log/x", lines, lines, std::nullopt).end;

  EXPECT_EQ(end.ending, GetParam().expected) << end.line << ": " << end.words;
}

const auto test_name = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Well, End,
    testing::Values(
        EndingCase{"maven", "ERROR com.acme.Foo - Simulated failure: boom\n[INFO] BUILD SUCCESS\n", Ending::well},
        EndingCase{"gradle", "ERROR [main] Connection refused\nBUILD SUCCESSFUL in 12s\n", Ending::well},
        EndingCase{"go",
                   "ERROR dial tcp 127.0.0.1:1: connect: connection refused\n--- PASS: TestErr (0.00s)\nPASS\n"
                   "ok  \texample.com/a\t0.012s\n",
                   Ending::well},
        EndingCase{"cargo", "test a ... ok\ntest result: ok. 2 passed; 0 failed; 0 ignored\n", Ending::well},
        EndingCase{"jest", "  console.error\n    Warning: x\nTests:       12 passed, 12 total\n", Ending::well},
        EndingCase{"pytest", "=== 3 passed, 2 xfailed, 1 warning in 0.21s ===\n", Ending::well},
        EndingCase{"ctest", "Test HAVE_X - Failed\n100% tests passed, 0 tests failed out of 12\n", Ending::well},
        EndingCase{"gitlab_forgives_a_tool", "make: *** [lint] Error 2\nERROR: No files to upload\nJob succeeded\n",
                   Ending::well},
        EndingCase{"github", "2024-05-01T10:00:05.1234567Z Cleaning up orphan processes\n", Ending::well},
        EndingCase{"buildkit_image", "#8 exporting to image\n#8 writing image sha256:abc 0.1s done\n#8 DONE 0.1s\n",
                   Ending::well}),
    test_name);

INSTANTIATE_TEST_SUITE_P(
    Perhaps, End,
    testing::Values(EndingCase{"npm", "npm warn deprecated a@1: leaks memory\nadded 12 packages in 3s\n",
                               Ending::perhaps_well},
                    EndingCase{"script", "rm: cannot remove 'x': No such file or directory\nDeployed successfully.\n",
                               Ending::perhaps_well},
                    EndingCase{"apt",
                               "W: Failed to fetch http://deb.debian.org/x  Could not resolve 'deb.debian.org'\n"
                               "W: Some index files failed to download. They have been ignored, or old ones used "
                               "instead.\nProcessing triggers for libc-bin\n",
                               Ending::perhaps_well}),
    test_name);

INSTANTIATE_TEST_SUITE_P(
    Denied, End,
    testing::Values(
        EndingCase{"nothing_said", "hello\n", Ending::open},
        EndingCase{"later_exit_code", "[INFO] BUILD SUCCESS\n##[error]Process completed with exit code 1.\n",
                   Ending::open},
        EndingCase{"later_make", "Done in 3.21s.\nmake: *** [all] Error 2\n", Ending::open},
        EndingCase{"later_error", "5 passed in 1.2s\nError: cannot publish the report\n", Ending::open},
        EndingCase{"failing_test_before",
                   "--- FAIL: TestA (0.00s)\n    a_test.go:3: got 1, want 2\nFAIL\texample.com/a\t0.1s\n"
                   "ok  \texample.com/b\t0.2s\n",
                   Ending::open},
        EndingCase{"failing_step_before", "make: *** [test] Error 2\nAll checks passed!\n", Ending::open},
        EndingCase{"marked_error_before", "##[error]tests are red\nCleaning up orphan processes\n", Ending::open},
        EndingCase{"failed_job_before", "ERROR: Job failed: exit code 1\nJob succeeded\n", Ending::open},
        EndingCase{"a_count_that_is_not_zero", "Tests:       1 failed, 11 passed, 12 total\n", Ending::open},
        EndingCase{"apt_that_then_fails",
                   "W: Some index files failed to download. They have been ignored, or old ones used instead.\n"
                   "E: Unable to locate package curl\n",
                   Ending::open}),
    test_name);

}  // namespace
}  // namespace agent::evidence
