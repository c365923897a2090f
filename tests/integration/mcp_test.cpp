// `agent mcp`: the binary, and small real servers on standard streams and loopback ports.
#include "support/http_server.hpp"
#include "support/outer_process.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdlib>
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
using testing::StartsWith;

const std::string stdio_server = AGENT_STDIO_SERVER;

json tool(const std::string& name, bool reads) {
  return {{"name", name}, {"inputSchema", {{"type", "object"}}}, {"annotations", {{"readOnlyHint", reads}}}};
}

json text(const std::string& words) { return {{"content", {{{"type", "text"}, {"text", words}}}}}; }

json result_of(const json& message) {
  const std::string method = message.value("method", "");
  if (method == "initialize")
    return {{"protocolVersion", "2025-11-25"},
            {"capabilities", {{"tools", json::object()}}},
            {"serverInfo", {{"name", "small"}, {"version", "1.2"}}}};
  if (method == "tools/list")
    return {{"tools", {tool("pods_list", true), tool("pods_delete", false), tool("configuration_view", true)}}};
  if (message["params"]["name"] != "pods_list") return text("done");
  const json& arguments = message["params"]["arguments"];
  if (arguments.contains("fail"))
    return {{"isError", true}, {"content", {{{"type", "text"}, {"text", "no such namespace"}}}}};
  return text("NAME  READY\nweb   1/1  PASSWORD=hunter2-hunter2 \x1b[31mred\n");
}

/// A server of the revision 2025-11-25.
void answer(const SeenRequest& request, Talk& talk) {
  const json message = json::parse(request.body, nullptr, false);
  if (request.method != "POST" || !message.is_object()) return talk.answer(405);
  if (!message.contains("id")) return talk.answer(202);
  const std::string method = message.value("method", "");
  json reply{{"jsonrpc", "2.0"}, {"id", message["id"]}};
  if (method == "server/discover")
    reply["error"] = {{"code", -32601}, {"message", "Method not found"}};
  else
    reply["result"] = result_of(message);
  talk.answer(200, reply.dump(), {{"Content-Type", "application/json"}});
}

Ended run_mcp(std::vector<std::string> words, Variables environment = {}) {
  words.insert(words.begin(), "mcp");
  return run_agent({.arguments = std::move(words), .environment = std::move(environment)});
}

TEST(McpList, TellsOfEachServerWhatItIs) {
  const HttpServer server(answer);

  const Ended ended = run_mcp({"list"}, {{"MCP_GITEA_URL", server.url("/mcp")}, {"COLUMNS", "200"}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, StartsWith("gitea · streamable-http · legacy, 2025-11-25 · small 1.2 · 3 tools · "));
  EXPECT_THAT(ended.out, HasSubstr("\n  " + server.url("/mcp") + "  (MCP_GITEA_URL)\n"));
  EXPECT_THAT(ended.out, HasSubstr("\n  pods_list, pods_delete (denied), configuration_view (denied)\n"));
  EXPECT_THAT(ended.err, IsEmpty());
}

TEST(McpList, GoesOnWhenAServerFails) {
  const HttpServer server(answer);

  const Ended ended = run_mcp({"list", "-o", "json"}, {{"MCP_OPENSHIFT_URL", "http://127.0.0.1:1/mcp"},
                                                       {"MCP_OPENSHIFT_TRANSPORT", "streamable-http"},
                                                       {"MCP_GITEA_URL", server.url("/mcp")}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const json servers = json::parse(ended.out)["servers"];
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_EQ(servers[0]["name"], "gitea");
  EXPECT_EQ(servers[0]["tools"].size(), 3U);
  EXPECT_EQ(servers[0]["tools"][0]["reads"], true);
  EXPECT_EQ(servers[1]["ok"], false);
  EXPECT_EQ(servers[1]["error"]["kind"], "unreachable");
}

TEST(McpList, FailsWhenARequiredServerDoes) {
  const HttpServer server(answer);
  const TemporaryFolder folder;
  const std::string config = folder.write(
      "a.toml", "[mcp.servers.a]\nurl = 'http://127.0.0.1:1/mcp'\nrequired = true\n[mcp.servers.b]\nurl = '" +
                    server.url("/mcp") + "'\n");

  const Ended ended = run_mcp({"list", "--config", config});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("a · FAILED"), HasSubstr("b · streamable-http")));
}

TEST(McpList, SaysHowAServerIsNamedWhenThereIsNone) {
  const Ended ended = run_mcp({"list"});

  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, AllOf(HasSubstr("no MCP server is configured"), HasSubstr("MCP_OPENSHIFT_URL")));
}

