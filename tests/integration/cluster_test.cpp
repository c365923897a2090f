// `agent analyze` against a cluster: the binary, and an API server on a loopback port.
#include "support/authority.hpp"
#include "support/kube_server.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace agent::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

json pod(const std::string& name, const std::string& phase, const std::string& status) {
  return json::parse(R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "ci", "name": ")" + name +
                     R"("}, "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "demo/app:1",
      "resources": {"limits": {"memory": "128Mi"}}}]}, "status": {"phase": ")" +
                     phase + R"(", "startTime": "2026-11-21T06:00:00Z", "containerStatuses": [)" + status + "]}}");
}

const std::string oom = R"({"name": "app", "ready": false, "restartCount": 7,
  "state": {"waiting": {"reason": "CrashLoopBackOff"}},
  "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T06:30:00Z"}}})";
const std::string failed = R"({"name": "app", "ready": false, "restartCount": 0,
  "state": {"terminated": {"exitCode": 1, "reason": "Error"}}})";
const std::string ready = R"({"name": "app", "ready": true, "restartCount": 0,
  "state": {"running": {"startedAt": "2026-11-21T06:00:01Z"}}})";
const std::string panic = "starting\npanic: cannot open /etc/app/config.yaml: no such file\n";

/// A server with some pods, and the agent asking it.
class Cluster : public testing::Test {
 protected:
  void fill(KubeServer& server) const {
    server.add(pod("web", "Running", ready));
    server.add(pod("crash-1", "Running", oom));
    server.add(pod("failed-1", "Failed", failed));
    server.add_log("ci", "crash-1", "app", "loading index: 131072 of 4194304 kB\n", true);
    server.add_log("ci", "failed-1", "app", panic);
  }

  [[nodiscard]] Ended ask(const std::string& kubeconfig, std::vector<std::string> words,
                          Variables environment = {}) const {
    const std::string config = folder_.write("config", kubeconfig);
    words.insert(words.begin(), {"analyze", "--offline", "--kubeconfig", config});
    return run_agent({.arguments = std::move(words), .environment = std::move(environment), .input = {}});
  }

  TemporaryFolder folder_;
};

TEST_F(Cluster, ExplainsOnePodInAFewRequests) {
  KubeServer server;
  fill(server);

  const Ended ended = ask(server.kubeconfig(), {"-n", "ci", "--pod", "crash-1", "-o", "json"});

  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const json report = json::parse(ended.out);
  EXPECT_EQ(report["target"], "pod ci/crash-1");
  EXPECT_EQ(report["cause"],
            "container `app` was killed at its memory limit of 128Mi (exit 137, OOMKilled), 7 restarts");
  EXPECT_EQ(report["findings"][0]["verified"], true);
  EXPECT_EQ(report["findings"][0]["evidence"][0]["source"], "pod/ci/crash-1/app/previous");
  EXPECT_EQ(report["findings"][0]["evidence"][0]["quote"], "loading index: 131072 of 4194304 kB");
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_LE(server.seen().size(), 12U);
}

TEST_F(Cluster, SaysItInWords) {
  KubeServer server;
  fill(server);

  const Ended ended = ask(server.kubeconfig(), {"pod/failed-1"});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(StartsWith("FAILED  "), HasSubstr("pod ci/failed-1 · 2 lines"),
                               HasSubstr("--> pod ci/failed-1, container app line 2"),
                               HasSubstr("> 2 | panic: cannot open /etc/app/config.yaml: no such file"),
                               HasSubstr("status.containerStatuses[0].state.terminated.exitCode: 1")));
}

TEST_F(Cluster, SaysThatNothingFails) {
  KubeServer server;
  fill(server);

  const Ended ended = ask(server.kubeconfig(), {"--pod", "web"});

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, StartsWith("OK  nothing is failing: it is running, 1 of 1 containers are ready"));
}

TEST_F(Cluster, ExplainsAllThatFailsInANamespace) {
  KubeServer server;
  fill(server);

  const Ended ended = ask(server.kubeconfig(), {"-o", "json"});

  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const json report = json::parse(ended.out);
  EXPECT_EQ(report["target"], "namespace ci");
  EXPECT_EQ(report["findings"].size(), 2U) << report["findings"].dump(1);
  EXPECT_EQ(report["evidence"].size(), 2U);
}

