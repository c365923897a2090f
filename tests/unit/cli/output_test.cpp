#include "cli/output.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <csignal>

namespace agent::cli {
namespace {

struct Case {
  std::string name, choice;
  Environment environment;
  bool is_terminal, expected;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class UseColor : public testing::TestWithParam<Case> {};

TEST_P(UseColor, FollowsTheSettingThenTheEnvironmentThenTheTerminal) {
  EXPECT_EQ(use_color(GetParam().choice, GetParam().environment, GetParam().is_terminal), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Given, UseColor,
    testing::Values(Case{"terminal", "auto", {}, true, true}, Case{"pipe", "auto", {}, false, false},
                    Case{"dumb_terminal", "auto", {{"TERM", "dumb"}}, true, false},
                    Case{"no_color", "auto", {{"NO_COLOR", "1"}}, true, false},
                    Case{"empty_no_color", "auto", {{"NO_COLOR", ""}}, true, true},
                    Case{"forced_in_a_pipe", "auto", {{"CLICOLOR_FORCE", "1"}}, false, true},
                    Case{"force_switched_off", "auto", {{"CLICOLOR_FORCE", "0"}}, false, false},
                    Case{"no_color_beats_force", "auto", {{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}}, true, false},
                    Case{"always_beats_no_color", "always", {{"NO_COLOR", "1"}}, false, true},
                    Case{"never_beats_force", "never", {{"CLICOLOR_FORCE", "1"}}, true, false}),
    [](const auto& info) { return info.param.name; });

TEST(Output, IsQuietWhenItsReaderWentAway) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  Output output(ends[1]);

  EXPECT_TRUE(output.write("x"));
  EXPECT_TRUE(output.closed());
  EXPECT_TRUE(output.write("y"));
  ::close(ends[1]);
  static_cast<void>(std::signal(SIGPIPE, before));
}

TEST(Output, TellsOfAFullDisk) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  Output output(full);

  const auto written = output.write("x");

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::delivery_failed);
  ::close(full);
}

TEST(Output, IsAsWideAsColumnsSayOutsideATerminal) {
  const Output output(::open("/dev/null", O_WRONLY | O_CLOEXEC));

  EXPECT_EQ(output.columns({{"COLUMNS", "120"}}), 120);
  EXPECT_EQ(output.columns({{"COLUMNS", "-3"}}), 80);
  EXPECT_EQ(output.columns({}), 80);
}

}  // namespace
}  // namespace agent::cli