TEST(McpCall, PrintsWhatTheToolGivesWithoutSecrets) {
  const HttpServer server(answer);

  const Ended ended = run_mcp({"call", "gitea", "pods_list", "--args", R"({"namespace": "ci"})"},
                              {{"MCP_GITEA_URL", server.url("/mcp")}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, StartsWith("NAME  READY\nweb   1/1  PASSWORD=[REDACTED"));
  EXPECT_THAT(ended.out, Not(HasSubstr("hunter2")));
  EXPECT_EQ(json::parse(server.seen().back().body)["params"]["arguments"], json({{"namespace", "ci"}}));
}

TEST(McpCall, GivesACiSystemNoCommands) {
  const std::string words = "::error::mine\n##vso[task.complete]\x1b]0;title\x07\n";
  const auto echo = [&words](const Variables& environment, const std::string& format) {
    return run_mcp(
        {"call", "echo", "--allow-changes", "-o", format, "--args", json{{"text", words}}.dump(), "--", stdio_server},
        environment);
  };

  const Ended text = echo({{"GITHUB_ACTIONS", "true"}}, "text");
  const Ended as_json = echo({{"TF_BUILD", "True"}}, "json");
  const Ended other = echo({{"CI", "true"}}, "text");

  EXPECT_THAT(text.out,
              AllOf(HasSubstr("error"), Not(StartsWith("::")), Not(HasSubstr("##vso[")), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(as_json.out, Not(HasSubstr("##vso[")));
  EXPECT_EQ(json::parse(as_json.out)["content"][0]["text"], words);
  EXPECT_THAT(other.out, AllOf(StartsWith("::error"), Not(HasSubstr("\x1b"))));
}

TEST(McpCall, GivesTheWholeResultAsJson) {
  const HttpServer server(answer);

  const Ended ended = run_mcp(
      {"call", "pods_list", "--server-url", server.url("/mcp"), "--transport", "streamable-http", "-o", "json"});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json::parse(ended.out)["content"][0]["type"], "text");
  EXPECT_THAT(ended.out, Not(HasSubstr("hunter2")));
}

TEST(McpCall, SendsTheTokenOfItsFileAndTellsItToNobody) {
  const HttpServer server(answer);
  const TemporaryFolder folder;
  const std::string token = folder.write("token", "token-of-bob-4711\n");

  const Ended ended = run_mcp({"call", "pods_list", "--server-url", server.url("/mcp"), "--token-file", token, "-v"});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(server.seen().back().header("authorization"), "Bearer token-of-bob-4711");
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("token-of-bob")));
}

struct CallCase {
  std::string name;
  std::vector<std::string> words;
  int exit_code;
  std::string out, err;
};

void PrintTo(const CallCase& one, std::ostream* out) { *out << one.name; }

class McpCallEnds : public testing::TestWithParam<CallCase> {};

