#include "base/process.hpp"

#include "support/outer_process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <future>
#include <string>
#include <vector>

namespace agent {
namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::HasSubstr;

struct Ran : Outcome {
  std::string out, err;
};

/// Runs with pipes all around; `input` is what the command may read.
Ran run(const std::vector<std::string>& argv, const std::string& input = {}, const CommandOptions& options = {}) {
  Pipe in, out, err;
  EXPECT_EQ(::write(in.write.get(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
  in.write.close();
  Outer outer(argv, {in.read.get(), out.write.get(), err.write.get()}, options);
  out.write.close();
  err.write.close();
  auto errors = std::async(std::launch::async, [&] { return read_all(err.read.get()); });
  std::string text = read_all(out.read.get());
  return {outer.wait(), std::move(text), errors.get()};
}

Ran run_sh(const std::string& script, const std::string& input = {}, const CommandOptions& options = {}) {
  return run({"sh", "-c", script}, input, options);
}

struct EndCase {
  std::string name, script;
  int exit_code;
  std::optional<int> signal;
};

class RunCommandEnds : public testing::TestWithParam<EndCase> {};

TEST_P(RunCommandEnds, AsTheCommandDid) {
  const auto ran = run_sh(GetParam().script);

  EXPECT_EQ(ran.error, std::nullopt);
  EXPECT_EQ(ran.end.exit_code, GetParam().exit_code);
  EXPECT_EQ(ran.end.signal, GetParam().signal);
  EXPECT_FALSE(ran.end.timed_out);
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, RunCommandEnds,
    testing::Values(EndCase{"success", "exit 0", 0, {}}, EndCase{"failure", "exit 3", 3, {}},
                    EndCase{"not_found_inside", "no-such-command-here 2>&-", 127, {}},
                    EndCase{"killed", "kill -KILL $$", 137, SIGKILL},
                    EndCase{"closed_pipe", "kill -PIPE $$", 141, SIGPIPE},
                    EndCase{"interrupted", "kill -INT $$", 130, SIGINT},
                    EndCase{"outputs_closed_before_the_end", "exec >&- 2>&-; sleep 0.05; exit 5", 5, {}}),
    [](const auto& info) { return info.param.name; });

struct PassCase {
  std::string name, script, input, out, err;
};

class RunCommandPasses : public testing::TestWithParam<PassCase> {};

TEST_P(RunCommandPasses, StreamsThroughUntouched) {
  const auto ran = run_sh(GetParam().script, GetParam().input);

  EXPECT_EQ(ran.out, GetParam().out);
  EXPECT_EQ(ran.err, GetParam().err);
  EXPECT_EQ(ran.observed.size(), ran.out.size() + ran.err.size());
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, RunCommandPasses,
    testing::Values(PassCase{"nothing", "true", "", "", ""},
                    PassCase{"both_streams", "echo a; echo b >&2", "", "a\n", "b\n"},
                    PassCase{"any_bytes", R"(printf '\000\377\r\033[1mx')", "", std::string("\0\xff\r\x1b[1mx", 8), ""},
                    PassCase{"input", "cat", "typed\n", "typed\n", ""},
                    PassCase{"no_terminal", "test -t 0 || test -t 1 || test -t 2 || echo none", "", "none\n", ""}),
    [](const auto& info) { return info.param.name; });

TEST(RunCommand, PassesMuchOutputAndObservesTheSame) {
  const auto ran = run({"seq", "1", "1500000"});

  std::string expected;
  for (int i = 1; i <= 1'500'000; ++i) expected += std::to_string(i) + "\n";
  EXPECT_TRUE(ran.out == expected);
  EXPECT_TRUE(ran.observed == expected);
}

TEST(RunCommand, KeepsTheOrderOfTwoStreamsThatGoToOnePipe) {
  Pipe both;
  Outer outer({"sh", "-c", "for i in 1 2 3 4 5 6; do echo o$i; echo e$i >&2; done"},
              {-1, both.write.get(), both.write.get()});
  both.write.close();

  const std::string expected = "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\no6\ne6\n";
  EXPECT_EQ(read_all(both.read.get()), expected);
  EXPECT_EQ(outer.wait().observed, expected);
}

TEST(RunCommand, WritesToAFileWhereItWas) {
  const Descriptor file(::memfd_create("log", MFD_CLOEXEC));
  ASSERT_EQ(::write(file.get(), "before\n", 7), 7);

  Outer({"sh", "-c", "echo a; echo b >&2"}, {-1, file.get(), file.get()}).wait();

  ::lseek(file.get(), 0, SEEK_SET);
  EXPECT_EQ(read_all(file.get()), "before\na\nb\n");
}

TEST(RunCommand, ASlowReaderOfOneStreamDoesNotHoldUpTheOther) {
  Pipe out, err;
  Outer outer({"sh", "-c", "seq 1 400000 & sleep 0.05; echo seen >&2; wait"}, {-1, out.write.get(), err.write.get()});
  out.write.close();
  err.write.close();

  EXPECT_EQ(read_until(err.read.get(), "\n"), "seen\n");  // while 2.7 MB wait for a reader of the other stream
  EXPECT_EQ(read_all(out.read.get()).size(), 2'688'895U);
  EXPECT_EQ(outer.wait().end.exit_code, 0);
}

TEST(RunCommand, TheCommandSeesAClosedPipeWhenOurReaderLeaves) {
  Pipe out, err;
  Outer outer({"yes"}, {-1, out.write.get(), err.write.get()});
  out.write.close();
  err.write.close();

  EXPECT_EQ(read_until(out.read.get(), "\n"), "y\n");
  out.read.close();

  const auto outcome = outer.wait();
  EXPECT_EQ(outcome.end.signal, SIGPIPE);
  EXPECT_TRUE(outcome.end.output_closed);
  EXPECT_EQ(read_all(err.read.get()), "");
}

TEST(RunCommand, AFullDiskIsAnError) {
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);

  EXPECT_EQ(Outer({"echo", "a"}, {-1, full.get(), full.get()}).wait().error, ErrorKind::delivery_failed);
}

TEST(RunCommand, DoesNotWaitForABackgroundProcessThatHoldsThePipe) {
  const auto ran = run_sh("sleep 600 & echo $!");

  EXPECT_EQ(::kill(std::stoi(ran.out), SIGKILL), 0) << "it lives on, as it does without us";
}

TEST(RunCommand, DoesNotFollowANoisyBackgroundProcessForLong) {
  Pipe err;
  const Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  Outer outer({"sh", "-c", "(while echo noise; do sleep 0.02; done) & echo end >&2"},
              {-1, nowhere.get(), err.write.get()});

  const auto outcome = outer.wait();

  EXPECT_EQ(outcome.end.exit_code, 0);
  EXPECT_THAT(outcome.observed, HasSubstr("noise"));
}

TEST(RunCommand, EndsTheCommandAtTheDeadline) {
  const auto ran = run({"sleep", "600"}, "", {.timeout = 20ms});

  EXPECT_TRUE(ran.end.timed_out);
  EXPECT_EQ(ran.end.signal, SIGTERM);
}

TEST(RunCommand, KillsACommandThatIgnoresTheDeadlineWithItsGroup) {
  const auto ran = run_sh("trap '' TERM; sleep 600 & echo $!; while :; do sleep 1; done", "", {.timeout = 100ms});

  EXPECT_TRUE(ran.end.timed_out);
  EXPECT_EQ(ran.end.signal, SIGKILL);
  std::ifstream status("/proc/" + ran.out.substr(0, ran.out.find('\n')) + "/status");
  const std::string text{std::istreambuf_iterator<char>(status), {}};
  EXPECT_TRUE(text.empty() || text.find("State:\tZ") != std::string::npos) << text;
}

class ForwardedSignal : public testing::TestWithParam<int> {};

TEST_P(ForwardedSignal, ReachesTheCommandAndItsEndIsAwaited) {
  Pipe out;
  Outer outer({"sh", "-c", "trap 'echo caught; exit 7' INT TERM HUP QUIT; echo ready; while :; do sleep 0.01; done"},
              {-1, out.write.get(), out.write.get()});
  out.write.close();
  EXPECT_EQ(read_until(out.read.get(), "\n"), "ready\n");

  ::kill(outer.pid(), GetParam());

  EXPECT_THAT(read_all(out.read.get()), HasSubstr("caught\n"));
  EXPECT_EQ(outer.wait().end.exit_code, 7);
}

INSTANTIATE_TEST_SUITE_P(All, ForwardedSignal, testing::Values(SIGINT, SIGTERM, SIGHUP, SIGQUIT),
                         [](const auto& info) { return std::string("sig") + ::sigabbrev_np(info.param); });

TEST(RunCommand, ASecondInterruptStillWaitsForTheCommand) {
  Pipe out;
  Outer outer({"sh", "-c", "trap 'echo caught' INT; trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"},
              {-1, out.write.get(), out.write.get()});
  out.write.close();
  read_until(out.read.get(), "ready\n");

  for (int i = 0; i < 2; ++i) {
    ::kill(outer.pid(), SIGINT);
    EXPECT_THAT(read_until(out.read.get(), "caught\n"), HasSubstr("caught"));
  }

  ::kill(outer.pid(), SIGTERM);
  EXPECT_EQ(outer.wait().end.exit_code, 7);
}

TEST(RunCommand, NoDescriptorOfOursReachesTheCommand) {
  int inherited = 0;  // of those who run the tests
  for (int fd = STDERR_FILENO + 1; fd < 1024; ++fd) inherited += ::fcntl(fd, F_GETFD) == 0 ? 1 : 0;

  const auto ran = run_sh("ls /proc/self/fd | wc -l");

  EXPECT_EQ(std::stoi(ran.out), 3 + 1 + inherited) << "the standard ones, the folder that is listed, inherited ones";
}

TEST(RunCommand, InheritedDescriptorsReachTheCommand) {
  const Descriptor inherited(::memfd_create("jobserver", 0));

  run_sh("echo token >&" + std::to_string(inherited.get()));

  ::lseek(inherited.get(), 0, SEEK_SET);
  EXPECT_EQ(read_all(inherited.get()), "token\n");
}

TEST(RunCommand, ClosedStandardStreamsAreEmptyOnes) {
  EXPECT_EQ(Outer({"sh", "-c", "cat; echo a; echo b >&2"}, {-1, -1, -1}).wait().observed, "a\nb\n");
}

struct StartCase {
  std::string name, command;
  ErrorKind kind;
};

class RunCommandCannotStart : public testing::TestWithParam<StartCase> {};

TEST_P(RunCommandCannotStart, WithoutAProgram) {
  const auto ran = run({GetParam().command});

  EXPECT_EQ(ran.error, GetParam().kind);
  EXPECT_EQ(ran.out + ran.err, "");
}

INSTANTIATE_TEST_SUITE_P(Commands, RunCommandCannotStart,
                         testing::Values(StartCase{"unknown_name", "no-such-command-here", ErrorKind::target_not_found},
                                         StartCase{"missing_path", "/no/such/command", ErrorKind::target_not_found},
                                         StartCase{"empty_name", "", ErrorKind::target_not_found},
                                         StartCase{"folder", "/usr", ErrorKind::unreadable},
                                         StartCase{"file_that_is_no_program", "/etc/passwd", ErrorKind::unreadable}),
                         [](const auto& info) { return info.param.name; });

TEST(RunCommand, NothingToRunIsAUsageError) {
  const auto end = run_command({}, {}, [](std::string_view) {});

  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace agent
