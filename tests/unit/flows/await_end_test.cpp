#include "flows/await_end.hpp"

#include "support/fake_cluster.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace agent::flows {
namespace {

using nlohmann::json;

struct EndCase {
  std::string name, kind, object;
  bool expected = false;
};

class HasEnded : public testing::TestWithParam<EndCase> {};

TEST_P(HasEnded, IsToldByTheObject) {
  EXPECT_EQ(has_ended(kube::find_kind(GetParam().kind)->kind, json::parse(GetParam().object)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Objects, HasEnded,
    testing::Values(
        EndCase{"pod_pending", "pod", R"({"status": {"phase": "Pending"}})", false},
        EndCase{"pod_running", "pod", R"({"status": {"phase": "Running"}})", false},
        EndCase{"pod_succeeded", "pod", R"({"status": {"phase": "Succeeded"}})", true},
        EndCase{"pod_failed", "pod", R"({"status": {"phase": "Failed"}})", true},
        EndCase{"job_running", "job", R"({"status": {"active": 1}})", false},
        EndCase{"job_complete", "job", R"({"status": {"conditions": [{"type": "Complete", "status": "True"}]}})", true},
        EndCase{"job_failed", "job", R"({"status": {"conditions": [{"type": "Failed", "status": "True"}]}})", true},
        EndCase{"job_suspended", "job", R"({"status": {"conditions": [{"type": "Suspended", "status": "True"}]}})",
                false},
        EndCase{"taskrun_running", "taskrun",
                R"({"status": {"conditions": [{"type": "Succeeded", "status": "Unknown"}]}})", false},
        EndCase{"taskrun_failed", "taskrun",
                R"({"status": {"conditions": [{"type": "Succeeded", "status": "False"}]}})", true},
        EndCase{"pipelinerun_succeeded", "pipelinerun",
                R"({"status": {"conditions": [{"type": "Succeeded", "status": "True"}]}})", true},
        EndCase{"deployment_rolling_out", "deployment",
                R"({"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": {"observedGeneration": 2,
                    "replicas": 3, "updatedReplicas": 2, "availableReplicas": 2}})",
                false},
        EndCase{"deployment_not_seen_yet", "deployment",
                R"({"metadata": {"generation": 2}, "spec": {"replicas": 1}, "status": {"observedGeneration": 1,
                    "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}})",
                false},
        EndCase{"deployment_done", "deployment",
                R"({"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": {"observedGeneration": 2,
                    "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}})",
                true},
        EndCase{"deployment_too_slow", "deployment",
                R"({"metadata": {"generation": 1}, "spec": {"replicas": 2}, "status": {"observedGeneration": 1,
                    "conditions": [{"type": "Progressing", "status": "False",
                                    "reason": "ProgressDeadlineExceeded"}]}})",
                true},
        EndCase{"service", "service", "{}", true}, EndCase{"nothing_known", "pod", "{}", false}),
    [](const auto& info) { return info.param.name; });

const PlacedTarget web{"ci", {kube::find_kind("pod"), "web"}};
constexpr AwaitPace fast{std::chrono::milliseconds(1), std::chrono::milliseconds(2)};

json pod(const std::string& phase) {
  return {{"kind", "Pod"}, {"metadata", {{"namespace", "ci"}, {"name", "web"}}}, {"status", {{"phase", phase}}}};
}

TEST(AwaitEnd, ReturnsAtOnceForWhatHasEnded) {
  test::FakeCluster cluster;
  cluster.add(pod("Failed"));

  EXPECT_TRUE(await_end(cluster, web, fast, {}));
  EXPECT_EQ(cluster.asked().size(), 1U);
}

TEST(AwaitEnd, DoesNotWaitForWhatDoesNotExist) {
  test::FakeCluster cluster;

  EXPECT_EQ(await_end(cluster, web, fast, {}).error().kind, ErrorKind::target_not_found);
}

TEST(AwaitEnd, EndsWhenTheTargetIsDeleted) {
  test::FakeCluster cluster;
  cluster.add(pod("Running"));
  const std::jthread deleter([&] {
    while (cluster.asked().size() < 3) std::this_thread::yield();
    cluster.remove("pods", "web");
  });

  EXPECT_TRUE(await_end(cluster, web, fast, {}));
}

TEST(AwaitEnd, GoesOnAfterAFailureButNotAfterMany) {
  test::FakeCluster cluster;
  cluster.add(pod("Running"));
  const std::jthread breaker([&] {
    while (cluster.asked().empty()) std::this_thread::yield();
    cluster.refuse("pods", {ErrorKind::unreachable, "down", "", ""});
  });

  EXPECT_EQ(await_end(cluster, web, fast, {}).error().kind, ErrorKind::unreachable);
}

TEST(AwaitEnd, StopsWhenItIsTold) {
  test::FakeCluster cluster;
  cluster.add(pod("Running"));
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (cluster.asked().empty()) std::this_thread::yield();
    stop.request_stop();
  });

  const auto done = await_end(cluster, web, {std::chrono::hours(1), std::chrono::hours(1)}, stop.get_token());

  EXPECT_EQ(done.error().kind, ErrorKind::interrupted);
}

}  // namespace
}  // namespace agent::flows
