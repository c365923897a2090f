// The binary with a language model: a small real server on loopback that answers as it is told.
#include "support/golden.hpp"
#include "support/http_server.hpp"
#include "support/kube_server.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace agent::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string log_text =
    "fetching sources\n"
    "cc -c main.c\n"
    "curl: (6) Could not resolve host: mirror.internal\n"
    "password=hunter2-very-secret\n"
    "make: *** [Makefile:4: fetch] Error 6\n";

json call_of(const std::string& name, const json& arguments) {
  return {
      {"id", "call_" + name}, {"type", "function"}, {"function", {{"name", name}, {"arguments", arguments.dump()}}}};
}

json submission(const std::string& quote) {
  return {{"cause", "The build host cannot resolve the package mirror mirror.internal"},
          {"category", "network"},
          {"confidence", "high"},
          {"evidence", {{{"source", "log/build.log"}, {"line", 3}, {"quote", quote}}}},
          {"remedies", {{{"text", "Check the name of the mirror in the resolver of the build host."}}}},
          {"ruled_out", {{{"what", "a broken Makefile"}, {"why", "its target ran and curl failed"}}}}};
}

const json reads_on =
    json::array({call_of("evidence_read", {{"source", "log/build.log"}, {"first_line", 1}, {"lines", 5}})});
const json submits =
    json::array({call_of("submit_report", submission("curl: (6) Could not resolve host: mirror.internal"))});

/// Answers each question with the next of its turns; the last one is said again and again.
class ModelServer {
 public:
  explicit ModelServer(std::vector<json> turns)
      : turns_(std::move(turns)), server_([this](const SeenRequest& request, Talk& talk) { answer(request, talk); }) {}

  [[nodiscard]] std::string url() const { return server_.url("/v1"); }
  [[nodiscard]] std::vector<SeenRequest> seen() const { return server_.seen(); }

 private:
  void answer(const SeenRequest& /*request*/, Talk& talk) {
    const std::lock_guard lock(guard_);
    const json& turn = turns_[std::min(next_++, turns_.size() - 1)];
    if (turn.is_number()) return talk.answer(turn.get<int>(), R"({"error":{"message":"overloaded"}})");
    const json message{{"role", "assistant"}, {"content", nullptr}, {"tool_calls", turn}};
    const json body{{"id", "x"},
                    {"model", "scripted"},
                    {"choices", {{{"index", 0}, {"message", message}, {"finish_reason", "tool_calls"}}}},
                    {"usage", {{"prompt_tokens", 1000}, {"completion_tokens", 50}}}};
    talk.answer(200, body.dump(), {{"Content-Type", "application/json"}});
  }

  std::mutex guard_;
  std::vector<json> turns_;
  std::size_t next_ = 0;
  HttpServer server_;
};

class WithModel : public testing::Test {
 protected:
  WithModel() { static_cast<void>(folder_.write("build.log", log_text)); }

  [[nodiscard]] Ended run(std::vector<std::string> words, const std::string& url, Variables more = {}) const {
    more.insert({{"OPENAI_API_KEY", "sk-test-0123456789abcdef"},
                 {"OPENAI_BASE_URL", url},
                 {"AGENT_MODEL", "scripted"},
                 {"XDG_STATE_HOME", folder_.path() + "/state"}});
    return run_agent({.arguments = std::move(words),
                      .environment = std::move(more),
                      .input = {},
                      .directory = folder_.path(),
                      .seconds = 60});
  }
  [[nodiscard]] Ended analyze(const std::string& url, const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> words{"analyze", "--log", "build.log", "-o", "json"};
    words.insert(words.end(), flags.begin(), flags.end());
    return run(std::move(words), url);
  }

  TemporaryFolder folder_;
};

TEST_F(WithModel, PutsItsProvenCauseFirst) {
  static_cast<void>(folder_.write("build.log", "planning\nwidget 7 of 9 is not in the plan\ngiving up\n"));
  ModelServer server(
      {reads_on, json::array({call_of("submit_report", submission("widget 7 of 9 is not in the plan"))})});

  const Ended ended = analyze(server.url());
  const json report = json::parse(ended.out, nullptr, false);

  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(report["cause"], submission("")["cause"]) << ended.out;
  EXPECT_EQ(report["findings"][0]["rule"], "model");
  EXPECT_EQ(report["findings"][0]["verified"], true);
  EXPECT_EQ(report["findings"][0]["evidence"][0]["line"], 2) << "where it stands, not where the model saw it";
  EXPECT_EQ(report["degraded"], false);
  EXPECT_EQ(report["usage"]["calls"], 2);
  EXPECT_EQ(report["usage"]["tool_calls"], 1);
  EXPECT_EQ(report["usage"]["input_tokens"], 2000);
  EXPECT_EQ(server.seen().size(), 2U);
}

