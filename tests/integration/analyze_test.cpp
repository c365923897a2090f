#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

namespace agent::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string failing_log =
    "cc -c shop.c\nshop.c:7:1: error: unknown type name 'basket'\nmake: *** [Makefile:2: shop.o] Error 1\n";

Ended analyze(std::vector<std::string> flags, const std::string& input = {}, Variables environment = {}) {
  std::vector<std::string> arguments{"analyze"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return run_agent({.arguments = std::move(arguments), .environment = std::move(environment), .input = input});
}

TEST(AnalyzeLog, ExplainsAFailureOnStandardOutput) {
  const TemporaryFolder folder;

  const Ended ended = analyze({"--log", folder.write("build.log", failing_log)});

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, AllOf(StartsWith("FAILED  compile"), HasSubstr("unknown type name"), HasSubstr("> 2 |")));
  EXPECT_THAT(ended.err, IsEmpty());
}

TEST(AnalyzeLog, ReadsStandardInputWithoutBeingTold) {
  EXPECT_THAT(analyze({}, failing_log).out, HasSubstr("standard input"));
  EXPECT_THAT(analyze({"--log", "-"}, failing_log).out, HasSubstr("unknown type name"));
}

TEST(AnalyzeLog, ExplainsSeveralLogsInOneReport) {
  const TemporaryFolder folder;
  const std::string first = folder.write("a.log", "all is well\n"), second = folder.write("b.log", failing_log);

  const Ended ended = analyze({"--log", first, "--log", second, "-o", "json"});
  const auto report = nlohmann::json::parse(ended.out);

  EXPECT_EQ(report["evidence"].size(), 2U);
  EXPECT_EQ(report["findings"][0]["evidence"][0]["source"], "log/" + second);
}

TEST(AnalyzeLog, GoesOnWithoutALogThatIsMissingAmongSeveral) {
  const TemporaryFolder folder;

  const Ended ended =
      analyze({"--log", folder.path() + "/none.log", "--log", folder.write("b.log", failing_log), "-o", "json"});
  const auto report = nlohmann::json::parse(ended.out);

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(report["not_checked"][0]["what"], "log " + folder.path() + "/none.log");
  EXPECT_EQ(report["category"], "compile");
}

TEST(AnalyzeLog, SaysHonestlyThatItDoesNotKnow) {
  const Ended ended = analyze({"-o", "json"}, "copied a file\ncopied another\n");
  const auto report = nlohmann::json::parse(ended.out);

  EXPECT_EQ(report["verdict"], "unknown");
  EXPECT_EQ(report["category"], "unknown");
  EXPECT_TRUE(report["findings"].empty());
}

TEST(AnalyzeLog, FailsOnRequestWhenAFindingIsSevereEnough) {
  EXPECT_EQ(analyze({"--fail-on", "error"}, failing_log).exit_code, 1);
  EXPECT_EQ(analyze({"--fail-on", "none"}, failing_log).exit_code, 0);
  EXPECT_EQ(analyze({"--fail-on", "info"}, "all is well\n").exit_code, 0);
}

TEST(AnalyzeLog, CountsAPassingRunsComplaintsForLittle) {
  const TemporaryFolder folder;
  const std::string passing = folder.write("good.log", "error: the optional cache is not there\ndone\n");
  const std::string log = "error: the optional cache is not there\nstep two\nthe basket was refused\n";

  const Ended ended = analyze({"--baseline-log", passing, "-o", "json"}, log);

  EXPECT_EQ(nlohmann::json::parse(ended.out)["findings"][0]["evidence"][0]["line"], 3);
}

TEST(AnalyzeLog, HidesSecretsEverywhereAndCountsThemOnRequest) {
  const std::string token = "ghp_" + std::string(18, 'a') + std::string(18, '7');
  const std::string log = "error: push to https://ci:" + token + "@git.example/x refused\n";
  for (const char* format : {"text", "json", "yaml", "markdown"})
    EXPECT_THAT(analyze({"-o", format}, log).out, AllOf(Not(HasSubstr(token)), HasSubstr("REDACTED"))) << format;

  const Ended ended = analyze({"--print", "evidence", "--show-redactions"}, log);

  EXPECT_THAT(ended.out, AllOf(Not(HasSubstr(token)), HasSubstr("[REDACTED:")));
  EXPECT_THAT(ended.err, AllOf(StartsWith("hidden:\n"), HasSubstr(": 1\n")));
}

