#include "base/process_captured.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <thread>

namespace agent {
namespace {

using namespace std::chrono_literals;

CapturedCommand shell(const std::string& script) {
  return {{"sh", "-c", script}, {"PATH=/usr/bin:/bin", "WORD=given"}, 30s, 1000};
}

CapturedEnd run(const CapturedCommand& command) {
  auto end = run_captured(command, {});
  EXPECT_TRUE(end) << describe(end.error());
  return end ? *std::move(end) : CapturedEnd{};
}

TEST(RunCaptured, GivesOutputErrorsAndCode) {
  const CapturedEnd end = run(shell("echo out; echo err >&2; exit 3"));

  EXPECT_EQ(end.output, "out\n");
  EXPECT_EQ(end.error_end, "err\n");
  EXPECT_EQ(end.exit_code, 3);
}

TEST(RunCaptured, GivesTheSignalAsShellsDo) { EXPECT_EQ(run(shell("kill -9 $$")).exit_code, 137); }

TEST(RunCaptured, GivesTheCommandItsOwnVariablesAlone) {
  EXPECT_EQ(run(shell("echo $WORD${AGENT_SOURCE_DIR-unset}")).output, "givenunset\n");
}

TEST(RunCaptured, GivesAnEmptyInput) { EXPECT_EQ(run(shell("cat; echo end")).output, "end\n"); }

TEST(RunCaptured, PassesOnNoDescriptor) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // not close-on-exec

  const CapturedEnd end = run(shell("[ -e /proc/self/fd/" + std::to_string(leaked) + " ] && echo there || echo gone"));

  EXPECT_EQ(end.output, "gone\n");
  ::close(leaked);
}

TEST(RunCaptured, KeepsTheEndOfManyErrors) {
  const CapturedEnd end = run(shell("i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done"));

  EXPECT_EQ(end.error_end.size(), 4096U);
  EXPECT_TRUE(end.error_end.ends_with("line 1999\n"));
}

TEST(RunCaptured, DoesNotWaitForWhatIsLeftRunning) { EXPECT_EQ(run(shell("sleep 30 & echo done")).output, "done\n"); }

TEST(RunCaptured, EndsACommandAtItsTime) {
  CapturedCommand command = shell("sleep 30 & wait");
  command.timeout = 50ms;

  EXPECT_EQ(run_captured(command, {}).error().kind, ErrorKind::deadline);
}

TEST(RunCaptured, EndsACommandWhenAsked) {
  std::stop_source source;
  source.request_stop();

  EXPECT_EQ(run_captured(shell("sleep 30"), source.get_token()).error().kind, ErrorKind::interrupted);
}

TEST(RunCaptured, EndsACommandThatWritesTooMuch) {
  EXPECT_EQ(run_captured(shell("yes"), {}).error().what, "'sh' wrote more than is taken");
}

TEST(RunCaptured, TellsThatThereIsNoSuchCommand) {
  CapturedCommand command = shell("");
  command.argv = {"no-such-command-here"};

  EXPECT_EQ(run_captured(command, {}).error().kind, ErrorKind::target_not_found);
}

}  // namespace
}  // namespace agent
