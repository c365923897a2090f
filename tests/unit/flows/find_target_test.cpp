#include "flows/find_target.hpp"

#include "support/fake_cluster.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::flows {
namespace {

using nlohmann::json;

json pod(const std::string& name_space, const std::string& name, const std::string& phase = "Running",
         const std::string& started = "2026-11-21T06:00:00Z") {
  return {{"kind", "Pod"},
          {"metadata", {{"namespace", name_space}, {"name", name}}},
          {"status", {{"phase", phase}, {"startTime", started}}}};
}

TEST(LatestFailed, IsTheFailedPodThatStartedLast) {
  test::FakeCluster cluster;
  cluster.add(pod("ci", "early", "Failed", "2026-11-21T06:00:00Z"));
  cluster.add(pod("ci", "late", "Failed", "2026-11-21T06:30:00Z"));
  cluster.add(pod("ci", "later", "Running", "2026-11-21T06:40:00Z"));
  cluster.add(pod("other", "latest", "Failed", "2026-11-21T06:50:00Z"));

  EXPECT_EQ(latest_failed(cluster, "ci", "", {})->target.name, "late");
  EXPECT_EQ(latest_failed(cluster, "", "", {})->name_space, "other");
}

TEST(LatestFailed, SaysThatNoneFailed) {
  test::FakeCluster cluster;

  const auto found = latest_failed(cluster, "ci", "app=web", {});

  EXPECT_EQ(found.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(found.error().what, "no pod with 'app=web' in namespace 'ci' has failed");
}

const kube::Target web{kube::find_kind("pod"), "web"};

TEST(Place, IsTheNamespaceThatHasTheTarget) {
  test::FakeCluster cluster;
  cluster.add(pod("ci", "web"));
  cluster.add(pod("shop", "db"));

  EXPECT_EQ(place(cluster, web, {})->name_space, "ci");
}

TEST(Place, IsNotGuessedAmongSeveral) {
  test::FakeCluster cluster;
  cluster.add(pod("ci", "web"));
  cluster.add(pod("shop", "web"));

  const auto found = place(cluster, web, {});

  EXPECT_EQ(found.error().kind, ErrorKind::usage);
  EXPECT_EQ(found.error().fix, "choose one by -n: ci, shop");
}

TEST(Place, NamesWhatIsNear) {
  test::FakeCluster cluster;
  cluster.add(pod("ci", "web-1"));

  const auto found = place(cluster, {kube::find_kind("pod"), "web-2"}, {});

  EXPECT_EQ(found.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(found.error().fix, "did you mean 'web-1'?");
}

TEST(Place, IsEmptyForKindsWithoutNamespaces) {
  test::FakeCluster cluster;

  EXPECT_EQ(place(cluster, {kube::find_kind("node"), "n1"}, {})->name_space, "");
}

}  // namespace
}  // namespace agent::flows
