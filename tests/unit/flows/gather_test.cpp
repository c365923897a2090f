// What is read of a cluster, and what is said of it: objects in memory in, report out.
#include "flows/gather.hpp"

#include "evidence/cluster_index.hpp"
#include "evidence/cluster_json.hpp"
#include "evidence/cluster_units.hpp"
#include "flows/analyze_cluster.hpp"
#include "support/fake_cluster.hpp"
#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace agent::flows {
namespace {

using evidence::Json;
using evidence::text;
using test::FakeCluster;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

struct Asked {
  ClusterQuestion question;
  std::stop_source stop;
  SharedRedactor redactor;

  explicit Asked(const std::string& target = {}, std::string name_space = "ci") {
    question.name_space = std::move(name_space);
    if (!target.empty()) question.target = kube::parse_target(target).value();
    question.now = evidence::timestamp("2026-11-21T07:00:00Z").value();
  }

  Result<Report> answer(FakeCluster& cluster) {
    static const evidence::RuleSet rules = evidence::RuleSet::built_in();
    return analyze_cluster(question, {cluster, rules, system_clock(), redactor, {}}, stop.get_token());
  }
};

Json pod(const std::string& name, const std::string& container_status, const std::string& phase = "Running") {
  return Json::parse(R"({"kind": "Pod", "metadata": {"namespace": "ci", "name": ")" + name +
                     R"("}, "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "demo/app:1"}]},
      "status": {"phase": ")" +
                     phase + R"(", "startTime": "2026-11-21T06:00:00Z", "containerStatuses": [)" + container_status +
                     "]}}");
}

const std::string ready = R"({"name": "app", "ready": true, "restartCount": 0,
  "state": {"running": {"startedAt": "2026-11-21T06:00:01Z"}}})";
const std::string failed = R"({"name": "app", "ready": false, "restartCount": 0,
  "state": {"terminated": {"exitCode": 1, "reason": "Error"}}})";
const std::string looping = R"({"name": "app", "ready": false, "restartCount": 3,
  "state": {"waiting": {"reason": "CrashLoopBackOff"}},
  "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}})";
const std::string restarted = R"({"name": "app", "ready": false, "restartCount": 1,
  "state": {"running": {"startedAt": "2026-11-21T06:59:01Z"}},
  "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}})";

std::vector<std::string> logs_asked(const FakeCluster& cluster) {
  auto asked = cluster.asked();
  std::erase_if(asked, [](const std::string& one) { return !one.starts_with("log "); });
  return asked;
}

// Scenarios: what the rules need is what is read.

const std::string scenarios = "tests/data/cluster";

void load(FakeCluster& cluster, const Json& scenario) {
  // A log of a pod that is gone was kept by somebody else.
  const bool pods_are_gone = !evidence::items(scenario, "empty").empty() && evidence::members(scenario, "logs").empty();
  bool has_pods = text(scenario, "target/0") == "pods" || pods_are_gone;
  for (const Json& object : scenario["objects"]) {
    cluster.add(object);
    has_pods = has_pods || text(object, "kind") == "Pod";
  }
  // Pods that a scenario does not speak of were not read.
  if (!has_pods) cluster.refuse("pods", {ErrorKind::unreadable, "pods are not in this snapshot", "", ""});
  for (const auto& [resource, why] : evidence::members(scenario, "unread"))
    cluster.refuse(resource.substr(0, resource.find('.')), {ErrorKind::forbidden, why.get<std::string>(), "", ""});
  for (const auto& [source, lines] : evidence::members(scenario, "logs")) {
    std::string log;
    for (const Json& line : lines) log += line.get<std::string>() + "\n";
    cluster.add_log(source, log);
  }
}