TEST_P(McpCallEnds, WithItsExitCode) {
  const HttpServer server(answer);
  std::vector<std::string> words = GetParam().words;
  words.insert(words.begin(), "call");

  const Ended ended = run_mcp(words, {{"MCP_GITEA_URL", server.url("/mcp")}});

  EXPECT_EQ(ended.out, GetParam().out);
  EXPECT_EQ(ended.err, GetParam().err);
  EXPECT_EQ(ended.exit_code, GetParam().exit_code);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, McpCallEnds,
    testing::Values(
        CallCase{"tool_error", {"gitea", "pods_list", "--args", R"({"fail": true})"}, 1, "no such namespace\n", ""},
        CallCase{"unknown_tool",
                 {"gitea", "pod_list"},
                 4,
                 "",
                 "agent: the server has no tool 'pod_list'\n  try: did you mean 'pods_list'?\n"},
        CallCase{"unknown_server",
                 {"gitee", "pods_list"},
                 4,
                 "",
                 "agent: no MCP server 'gitee' is configured\n  try: did you mean 'gitea'?\n"},
        CallCase{"no_tool",
                 {"gitea"},
                 2,
                 "",
                 "agent: a server and a tool are needed\n  try: agent mcp call SERVER TOOL --args JSON; agent mcp call "
                 "TOOL --server-url URL\n"},
        CallCase{"no_json",
                 {"gitea", "pods_list", "--args", "{"},
                 2,
                 "",
                 "agent: the arguments are no JSON object\n  at: --args\n  try: --args '{\"name\": \"value\"}'\n"},
        CallCase{"unknown_revision",
                 {"echo", "--server-url", "http://127.0.0.1:1/mcp", "--revision", "1999-01-01"},
                 2,
                 "",
                 "agent: there is no revision '1999-01-01' of MCP\n  at: --revision\n  try: one of 2024-11-05, "
                 "2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28\n"},
        CallCase{"bad_scheme",
                 {"echo", "--server-url", "ftp://host/mcp"},
                 2,
                 "",
                 "agent: 'ftp://host/mcp' is no address of an MCP server\n  at: --server-url\n  try: http://, "
                 "https://, ws:// or wss:// and a host\n"},
        CallCase{"allowed_change", {"gitea", "pods_delete", "--allow-changes"}, 0, "done\n", ""}),
    [](const auto& info) { return info.param.name; });

TEST(McpCall, DeniesChangesAndWhatLeaksKeys) {
  const HttpServer server(answer);
  const Variables environment{{"MCP_GITEA_URL", server.url("/mcp")}};

  const Ended change = run_mcp({"call", "gitea", "pods_delete"}, environment);
  const Ended keys = run_mcp({"call", "gitea", "configuration_view", "--allow-changes"}, environment);

  EXPECT_EQ(change.exit_code, 7);
  EXPECT_THAT(change.err, AllOf(StartsWith("agent: tool 'pods_delete' is denied: "), HasSubstr("--allow-changes")));
  EXPECT_EQ(keys.exit_code, 7);
  EXPECT_THAT(keys.err, StartsWith("agent: tool 'configuration_view' is denied: "));
  for (const SeenRequest& one : server.seen()) EXPECT_THAT(one.body, Not(HasSubstr("tools/call")));
}

TEST(McpCall, RunsAServerOfTheCommandLine) {
  const Ended ended = run_mcp({"call", "echo", "--allow-changes", "--args", R"({"text": "hi"})", "--", stdio_server});

  EXPECT_EQ(ended.out, "hi\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.exit_code, 0);
}

TEST(McpCall, EndsAtItsDeadline) {
  const Ended ended = run_mcp({"call", "echo", "--allow-changes", "--timeout", "500ms", "--", stdio_server, "silent"});

  EXPECT_EQ(ended.exit_code, 124) << ended.err;
}

TEST(McpDoctor, ShowsEachStepWithItsTime) {
  const HttpServer server(answer);

  const Ended ended = run_mcp({"doctor", "gitea", "-o", "json"}, {{"MCP_GITEA_URL", server.url("/mcp")}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const json steps = json::parse(ended.out)["servers"][0]["steps"];
  ASSERT_EQ(steps.size(), 3U) << ended.out;
  EXPECT_THAT(steps[0]["step"], StartsWith("server/discover"));
  EXPECT_THAT(steps[1]["step"], StartsWith("initialize"));
  EXPECT_EQ(steps[1]["outcome"], "2025-11-25");
  EXPECT_EQ(steps[2]["step"], "tools/list");
  for (const json& step : steps) EXPECT_GT(step["ms"], 0.0);
}

TEST(McpDoctor, TellsWhatToDoWhenAStepFails) {
  const Ended ended = run_mcp({"doctor", "--server-url", "http://127.0.0.1:1/mcp"}, {{"COLUMNS", "200"}});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("FAILED"), HasSubstr("connection refused"),
                               HasSubstr("try: check that the server runs, and the host and port")));
}

TEST(McpDoctor, RepeatsTheLastWordsOfAServerThatDies) {
  const Ended ended = run_mcp({"doctor", "--", "/bin/sh", "-c", "echo cannot open the door >&2; exit 3"});

  EXPECT_EQ(ended.exit_code, 5) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("ended with exit code 3"), HasSubstr("cannot open the door")));
}