TEST_F(WithModel, ThatSaysWhatARuleSaysExplainsIt) {
  ModelServer server({submits});

  const Ended ended = analyze(server.url());
  const json report = json::parse(ended.out, nullptr, false);

  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(report["findings"][0]["rule"], "net.dns") << ended.out;
  EXPECT_EQ(report["findings"].size(), 1U);
  EXPECT_EQ(report["explanation"]["chain"][0]["text"], submission("")["cause"]);
  EXPECT_EQ(report["explanation"]["chain"][0]["verified"], true);
}

TEST_F(WithModel, TellsNoSecretOfTheLogToTheModel) {
  ModelServer server({reads_on, submits});

  static_cast<void>(analyze(server.url()));

  ASSERT_EQ(server.seen().size(), 2U);
  for (const SeenRequest& request : server.seen()) EXPECT_THAT(request.body, Not(HasSubstr("hunter2-very-secret")));
  EXPECT_THAT(server.seen().back().body, HasSubstr("[REDACTED:"));
}

TEST_F(WithModel, DropsAQuoteThatStandsNowhere) {
  const json wrong = json::array({call_of("submit_report", submission("the disk is full, says the kernel"))});
  ModelServer server({wrong});

  const Ended ended = analyze(server.url());
  const json report = json::parse(ended.out, nullptr, false);

  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, Not(HasSubstr("says the kernel")));
  EXPECT_EQ(report["explanation"]["verified"], 0) << ended.out;
  EXPECT_EQ(server.seen().size(), 2U) << "asked once to mend";
}

TEST_F(WithModel, FailsNoBuildByAClaimWithoutProof) {
  static_cast<void>(folder_.write("build.log", "planning\nall tests passed\n"));
  ModelServer server({json::array({call_of("submit_report", submission("the disk is full, says the kernel"))})});

  EXPECT_EQ(analyze(server.url(), {"--fail-on", "warning"}).exit_code, 0);
}

TEST_F(WithModel, IsNeverWorseThanTheRules) {
  ModelServer server({reads_on, 400});

  const Ended offline = analyze(server.url(), {"--offline"});
  const Ended ended = analyze(server.url());
  const json with = json::parse(ended.out, nullptr, false), without = json::parse(offline.out, nullptr, false);

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(with["degraded"], true) << ended.out;
  EXPECT_EQ(without["degraded"], false);
  for (const char* part : {"cause", "category", "findings", "evidence", "remedies", "fingerprint", "verdict"})
    EXPECT_EQ(with[part], without[part]) << part;
}

TEST_F(WithModel, EndsWithSixWhereAModelIsRequired) {
  ModelServer server({400});

  const Ended ended = analyze(server.url(), {"--require-model"});

  EXPECT_EQ(ended.exit_code, 6);
  EXPECT_EQ(json::parse(ended.out, nullptr, false)["degraded"], true) << "the rules' report is printed all the same";
  EXPECT_THAT(ended.err, HasSubstr("the model gave no report"));
}

TEST_F(WithModel, NeedsOneWhereItIsRequired) {
  const Ended ended = run_agent({.arguments = {"analyze", "--log", "build.log", "--require-model"},
                                 .environment = {},
                                 .input = {},
                                 .directory = folder_.path()});

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("none is configured"), HasSubstr("--require-model")));
}

TEST_F(WithModel, IsNotAskedOffline) {
  ModelServer server({submits});

  const Ended ended = analyze(server.url(), {"--offline"});

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(server.seen(), IsEmpty());
}

TEST_F(WithModel, IsNotAskedWhenNothingFailed) {
  ModelServer server({submits});
  static_cast<void>(folder_.write("good.log", "compiling\n[INFO] BUILD SUCCESS\n"));

  const Ended ended = run({"analyze", "--log", "good.log", "-o", "json"}, server.url());

  EXPECT_EQ(json::parse(ended.out, nullptr, false)["verdict"], "healthy");
  EXPECT_THAT(server.seen(), IsEmpty());
}

