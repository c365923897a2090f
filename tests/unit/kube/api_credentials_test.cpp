#include "kube/api_credentials.hpp"

#include "support/authority.hpp"
#include "unit/kube/api_fixture.hpp"
#include "unit/kube/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

namespace agent::kube {
namespace {

using namespace std::chrono_literals;
using test::KubeServer;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// Remembers what it was told to hide, and fails when a request had a credential before that.
struct Learnt {
  std::mutex mutex;
  std::set<std::string> secrets;

  ApiOptions options() {
    ApiOptions made;
    made.learn = [this](std::string_view, std::string_view secret) {
      const std::lock_guard lock(mutex);
      secrets.emplace(secret);
    };
    return made;
  }
};

class ApiCredentials : public InTemporaryFolder {
 protected:
  Access access() { return access_to(server_.url()); }

  std::string authorization_at(std::size_t n) { return server_.seen().at(n).header("authorization"); }

  /// A plugin that counts its runs and then does `body`.
  ExecPlugin plugin(const std::string& body) {
    const auto path = write("plugin", "#!/bin/sh\necho run >> " + root_ + "/runs\n" + body + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    ExecPlugin made;
    made.api_version = "client.authentication.k8s.io/v1";
    made.command = path;
    return made;
  }

  static std::string printing(const std::string& status) {
    return R"(echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": )" + status +
           "}'";
  }

  std::size_t runs() const {
    const std::string text = read("runs");
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }

  KubeServer server_;
  Learnt learnt_;
};

TEST_F(ApiCredentials, SendsATokenThatWasLearntBefore) {
  Access to = access();
  to.token = "token-of-bob";

  EXPECT_TRUE(open(to, learnt_.options())->list(pods, {}, {}));

  EXPECT_EQ(authorization_at(0), "Bearer token-of-bob");
  EXPECT_THAT(learnt_.secrets, Contains("token-of-bob"));
}

TEST_F(ApiCredentials, ReadsATokenFileAgain) {
  Access to = access();
  to.token_file = write("token", "first-token\n");
  const auto source = open(to, learnt_.options());

  EXPECT_TRUE(source->list(pods, {}, {}));
  write("token", "second-token\n");
  EXPECT_TRUE(source->list(pods, {}, {}));

  EXPECT_EQ(authorization_at(0), "Bearer first-token");
  EXPECT_EQ(authorization_at(1), "Bearer second-token");
  EXPECT_THAT(learnt_.secrets, testing::IsSupersetOf({"first-token", "second-token"}));
}

TEST_F(ApiCredentials, AsksAgainWhenATokenFileWasReplacedMeanwhile) {
  Access to = access();
  to.token_file = write("token", "first-token\n");
  server_.require_token("second-token");
  server_.inject(
      "",
      [this](const test::SeenRequest&, test::Talk&) {
        write("token", "second-token\n");
        return false;
      },
      1);

  EXPECT_TRUE(open(to, learnt_.options())->list(pods, {}, {}));
  EXPECT_EQ(server_.count(), 2U);
}

TEST_F(ApiCredentials, DoesNotRepeatWhatWasRefused) {
  Access to = access();
  to.token = "wrong-token";
  server_.require_token("right-token");

  const auto found = open(to, learnt_.options())->list(pods, {}, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unauthorised);
  EXPECT_EQ(found.error().what, "the cluster does not accept the token of context 'test' of /home/bob/.kube/config");
  EXPECT_EQ(found.error().where, "GET " + server_.url() + "/api/v1/pods: 401");
  EXPECT_EQ(server_.count(), 1U);
}

struct WordsCase {
  std::string name;
  std::function<void(Access&)> change;
  std::string what, fix;
};

void PrintTo(const WordsCase& row, std::ostream* out) { *out << row.name; }

class ApiUnauthorised : public testing::TestWithParam<WordsCase> {};

TEST_P(ApiUnauthorised, NamesTheCredentialAndItsPlace) {
  KubeServer server;
  server.require_token("right-token");
  Access access = access_to(server.url());
  GetParam().change(access);

  const auto found = open(access)->list(pods, {}, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unauthorised);
  EXPECT_EQ(found.error().what, GetParam().what);
  EXPECT_EQ(found.error().fix, GetParam().fix);
}

INSTANTIATE_TEST_SUITE_P(
    Origins, ApiUnauthorised,
    testing::Values(
        WordsCase{"k8s_auth",
                  [](Access& a) {
                    a.origin = AccessOrigin::k8s_auth;
                    a.token = "wrong-token";
                  },
                  "the cluster does not accept the token of K8S_AUTH_API_KEY",
                  "set K8S_AUTH_API_KEY to a token that is valid"},
        WordsCase{"k8s_auth_without_a_token", [](Access& a) { a.origin = AccessOrigin::k8s_auth; },
                  "the cluster asks for credentials, and K8S_AUTH_HOST has none to give",
                  "set K8S_AUTH_API_KEY to a token"},
        WordsCase{"in_cluster",
                  [](Access& a) {
                    a.origin = AccessOrigin::in_cluster;
                    a.token = "wrong-token";
                    a.token_file = "/nowhere/token";
                  },
                  "the cluster does not accept the token in '/nowhere/token'",
                  "check that the pod's service account still exists"},
        WordsCase{"password",
                  [](Access& a) {
                    a.username = "bob";
                    a.password = "hunter2";
                  },
                  "the cluster does not accept user name and password of context 'test' of /home/bob/.kube/config",
                  "put a valid one there, or choose another context by --context"}),
    [](const auto& info) { return info.param.name; });

TEST_F(ApiCredentials, SendsUserAndPassword) {
  Access to = access();
  to.username = "bob";
  to.password = "hunter2";

  EXPECT_TRUE(open(to, learnt_.options())->list(pods, {}, {}));

  EXPECT_EQ(authorization_at(0), "Basic Ym9iOmh1bnRlcjI=");
  EXPECT_THAT(learnt_.secrets, testing::IsSupersetOf({"hunter2", "Ym9iOmh1bnRlcjI="}));
}

TEST_F(ApiCredentials, SaysForWhomItActs) {
  Access to = access();
  to.as = {"eve", "42", {"devs", "ops"}, {{"example.org/scope", "a"}, {"reason", "b"}}};

  EXPECT_TRUE(open(to)->list(pods, {}, {}));

  std::vector<std::string> sent;
  const auto seen = server_.seen();
  for (const auto& [name, value] : seen.at(0).headers)
    if (name.starts_with("impersonate")) sent.push_back(name + ": " + value);
  EXPECT_THAT(sent, testing::ElementsAre("impersonate-user: eve", "impersonate-uid: 42", "impersonate-group: devs",
                                         "impersonate-group: ops", "impersonate-extra-example.org%2fscope: a",
                                         "impersonate-extra-reason: b"));
}

TEST_F(ApiCredentials, RunsAPluginOnceForAllThreads) {
  Access to = access();
  to.exec = plugin("sleep 0.1\n" + printing(R"({"token": "plugin-token"})"));
  server_.require_token("plugin-token");
  const auto source = open(to, learnt_.options());

  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < 8; ++n) threads.emplace_back([&] { EXPECT_TRUE(source->list(pods, {}, {})); });
  }