/// A line is cut after its secrets were found: half a token would be told by nobody.
TEST(PrintEvidence, CutsNoSecretInTwo) {
  const std::string token = "ghp_" + std::string(18, 'b') + std::string(18, '5');
  for (std::size_t before = 20; before < 200; ++before) {
    const std::string log = "error: " + std::string(before, '.') + " " + token + " refused\n";
    const std::string out = analyze({"--print", "evidence", "--evidence-tokens", "50"}, log).out;
    ASSERT_THAT(out, AllOf(Not(HasSubstr("ghp_")), Not(HasSubstr("55555")))) << before;
  }
}

TEST(AnalyzeLog, PassesNoTerminalCodesOn) {
  const Ended ended = analyze({},
                              "\x1b]0;title\x07"
                              "error: \x1b[31mred\x1b[0m \xC2\x9B"
                              "31m\n");

  EXPECT_THAT(ended.out, AllOf(HasSubstr("error: red"), Not(HasSubstr("\x1b")), Not(HasSubstr("\x07"))));
}

TEST(AnalyzeLog, WritesReportsToFilesInTheFormOfTheirNames) {
  const TemporaryFolder folder;
  const std::string json = folder.path() + "/r.json", markdown = folder.path() + "/r.md";

  const Ended ended = analyze({"--report", json, "--report", markdown}, failing_log);

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, StartsWith("FAILED"));
  EXPECT_EQ(nlohmann::json::parse(run_program("cat", {.arguments = {json}}).out)["category"], "compile");
  EXPECT_THAT(run_program("cat", {.arguments = {markdown}}).out, HasSubstr("unknown type name"));
}

TEST(AnalyzeLog, KeepsTheReportWhenAFileCannotBeWritten) {
  const Ended ended = analyze({"--report", "/nowhere/r.json"}, failing_log);

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_THAT(ended.out, StartsWith("FAILED"));
  EXPECT_THAT(ended.err, StartsWith("agent: cannot write the report to '/nowhere/r.json'\n  at: open: No such file"));
}

TEST(AnalyzeLog, ReadsCompressedLogs) {
  const TemporaryFolder folder;
  const std::string path = folder.write("build.log", failing_log);
  ASSERT_EQ(run_program("gzip", {.arguments = {"-k", path}}).exit_code, 0);

  EXPECT_THAT(analyze({"--log", path + ".gz"}).out, HasSubstr("unknown type name"));
}

TEST(AnalyzeLog, SaysWhereADamagedLogEnds) {
  const TemporaryFolder folder;
  const std::string path = folder.write("build.log", failing_log + std::string(100000, 'x'));
  ASSERT_EQ(run_program("gzip", {.arguments = {"-k", path}}).exit_code, 0);
  ASSERT_EQ(truncate((path + ".gz").c_str(), 150), 0);

  const auto report = nlohmann::json::parse(analyze({"--log", path + ".gz", "-o", "json"}).out);

  EXPECT_EQ(report["category"], "compile");
  EXPECT_THAT(report["not_checked"][0]["what"].get<std::string>(), HasSubstr("behind byte"));
}

/// `--print evidence` is an interface that scripts build on.
TEST(PrintEvidence, GivesRawLogLinesWithinTheBudget) {
  std::string log;
  for (int i = 0; i < 3000; ++i) log += "line " + std::to_string(i) + " of a long build\n";
  log += failing_log;

  const Ended ended = analyze({"--offline", "--print", "evidence", "--evidence-tokens", "50"}, log);

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_LE(ended.out.size(), 50U * 4U + 16U);  // "…" is three bytes, one code point
  EXPECT_THAT(ended.out, HasSubstr("shop.c:7:1: error: unknown type name 'basket'\n"));
  std::istringstream lines(ended.out);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.starts_with("…") || log.find(line + "\n") != std::string::npos) << line;
}

