#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// Lines that would be obeyed by who shows them: a terminal, a CI system, a forge.
constexpr auto hostile_log =
    "building\n"
    "main.c:1:5: error: \x1b[31m\x1b]0;title\x07 unknown type name 'x' @admin closes #1\n"
    "::error file=main.c::obey\n"
    "  ::add-mask::error\n"
    "##[error]make: *** [all] Error 1\n"
    "##vso[task.complete result=Succeeded]\n";

class HostileLog : public testing::TestWithParam<std::string> {};

TEST_P(HostileLog, IsNotObeyedInsideACiSystem) {
  const Ended ended = run_agent({.arguments = {"analyze", "--log", "-", "-v", "-o", GetParam()},
                                 .environment = {{"GITHUB_ACTIONS", "true"}},
                                 .input = hostile_log});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("unknown type name"));
  EXPECT_THAT(ended.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(ended.out, Not(HasSubstr("\x07")));
  EXPECT_THAT(ended.out, Not(HasSubstr("##[")));
  EXPECT_THAT(ended.out, Not(HasSubstr("##vso[")));
  EXPECT_THAT(ended.out, Not(ContainsRegex("(^|\n) *::")));
}

INSTANTIATE_TEST_SUITE_P(Formats, HostileLog, testing::Values("text", "markdown", "json", "yaml"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace agent::test
