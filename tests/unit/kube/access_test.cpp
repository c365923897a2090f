#include "kube/access.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace agent::kube {
namespace {

namespace fs = std::filesystem;

/// A folder that stands for a machine: home, account and kubeconfigs.
class ResolveAccess : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "access-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    input_.account_folder = root_ + "/account";
    input_.environment["HOME"] = root_ + "/home";
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = fs::path(root_) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  /// A kubeconfig whose only context is `name`, of a cluster and user of this name.
  std::string config(const std::string& file, const std::string& name, const std::string& user = "{}",
                     const std::string& more_of_cluster = "") {
    return write(file, "current-context: " + name + "\nclusters:\n- name: " + name + "\n  cluster: {server: https://" +
                           name + more_of_cluster + "}\nusers:\n- name: " + name + "\n  user: " + user +
                           "\ncontexts:\n- name: " + name + "\n  context: {cluster: " + name + ", user: " + name +
                           ", namespace: ns-" + name + "}\n");
  }

  void account() {
    write("account/token", "first\n");
    write("account/ca.crt", "CA");
    write("account/namespace", "builds");
    input_.environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
    input_.environment["KUBERNETES_SERVICE_PORT"] = "6443";
  }

  Access access() {
    auto found = resolve_access(input_);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *std::move(found) : Access{};
  }

  /// WHAT | FIX
  std::string error() {
    const auto found = resolve_access(input_);
    return found ? "found " + found->server : found.error().what + " | " + found.error().fix;
  }

  std::string root_;
  AccessInput input_;
};

TEST_F(ResolveAccess, TakesTheFirstOfItsOrder) {
  account();
  EXPECT_EQ(access().origin, AccessOrigin::in_cluster);
  config("home/.kube/config", "home");
  EXPECT_EQ(access().server, "https://home");
  input_.environment["KUBECONFIG"] = config("variable", "variable");
  EXPECT_EQ(access().server, "https://variable");
  input_.environment["K8S_AUTH_HOST"] = "https://ansible/";
  EXPECT_EQ(access().server, "https://ansible");
  input_.kubeconfig = config("flag", "flag");
  EXPECT_EQ(access().server, "https://flag");
}

TEST_F(ResolveAccess, SaysWhereItCameFrom) {
  const std::string path = config("home/.kube/config", "home");

  const Access found = access();

  EXPECT_EQ(name_of(found.origin), "~/.kube/config");
  EXPECT_EQ(found.where, path);
  EXPECT_EQ(found.context, "home");
  EXPECT_EQ(found.name_space, "ns-home");
}

TEST_F(ResolveAccess, MergesTheFilesOfKubeconfigAndSkipsMissingOnes) {
  const std::string a = config("a", "a"), b = config("b", "b");
  input_.environment["KUBECONFIG"] = ":" + root_ + "/none:" + a + ":" + b;
  EXPECT_EQ(access().server, "https://a");
  EXPECT_EQ(access().where, a + ":" + b);
  input_.context = "b";
  EXPECT_EQ(access().server, "https://b");
}

TEST_F(ResolveAccess, DoesNotLookHomeWhereKubeconfigNamesFiles) {
  config("home/.kube/config", "home");
  input_.environment["KUBECONFIG"] = root_ + "/none";

  EXPECT_EQ(error(),
            "no cluster is named: no file of KUBECONFIG exists, or all are empty | check the paths, or name a "
            "file by --kubeconfig");
}

TEST_F(ResolveAccess, GoesOnWhereAKubeconfigIsEmpty) {
  account();
  write("home/.kube/config", "apiVersion: v1\nkind: Config\nclusters: []\n");

  EXPECT_EQ(access().origin, AccessOrigin::in_cluster);
}

TEST_F(ResolveAccess, ReadsTheAccountOfAPodAndItsTokenAgain) {
  account();

  const Access found = access();
  EXPECT_EQ(found.server, "https://10.0.0.1:6443");
  EXPECT_EQ(found.authority, "CA");
  EXPECT_EQ(found.name_space, "builds");
  EXPECT_EQ(current_token(found).value(), "first");
  write("account/token", "second\n");
  EXPECT_EQ(current_token(found).value(), "second");
}

TEST_F(ResolveAccess, WritesIpv6AddressesAsUrlsDo) {
  account();
  input_.environment["KUBERNETES_SERVICE_HOST"] = "fd00::1";

  EXPECT_EQ(access().server, "https://[fd00::1]:6443");
}

TEST_F(ResolveAccess, LetsFlagsWin) {
  config("home/.kube/config", "home", "{as: someone, as-groups: [g]}");
  EXPECT_EQ(access().as.user, "someone");
  input_.name_space = "other";
  input_.as = "system:serviceaccount:ci:agent";

  EXPECT_EQ(access().name_space, "other");
  EXPECT_EQ(access().as.user, "system:serviceaccount:ci:agent");
  EXPECT_TRUE(access().as.groups.empty());
}

TEST_F(ResolveAccess, ReadsAnsiblesVariables) {
  input_.environment["K8S_AUTH_HOST"] = "10.0.0.1:6443";
  input_.environment["K8S_AUTH_API_KEY"] = "abc\n";
  EXPECT_EQ(access().server, "https://10.0.0.1:6443");
  EXPECT_EQ(access().token, "abc");
  EXPECT_FALSE(access().insecure);
  input_.environment["K8S_AUTH_VERIFY_SSL"] = "False";
  EXPECT_TRUE(access().insecure);
}