TEST_F(Cluster, TakesThePodThatFailedLast) {
  KubeServer server;
  fill(server);
  json later = pod("failed-2", "Failed", failed);
  later["status"]["startTime"] = "2026-11-21T06:10:00Z";
  later["metadata"]["labels"]["app"] = "shop";
  json latest = pod("failed-0", "Failed", failed);
  latest["status"]["startTime"] = "2026-11-21T06:20:00Z";
  server.add(later);
  server.add(latest);

  const Ended any = ask(server.kubeconfig(), {"--latest-failed", "-o", "json"});
  const Ended of_shop = ask(server.kubeconfig(), {"--latest-failed", "-l", "app=shop", "-o", "json"});
  const Ended none = ask(server.kubeconfig(), {"--latest-failed", "-l", "app=db"});

  EXPECT_EQ(json::parse(any.out)["target"], "pod ci/failed-0");
  EXPECT_EQ(json::parse(of_shop.out)["target"], "pod ci/failed-2");
  EXPECT_EQ(none.exit_code, 4);
  EXPECT_THAT(none.err, StartsWith("agent: no pod with 'app=db' in namespace 'ci' has failed\n"));
}

TEST_F(Cluster, PrintsOnlyTheEvidence) {
  KubeServer server;
  fill(server);

  EXPECT_EQ(ask(server.kubeconfig(), {"--pod", "failed-1", "--print", "evidence"}).out, panic);
}

TEST_F(Cluster, NeverAsksForTheDataOfASecret) {
  KubeServer server;
  json waiting = pod("web-1", "Pending", R"({"name": "app", "ready": false, "restartCount": 0,
      "state": {"waiting": {"reason": "CreateContainerConfigError", "message": "secret \"db\" not found"}}})");
  waiting["spec"]["containers"][0]["env"] =
      json::parse(R"([{"name": "A", "valueFrom": {"secretKeyRef": {"name": "other", "key": "k"}}}])");
  server.add(waiting);
  server.add(json::parse(R"({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "ci", "name": "other"},
                             "data": {"k": "aHVudGVyMg=="}})"));

  for (const std::vector<std::string>& words : {std::vector<std::string>{"--pod", "web-1"}, {}})
    EXPECT_EQ(ask(server.kubeconfig(), words).exit_code, 0);

  std::size_t asked = 0;
  for (const SeenRequest& request : server.seen()) {
    if (request.target.find("/secrets") == std::string::npos) continue;
    ++asked;
    EXPECT_THAT(request.header("accept"), AllOf(HasSubstr("as=PartialObjectMetadata"), Not(HasSubstr(","))));
  }
  EXPECT_EQ(asked, 2U);
}

// Ways in