TEST(PrintEvidence, SaysOnRequestWhichLinesTheyAreAndWhyTheyWereKept) {
  const Ended ended = analyze({"--print", "evidence", "-v"}, failing_log);

  EXPECT_EQ(ended.out,
            "… lines 1 to 3: error\n1 | cc -c shop.c\n2 | shop.c:7:1: error: unknown type name 'basket'\n"
            "3 | make: *** [Makefile:2: shop.o] Error 1\n");
}

TEST(PrintEvidence, NamesEachOfSeveralLogs) {
  const TemporaryFolder folder;
  const std::string one = folder.write("one.log", failing_log), two = folder.write("two.log", "fatal: gone\n");

  const Ended ended = analyze({"--print", "evidence", "--log", one, "--log", two});

  EXPECT_THAT(ended.out, AllOf(StartsWith("… log/" + one + "\n"), HasSubstr("\n… log/" + two + "\nfatal: gone\n")));
}

/// What can be wrong, where, what is said of it, and the exit code. `DIR` stands for a temporary folder.
struct Wrong {
  std::string name;
  std::vector<std::string> flags;
  std::string message;
  int exit_code;
};

class WrongInput : public testing::TestWithParam<Wrong> {};

std::string replaced(std::string text, const std::string& folder) {
  for (std::size_t at = 0; (at = text.find("DIR", at)) != std::string::npos; at += folder.size())
    text.replace(at, 3, folder);
  return text;
}

TEST_P(WrongInput, GetsAMessageAndItsExitCode) {
  const TemporaryFolder folder;
  folder.write("build.log", failing_log);
  folder.write("bad.gz", "\x1f\x8b\x08 not gzip at all");
  folder.write("bad.toml", "[[rule]]\nid = 3\n");
  std::vector<std::string> flags;
  for (const std::string& flag : GetParam().flags) flags.push_back(replaced(flag, folder.path()));

  const Ended ended = analyze(flags);

  EXPECT_EQ(ended.exit_code, GetParam().exit_code) << ended.err;
  EXPECT_THAT(ended.err, StartsWith(replaced(GetParam().message, folder.path())));
  if (ended.exit_code != 3)
    EXPECT_THAT(ended.err, HasSubstr("\n  try: "));  // settings say the right form in the message
}

INSTANTIATE_TEST_SUITE_P(
    Places, WrongInput,
    testing::Values(
        Wrong{"nothing_given", {}, "agent: nothing to analyse\n", 2},
        Wrong{"no_command", {"--"}, "agent: no command after '--'\n", 2},
        Wrong{"a_log_and_a_command", {"--log", "x", "--", "true"}, "agent: a log and a command were both given\n", 2},
        Wrong{"standard_input_twice",
              {"--log", "-", "--log", "-"},
              "agent: standard input was named more than once\n",
              2},
        Wrong{"report_of_unknown_form",
              {"--log", "DIR/build.log", "--report", "r.doc"},
              "agent: the extension of 'r.doc' tells no form of a report\n",
              2},
        Wrong{"log_missing", {"--log", "DIR/bild.log"}, "agent: there is no file 'DIR/bild.log'\n", 4},
        Wrong{"log_is_a_folder", {"--log", "DIR"}, "agent: 'DIR' is a folder", 4},
        Wrong{"log_damaged", {"--log", "DIR/bad.gz"}, "agent: ", 4},
        Wrong{"all_logs_missing", {"--log", "DIR/a", "--log", "DIR/b"}, "agent: none of the 2 logs can be read\n", 4},
        Wrong{"baseline_missing",
              {"--log", "DIR/build.log", "--baseline-log", "DIR/none"},
              "agent: there is no file 'DIR/none'\n",
              4},
        Wrong{"rules_missing",
              {"--log", "DIR/build.log", "--rules", "DIR/none.toml"},
              "agent: rules file 'DIR/none.toml'",
              3},
        Wrong{"rules_wrong", {"--log", "DIR/build.log", "--rules", "DIR/bad.toml"}, "agent: ", 3},
        Wrong{"report_to_no_folder",
              {"--log", "DIR/build.log", "--report", "DIR/no/r.json"},
              "agent: cannot write the report to 'DIR/no/r.json'\n",
              8}),
    [](const auto& info) { return info.param.name; });

