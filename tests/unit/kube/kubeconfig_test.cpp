#include "kube/kubeconfig.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

constexpr auto full = R"(apiVersion: v1
kind: Config
preferences: {}
current-context: ci
clusters:
- name: prod
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority-data: Q0EgUEVN
    tls-server-name: kubernetes
    proxy-url: http://proxy:3128
    extensions:
    - name: client.authentication.k8s.io/exec
      extension: {audience: ci}
- name: test
  cluster: {server: "https://test", insecure-skip-tls-verify: yes, certificate-authority: ca/test.pem}
users:
- name: by-certificate
  user: {client-certificate: /abs/tls.crt, client-key-data: S0VZ}
- name: by-token
  user:
    token: abc
    tokenFile: token
    as: boss
    as-groups: [a, b]
    as-user-extra: {reason: [x]}
- name: by-exec
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [--cluster, prod]
      env: [{name: REGION, value: eu}]
      installHint: "install login"
      provideClusterInfo: true
      interactiveMode: Never
- name: by-password
  user: {username: u, password: p}
contexts:
- name: ci
  context: {cluster: prod, user: by-token, namespace: builds}
)";

Kubeconfig parsed(std::string_view text, const std::string& path = "/home/u/.kube/config") {
  auto config = parse_kubeconfig(text, path);
  EXPECT_TRUE(config) << describe(config.error());
  return config ? *std::move(config) : Kubeconfig{};
}

TEST(Kubeconfig, HasClusters) {
  const Kubeconfig config = parsed(full);

  const Cluster* prod = config.cluster("prod");
  ASSERT_NE(prod, nullptr);
  EXPECT_EQ(prod->server, "https://10.0.0.1:6443");
  EXPECT_EQ(prod->authority.data, "CA PEM");
  EXPECT_EQ(prod->tls_server_name, "kubernetes");
  EXPECT_EQ(prod->proxy_url, "http://proxy:3128");
  EXPECT_EQ(prod->exec_config, nlohmann::json({{"audience", "ci"}}));
  EXPECT_EQ(prod->where, "/home/u/.kube/config:6");
  EXPECT_FALSE(prod->insecure);
}

TEST(Kubeconfig, ResolvesPathsAgainstItsFolder) {
  const Kubeconfig config = parsed(full);

  EXPECT_EQ(config.cluster("test")->authority.file, "/home/u/.kube/ca/test.pem");
  EXPECT_EQ(config.user("by-certificate")->certificate.file, "/abs/tls.crt");
  EXPECT_EQ(config.user("by-token")->token_file, "/home/u/.kube/token");
  EXPECT_EQ(config.user("by-exec")->exec->command, "/home/u/.kube/./bin/login");
}

TEST(Kubeconfig, ReadsBooleansAsKubectlDoes) { EXPECT_TRUE(parsed(full).cluster("test")->insecure); }

TEST(Kubeconfig, HasUsers) {
  const Kubeconfig config = parsed(full);

  EXPECT_EQ(config.user("by-certificate")->key.data, "KEY");
  EXPECT_EQ(config.user("by-token")->token, "abc");
  EXPECT_EQ(config.user("by-token")->as.user, "boss");
  EXPECT_EQ(config.user("by-token")->as.groups, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config.user("by-token")->as.extra, (std::vector<std::pair<std::string, std::string>>{{"reason", "x"}}));
  EXPECT_EQ(config.user("by-password")->password, "p");
}

TEST(Kubeconfig, HasExecPlugins) {
  const Kubeconfig config = parsed(full);

  const auto& exec = config.user("by-exec")->exec;
  ASSERT_TRUE(exec);
  EXPECT_EQ(exec->arguments, (std::vector<std::string>{"--cluster", "prod"}));
  EXPECT_EQ(exec->environment, (std::vector<std::pair<std::string, std::string>>{{"REGION", "eu"}}));
  EXPECT_EQ(exec->install_hint, "install login");
  EXPECT_TRUE(exec->provide_cluster_info);
  EXPECT_FALSE(exec->always_interactive);
}

TEST(Kubeconfig, FindsCommandsWithoutSlashByPath) {
  const Kubeconfig config =
      parsed("users:\n- name: u\n  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}}\n");

  EXPECT_EQ(config.user("u")->exec->command, "aws");
}