TEST_F(Cluster, IsReachedByAnAuthorityAProxyAndAnExecPlugin) {
  const Authority authority;
  const Pem pem = authority.issue({.names = {"k.example"}});
  KubeServer server(ServerTls{pem.certificate, pem.key, ""});
  fill(server);
  server.require_token("token-of-the-plugin");
  const HttpServer proxy([&](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 Connection established\r\n\r\n");
    talk.tunnel_to(server.port());
  });
  const std::string plugin = folder_.write(
      "plugin",
      "#!/bin/sh\necho '{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": \"ExecCredential\", "
      "\"status\": {\"token\": \"token-of-the-plugin\"}}'\n");
  std::filesystem::permissions(plugin, std::filesystem::perms::owner_all);
  const std::string authority_file = folder_.write("ca.pem", authority.certificate());
  const std::string config =
      "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
      "clusters: [{name: c, cluster: {server: 'https://k.example:6443', certificate-authority: " +
      authority_file +
      "}}]\ncontexts: [{name: c, context: {cluster: c, user: u, namespace: ci}}]\n"
      "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: " +
      plugin + ", interactiveMode: Never}}}]\n";

  const Ended ended = ask(config, {"--pod", "failed-1"},
                          {{"HTTPS_PROXY", "http://127.0.0.1:" + std::to_string(proxy.port())}, {"PATH", "/bin"}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("panic: cannot open"));
  EXPECT_GE(proxy.seen().size(), 1U);
}

TEST_F(Cluster, IsFoundByTheVariablesOfOlderTools) {
  KubeServer server;
  fill(server);
  server.require_token("token-of-bob");

  const Ended ended = run_agent({.arguments = {"analyze", "-n", "ci", "--pod", "failed-1"},
                                 .environment = {{"K8S_AUTH_HOST", server.url()},
                                                 {"K8S_AUTH_API_KEY", "token-of-bob"},
                                                 {"K8S_AUTH_VERIFY_SSL", "false"}},
                                 .input = {}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST_F(Cluster, IsTheCurrentNamespaceWhereNothingElseIsNamed) {
  KubeServer server;
  fill(server);
  const std::string config = folder_.write("config", server.kubeconfig());

  const Ended ended =
      run_agent({.arguments = {"analyze", "-o", "json"}, .environment = {{"KUBECONFIG", config}}, .input = {}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json::parse(ended.out)["target"], "namespace ci");
}

TEST_F(Cluster, IsToldByConfigShow) {
  const KubeServer server;
  const std::string config = folder_.write("config", server.kubeconfig());

  const Ended text = run_agent({.arguments = {"config", "show"}, .environment = {{"KUBECONFIG", config}}, .input = {}});
  const Ended data =
      run_agent({.arguments = {"config", "show", "-o", "json"}, .environment = {{"KUBECONFIG", config}}, .input = {}});

  EXPECT_THAT(text.out, AllOf(HasSubstr("# cluster server: " + server.url() + "\n"),
                              HasSubstr("# cluster origin: KUBECONFIG\n")));
  EXPECT_EQ(json::parse(data.out)["cluster"]["context"], "test");
  EXPECT_EQ(server.connections(), 0);
}

// What goes wrong

struct Trouble {
  std::string name;
  CertificateOptions certificate;
  std::string error, fix;
};

class DistrustedCluster : public Cluster, public testing::WithParamInterface<Trouble> {};

TEST_P(DistrustedCluster, IsRefusedWithTheReason) {
  const Authority authority, other("Other Authority");
  const Pem pem = authority.issue(GetParam().certificate);
  const KubeServer server(ServerTls{pem.certificate, pem.key, ""});
  const Authority& known = GetParam().name == "unknown_authority" ? other : authority;

  const Ended ended = ask(server.kubeconfig("", known.certificate()), {"--pod", "web"});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_THAT(ended.err, AllOf(StartsWith("agent: "), HasSubstr(GetParam().error), HasSubstr(GetParam().fix)));
}

INSTANTIATE_TEST_SUITE_P(Reasons, DistrustedCluster,
                         testing::Values(Trouble{"expired", {.from_days = -3, .to_days = -1}, "expired on", "try: "},
                                         Trouble{"wrong_host",
                                                 {.names = {"other.example"}},
                                                 "is for another name: 'other.example'",
                                                 "tls-server-name"},
                                         Trouble{"unknown_authority", {}, "authority", "certificate-authority-data"}),
                         [](const auto& info) { return info.param.name; });

TEST_F(Cluster, TellsWhoseCredentialsAreNotAccepted) {
  KubeServer server;
  fill(server);
  server.require_token("token-of-bob");

  const Ended ended = ask(server.kubeconfig("token-of-eve"), {"--pod", "failed-1"});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.err, AllOf(StartsWith("agent: the cluster does not accept "), Not(HasSubstr("token-of-eve"))));
}

TEST_F(Cluster, TellsWhatToGrantWhenAllIsForbidden) {
  KubeServer server;
  fill(server);
  server.call_client("system:serviceaccount:ci:agent");
  server.forbid("*", "*");

  const Ended ended = ask(server.kubeconfig(), {"--pod", "failed-1"});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("may not"), HasSubstr("\n    kind: Role"), HasSubstr("\n    rules:")));
}

TEST_F(Cluster, GoesOnWhenAKindIsForbidden) {
  KubeServer server;
  fill(server);
  server.forbid("*", "events");

  const Ended ended = ask(server.kubeconfig(), {"--pod", "failed-1"});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("panic: cannot open"), HasSubstr("Not checked:"), HasSubstr("events")));
}

TEST_F(Cluster, NamesTheNearestPod) {
  KubeServer server;
  fill(server);

  const Ended ended = ask(server.kubeconfig(), {"--pod", "failed-2"});

  EXPECT_EQ(ended.exit_code, 4);
  EXPECT_THAT(ended.err, AllOf(StartsWith("agent: there is no pod 'failed-2' in namespace 'ci'\n"),
                               HasSubstr("try: did you mean 'failed-1'?")));
}