TEST_F(WithModel, IsSentNothingInADryRun) {
  ModelServer server({submits});

  const Ended ended = run({"analyze", "--log", "build.log", "--dry-run"}, server.url());

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(server.seen(), IsEmpty());
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr("would ask scripted of openai at " + server.url() + " (key: OPENAI_API_KEY)"),
                    HasSubstr("price not known"), HasSubstr("Could not resolve host"), HasSubstr("evidence_read"),
                    Not(HasSubstr("hunter2-very-secret")), Not(HasSubstr("sk-test"))));
}

TEST_F(WithModel, TellsEachStepWhenVerbose) {
  ModelServer server({reads_on, submits});

  const Ended ended = run({"analyze", "--log", "build.log", "-v"}, server.url());

  EXPECT_THAT(ended.err, AllOf(HasSubstr("turn 1: asking scripted"), HasSubstr("1000 tokens in, 50 out"),
                               HasSubstr("evidence_read {"), HasSubstr("turn 2: asking scripted")));
}

TEST_F(WithModel, LogsEachStepAsJson) {
  ModelServer server({reads_on, submits});

  const Ended ended = run({"analyze", "--log", "build.log", "--log-format", "json"}, server.url());

  std::istringstream lines(ended.err);
  std::size_t calls = 0;
  for (std::string line; std::getline(lines, line);) {
    const json step = json::parse(line, nullptr, false);
    ASSERT_TRUE(step.is_object()) << line;
    for (const char* field : {"timestamp", "event", "request_id", "instruction", "returncode"})
      EXPECT_TRUE(step.contains(field)) << field << " in " << line;
    EXPECT_EQ(step["returncode"], 0);
    calls += step["event"] == "tool_call" ? 1 : 0;
  }
  EXPECT_EQ(calls, 1U) << ended.err;
}

TEST_F(WithModel, KeepsTheExitCodeOfACommand) {
  ModelServer server({submits});

  const Ended ended = run({"analyze", "--", "sh", "-c", "cat build.log; exit 6"}, server.url());

  EXPECT_EQ(ended.exit_code, 6);
  EXPECT_EQ(ended.out, log_text) << "the command's output is its own";
  EXPECT_THAT(ended.err, HasSubstr("The build host cannot resolve the package mirror"));
}

TEST_F(WithModel, LooksAtAClusterWithTools) {
  KubeServer cluster;
  cluster.load(source_path("tests/data/mcp/crash-1.json").string());
  const json looks = json::array({call_of("pods_get", {{"name", "crash-1"}, {"namespace", "crash-1"}}),
                                  call_of("events_list", {{"namespace", "crash-1"}})});
  ModelServer server({looks, submits});

  const Ended ended = run({"analyze", "pod/crash-1", "-n", "crash-1", "-o", "json"}, server.url(),
                          {{"KUBECONFIG", folder_.write("config", cluster.kubeconfig())}});
  const json report = json::parse(ended.out, nullptr, false);

  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(report["usage"]["tool_calls"], 2) << ended.out;
  ASSERT_GE(server.seen().size(), 2U);
  EXPECT_THAT(server.seen()[1].body, HasSubstr("kind: Pod"));
}

TEST_F(WithModel, ComesAgainFromATranscript) {
  ModelServer server({reads_on, submits});
  const std::string path = folder_.path() + "/t.jsonl";

  const Ended first = analyze(server.url(), {"--transcript", path});
  const Ended again =
      run_agent({.arguments = {"analyze", "--replay", path, "-o", "json"}, .environment = {}, .input = {}});

  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.out, first.out);
}

TEST_F(WithModel, SaysWhatWasSeenBeforeAndIsNotPaidTwice) {
  ModelServer server({reads_on, submits});

  const Ended first = analyze(server.url());
  const Ended again = analyze(server.url());
  const json one = json::parse(first.out, nullptr, false), two = json::parse(again.out, nullptr, false);

  EXPECT_EQ(server.seen().size(), 2U) << "the second time nobody is asked";
  EXPECT_TRUE(one["seen"].is_null());
  EXPECT_EQ(two["seen"]["times"], 1) << again.out;
  EXPECT_NE(two["explanation"]["made_at"], "");
  EXPECT_EQ(two["explanation"]["chain"], one["explanation"]["chain"]);
  EXPECT_EQ(two["usage"]["calls"], 0);
}

