#pragma once

#include "kube/api_source.hpp"
#include "support/kube_server.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace agent::kube {

inline const Kind pods{"", "v1", "pods"}, secrets{"", "v1", "secrets"}, nodes{"", "v1", "nodes"},
    deployments{"apps", "v1", "deployments"}, taskruns{"tekton.dev", "v1", "taskruns"};

inline nlohmann::json object(const std::string& api_version, const std::string& kind, const std::string& name,
                             const std::string& name_space = "ci") {
  nlohmann::json made{{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!name_space.empty()) made["metadata"]["namespace"] = name_space;
  return made;
}

inline nlohmann::json pod(const std::string& name, const std::string& name_space = "ci") {
  auto made = object("v1", "Pod", name, name_space);
  made["spec"]["containers"] = {{{"name", "app"}}};
  return made;
}

/// Access to the cluster at `url`, as a kubeconfig gives it.
inline Access access_to(const std::string& url) {
  Access access;
  access.server = url;
  access.where = "/home/bob/.kube/config";
  access.context = "test";
  return access;
}

inline std::unique_ptr<Source> open(Access access, ApiOptions options = {}) {
  auto source = open_api(std::move(access), std::move(options));
  EXPECT_TRUE(source) << describe(source.error());
  return *std::move(source);
}

inline std::unique_ptr<Source> open(const test::KubeServer& server) { return open(access_to(server.url())); }

}  // namespace agent::kube