TEST_F(Cluster, ThatDoesNotAnswerIsUnreachable) {
  std::string config;
  {
    const KubeServer gone;
    config = gone.kubeconfig();
  }

  const Ended ended = ask(config, {"--pod", "web"});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.err, AllOf(StartsWith("agent: "), HasSubstr("refused"), HasSubstr("127.0.0.1")));
}

TEST_F(Cluster, ThatHangsUpIsUnreachable) {
  KubeServer server;
  server.inject("/", faults::cut());

  const Ended ended = ask(server.kubeconfig(), {"--pod", "web"});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.err, StartsWith("agent: "));
}

TEST_F(Cluster, GoesOnWithoutAKindThatIsSlow) {
  KubeServer server;
  fill(server);
  server.inject("/events", faults::silent());

  const Ended ended = ask(server.kubeconfig(), {"--pod", "failed-1", "--timeout", "6s", "-o", "json"});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const json report = json::parse(ended.out);
  EXPECT_EQ(report["verdict"], "failing");
  EXPECT_THAT(report["not_checked"][0]["what"], HasSubstr("events"));
  EXPECT_THAT(report["not_checked"][0]["why"], StartsWith("no answer within "));
}

TEST_F(Cluster, KeepsWhatWasReadOfALogThatIsCutOff) {
  KubeServer server;
  fill(server);
  server.inject("/pods/failed-1/log", faults::cut_body());

  const Ended ended = ask(server.kubeconfig(), {"--pod", "failed-1", "-o", "json"});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const json report = json::parse(ended.out);
  EXPECT_EQ(report["verdict"], "failing");
  EXPECT_FALSE(report["not_checked"].empty());
}

TEST_F(Cluster, StopsALogThatNeverEndsAtTheDeadline) {
  KubeServer server;
  fill(server);
  server.inject("/pods/failed-1/log", faults::log("panic: the disk is full"));

  const Ended ended = ask(server.kubeconfig(), {"--pod", "failed-1", "--timeout", "3s"});

  EXPECT_EQ(ended.exit_code, 124);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("panic: the disk is full"), HasSubstr("Not checked:")));
  EXPECT_THAT(ended.err, StartsWith("agent: the time is over"));
}

TEST_F(Cluster, TellsWhatIsKnownWhenItIsInterrupted) {
  KubeServer server;
  fill(server);
  server.inject("/pods/failed-1/log", faults::log("panic: the disk is full"));
  const std::string config = folder_.write("config", server.kubeconfig());

  const Ended ended = run_program(
      "bash", {.arguments = {"-c", "set -m; $AGENT_BINARY analyze --kubeconfig " + config +
                                       " --pod failed-1 & agent=$!; sleep 2; kill -INT $agent; wait $agent"},
               .environment = {{"PATH", "/usr/bin:/bin"}, {"AGENT_BINARY", std::getenv("AGENT_BINARY")}},  // NOLINT
               .input = {}});

  EXPECT_EQ(ended.exit_code, 130);
  EXPECT_THAT(ended.out, HasSubstr("panic: the disk is full"));
  EXPECT_THAT(ended.err, HasSubstr("agent: interrupted by SIGINT"));
}

// Waiting

TEST_F(Cluster, WaitsForTheEnd) {
  KubeServer server;
  server.add(pod("job-1", "Failed", failed));
  server.add_log("ci", "job-1", "app", panic);
  const Fault still_running = faults::text(200, pod("job-1", "Running", ready).dump(), {});
  server.inject("/pods/job-1", still_running, 2);

  const Ended ended = ask(server.kubeconfig(), {"--pod", "job-1", "--wait"});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("panic: cannot open"));
}

TEST_F(Cluster, WaitsNoLongerThanItMay) {
  KubeServer server;
  fill(server);

  const Ended ended = ask(server.kubeconfig(), {"--pod", "web", "--wait", "--timeout", "700ms"});

  EXPECT_EQ(ended.exit_code, 124);
  EXPECT_THAT(ended.err, StartsWith("agent: "));
}

// Snapshots

json without_times(const std::string& report) {
  json value = json::parse(report);
  value.erase("created_at");
  value.erase("timings_ms");
  return value;
}