  EXPECT_EQ(runs(), 1U);
  EXPECT_EQ(server_.count(), 8U);
  EXPECT_THAT(learnt_.secrets, Contains("plugin-token"));
}

TEST_F(ApiCredentials, LeavesAPluginAloneWhereThereIsAToken) {
  Access to = access();
  to.exec = plugin(printing(R"({"token": "plugin-token"})"));
  to.token = "own-token";

  EXPECT_TRUE(open(to)->list(pods, {}, {}));

  EXPECT_FALSE(std::filesystem::exists(root_ + "/runs"));
  EXPECT_EQ(authorization_at(0), "Bearer own-token");
}

TEST_F(ApiCredentials, RunsAPluginAgainWhenWhatItGaveExpired) {
  Access to = access();
  to.exec = plugin(printing(R"({"token": "plugin-token", "expirationTimestamp": "2020-01-02T03:04:05Z"})"));
  const auto source = open(to);

  for (int n = 0; n < 3; ++n) EXPECT_TRUE(source->list(pods, {}, {}));

  EXPECT_EQ(runs(), 3U);
}

TEST_F(ApiCredentials, KeepsWhatIsValid) {
  Access to = access();
  to.exec = plugin(printing(R"({"token": "plugin-token", "expirationTimestamp": "9999-01-02T03:04:05+02:00"})"));
  const auto source = open(to);

  for (int n = 0; n < 3; ++n) EXPECT_TRUE(source->list(pods, {}, {}));

  EXPECT_EQ(runs(), 1U);
}

