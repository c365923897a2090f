#include "kube/api_grant.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

struct RefusalCase {
  std::string name, message, expected;  ///< user|verb|resource|group|name|namespace; empty: none.
};

void PrintTo(const RefusalCase& row, std::ostream* out) { *out << row.message; }

class RefusalInAMessage : public testing::TestWithParam<RefusalCase> {};

TEST_P(RefusalInAMessage, IsRead) {
  Refusal found;
  const bool is_one = parse_refusal(GetParam().message, found);

  EXPECT_EQ(is_one ? found.user + "|" + found.verb + "|" + found.resource + "|" + found.group + "|" + found.name + "|" +
                         found.name_space
                   : "",
            GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Messages, RefusalInAMessage,
    testing::Values(
        RefusalCase{
            "list",
            R"(pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "ci")",
            "bob|list|pods|||ci"},
        RefusalCase{
            "get",
            R"(deployments.apps "web" is forbidden: User "system:serviceaccount:ci:agent" cannot get resource "deployments" in API group "apps" in the namespace "ci")",
            "system:serviceaccount:ci:agent|get|deployments|apps|web|ci"},
        RefusalCase{
            "cluster_scope",
            R"(nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope)",
            "bob|list|nodes|||"},
        RefusalCase{
            "log",
            R"(pods "web" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "ci")",
            "bob|get|pods/log||web|ci"},
        RefusalCase{
            "reason_after_it",
            R"(pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "ci": Azure does not have opinion)",
            "bob|list|pods|||ci"},
        RefusalCase{
            "impersonation",
            R"(users "eve" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope)",
            "bob|impersonate|users||eve|"},
        RefusalCase{"webhook", R"(pods "web" is forbidden: exceeded quota)", ""},
        RefusalCase{"path", R"(forbidden: User "system:anonymous" cannot get path "/version")", ""},
        RefusalCase{"cut", R"(pods is forbidden: User "bob" cannot list resource "pods" in API)", ""},
        RefusalCase{"nothing", "", ""}),
    [](const auto& info) { return info.param.name; });

struct GrantCase {
  std::string name;
  Refusal refusal;
  std::string expected;
};

void PrintTo(const GrantCase& row, std::ostream* out) { *out << row.name; }

class Grant : public testing::TestWithParam<GrantCase> {};

TEST_P(Grant, IsWhatWasRefused) { EXPECT_EQ(grant_of(GetParam().refusal), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Refusals, Grant,
                         testing::Values(GrantCase{"account_in_a_namespace",
                                                   {"system:serviceaccount:ci:agent", "get", "pods/log", "", "web",
                                                    "ci"},
                                                   R"(apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: agent-get-pods-log, namespace: "ci"}
rules:
- apiGroups: [""]
  resources: ["pods/log"]
  verbs: ["get"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: agent-get-pods-log, namespace: "ci"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: agent-get-pods-log}
subjects:
- {kind: ServiceAccount, namespace: "ci", name: "agent"}
)"},
                                         GrantCase{"user_of_the_cluster",
                                                   {"bob", "list", "nodes", "", "", ""},
                                                   R"(apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: agent-list-nodes}
rules:
- apiGroups: [""]
  resources: ["nodes"]
  verbs: ["list"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agent-list-nodes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent-list-nodes}
subjects:
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "bob"}
)"},
                                         GrantCase{"one_user_to_impersonate",
                                                   {"a\"b\n", "impersonate", "users", "", "eve", ""},
                                                   R"(apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: agent-impersonate-users}
rules:
- apiGroups: [""]
  resources: ["users"]
  resourceNames: ["eve"]
  verbs: ["impersonate"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agent-impersonate-users}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent-impersonate-users}
subjects:
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "a\"b\n"}
)"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::kube