TEST(AnalyzeLog, CannotReadWhatItHasNoRightTo) {
  const TemporaryFolder folder;
  const std::string log = folder.write("build.log", failing_log), binary = folder.path() + "/agent";
  std::filesystem::copy_file(std::getenv("AGENT_BINARY"), binary);  // NOLINT: set by agent_test
  ASSERT_EQ(chmod(folder.path().c_str(), 0755) + chmod(log.c_str(), 0), 0);
  std::vector<std::string> arguments{"analyze", "--log", log};
  // Root may read everything: there, the program runs as nobody.
  if (geteuid() == 0) arguments.insert(arguments.begin(), {"--reuid=65534", "--regid=65534", "--clear-groups", binary});

  const Ended ended = run_program(geteuid() == 0 ? "setpriv" : binary, {.arguments = arguments});

  EXPECT_EQ(ended.exit_code, 4);
  EXPECT_THAT(ended.err, StartsWith("agent: cannot open '" + log + "'\n  at: open: Permission denied\n  try: "));
}

/// Runs a script in which "$AGENT analyze" reads a pipe that stays open.
Ended stopped(const std::string& how, const std::string& flags = "") {
  const TemporaryFolder folder;
  const std::string script = "set -m; mkfifo f; $AGENT_BINARY analyze " + flags +
                             " < f & agent=$!; exec 3> f; echo 'fatal: gone' >&3; sleep 0.5; " + how + "wait $agent";
  return run_program(
      "bash", {.arguments = {"-c", script},
               .environment = {{"PATH", "/usr/bin:/bin"}, {"AGENT_BINARY", std::getenv("AGENT_BINARY")}},  // NOLINT
               .input = {},
               .directory = folder.path()});
}

TEST(AnalyzeLog, PrintsWhatIsKnownWhenItIsStopped) {
  struct Stop {
    std::string how, flags, message;
    int exit_code;
  };
  for (const Stop& stop :
       {Stop{"kill -INT $agent; ", "", "agent: interrupted by SIGINT", 130},
        Stop{"kill -TERM $agent; ", "", "agent: ended by SIGTERM", 143}, Stop{"", "--timeout 200ms", "agent: ", 124}}) {
    const Ended ended = stopped(stop.how, stop.flags);

    EXPECT_EQ(ended.exit_code, stop.exit_code) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("fatal: gone")) << stop.exit_code;
    EXPECT_THAT(ended.err, HasSubstr(stop.message)) << stop.exit_code;
  }
}

/// Runs `script` in a shell of its own folder, where $AGENT is the program.
Ended in_shell(const std::string& script, const Variables& more = {}) {
  const TemporaryFolder folder;
  Variables environment{{"PATH", "/usr/bin:/bin"}, {"AGENT", std::getenv("AGENT_BINARY")}};  // NOLINT
  environment.insert(more.begin(), more.end());
  return run_program(
      "bash",
      {.arguments = {"-c", script}, .environment = environment, .input = failing_log, .directory = folder.path()});
}

TEST(AnalyzeLog, TellsNoSecretOfAFilesName) {
  const std::string token = "ghp_" + std::string(18, 'c') + std::string(18, '6');
  for (const char* flags :
       {"-o text", "-o json", "-o yaml", "-o markdown", "--print evidence --log b.log", "--log none"}) {
    const Ended ended =
        in_shell("cat > " + token + ".log; echo x > b.log; $AGENT analyze --log " + token + ".log " + flags);

    EXPECT_THAT(ended.out + ended.err, AllOf(Not(HasSubstr(token)), HasSubstr("REDACTED"))) << flags;
  }
}

TEST(AnalyzeLog, TakesAClosedStandardInputForAnEmptyOne) {
  const Ended ended = in_shell("exec <&-; timeout 20 $AGENT analyze --log -");

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, StartsWith("UNKNOWN"));
}