std::vector<std::string> scenarios_with_target() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path(scenarios))) {
    const Json scenario = Json::parse(test::read_source_file(scenarios + "/" + entry.path().filename().string()));
    if (evidence::items(scenario, "target").size() == 3) names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

class GatheredScenario : public testing::TestWithParam<std::string> {};

TEST_P(GatheredScenario, IsExplainedAsWhenAllWereRead) {
  const Json scenario = Json::parse(test::read_source_file(scenarios + "/" + GetParam() + ".json"));
  FakeCluster cluster;
  load(cluster, scenario);
  const auto target = evidence::items(scenario, "target");
  Asked asked(target[0].get<std::string>() + "/" + target[2].get<std::string>(), target[1].get<std::string>());
  asked.question.now = evidence::timestamp(text(scenario, "now")).value();

  const auto report = asked.answer(cluster);

  ASSERT_TRUE(report) << report.error().what;
  Json found = Json::array();
  for (const Finding& finding : report->findings) {
    EXPECT_TRUE(finding.verified) << finding.headline;
    found.push_back({{"rule", finding.rule},
                     {"severity", name(finding.severity)},
                     {"category", name(finding.category)},
                     {"headline", finding.headline}});
  }
  EXPECT_EQ(found.dump(1), scenario["expected"].dump(1));
  if (target[0] == "pods") EXPECT_THAT(cluster.asked(), SizeIs(testing::Le(12U)));
}

INSTANTIATE_TEST_SUITE_P(Case, GatheredScenario, testing::ValuesIn(scenarios_with_target()), [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

// What is read

TEST(Gather, ReadsOnlyThePodAndItsEventsWhenAllIsWell) {
  FakeCluster cluster;
  cluster.add(pod("web", ready));

  const auto report = Asked("pod/web").answer(cluster);

  EXPECT_THAT(cluster.asked(), testing::UnorderedElementsAre("get pods web", "list events"));
  EXPECT_EQ(report->verdict, Verdict::healthy);
  EXPECT_EQ(report->cause, "it is running, 1 of 1 containers are ready");
}

struct RunsCase {
  std::string name, status;
  std::vector<std::string> expected;
};

class LogRuns : public testing::TestWithParam<RunsCase> {};

TEST_P(LogRuns, AreThoseThatMayExplain) {
  FakeCluster cluster;
  cluster.add(pod("web", GetParam().status));
  cluster.add_log("pod/ci/web/app", "now\n");
  cluster.add_log("pod/ci/web/app/previous", "before\n");

  static_cast<void>(Asked("pod/web").answer(cluster));

  EXPECT_EQ(logs_asked(cluster), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(States, LogRuns,
                         testing::Values(RunsCase{"ready", ready, {}},
                                         RunsCase{"failed", failed, {"log pod/ci/web/app"}},
                                         RunsCase{"waits_after_a_crash", looping, {"log pod/ci/web/app/previous"}},
                                         RunsCase{"runs_again_and_is_not_ready",
                                                  restarted,
                                                  {"log pod/ci/web/app/previous", "log pod/ci/web/app"}}),
                         [](const auto& info) { return info.param.name; });

TEST(Gather, ReadsTheOtherRunWhenTheFirstIsGone) {
  FakeCluster cluster;
  cluster.add(pod("web", looping));
  cluster.add_log("pod/ci/web/app", "fatal: cannot reach the database\n");

  const auto report = Asked("pod/web").answer(cluster);

  EXPECT_EQ(logs_asked(cluster), (std::vector<std::string>{"log pod/ci/web/app/previous", "log pod/ci/web/app"}));
  EXPECT_THAT(report->not_checked, IsEmpty());
  EXPECT_THAT(report->cause, HasSubstr("cannot reach the database"));
}

TEST(Gather, ReadsANamedContainerInAnyState) {
  FakeCluster cluster;
  cluster.add(pod("web", ready));
  cluster.add_log("pod/ci/web/app", "all is well\n");
  Asked asked("pod/web");
  asked.question.container = "app";

  const auto report = asked.answer(cluster);

  EXPECT_EQ(logs_asked(cluster), (std::vector<std::string>{"log pod/ci/web/app"}));
  EXPECT_EQ(report->verdict, Verdict::healthy);
  EXPECT_THAT(report->evidence, SizeIs(1));
}

TEST(Gather, NamesTheContainersThatThereAre) {
  FakeCluster cluster;
  cluster.add(pod("web", ready));
  Asked asked("pod/web");
  asked.question.container = "apq";

  const auto report = asked.answer(cluster);

  EXPECT_EQ(report.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(report.error().what, "there is no container 'apq' in pod 'web'");
  EXPECT_EQ(report.error().fix, "did you mean 'app'?");
}

TEST(Gather, ReadsEachKindOfANamespaceOnce) {
  FakeCluster cluster;
  for (int n = 0; n < 20; ++n) cluster.add(pod("web-" + std::to_string(n), looping));
  cluster.add(pod("db", ready));

  const auto report = Asked().answer(cluster);

  auto asked = cluster.asked();
  std::erase_if(asked, [](const std::string& one) { return one.starts_with("log "); });
  std::ranges::sort(asked);
  EXPECT_EQ(std::ranges::adjacent_find(asked), asked.end());
  EXPECT_THAT(asked, Each(StartsWith("list ")));
  EXPECT_EQ(report->target, "namespace ci");
  EXPECT_EQ(report->verdict, Verdict::failing);
}

// What can't be read

TEST(Gather, GoesOnWithoutWhatIsRefused) {
  FakeCluster cluster;
  cluster.add(pod("web", failed, "Failed"));
  cluster.refuse("events", {ErrorKind::forbidden, "agent may not list events in namespace 'ci'", "", ""});

  const auto report = Asked("pod/web").answer(cluster);

  EXPECT_EQ(report->verdict, Verdict::failing);
  ASSERT_THAT(report->not_checked, Not(IsEmpty()));
  EXPECT_THAT(report->not_checked.front().what, HasSubstr("events"));
  EXPECT_EQ(report->not_checked.front().why, "agent may not list events in namespace 'ci'");
}

TEST(Gather, TellsManyForbiddenKindsAsOne) {
  FakeCluster cluster;
  cluster.add(pod("web", failed, "Failed"));
  cluster.add_log("pod/ci/web/app", "panic\n");
  for (const std::string resource : {"nodes", "persistentvolumes", "storageclasses", "ingressclasses"})
    cluster.refuse(resource, {ErrorKind::forbidden, "agent may not list " + resource, "", ""});

  const auto report = Asked().answer(cluster);

  ASSERT_THAT(report->not_checked, SizeIs(1));
  EXPECT_EQ(report->not_checked.front().what,
            "ingressclasses.networking.k8s.io, nodes, persistentvolumes, storageclasses.storage.k8s.io");
}

TEST(Gather, GoesOnWithoutWhatIsSlow) {
  FakeCluster cluster;
  cluster.add(pod("web", failed, "Failed"));
  cluster.hang("events");
  Asked asked("pod/web");
  asked.question.until = std::chrono::steady_clock::now() + std::chrono::milliseconds(900);

  const auto report = asked.answer(cluster);

  EXPECT_EQ(report->verdict, Verdict::failing);
  EXPECT_THAT(report->not_checked.front().why, HasSubstr("no answer within"));
}

class NothingReadable : public testing::TestWithParam<ErrorKind> {};

TEST_P(NothingReadable, IsAnError) {
  FakeCluster cluster;
  cluster.refuse_all({GetParam(), "why", "", ""});

  EXPECT_EQ(Asked("pod/web").answer(cluster).error().kind, GetParam());
  EXPECT_EQ(Asked().answer(cluster).error().kind, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Kinds, NothingReadable,
                         testing::Values(ErrorKind::unreachable, ErrorKind::unauthorised, ErrorKind::forbidden),
                         [](const auto& info) { return std::string(traits(info.param).name); });

TEST(Gather, GivesUpWhereNobodyAnswers) {
  FakeCluster cluster;
  cluster.refuse_all({ErrorKind::unreachable, "connection refused", "", ""});

  static_cast<void>(Asked().answer(cluster));

  EXPECT_THAT(cluster.asked(), SizeIs(testing::Le(16U)));
}

TEST(Gather, SaysWhyTheTargetCouldNotBeRead) {
  FakeCluster cluster;
  cluster.refuse("pods", {ErrorKind::forbidden, "agent may not get pods", "", "grant it"});

  const auto report = Asked("pod/web").answer(cluster);

  EXPECT_EQ(report.error().kind, ErrorKind::forbidden);
  EXPECT_EQ(report.error().fix, "grant it");
}

TEST(Gather, SaysWhatDoesNotExist) {
  FakeCluster cluster;
  cluster.add(pod("web-1", ready));

  const auto report = Asked("pod/web-2").answer(cluster);

  EXPECT_EQ(report.error().kind, ErrorKind::target_not_found);
}

// What is gone

TEST(GatherGone, IsToldByTheTaskRunThatMadeIt) {
  FakeCluster cluster;
  cluster.add(Json::parse(R"({"kind": "TaskRun", "metadata": {"namespace": "ci", "name": "build"}, "status": {
      "podName": "build-pod-retry1", "retriesStatus": [{"podName": "build-pod"}],
      "conditions": [{"type": "Succeeded", "status": "False", "reason": "TaskRunTimeout",
                      "message": "TaskRun \"build\" failed to finish within \"1h0m0s\""}]}})"));

  const auto report = Asked("pod/build-pod").answer(cluster);

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->target, "pod ci/build-pod");
  EXPECT_THAT(report->cause, HasSubstr("TaskRun `build` ran out of time"));
}

TEST(GatherGone, IsToldByTheJobThatMadeIt) {
  FakeCluster cluster;
  cluster.add(Json::parse(R"({"kind": "Event", "metadata": {"namespace": "ci", "name": "j.1"}, "type": "Normal",
      "involvedObject": {"kind": "Job", "namespace": "ci", "name": "j"}, "reason": "SuccessfulCreate",
      "message": "Created pod: j-x7k2p"})"));
  cluster.add(Json::parse(R"({"kind": "Job", "metadata": {"namespace": "ci", "name": "j"}, "spec": {"backoffLimit": 1},
      "status": {"failed": 2, "conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
                                              "message": "Job has reached the specified backoff limit"}]}})"));

  const auto report = Asked("pod/j-x7k2p").answer(cluster);

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(report->cause, HasSubstr("Job `j`"));
}

TEST(GatherGone, IsNotAskedOfAKindThatNobodyKnows) {
  FakeCluster cluster;
  cluster.add(Json::parse(R"({"kind": "Event", "metadata": {"namespace": "ci", "name": "w.1"}, "type": "Normal",
      "involvedObject": {"kind": "Workflow", "namespace": "ci", "name": "w"}, "reason": "SuccessfulCreate",
      "message": "Created pod: w-1"})"));

  EXPECT_EQ(Asked("pod/w-1").answer(cluster).error().kind, ErrorKind::target_not_found);
}

// Logs

TEST(GatherLogs, StopsALogThatNeverEndsAndTellsWhatIsKnown) {
  FakeCluster cluster;
  cluster.add(pod("web", failed, "Failed"));
  cluster.add_log("pod/ci/web/app", "panic: no more room\nhalf a li");
  cluster.never_ends("pod/ci/web/app");
  Asked asked("pod/web");
  std::jthread stopper([&] {
    while (logs_asked(cluster).empty()) std::this_thread::yield();
    asked.stop.request_stop();
  });

  const auto report = asked.answer(cluster);

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(report->cause, testing::EndsWith("no more room"));
  EXPECT_THAT(report->not_checked.front().what, HasSubstr("log of container 'app' of pod 'web' behind byte 29"));
}

TEST(GatherLogs, DoNotLetOneThatNeverEndsKeepTheOthersFromBeingRead) {
  FakeCluster cluster;
  for (int n = 100; n < 140; ++n) {
    const std::string name = "web-" + std::to_string(n);
    cluster.add(pod(name, failed, "Failed"));
    cluster.add_log("pod/ci/" + name + "/app", "panic: " + name + "\n");
    if (n < 116) cluster.never_ends("pod/ci/" + name + "/app");
  }
  Asked asked;
  asked.question.until = std::chrono::steady_clock::now() + std::chrono::seconds(10);

  const auto report = asked.answer(cluster);

  EXPECT_THAT(logs_asked(cluster), SizeIs(40));
  EXPECT_THAT(report->not_checked, Contains(testing::Field(&NotChecked::why, HasSubstr("it did not end within"))));
}

TEST(GatherLogs, ShowTheCausesFirstWithinTheBudget) {
  FakeCluster cluster;
  for (const std::string name : {"a", "b", "c"}) {
    cluster.add(pod(name, failed, "Failed"));
    std::string log;
    for (int n = 0; n < 2000; ++n) log += "error: step " + std::to_string(n * 7919) + " of " + name + " went wrong\n";
    cluster.add_log("pod/ci/" + name + "/app", log);
  }
  Asked asked;
  asked.question.evidence_tokens = {400};

  const auto report = asked.answer(cluster);

  const Extracted extracted = extract(*report, LineNumbers::no);
  EXPECT_THAT(report->evidence, SizeIs(3));
  EXPECT_LE(count_code_points(extracted.text), asked.question.evidence_tokens.code_points());
  EXPECT_THAT(extracted.text, AllOf(HasSubstr("… pod/ci/a/app\n"), HasSubstr("… pod/ci/c/app\n")));
}

// Secrets

TEST(GatherSecrets, HidesWhatAVariableWithASecretNameHolds) {
  FakeCluster cluster;
  Json object = pod("web", failed, "Failed");
  object["spec"]["containers"][0]["env"] = Json::parse(R"([{"name": "DB_PASSWORD", "value": "tr0ub4dor"}])");
  cluster.add(object);
  cluster.add_log("pod/ci/web/app", "fatal: login as shop with tr0ub4dor was refused\n");

  const auto report = Asked("pod/web").answer(cluster);

  EXPECT_THAT(report->cause, AllOf(Not(HasSubstr("tr0ub4dor")), HasSubstr("[REDACTED:variable#1]")));
  EXPECT_THAT(report->redactions, testing::ElementsAre(std::pair<std::string, std::size_t>("variable", 1)));
}

TEST(GatherSecrets, NeverAsksForMoreThanTheNamesOfSecretsAndKeysOfConfigMaps) {
  FakeCluster cluster;
  Json object = pod("web", R"({"name": "app", "ready": false, "restartCount": 0,
    "state": {"waiting": {"reason": "CreateContainerConfigError", "message": "secret \"db\" not found"}}})",
                    "Pending");
  object["spec"]["containers"][0]["env"] =
      Json::parse(R"([{"name": "A", "valueFrom": {"secretKeyRef": {"name": "db", "key": "k"}}},
                      {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "k"}}}])");
  cluster.add(object);
  cluster.add(Json::parse(R"({"kind": "ConfigMap", "metadata": {"namespace": "ci", "name": "settings"},
                              "data": {"k": "value"}})"));
  Asked asked("pod/web");
  const evidence::RuleSet rules = evidence::RuleSet::built_in();

  const auto gathered =
      gather(asked.question, {cluster, rules, system_clock(), asked.redactor, {}}, asked.stop.get_token());

  EXPECT_THAT(cluster.asked(), AllOf(Contains("get secrets db"), Contains("get configmaps settings")));
  EXPECT_EQ(gathered->view.objects.at("configmaps").front()["data"], Json({{"k", ""}}));
}

}  // namespace
}  // namespace agent::flows