TEST(McpDoctor, HidesWhatSettingsGiveAServer) {
  const TemporaryFolder folder;
  const std::string config = folder.write(
      "a.toml",
      "[mcp.servers.a]\ncommand = '/bin/sh'\nargs = ['-c', 'echo the key is $API_VALUE >&2; exit 3']\n"
      "env = {API_VALUE = 'plain words of a secret that is so long that no line of eighty columns can hold it'}\n");

  const Ended text = run_mcp({"doctor", "--config", config});
  const Ended json = run_mcp({"doctor", "--config", config, "-o", "json"});

  EXPECT_THAT(text.out, AllOf(HasSubstr("the key is [REDACTED"), Not(HasSubstr("plain words"))));
  EXPECT_THAT(json.out, AllOf(HasSubstr("the key is [REDACTED"), Not(HasSubstr("plain words"))));
  EXPECT_THAT(text.out, Not(HasSubstr("shows its last words")));
}

TEST(McpDoctor, CallsASilentServerUnreachable) {
  const TemporaryFolder folder;
  const std::string config =
      folder.write("a.toml", "[mcp.servers.a]\ncommand = '/bin/sleep'\nargs = ['30']\nconnect_timeout = '300ms'\n");

  const Ended ended = run_mcp({"doctor", "--config", config});

  EXPECT_EQ(ended.exit_code, 5) << ended.out << ended.err;
}

TEST(McpCall, HidesTheCredentialsThatAServerRepeats) {
  const HttpServer server([](const SeenRequest& request, Talk& talk) {
    const json message = json::parse(request.body, nullptr, false);
    if (!message.is_object() || message.value("method", "") != "tools/call") return answer(request, talk);
    talk.answer(200,
                json{{"jsonrpc", "2.0"},
                     {"id", message["id"]},
                     {"error", {{"code", -32000}, {"message", "who is plain-words with lock-and-key"}}}}
                    .dump(),
                {{"Content-Type", "application/json"}});
  });
  const TemporaryFolder folder;
  const std::string config = folder.write(
      "a.toml", "[mcp.servers.a]\nurl = 'http://bob:lock-and-key@127.0.0.1:" + std::to_string(server.port()) +
                    "/mcp'\nheaders = {X-Key = 'Token plain-words'}\n");

  const Ended ended = run_mcp({"call", "a", "pods_list", "--config", config});

  EXPECT_EQ(ended.exit_code, 4) << ended.err;
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("who is [REDACTED"), Not(HasSubstr("plain-words")), Not(HasSubstr("lock-and-key"))));
}

TEST(McpDoctor, GivesACiSystemNoCommands) {
  const std::vector<std::string> words{"doctor", "--", "/bin/sh", "-c", "echo ::error::mine >&2; exit 3"};

  const Ended inside = run_mcp(words, {{"GITHUB_ACTIONS", "true"}});
  const Ended outside = run_mcp(words);

  EXPECT_THAT(inside.out, AllOf(HasSubstr("error::mine"), Not(HasSubstr("  ::error::mine"))));
  EXPECT_THAT(outside.out, HasSubstr("  ::error::mine"));
}