TEST_F(ApiCredentials, RunsAPluginOnceMoreWhenItsTokenIsRefused) {
  Access to = access();
  to.exec = plugin("if [ $(wc -l < " + root_ + "/runs) = 1 ]; then\n" + printing(R"({"token": "old-token"})") +
                   "\nelse\n" + printing(R"({"token": "new-token"})") + "\nfi");
  server_.require_token("new-token");
  const auto source = open(to, learnt_.options());

  EXPECT_TRUE(source->list(pods, {}, {}));
  EXPECT_TRUE(source->list(pods, {}, {}));

  EXPECT_EQ(runs(), 2U);
  EXPECT_THAT(learnt_.secrets, Contains("new-token"));
}

TEST_F(ApiCredentials, DoesNotRunAPluginForEachRefusal) {
  Access to = access();
  to.exec = plugin(printing(R"({"token": "wrong-token"})"));
  server_.require_token("right-token");
  const auto source = open(to);

  for (int n = 0; n < 4; ++n) {
    const auto found = source->list(pods, {}, {});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::unauthorised);
    EXPECT_EQ(found.error().what, "the cluster does not accept what the exec plugin '" + root_ +
                                      "/plugin' of context 'test' of /home/bob/.kube/config gave");
  }

  EXPECT_EQ(runs(), 2U);
}

TEST_F(ApiCredentials, TellsWhyAPluginFailedWithoutRunningItAgain) {
  Access to = access();
  to.exec = plugin("echo hunter2 >&2; exit 3");
  const auto source = open(to);

  for (int n = 0; n < 3; ++n) {
    const auto found = source->list(pods, {}, {});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::unauthorised);
    EXPECT_THAT(found.error().what, HasSubstr("the exec plugin '" + root_ + "/plugin' failed"));
    EXPECT_THAT(describe(found.error()), Not(HasSubstr("hunter2")));
  }

  EXPECT_EQ(runs(), 1U);
  EXPECT_EQ(server_.count(), 0U);
}

TEST_F(ApiCredentials, StopsAPlugin) {
  Access to = access();
  to.exec = plugin("exec sleep 60");
  std::stop_source stop;
  const auto source = open(to);
  std::jthread stopper([&] {
    while (!std::filesystem::exists(root_ + "/runs")) std::this_thread::yield();
    stop.request_stop();
  });

  EXPECT_EQ(source->list(pods, {}, stop.get_token()).error().kind, ErrorKind::interrupted);
}

TEST_F(ApiCredentials, StayAtHomeWithoutTls) {
  EXPECT_TRUE(Credentials(access(), {}).current({}).value().headers.empty());
  Access far = access_to("http://k.example");
  far.token = "token-of-bob";
  far.as.user = "eve";

  const auto headers = Credentials(far, {}).current({}).value().headers;

  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0].name, "Impersonate-User");
}

/// A cluster that speaks TLS.
class ApiTlsCredentials : public ApiCredentials {
 protected:
  Access secure(const KubeServer& server) {
    Access to = access_to(server.url());
    to.authority = authority_.certificate();
    return to;
  }
  test::ServerTls tls(const test::CertificateOptions& options = {}, const std::string& client_ca = "") {
    const auto pem = authority_.issue(options);
    return {pem.certificate, pem.key, client_ca};
  }

  test::Authority authority_;
};

TEST_F(ApiTlsCredentials, TrustTheClustersAuthority) {
  const KubeServer server(tls());

  const auto found = open(secure(server))->list(pods, {}, {});

  EXPECT_TRUE(found) << describe(found.error());
}

TEST_F(ApiTlsCredentials, TrustACaFileWhereTheClusterHasNoAuthority) {
  const KubeServer server(tls());
  ApiOptions options;
  options.ca_file = write("ca.pem", authority_.certificate());

  EXPECT_TRUE(open(access_to(server.url()), options)->list(pods, {}, {}));

  Access other = access_to(server.url());
  other.authority = test::Authority("Other").certificate();
  EXPECT_FALSE(open(other, options)->list(pods, {}, {})) << "the cluster's own authority wins";
}

TEST_F(ApiTlsCredentials, ShowAClientCertificate) {
  const test::Authority clients("Clients");
  const KubeServer server(tls({}, clients.certificate()));
  Access to = secure(server);
  EXPECT_FALSE(open(to)->list(pods, {}, {}));
  const auto pem = clients.issue();
  to.certificate = pem.certificate;
  to.key = pem.key;

  EXPECT_TRUE(open(to, learnt_.options())->list(pods, {}, {}));

  EXPECT_TRUE(server.seen().at(0).certificate);
  EXPECT_THAT(learnt_.secrets, Contains(pem.key));
}