TEST_F(WithModel, IsAskedAnewForAFreshReport) {
  ModelServer server({submits});

  static_cast<void>(analyze(server.url()));
  static_cast<void>(analyze(server.url(), {"--fresh"}));
  static_cast<void>(analyze(server.url(), {"--store", "none"}));

  EXPECT_EQ(server.seen().size(), 3U);
}

TEST_F(WithModel, WithoutItsKeyEndsNoCommand) {
  const Ended ended =
      run_agent({.arguments = {"analyze", "--model", "openai:scripted", "--", "sh", "-c", "echo ran; exit 3"},
                 .environment = {},
                 .input = {},
                 .directory = folder_.path()});

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.out, "ran\n");
  EXPECT_THAT(ended.err, HasSubstr("The model could not be used"));
}

TEST_F(WithModel, ThatCanNotBeUsedIsToldOfBesideAReportForPrograms) {
  ModelServer server({400});

  const Ended ended = analyze(server.url());

  EXPECT_THAT(ended.err, HasSubstr("warning model.degraded"));
}

TEST_F(WithModel, ThatExplainedBeforeDoesNotSpeakForAnother) {
  ModelServer server({submits});

  static_cast<void>(analyze(server.url()));
  static_cast<void>(analyze(server.url(), {"--model", "better"}));

  EXPECT_EQ(server.seen().size(), 2U);
}

TEST_F(WithModel, ThatHangsEndsWithTheTimeout) {
  const SilentServer silent;

  const Ended ended =
      analyze("http://127.0.0.1:" + std::to_string(silent.port()) + "/v1", {"--timeout", "2s", "--store", "none"});

  EXPECT_EQ(ended.exit_code, 124);
  EXPECT_EQ(json::parse(ended.out, nullptr, false)["degraded"], true) << "what is known is printed";
}

TEST_F(WithModel, WhoseKeyCommandHangsLosesNoReport) {
  const std::string config =
      folder_.write("slow.toml", "[llm]\nbase_url = 'http://127.0.0.1:1/v1'\napi_key_command = ['sleep', '100']\n");

  const Ended ended =
      run_agent({.arguments = {"analyze", "--log", "build.log", "-o", "json", "--config", config, "--timeout", "1s"},
                 .environment = {{"PATH", "/usr/bin:/bin"}},
                 .input = {},
                 .directory = folder_.path()});

  EXPECT_EQ(ended.exit_code, 124);
  EXPECT_EQ(json::parse(ended.out, nullptr, false)["degraded"], true) << ended.err;
}

TEST_F(WithModel, LosesNoReportForATranscriptThatCanNotBeWritten) {
  ModelServer server({submits});

  const Ended ended = analyze(server.url(), {"--transcript", folder_.path() + "/nowhere/t.jsonl"});

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_EQ(json::parse(ended.out, nullptr, false)["explanation"]["verified"], 1);
}

struct BadFlag {
  std::string name;
  std::vector<std::string> words;
  int code;
  std::string said;
};

class ModelFlags : public WithModel, public testing::WithParamInterface<BadFlag> {};

TEST_P(ModelFlags, AreCheckedBeforeAnythingIsDone) {
  ModelServer server({submits});

  const Ended ended = run(GetParam().words, server.url());

  EXPECT_EQ(ended.exit_code, GetParam().code);
  EXPECT_THAT(ended.err, HasSubstr(GetParam().said));
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_THAT(server.seen(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Words, ModelFlags,
    testing::Values(BadFlag{"no_turns", {"analyze", "--log", "build.log", "--max-turns", "0"}, 2, "--max-turns"},
                    BadFlag{
                        "a_cost_in_words", {"analyze", "--log", "build.log", "--max-cost", "cheap"}, 2, "--max-cost"},
                    BadFlag{"a_negative_cost", {"analyze", "--log", "build.log", "--max-cost", "-1"}, 2, "--max-cost"},
                    BadFlag{"no_such_prompts", {"analyze", "--log", "build.log", "--prompts", "nowhere"}, 3, "nowhere"},
                    BadFlag{"a_command_in_a_dry_run", {"analyze", "--dry-run", "--", "false"}, 2, "--dry-run"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::test
