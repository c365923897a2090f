#include "evidence/signals.hpp"

#include <gtest/gtest.h>
#include <string>

namespace agent::evidence {
namespace {

struct LineCase {
  std::string name, line;
  int least, most;
  LineKind kind = LineKind::plain;
};

class ScoreLine : public testing::TestWithParam<LineCase> {};

TEST_P(ScoreLine, WeighsWhatItSays) {
  const LineScore score = score_line(GetParam().line);

  EXPECT_GE(score.weight, GetParam().least);
  EXPECT_LE(score.weight, GetParam().most);
  EXPECT_EQ(score.kind, GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ScoreLine,
    testing::Values(LineCase{"compiler_error", "src/cart.cpp:12:3: error: use of undeclared identifier 'total'", 70,
                             100},
                    LineCase{"thrown_type", "java.lang.IllegalStateException: no basket", 80, 100},
                    LineCase{"python_thrown_type", "ValueError: bad total", 80, 100},
                    LineCase{"panic", "thread 'main' panicked at src/main.rs:4:5:", 85, 100},
                    LineCase{"go_test", "--- FAIL: TestTotal (0.00s)", 80, 100}, LineCase{"one_word", "FAIL", 50, 80},
                    LineCase{"disk_full", "write: No space left on device", 85, 100},
                    LineCase{"compiled_file", "gcc -c -o build/error.o src/error.c", 0, 10},
                    LineCase{"flag", "pytest --fail-fast --durations=3", 0, 10},
                    LineCase{"no_errors", "Found 0 errors in 12 files", 0, 5},
                    LineCase{"zero_failures", "Tests run: 12, Failures: 0, Errors: 0, Skipped: 0", 0, 5},
                    LineCase{"passing_test_of_errors", "test error_is_reported ... ok", 0, 0, LineKind::passed},
                    LineCase{"passing_pytest", "tests/test_a.py::test_error PASSED [ 40%]", 0, 0, LineKind::passed},
                    LineCase{"package_of_errors", "Unpacking libgpg-error0 (1.46-1) ...", 0, 14},
                    LineCase{"warning", "warning: unused variable 'x' [-Wunused-variable]", 0, 14},
                    LineCase{"logged_as_warning", "12:00:01 WARN Shop: cannot reach the cache", 0, 25},
                    LineCase{"logged_as_info", "2026-01-02 12:00:01,123 INFO closing: stream error", 0, 40},
                    LineCase{"logged_in_brackets", "12:00:01.123 [info] session closed: Connection failed", 0, 40},
                    LineCase{"logged_by_key", "time=12:00:01 level=info msg=\"request failed\"", 0, 40},
                    LineCase{"logged_as_error", "12:00:01.123 [error] request failed", 50, 80},
                    LineCase{"info_in_a_sentence", "no more info about it: request failed", 50, 80},
                    LineCase{"function_named_after_errors", "io.shop.Frame onUnknownStreamError", 0, 10},
                    LineCase{"ignored", "make: [clean] Error 1 (ignored)", 1, 50},
                    LineCase{"make_gave_up", "make: *** [Makefile:3: test] Error 2", 30, 60, LineKind::closing},
                    LineCase{"step_failed", "##[error]Process completed with exit code 1.", 30, 60, LineKind::closing},
                    LineCase{"step_passed", "The command \"make\" exited with 0.", 0, 60, LineKind::plain},
                    LineCase{"java_frame", "\tat com.acme.Shop.total(Shop.java:12)", 1, 10, LineKind::frame},
                    LineCase{"python_frame", "  File \"shop.py\", line 3, in total", 1, 10, LineKind::frame},
                    LineCase{"memory", "=>0x0c087fff8000: fa fa 00 00 00 00 00 00 fa fa", 1, 10, LineKind::frame},
                    LineCase{"blank", "   \t", 0, 0, LineKind::blank},
                    LineCase{"plain", "Copying files to the server", 0, 0}),
    [](const auto& info) { return info.param.name; });

TEST(WithoutCiStamp, TakesOnlyATimeStampAway) {
  EXPECT_EQ(without_ci_stamp("2026-01-02T03:04:05.1234567Z error"), "error");
  EXPECT_EQ(without_ci_stamp("\xEF\xBB\xBF"
                             "2026-01-02T03:04:05Z"),
            "");
  EXPECT_EQ(without_ci_stamp("2026-01-02 a date"), "2026-01-02 a date");
  EXPECT_EQ(without_ci_stamp("2026-01-02T03:04:05+01:00 local"), "2026-01-02T03:04:05+01:00 local");
}

}  // namespace
}  // namespace agent::evidence