class SavedCluster : public Cluster, public testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(SavedCluster, GivesTheSameReportAgain) {
  KubeServer server;
  fill(server);
  server.add(json::parse(R"({"apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "ci", "name": "crash-1.1"},
      "involvedObject": {"kind": "Pod", "namespace": "ci", "name": "crash-1"}, "type": "Warning", "reason": "BackOff",
      "message": "Back-off restarting failed container app, password=tr0ub4dor-3", "count": 3,
      "lastTimestamp": "2026-11-21T06:50:00Z"})"));
  const std::string secret = "connecting to postgres://app:tr0ub4dor-3@db/x\n";  // longer than what stands for it
  server.add_log("ci", "crash-1", "app", secret + "loading index: 131072 of 4194304 kB\n", true);
  server.add_log("ci", "failed-1", "app", secret + panic);
  const std::string saved = folder_.path() + "/saved";
  std::vector<std::string> words = GetParam();
  words.insert(words.end(), {"-o", "json", "--save-snapshot", saved});

  const Ended live = ask(server.kubeconfig(), words);
  const Ended again =
      run_agent({.arguments = {"analyze", "--snapshot", saved, "-o", "json"}, .environment = {}, .input = {}});

  ASSERT_EQ(live.exit_code, 0) << live.err;
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(without_times(live.out).dump(1), without_times(again.out).dump(1));
}

INSTANTIATE_TEST_SUITE_P(Targets, SavedCluster,
                         testing::Values(std::vector<std::string>{"--pod", "crash-1"},
                                         std::vector<std::string>{"--pod", "failed-1", "-c", "app"},
                                         std::vector<std::string>{"--latest-failed"}, std::vector<std::string>{}),
                         [](const auto& info) { return "words_" + std::to_string(info.index); });

TEST_F(Cluster, IsAskedAgainByNameInItsSnapshot) {
  KubeServer server;
  fill(server);
  const std::string saved = folder_.path() + "/saved";
  ASSERT_EQ(ask(server.kubeconfig(), {"--pod", "crash-1", "--save-snapshot", saved}).exit_code, 0);

  const Ended ended = run_agent({.arguments = {"analyze", "--snapshot", saved, "--pod", "crash-1", "-o", "json"},
                                 .environment = {},
                                 .input = {}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json::parse(ended.out)["target"], "pod ci/crash-1");
}

TEST_F(Cluster, IsSavedToANewFolderOnly) {
  KubeServer server;
  fill(server);
  static_cast<void>(folder_.write("saved/mine.txt", "mine"));

  const Ended ended = ask(server.kubeconfig(), {"--pod", "crash-1", "--save-snapshot", folder_.path() + "/saved"});

  EXPECT_EQ(ended.exit_code, 8);
  EXPECT_EQ(server.connections(), 0);
}

// The command line

struct Misuse {
  std::string name;
  std::vector<std::string> words;
  std::string error;
};

class ClusterMisuse : public testing::TestWithParam<Misuse> {};

TEST_P(ClusterMisuse, IsTold) {
  std::vector<std::string> words = GetParam().words;
  words.insert(words.begin(), "analyze");

  const Ended ended = run_agent({.arguments = words, .environment = {}, .input = {}});

  EXPECT_EQ(ended.exit_code, GetParam().name == "no_cluster" ? 3 : 2) << ended.err;
  EXPECT_THAT(ended.err, StartsWith("agent: " + GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    Words, ClusterMisuse,
    testing::Values(Misuse{"two_targets", {"--pod", "a", "--job", "b"}, "more than one target was named\n"},
                    Misuse{"a_log_and_a_pod", {"--log", "a", "--pod", "b"}, "a log and a cluster were both named\n"},
                    Misuse{"a_command_and_a_pod", {"--pod", "b", "--", "true"}, "a cluster and a command"},
                    Misuse{"a_word_that_is_no_target", {"make"}, "unexpected word 'make'\n"},
                    Misuse{"an_unknown_kind", {"pods2/a"}, "unknown kind 'pods2'\n"},
                    Misuse{"a_container_alone", {"-c", "app"}, "a container was named without its pod\n"},
                    Misuse{"a_selector_alone", {"--pod", "a", "-l", "app=b"}, "a selector was given without"},
                    Misuse{"nothing_to_wait_for", {"-n", "ci", "--wait"}, "there is nothing to wait for\n"},
                    Misuse{"all_namespaces_of_a_pod", {"-A", "--pod", "a"}, "a target was named in all namespaces\n"},
                    Misuse{"no_cluster", {"--pod", "a"}, "no cluster is named\n"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::test