TEST(McpDoctor, HidesTheCredentialsOfAUrl) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(500); });
  const std::string url = "http://bob:hunter2@127.0.0.1:" + std::to_string(server.port()) + "/mcp?key=hunter2";

  const Ended ended = run_mcp({"doctor", "-v"}, {{"MCP_GITEA_URL", url}});
  const Ended shown = run_agent({.arguments = {"config", "show"}, .environment = {{"MCP_GITEA_URL", url}}});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.out + ended.err + shown.out, Not(HasSubstr("hunter2")));
}

/// A folder of what `kubectl get -o json` printed.
const std::string crashing = R"({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod",
  "metadata": {"namespace": "ci", "name": "web"},
  "spec": {"containers": [{"name": "app", "image": "a", "resources": {"limits": {"memory": "128Mi"}},
                           "env": [{"name": "PASSWORD", "value": "hunter2-hunter2"}]}]},
  "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": false, "restartCount": 7,
    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}}]})";

std::string agent_binary() {
  const char* path = std::getenv("AGENT_BINARY");
  return path == nullptr ? "" : path;
}

/// An `agent` that goes on until it is told to end.
class Serving {
 public:
  explicit Serving(std::vector<std::string> words) {
    words.insert(words.begin(), agent_binary());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) {
      err_.write = {};
      return;
    }
    ::dup2(err_.write.get(), STDERR_FILENO);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  ~Serving() {
    if (pid_ > 0) static_cast<void>(end(SIGKILL));
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  /// The next line that it says on standard error.
  [[nodiscard]] std::string line() const { return read_until(err_.read.get(), "\n"); }

  /// Its exit code after `signal`; 128 + signal when that ended it.
  int end(int signal) {
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  Pipe err_;
  pid_t pid_ = -1;
};

TEST(AnalyzeThroughMcp, IsSkippedWhereTheCommandLineNamesAKubeconfig) {
  const HttpServer server(answer);
  const Variables environment{{"MCP_OPENSHIFT_URL", server.url("/mcp")}};
  const TemporaryFolder folder;
  const std::string kubeconfig = folder.path() + "/none";

  const Ended own =
      run_agent({.arguments = {"analyze", "-n", "ci", "--kubeconfig", kubeconfig}, .environment = environment});
  const std::size_t asked = server.seen().size();
  const Ended through = run_agent({.arguments = {"analyze", "-n", "ci", "-v"}, .environment = environment});

  EXPECT_EQ(own.exit_code, 3) << own.err;
  EXPECT_EQ(asked, 0U);
  EXPECT_FALSE(server.seen().empty());
  EXPECT_THAT(through.err, HasSubstr("through MCP server 'kubernetes'"));
}

TEST(ConfigShow, NamesTheMcpServerThatIsAskedFirst) {
  const Variables environment{{"MCP_OPENSHIFT_URL", "http://bob:hunter2@host/mcp"}};

  const Ended first = run_agent({.arguments = {"config", "show"}, .environment = environment});
  const Ended skipped = run_agent({.arguments = {"config", "show", "--context", "a"}, .environment = environment});

  EXPECT_THAT(first.out, AllOf(HasSubstr("# cluster mcp_server: kubernetes at http://host/mcp"),
                               HasSubstr("asked first (MCP_OPENSHIFT_URL)"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(skipped.out, Not(HasSubstr("# cluster mcp_server")));
}

TEST(McpServe, OffersWhatLooksAtACluster) {
  const TemporaryFolder folder;
  folder.write("pods.json", crashing);

  const Ended ended =
      run_mcp({"list", "-o", "json", "--", agent_binary(), "mcp", "serve", "--snapshot", folder.path()});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const json server = json::parse(ended.out)["servers"][0];
  EXPECT_EQ(server["revision"], "2026-07-28");
  EXPECT_EQ(server["server"]["name"], "agent");
  std::vector<std::string> names;
  for (const json& one : server["tools"]) {
    names.push_back(one["name"]);
    EXPECT_EQ(one["reads"], true) << one;
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"analyze", "pods_get", "pods_log", "events_list", "resources_get"}));
}

struct ServedCase {
  std::string name, tool, arguments;
  int exit_code;
  std::string says;
};

void PrintTo(const ServedCase& one, std::ostream* out) { *out << one.name; }

class McpServeCall : public testing::TestWithParam<ServedCase> {};

TEST_P(McpServeCall, IsAnsweredWithoutSecrets) {
  const TemporaryFolder folder;
  folder.write("pods.json", crashing);

  const Ended ended = run_mcp({"call", GetParam().tool, "--args", GetParam().arguments, "--", agent_binary(), "-q",
                               "mcp", "serve", "--snapshot", folder.path()});

  EXPECT_EQ(ended.exit_code, GetParam().exit_code) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr(GetParam().says));
  EXPECT_THAT(ended.out, Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(
    Tools, McpServeCall,
    testing::Values(ServedCase{"analyze", "analyze", R"({"target": "pod/web"})", 0, "OOMKilled"},
                    ServedCase{"analyze_namespace", "analyze", R"({"namespace": "ci"})", 0, "OOMKilled"},
                    ServedCase{"analyze_log", "analyze", R"({"log": "make: *** [all] Error 2\n"})", 0, "make target"},
                    ServedCase{"pod", "pods_get", R"({"namespace": "ci", "name": "web"})", 0, "CrashLoopBackOff"},
                    ServedCase{"missing_pod", "analyze", R"({"target": "pod/wob", "namespace": "ci"})", 1,
                               "not in this snapshot"},
                    ServedCase{"wrong_argument", "analyze", R"({"target": 1})", 1, "target"}),
    [](const auto& info) { return info.param.name; });

struct WrongServe {
  std::string name;
  std::vector<std::string> words;
  int exit_code;
  std::string err;
};

void PrintTo(const WrongServe& one, std::ostream* out) { *out << one.name; }

class McpServeWrongly : public testing::TestWithParam<WrongServe> {};

TEST_P(McpServeWrongly, IsRefused) {
  std::vector<std::string> words = GetParam().words;
  words.insert(words.begin(), "serve");

  const Ended ended = run_mcp(words);

  EXPECT_EQ(ended.exit_code, GetParam().exit_code);
  EXPECT_THAT(ended.err, StartsWith(GetParam().err));
  EXPECT_EQ(ended.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    Flags, McpServeWrongly,
    testing::Values(WrongServe{"open_address", {"--http", "0.0.0.0:0"}, 3, "agent: '0.0.0.0' can be reached by others"},
                    WrongServe{"no_port", {"--http", "localhost"}, 2, "agent: 'localhost' is no address and port"},
                    WrongServe{"guard_without_http", {"--allow-host", "a"}, 2, "agent: standard streams need no guard"},
                    WrongServe{"no_snapshot", {"--snapshot", "/nonexistent"}, 4, "agent: "}),
    [](const auto& info) { return info.param.name; });

TEST(McpServe, ByHttpAsksForItsTokenAndEndsWhenTold) {
  const TemporaryFolder folder;
  const std::string token = folder.write("token", "token-of-bob-4711\n");
  Serving server({"mcp", "serve", "--http", "127.0.0.1:0", "--token-file", token});
  const std::string line = server.line();
  const std::string url = line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 2);

  const Ended without = run_mcp({"list", "--server-url", url});
  const Ended with = run_mcp({"list", "--server-url", url, "--token-file", token});

  EXPECT_EQ(without.exit_code, 5) << without.out;
  EXPECT_EQ(with.exit_code, 0) << with.err;
  EXPECT_THAT(with.out, HasSubstr("agent"));
  EXPECT_EQ(server.end(SIGTERM), 0);
}

}  // namespace
}  // namespace agent::test