TEST(AnalyzeLog, IsQuietWhenStandardOutputIsClosed) {
  const Ended ended = in_shell(
      "cat > a.log; exec >&-; $AGENT analyze --log a.log --report r.json; "
      "echo $? >&2; [ -s r.json ] && echo kept >&2");

  EXPECT_EQ(ended.err, "0\nkept\n");
}

TEST(AnalyzeLog, KeepsTheReportFileWhenStandardOutputIsFull) {
  const Ended ended = in_shell(
      "cat > a.log; $AGENT analyze --log a.log --report r.json > /dev/full; "
      "echo $?; grep -c basket r.json");

  EXPECT_THAT(ended.out, StartsWith("8\n"));
  EXPECT_THAT(ended.out, Not(HasSubstr("\n0\n")));
}

TEST(AnalyzeLog, WritesThroughASymbolicLink) {
  const Ended ended = in_shell(
      "mkdir there; touch there/r.md; ln -s there/r.md r.md; $AGENT analyze --report r.md "
      "> /dev/null; test -L r.md && grep -c basket there/r.md");

  EXPECT_EQ(ended.exit_code, 0);
}

TEST(PrintEvidence, WritesTheReportsFilesAsWell) {
  const Ended ended =
      in_shell("$AGENT analyze --print evidence --report r.json && grep -q compile r.json && echo kept");

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, AllOf(StartsWith("cc -c"), HasSubstr("\nkept\n")));
}

TEST(PrintEvidence, SaysOnStandardErrorWhatCouldNotBeRead) {
  const Ended ended = in_shell("cat > a.log; $AGENT analyze --print evidence --log a.log --log none.log");

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.err, HasSubstr("agent: not checked: log none.log: "));
}

TEST(PrintEvidence, HoldsForACommand) {
  const Ended ended = in_shell("cat > a.log; $AGENT analyze --print evidence -- sh -c 'cat a.log; exit 3'");

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.out, failing_log);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("unknown type name"), Not(HasSubstr("FAILED"))));
}

TEST(AnalyzeCommandThatIsMissing, IsToldSafely) {
  const Ended ended = in_shell("$AGENT analyze -- $'\\e]0;x\\a\\n::error::y'");

  EXPECT_EQ(ended.exit_code, 127);
  EXPECT_THAT(ended.err, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\n::error"))));
}

TEST(Errors, TakeTheLogsForm) {
  const auto line = nlohmann::json::parse(in_shell("$AGENT analyze --log none --log-format json").err);

  EXPECT_EQ(line["event"], "error");
  EXPECT_EQ(line["kind"], "target_not_found");
  EXPECT_THAT(line["message"].get<std::string>(), HasSubstr("'none'"));
  EXPECT_TRUE(line.contains("request_id") && line.contains("timestamp"));
}

TEST(ConfigShow, TellsNoSecretThatStandsInAnotherSetting) {
  const std::string token = "ghp_" + std::string(18, 'd') + std::string(18, '8');

  EXPECT_THAT(in_shell("$AGENT config show", {{"AGENT_BASELINE_LOG", token}}).out, Not(HasSubstr(token)));
}

TEST(SettingsFile, MayNotNestWithoutEnd) {
  const std::string deep =
      "i=0; s=a; for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do s=$s.$s; done; "
      "echo \"$s = 1\" > deep.toml; ";

  EXPECT_EQ(in_shell(deep + "$AGENT config check --config deep.toml").exit_code, 3);
  EXPECT_EQ(in_shell(deep + "$AGENT analyze --log deep.toml --rules deep.toml").exit_code, 3);
}

TEST(SettingsFile, MayBeAPipeThatAnswers) {
  EXPECT_EQ(in_shell("mkfifo f.toml; (sleep 0.2; echo 'offline = true') > f.toml & $AGENT config show --config f.toml "
                     "| grep -q 'offline = true  # f.toml:1'")
                .exit_code,
            0);
}

TEST(SettingsFile, IsNotWaitedForWithoutEnd) {
  const Ended ended = in_shell("mkfifo f.toml; $AGENT config check --config f.toml");

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("gives nothing for 5 seconds"));
}

}  // namespace
}  // namespace agent::test