TEST_F(ResolveAccess, ReadsCertificateFiles) {
  write("home/.kube/a.crt", "CERT");
  write("home/.kube/a.key", "KEY");
  config("home/.kube/config", "home", "{client-certificate: a.crt, client-key: a.key}");

  EXPECT_EQ(access().certificate, "CERT");
  EXPECT_EQ(access().key, "KEY");
}

TEST_F(ResolveAccess, PrefersTheTokenFileAndFallsBackToTheToken) {
  config("home/.kube/config", "home", "{tokenFile: token, token: written}");
  EXPECT_EQ(current_token(access()).value(), "written");
  write("home/.kube/token", " read ");
  EXPECT_EQ(current_token(access()).value(), "read");
}

TEST_F(ResolveAccess, TellsItsSecrets) {
  write("home/.kube/token", "from-file");
  config(
      "home/.kube/config", "home",
      "{token: in-config, tokenFile: token, password: pass-word, exec: {apiVersion: client.authentication.k8s.io/v1, "
      "command: c, env: [{name: API_KEY, value: plugin-key}, {name: REGION, value: eu}]}}",
      ", proxy-url: 'http://me:proxy-word@proxy'");

  std::vector<std::string> values;
  for (const auto& [value, kind] : access().secrets()) values.push_back(value);

  EXPECT_EQ(values, (std::vector<std::string>{"in-config", "pass-word", "proxy-word", "from-file", "plugin-key"}));
}

TEST_F(ResolveAccess, WantsTheFlagsFileToExist) {
  input_.kubeconfig = root_ + "/none";
  EXPECT_EQ(error(), "kubeconfig '" + root_ + "/none' does not exist | ");
}

TEST_F(ResolveAccess, TellsThatNothingNamesACluster) {
  EXPECT_EQ(error(),
            "no cluster is named | name a kubeconfig by --kubeconfig or KUBECONFIG, or a snapshot by --snapshot");
}

TEST_F(ResolveAccess, DoesNotGuessAHostForAKey) {
  input_.environment["K8S_AUTH_API_KEY"] = "abcdefgh";
  EXPECT_EQ(error(), "K8S_AUTH_API_KEY is set without K8S_AUTH_HOST | set both, or none");
}

TEST_F(ResolveAccess, TellsWhichContextsThereAre) {
  config("home/.kube/config", "prod");
  input_.context = "prdo";
  EXPECT_EQ(error(), "the kubeconfig has no context 'prdo' | did you mean 'prod'?");
  input_.context = "something";
  EXPECT_EQ(error(), "the kubeconfig has no context 'something' | it has 'prod'");
}

struct WrongConfig {
  std::string name, text, expected;
};

void PrintTo(const WrongConfig& row, std::ostream* out) { *out << row.text; }

class ResolveAccessError : public ResolveAccess, public testing::WithParamInterface<WrongConfig> {};

TEST_P(ResolveAccessError, TellsWhatIsWrong) {
  write("home/.kube/config", GetParam().text);

  EXPECT_EQ(error(), GetParam().expected);
}

const std::string head = "current-context: x\ncontexts:\n- name: x\n  context: {cluster: c, user: u}\n";
const std::string cluster = "clusters:\n- name: c\n  cluster: {server: https://a}\n";

INSTANTIATE_TEST_SUITE_P(
    Texts, ResolveAccessError,
    testing::Values(
        WrongConfig{"no_current_context", cluster,
                    "the kubeconfig says no current context | choose one by --context: it has none"},
        WrongConfig{"no_such_cluster", head + "clusters: [{name: cc}]\n",
                    "context 'x' names a cluster that is not there: 'c' | did you mean 'cc'?"},
        WrongConfig{"no_such_user", head + cluster, "context 'x' names a user that is not there: 'u' | it has none"},
        WrongConfig{"no_server", head + "clusters: [{name: c}]\n", "cluster 'c' has no server | "},
        WrongConfig{"server_of_another_kind", head + "clusters: [{name: c, cluster: {server: 'ftp://a'}}]\n",
                    "the server of cluster 'c' is not a URL | begin it with https:// or http://"},
        WrongConfig{"proxy_without_scheme",
                    head + "clusters: [{name: c, cluster: {server: 'https://a', proxy-url: 'proxy:80'}}]\n",
                    "the proxy-url of cluster 'c' is not a URL | begin it with http:// or https:// or socks5://"},
        WrongConfig{"authority_and_insecure",
                    head + "clusters: [{name: c, cluster: {server: 'https://a', insecure-skip-tls-verify: true, "
                           "certificate-authority-data: QUJD}}]\n",
                    "cluster 'c' has a certificate authority and insecure-skip-tls-verify | remove "
                    "insecure-skip-tls-verify"},
        WrongConfig{"certificate_without_key",
                    head + cluster + "users: [{name: u, user: {client-certificate-data: QUJD}}]\n",
                    "user 'u' has a client certificate or key without the other | "},
        WrongConfig{
            "auth_provider", head + cluster + "users: [{name: u, user: {auth-provider: {name: gcp}}}]\n",
            "user 'u' has the auth-provider 'gcp', which is not known | use its exec plugin, or a token: kubectl "
            "create token"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::kube