TEST(Kubeconfig, MayBeJson) {
  const Kubeconfig config = parsed(R"({"clusters": [{"name": "c", "cluster": {"server": "https://a"}}]})");

  EXPECT_EQ(config.cluster("c")->server, "https://a");
}

TEST(Kubeconfig, MayBeEmpty) { EXPECT_TRUE(parsed("# nothing\n").clusters.empty()); }

TEST(KubeconfigMerge, KeepsTheFirstEntryAsAWhole) {
  Kubeconfig config = parsed("users:\n- name: red\n  user: {token: one}\n");

  config.merge(parsed("current-context: x\nusers:\n- name: red\n  user: {username: two}\n- name: blue\n  user: {}\n"));

  EXPECT_EQ(config.user("red")->token, "one");
  EXPECT_EQ(config.user("red")->username, "");
  EXPECT_NE(config.user("blue"), nullptr);
  EXPECT_EQ(config.current_context, "x");
}

struct Wrong {
  std::string name, text, what, where;
};

void PrintTo(const Wrong& row, std::ostream* out) { *out << row.text; }

class KubeconfigError : public testing::TestWithParam<Wrong> {};

TEST_P(KubeconfigError, TellsWhatAndWhere) {
  const auto config = parse_kubeconfig(GetParam().text, "kc");

  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::settings);
  EXPECT_EQ(config.error().what, GetParam().what);
  EXPECT_EQ(config.error().where, GetParam().where);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, KubeconfigError,
    testing::Values(Wrong{"a_list", "- a\n", "kubeconfig: it is not a map of clusters, users and contexts", "kc"},
                    Wrong{"two_documents", "a: b\n---\nc: d\n", "kubeconfig: more than one document", "kc"},
                    Wrong{"text_after_it", ", a", "bad YAML: text after the document", "kc:1"},
                    Wrong{"bad_syntax", "a: b\nc: [\n", "bad YAML: end of sequence flow not found", "kc:3"},
                    Wrong{"a_nul", std::string("a: \0", 4), "bad YAML: a byte that is not UTF-8 text", "kc:1"},
                    Wrong{"latin_1", "a: b\nc: \xE9t\xE9\n", "bad YAML: a byte that is not UTF-8 text", "kc:2"},
                    Wrong{"alias_ring", "a: &x [*x]\n", "bad YAML: an alias stands within what it names", "kc:1"},
                    Wrong{"clusters_are_a_map", "clusters:\n  a: b\n", "kubeconfig: 'clusters' is not a list", "kc:2"},
                    Wrong{"entry_is_a_text", "users:\n- a\n", "kubeconfig: 'users/0' is not a map", "kc:2"},
                    Wrong{"name_is_a_number", "users:\n- name: 12\n",
                          "kubeconfig: an entry of users: 'name' is not a text", "kc:2"},
                    Wrong{"token_is_a_number", "users:\n- name: a\n  user:\n    token: 123456\n",
                          "kubeconfig: user 'a': 'token' is not a text", "kc:4"},
                    Wrong{"name_given_twice", "users:\n- name: a\n- name: a\n",
                          "kubeconfig: user 'a': 'name' is given twice", "kc:3"},
                    Wrong{"not_base64", "clusters:\n- name: a\n  cluster: {certificate-authority-data: secret!}\n",
                          "kubeconfig: cluster 'a': 'certificate-authority-data' is not base64", "kc:3"},
                    Wrong{"insecure_is_a_word", "clusters:\n- name: a\n  cluster: {insecure-skip-tls-verify: maybe}\n",
                          "kubeconfig: cluster 'a': 'insecure-skip-tls-verify' is neither true nor false", "kc:3"},
                    Wrong{"exec_version",
                          "users:\n- name: a\n  user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1}}\n",
                          "kubeconfig: user 'a': 'apiVersion' of the exec plugin is neither v1 nor v1beta1", "kc:3"},
                    Wrong{"exec_without_command",
                          "users:\n- name: a\n  user: {exec: {apiVersion: client.authentication.k8s.io/v1}}\n",
                          "kubeconfig: user 'a': 'command' of the exec plugin is missing", "kc:3"}),
    [](const auto& info) { return info.param.name; });

TEST(KubeconfigLimit, StopsAtAliasesOfAliases) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int n = 1; n < 12; ++n) {
    const std::string before = "*a" + std::to_string(n - 1);
    text += "a" + std::to_string(n) + ": &a" + std::to_string(n) + " [" + before;
    for (int copy = 1; copy < 9; ++copy) text += ", " + before;
    text += "]\n";
  }

  const auto config = parse_kubeconfig(text, "kc");

  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().what, "bad YAML: more values than a text of this size should stand for");
}

TEST(KubeconfigLimit, RefusesDepth) {
  const auto config = parse_kubeconfig(std::string(100'000, '['), "kc");

  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().where, "kc:1");
}

}  // namespace
}  // namespace agent::kube