TEST_F(ApiTlsCredentials, ShowAPluginsCertificate) {
  const test::Authority clients("Clients");
  const KubeServer server(tls({}, clients.certificate()));
  Access to = secure(server);
  const auto pem = clients.issue();
  const nlohmann::json status{{"clientCertificateData", pem.certificate}, {"clientKeyData", pem.key}};
  const std::string file = write(
      "credential",
      nlohmann::json{{"apiVersion", "client.authentication.k8s.io/v1"}, {"kind", "ExecCredential"}, {"status", status}}
          .dump());
  to.exec = plugin("cat " + file);

  const auto found = open(to, learnt_.options())->list(pods, {}, {});

  EXPECT_TRUE(found) << describe(found.error());
  EXPECT_THAT(learnt_.secrets, Contains(pem.key));
}

TEST_F(ApiTlsCredentials, ExpectTheNameThatTheKubeconfigSays) {
  const KubeServer server(tls({.names = {"k.example"}}));
  Access to = secure(server);
  EXPECT_FALSE(open(to)->list(pods, {}, {}));
  to.tls_server_name = "k.example";

  EXPECT_TRUE(open(to)->list(pods, {}, {}));
}

TEST_F(ApiTlsCredentials, TakeAnyCertificateWhereTheKubeconfigSaysSo) {
  const KubeServer server(tls({.to_days = -1}));
  Access to = access_to(server.url());
  to.insecure = true;

  EXPECT_TRUE(open(to)->list(pods, {}, {}));
}

/// What a proxy does with any CONNECT.
test::Handler tunnel_to(const KubeServer& server) {
  return [&server](const test::SeenRequest&, test::Talk& talk) {
    talk.send("HTTP/1.1 200 Connection established\r\n\r\n");
    talk.tunnel_to(server.port());
  };
}

TEST_F(ApiTlsCredentials, GoByTheClustersProxy) {
  const KubeServer server(tls({.names = {"k.example"}}));
  const test::HttpServer proxy(tunnel_to(server));
  Access to = access_to("https://k.example:6443");
  to.authority = authority_.certificate();
  to.proxy_url = "http://bob:hunter2@127.0.0.1:" + std::to_string(proxy.port());
  to.token = "token-of-bob";
  ApiOptions options = learnt_.options();
  options.proxy = {"http://127.0.0.1:1", "http://127.0.0.1:1", "k.example"};

  const auto found = open(to, options)->list(pods, {}, {});

  EXPECT_TRUE(found) << describe(found.error());
  ASSERT_EQ(proxy.seen().size(), 1U);
  EXPECT_EQ(proxy.seen()[0].target, "k.example:6443");
  EXPECT_EQ(proxy.seen()[0].header("authorization"), "");
  EXPECT_EQ(proxy.seen()[0].header("proxy-authorization"), "Basic Ym9iOmh1bnRlcjI=");
  EXPECT_THAT(learnt_.secrets, Contains("hunter2"));
}

TEST_F(ApiTlsCredentials, GoByTheEnvironmentsProxy) {
  const KubeServer server(tls({.names = {"k.example"}}));
  const test::HttpServer proxy(tunnel_to(server));
  Access to = access_to("https://k.example:6443");
  to.authority = authority_.certificate();
  ApiOptions options;
  options.proxy.https = "http://127.0.0.1:" + std::to_string(proxy.port());

  EXPECT_TRUE(open(to, options)->list(pods, {}, {}));
  EXPECT_EQ(proxy.seen().size(), 1U);
}

TEST(ParseTime, ReadsRfc3339) {
  const auto at = [](const char* text) {
    const auto found = parse_time(text);
    return found ? found->time_since_epoch() / 1s : -1;
  };

  EXPECT_EQ(at("2026-11-21T12:00:00Z"), 1795262400);
  EXPECT_EQ(at("2026-11-21T12:00:00.123456Z"), 1795262400);
  EXPECT_EQ(at("2026-11-21T14:00:00+02:00"), 1795262400);
  EXPECT_EQ(at("2026-11-21T05:30:00-06:30"), 1795262400);
  for (const char* wrong :
       {"", "tomorrow", "2026-11-21", "2026-11-21T12:00:00", "2026-11-21T12:00:00+2", "2026-11-21T12:00:00."})
    EXPECT_EQ(at(wrong), -1) << wrong;
}

}  // namespace
}  // namespace agent::kube
