#include "kube/api_source.hpp"

#include "support/kube_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::KubeServer;

const Kind pods{"", "v1", "pods"}, secrets{"", "v1", "secrets"}, nodes{"", "v1", "nodes"};

json object(const std::string& kind, const std::string& name, const std::string& name_space = "ci") {
  json made{{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!name_space.empty()) made["metadata"]["namespace"] = name_space;
  return made;
}

json pod(const std::string& name, const std::string& name_space = "ci") {
  json made = object("Pod", name, name_space);
  made["spec"]["containers"] = {{{"name", "app"}}};
  return made;
}

std::unique_ptr<Source> open(const KubeServer& server, Access access = {}, ApiOptions options = {}) {
  access.server = server.url();
  access.where = "/home/bob/.kube/config";
  access.context = "test";
  auto source = open_api(std::move(access), std::move(options));
  EXPECT_TRUE(source) << describe(source.error());
  return *std::move(source);
}

TEST(ApiSource, GetsAnObject) {
  KubeServer server;
  server.add(pod("web"));

  const auto found = open(server)->get(pods, "ci", "web", {});

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ((*found)["metadata"]["name"], "web");
  EXPECT_EQ((*found)["kind"], "Pod");
  EXPECT_EQ(server.seen().at(0).target, "/api/v1/namespaces/ci/pods/web");
}

TEST(ApiSource, ListsByPages) {
  KubeServer server;
  for (int n = 0; n < 1203; ++n) server.add(pod("web-" + std::to_string(n)));

  const auto found = open(server)->list(pods, {"ci", "", ""}, {});

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->size(), 1203U);
  EXPECT_EQ(found->at(7)["kind"], "Pod");
  EXPECT_EQ(server.count(), 3U);
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace agent::kube
