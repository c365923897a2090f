#include "support/outer_process.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace agent::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr auto path = "/usr/local/bin:/usr/bin:/bin";

Ended analyze(std::vector<std::string> command, const std::string& input = {}, std::vector<std::string> flags = {}) {
  std::vector<std::string> arguments{"analyze"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), command.begin(), command.end());
  return run_agent({.arguments = std::move(arguments), .environment = {{"PATH", path}}, .input = input});
}

Ended analyze_sh(const std::string& script, const std::string& input = {}) {
  return analyze({"sh", "-c", script}, input);
}

TEST(AnalyzeCommand, FailsWithTheCommandsCodeAndSaysWhyOnStandardError) {
  const Ended ended = analyze_sh("echo out; echo 'error: no space left on device' >&2; exit 3");

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.out, "out\n");
  EXPECT_THAT(ended.err, StartsWith("error: no space left on device\n"));
  EXPECT_GT(ended.err.size(), 100U) << "the report follows: " << ended.err;
}

TEST(AnalyzeCommand, FailsWithTheCodeOfACommandThatSaidNothing) {
  const Ended ended = analyze_sh("exit 3");

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, Not(IsEmpty()));
}

struct Passing {
  std::string name, script, input, out, err;
};

void PrintTo(const Passing& passing, std::ostream* out) { *out << passing.name; }

class PassingCommand : public testing::TestWithParam<Passing> {};

TEST_P(PassingCommand, AddsNothing) {
  const Ended ended = analyze_sh(GetParam().script, GetParam().input);

  EXPECT_EQ(ended.out, GetParam().out);
  EXPECT_EQ(ended.err, GetParam().err);
  EXPECT_EQ(ended.exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(Scripts, PassingCommand,
                         testing::Values(Passing{"without_output", "true", "", "", ""},
                                         Passing{"with_both_streams", "echo out; echo err >&2", "", "out\n", "err\n"},
                                         Passing{"with_an_error_in_its_output", "echo 'error: none' >&2", "", "",
                                                 "error: none\n"},
                                         Passing{"with_any_bytes", R"(printf '\000\377\r\033[1m')", "",
                                                 std::string("\0\xff\r\x1b[1m", 7), ""},
                                         Passing{"with_input", "cat", "typed\n", "typed\n", ""}),
                         [](const auto& info) { return info.param.name; });

struct Unstartable {
  std::string name, command;
  int exit_code;
  std::string message;
};

void PrintTo(const Unstartable& unstartable, std::ostream* out) { *out << unstartable.name; }

class UnstartableCommand : public testing::TestWithParam<Unstartable> {};

TEST_P(UnstartableCommand, EndsAsShellsSayIt) {
  const Ended ended = analyze({GetParam().command});

  EXPECT_EQ(ended.exit_code, GetParam().exit_code);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Commands, UnstartableCommand,
    testing::Values(Unstartable{"unknown", "no-such-command", 127,
                                "agent: there is no command 'no-such-command'\n  at: exec: No such file or directory\n"
                                "  try: check its spelling and PATH\n"},
                    Unstartable{"not_executable", "/etc/passwd", 126,
                                "agent: cannot execute '/etc/passwd'\n  at: exec: Permission denied\n"
                                "  try: name a program, and make it executable: chmod +x\n"}),
    [](const auto& info) { return info.param.name; });

TEST(AnalyzeCommand, AClosedPipeIsQuiet) {
  const Ended ended =
      run_program("sh", {.arguments = {"-c", "\"$AGENT_BINARY\" analyze -- yes | head -1"},
                         .environment = {{"PATH", path}, {"AGENT_BINARY", std::getenv("AGENT_BINARY")}}});

  EXPECT_EQ(ended.out, "y\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.exit_code, 0);
}

TEST(AnalyzeCommand, AFullDiskIsADeliveryThatFailed) {
  const Ended ended =
      run_program("sh", {.arguments = {"-c", "\"$AGENT_BINARY\" analyze -- echo a >/dev/full"},
                         .environment = {{"PATH", path}, {"AGENT_BINARY", std::getenv("AGENT_BINARY")}}});

  EXPECT_THAT(ended.err, StartsWith("agent: cannot write the command's output\n"));
  EXPECT_EQ(ended.exit_code, 8);
}

TEST(AnalyzeCommand, TheDeadlineEndsTheCommand) {
  const Ended ended = analyze({"sleep", "600"}, "", {"--timeout", "100ms"});

  EXPECT_EQ(ended.exit_code, 124);
}

/// The binary at a terminal of its own.
class Seat {
 public:
  explicit Seat(const std::string& script) {
    int screen = -1;
    pid_ = ::forkpty(&screen, nullptr, nullptr, nullptr);
    if (pid_ == 0) {
      ::execl(std::getenv("AGENT_BINARY"), "agent", "analyze", "--", "sh", "-c", script.c_str(), nullptr);
      ::_exit(1);
    }
    screen_ = Descriptor(screen);
  }

  std::string see(std::string_view wanted) const { return read_until(screen_.get(), wanted); }
  void type(std::string_view keys) const {
    EXPECT_EQ(::write(screen_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  [[nodiscard]] std::string rest() const { return read_all(screen_.get()); }
  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] int exit_code() const {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  Descriptor screen_;
  pid_t pid_ = -1;
};

TEST(AnalyzeCommandAtATerminal, TheCommandSeesTheTerminal) {
  const Seat seat("test -t 0 && test -t 1 && test -t 2 && echo all three");

  EXPECT_EQ(seat.rest(), "all three\r\n");
  EXPECT_EQ(seat.exit_code(), 0);
}

TEST(AnalyzeCommandAtATerminal, ControlCReachesTheCommandAndThatIsAll) {
  const Seat seat("echo ready; exec sleep 600");
  seat.see("ready\r\n");

  seat.type("\x03");

  EXPECT_EQ(seat.rest(), "^C");
  EXPECT_EQ(seat.exit_code(), 130);
}

TEST(AnalyzeCommandAtATerminal, ATerminationReachesTheCommand) {
  const Seat seat("trap 'echo cleaned up; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
  seat.see("ready\r\n");

  ::kill(seat.pid(), SIGTERM);

  EXPECT_THAT(seat.rest(), HasSubstr("cleaned up\r\n"));
  EXPECT_EQ(seat.exit_code(), 0);
}

}  // namespace
}  // namespace agent::test
