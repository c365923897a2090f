#include "kube/exec_credential.hpp"

#include "unit/kube/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

const std::string v1 = "client.authentication.k8s.io/v1";

std::string credential(const std::string& status, const std::string& version = v1) {
  return R"({"apiVersion": ")" + version + R"(", "kind": "ExecCredential", "status": )" + status + "}";
}

TEST(ExecCredential, HasTokenAndExpiry) {
  const auto found = parse_exec_credential(
      credential(R"({"token": "abc", "expirationTimestamp": "2026-01-02T03:04:05Z", "other": 1})"), v1);

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->token, "abc");
  EXPECT_EQ(found->expires, "2026-01-02T03:04:05Z");
}

TEST(ExecCredential, HasCertificateAndKey) {
  const auto found =
      parse_exec_credential(credential(R"({"clientCertificateData": "CERT", "clientKeyData": "KEY"})"), v1);

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->certificate + found->key, "CERTKEY");
}

struct NoCredential {
  std::string name, text, why;
};

void PrintTo(const NoCredential& row, std::ostream* out) { *out << row.text; }

class ExecCredentialError : public testing::TestWithParam<NoCredential> {};

TEST_P(ExecCredentialError, TellsWhy) {
  const auto found = parse_exec_credential(GetParam().text, v1);

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unauthorised);
  EXPECT_EQ(found.error().what, "the exec plugin gave no credential: " + GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    Outputs, ExecCredentialError,
    testing::Values(NoCredential{"nothing", "", "its output is not JSON"},
                    NoCredential{"a_login_page", "Please log in: hunter2", "its output is not JSON"},
                    NoCredential{"other_json", "{}", "its output is not an ExecCredential"},
                    NoCredential{"other_version", credential("{}", "client.authentication.k8s.io/v1beta1"),
                                 "its output is not of client.authentication.k8s.io/v1, which the kubeconfig asks for"},
                    NoCredential{"no_status", credential("null"), "it has no status"},
                    NoCredential{"empty_status", credential("{}"), "it has neither a token nor a certificate"},
                    NoCredential{"half_a_pair", credential(R"({"clientKeyData": "KEY"})"),
                                 "it has a certificate or a key without the other"},
                    NoCredential{"header_in_the_token", credential(R"({"token": "a\r\nX: y"})"),
                                 "its token has a line break"}),
    [](const auto& info) { return info.param.name; });

Access access_with(const std::string& command, std::vector<std::string> arguments = {}) {
  Access access;
  access.server = "https://a";
  access.exec = ExecPlugin{};
  access.exec->api_version = v1;
  access.exec->command = command;
  access.exec->arguments = std::move(arguments);
  return access;
}

TEST(ExecInfo, TellsTheClusterWhereItIsAskedFor) {
  Access access = access_with("c");
  EXPECT_EQ(exec_info(access),
            R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}})");
  access.exec->provide_cluster_info = true;
  access.authority = "CA PEM";
  access.exec_config = {{"audience", "ci"}};

  EXPECT_EQ(nlohmann::json::parse(exec_info(access))["spec"]["cluster"],
            nlohmann::json::parse(R"({"server": "https://a", "certificate-authority-data": "Q0EgUEVN",
                                      "config": {"audience": "ci"}})"));
}

class RunExecPlugin : public InTemporaryFolder {
 protected:
  std::string script(const std::string& body) {
    const std::string path = write("plugin", "#!/bin/sh\n" + body + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  const std::map<std::string, std::string, std::less<>> environment_{{"PATH", "/usr/bin:/bin"}, {"HOME", "/h"}};
};

TEST_F(RunExecPlugin, GivesItArgumentsAndVariables) {
  const std::string path = script(R"(case $KUBERNETES_EXEC_INFO in *'"interactive":false'*) info=told ;; esac
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
echo "\"status\": {\"token\": \"$1-$REGION-$HOME-$info\"}}")");
  Access access = access_with(path, {"word"});
  access.exec->environment = {{"REGION", "eu"}};

  const auto found = run_exec_plugin(access, environment_, {});

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->token, "word-eu-/h-told");
}

TEST_F(RunExecPlugin, TellsThatItFailedWithoutItsWords) {
  const auto found = run_exec_plugin(access_with(script("echo hunter2 >&2; exit 7")), environment_, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unauthorised);
  EXPECT_EQ(found.error().what, "the exec plugin '" + root_ + "/plugin' failed");
  EXPECT_EQ(found.error().where, "exit code 7");
  EXPECT_FALSE(describe(found.error()).contains("hunter2"));
}

TEST_F(RunExecPlugin, TellsHowToInstallIt) {
  Access access = access_with(root_ + "/none");
  access.exec->install_hint = "install it: apt install login";

  const auto found = run_exec_plugin(access, environment_, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, "the exec plugin '" + root_ + "/none' can't be run");
  EXPECT_EQ(found.error().fix, "install it: apt install login");
}

TEST_F(RunExecPlugin, DoesNotRunOneThatNeedsATerminal) {
  Access access = access_with(script("touch ran"));
  access.exec->always_interactive = true;

  EXPECT_EQ(run_exec_plugin(access, environment_, {}).error().what,
            "the exec plugin '" + root_ + "/plugin' needs a terminal (interactiveMode: Always)");
}

}  // namespace
}  // namespace agent::kube
