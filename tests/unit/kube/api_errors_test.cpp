#include "kube/api_errors.hpp"

#include "support/authority.hpp"
#include "unit/kube/api_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::KubeServer;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

/// What `server` says when it is asked for pod 'web' of namespace 'ci'.
Error error_of(const KubeServer& server) {
  const auto found = open(server)->get(pods, "ci", "web", {});
  EXPECT_FALSE(found);
  return found ? Error{} : found.error();
}

struct AnswerCase {
  std::string name;
  int status = 0;
  std::string body;
  ErrorKind kind = ErrorKind::bug;
  std::string what, fix;
};

void PrintTo(const AnswerCase& row, std::ostream* out) { *out << row.name; }

class ApiAnswer : public testing::TestWithParam<AnswerCase> {};

TEST_P(ApiAnswer, IsToldInItsUsersWords) {
  KubeServer server;
  const test::Headers not_soon{{"Content-Type", "application/json"}, {"Retry-After", "99"}};
  server.inject("/pods/web", test::faults::text(GetParam().status, GetParam().body, not_soon));

  const auto found = open(server)->get(pods, "ci", "web", {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, GetParam().kind);
  EXPECT_EQ(found.error().what, GetParam().what);
  EXPECT_THAT(found.error().fix, HasSubstr(GetParam().fix));
  EXPECT_THAT(found.error().where, StartsWith("GET " + server.url() + "/api/v1/namespaces/ci/pods/web"));
}

std::string status(int code, const std::string& message) { return test::kube_status(code, "Reason", message).dump(); }

const std::string page = "<!DOCTYPE html><html><body>Log in, hunter2</body></html>";

INSTANTIATE_TEST_SUITE_P(
    Answers, ApiAnswer,
    testing::Values(
        AnswerCase{"nobody", 401, status(401, "Unauthorized"), ErrorKind::unauthorised,
                   "the cluster asks for credentials, and context 'test' of /home/bob/.kube/config has none to give",
                   "give its user a token or certificate, or choose another context by --context"},
        AnswerCase{"anonymous", 403,
                   status(403, R"(pods "web" is forbidden: User "system:anonymous" cannot get resource "pods" in API )"
                               R"(group "" in the namespace "ci")"),
                   ErrorKind::unauthorised,
                   "the cluster asks for credentials, and context 'test' of /home/bob/.kube/config has none to give",
                   "give its user a token"},
        AnswerCase{
            "rbac", 403,
            status(403, R"(pods "web" is forbidden: User "bob" cannot get resource "pods" in API group "" in the )"
                        R"(namespace "ci")"),
            ErrorKind::forbidden, "user 'bob' may not get pods in namespace 'ci'",
            "apply this as an administrator:\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"},
        AnswerCase{
            "impersonation", 403,
            status(403, R"(users "eve" is forbidden: User "bob" cannot impersonate resource "users" in API group )"
                        R"("" at the cluster scope)"),
            ErrorKind::forbidden, "user 'bob' may not impersonate users 'eve'", "resourceNames: [\"eve\"]"},
        AnswerCase{"webhook", 403, status(403, "denied by policy"), ErrorKind::forbidden,
                   "the cluster forbids us to get pod 'web' in namespace 'ci': denied by policy",
                   "grant verb 'get' on 'pods' to whom 'kubectl auth whoami' names"},
        AnswerCase{"page_of_a_proxy", 403, page, ErrorKind::forbidden,
                   "the cluster forbids us to get pod 'web' in namespace 'ci'", ""},
        AnswerCase{"not_found_by_a_proxy", 404, page, ErrorKind::unreachable,
                   "what answers is not a Kubernetes API server",
                   "check the server of context 'test' of /home/bob/.kube/config, and proxies on the way"},
        AnswerCase{"page_instead_of_an_object", 200, page, ErrorKind::unreachable,
                   "what answers is not a Kubernetes API server", ""},
        AnswerCase{"other_json", 200, R"({"status": "ok"})", ErrorKind::unreachable,
                   "what answers is not a Kubernetes API server", ""},
        AnswerCase{"no_object", 200, "[1]", ErrorKind::unreachable, "what answers is not a Kubernetes API server", ""},
        AnswerCase{"very_deep_json", 200, std::string(100'000, '['), ErrorKind::unreachable,
                   "what answers is not a Kubernetes API server", ""},
        AnswerCase{"busy", 429, status(429, "too many requests"), ErrorKind::unreachable,
                   "the cluster is too busy for us (429): too many requests", "try again later"},
        AnswerCase{"broken", 500, status(500, "etcdserver: leader changed"), ErrorKind::unreachable,
                   "the cluster failed to answer (500): etcdserver: leader changed", "kubectl get --raw"},
        AnswerCase{"bad_gateway", 502, page, ErrorKind::unreachable, "the cluster failed to answer (502)", ""},
        AnswerCase{
            "bad_request", 400, status(400, "unable to parse requirement"), ErrorKind::usage,
            "the cluster does not take the question for pod 'web' in namespace 'ci': unable to parse requirement",
            "check the selectors"},
        AnswerCase{"teapot", 418, "", ErrorKind::unreachable, "the cluster gave an answer that is not expected (418)",
                   "check the server of context 'test'"},
        AnswerCase{"hostile_message", 500, status(500, "a\x1b[31mred\nline"), ErrorKind::unreachable,
                   "the cluster failed to answer (500): ared line", ""},
        AnswerCase{"long_message", 500, status(500, std::string(5000, 'x')), ErrorKind::unreachable,
                   "the cluster failed to answer (500): " + std::string(600, 'x') + "…", ""}),
    [](const auto& info) { return info.param.name; });

TEST(ApiError, TellsNothingOfABodyThatIsNoStatus) {
  for (const int code : {200, 400, 401, 403, 404, 406, 410, 418, 422, 500}) {
    const Error error = explain({"get", pods, "ci", "web"}, {code, "GET https://k.example/x", page}, {});
    EXPECT_THAT(describe(error), Not(HasSubstr("hunter2"))) << code;
    EXPECT_FALSE(error.what.empty());
  }
}

TEST(ApiError, SaysThatCredentialsAreNotSentWithoutTls) {
  Access far = access_to("http://k.example");
  far.token = "token-of-bob";

  const Error error = explain({"get", pods, "ci", "web"}, {401, "GET http://k.example/x", ""}, account_of(far));

  EXPECT_EQ(error.what, "the cluster asks for credentials, and none are sent without TLS");
  EXPECT_EQ(error.fix, "use https: credentials are not sent unencrypted");
}

struct MissingCase {
  std::string name;
  Kind kind;
  std::string name_space, object;
  std::string what, fix;
};

void PrintTo(const MissingCase& row, std::ostream* out) { *out << row.name; }

class ApiMissing : public testing::TestWithParam<MissingCase> {};

TEST_P(ApiMissing, IsToldWithWhatThereIs) {
  KubeServer server;
  server.add({pod("web-1"), pod("web-2"), pod("db"), object("v1", "Node", "worker-1", ""), pod("x", "prod")});
  server.add(object("v1", "Namespace", "empty", ""));
  const auto& row = GetParam();

  const auto found = open(server)->get(row.kind, row.name_space, row.object, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(found.error().what, row.what);
  EXPECT_EQ(found.error().fix, row.fix);
}

INSTANTIATE_TEST_SUITE_P(
    Objects, ApiMissing,
    testing::Values(
        MissingCase{"misspelt", pods, "ci", "web-11", "there is no pod 'web-11' in namespace 'ci'",
                    "did you mean 'web-1'?"},
        MissingCase{"other", pods, "ci", "frontend", "there is no pod 'frontend' in namespace 'ci'",
                    "there are pods in namespace 'ci': 'db', 'web-1', 'web-2'"},
        MissingCase{"cluster_wide", nodes, "", "worker-2", "there is no node 'worker-2'", "did you mean 'worker-1'?"},
        MissingCase{"empty_namespace", pods, "empty", "web", "there is no pod 'web' in namespace 'empty'",
                    "there are no pods in namespace 'empty'"},
        MissingCase{"no_namespace", pods, "prdo", "web", "there is no namespace 'prdo'", "did you mean 'prod'?"},
        MissingCase{"no_such_kind", taskruns, "ci", "build", "this cluster has no taskruns.tekton.dev",
                    "install what serves 'tekton.dev/v1', or do without"}),
    [](const auto& info) { return info.param.name; });

TEST(ApiError, SaysThatAKindIsMissingFromItsList) {
  KubeServer server;

  const auto found = open(server)->list(taskruns, {"ci", "", ""}, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(found.error().what, "this cluster has no taskruns.tekton.dev");
  EXPECT_EQ(server.count(), 1U);
}

TEST(ApiError, DoesWithoutNamesThatMayNotBeListed) {
  KubeServer server;
  server.add(pod("web-1"));
  server.forbid("list", "*");

  const Error error = error_of(server);

  EXPECT_EQ(error.what, "there is no pod 'web' in namespace 'ci'");
  EXPECT_EQ(error.fix, "");
}

struct RbacCase {
  std::string name;
  Kind kind;
  std::string name_space;
  std::string what, fix;
};

void PrintTo(const RbacCase& row, std::ostream* out) { *out << row.name; }

class ApiRefusal : public testing::TestWithParam<RbacCase> {};

TEST_P(ApiRefusal, NamesVerbResourceAndUser) {
  KubeServer server;
  server.forbid("list", "*");

  const auto found = open(server)->list(GetParam().kind, {GetParam().name_space, "", ""}, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::forbidden);
  EXPECT_EQ(found.error().what, GetParam().what);
  EXPECT_THAT(found.error().fix, HasSubstr(GetParam().fix));
  EXPECT_THAT(found.error().where, EndsWith(": 403"));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ApiRefusal,
    testing::Values(
        RbacCase{"pods", pods, "ci", "service account 'ci:agent' may not list pods in namespace 'ci'",
                 "\nkind: Role\n"},
        RbacCase{"secrets", secrets, "ci", "service account 'ci:agent' may not list secrets in namespace 'ci'",
                 "go without, or apply this as an administrator; it grants the data of Secrets, too"},
        RbacCase{"group", deployments, "ci",
                 "service account 'ci:agent' may not list deployments.apps in namespace 'ci'", "apiGroups: [\"apps\"]"},
        RbacCase{"all_namespaces", pods, "", "service account 'ci:agent' may not list pods in all namespaces",
                 "\nkind: ClusterRole\n"},
        RbacCase{"nodes", nodes, "", "service account 'ci:agent' may not list nodes", "\nkind: ClusterRole\n"}),
    [](const auto& info) { return info.param.name; });

struct NoLogCase {
  std::string name, pod, container;
  bool previous = false;
  ErrorKind kind = ErrorKind::target_not_found;
  std::string what;
};

void PrintTo(const NoLogCase& row, std::ostream* out) { *out << row.name; }

class ApiNoLog : public testing::TestWithParam<NoLogCase> {};

TEST_P(ApiNoLog, IsToldWithItsReason) {
  KubeServer server;
  auto waiting = pod("waiting");
  waiting["status"]["containerStatuses"] = {
      {{"name", "app"}, {"state", {{"waiting", {{"reason", "PodInitializing"}}}}}}};
  server.add({pod("web"), waiting, pod("secret")});
  server.inject(
      "/secret/",
      test::faults::text(
          403,
          R"({"kind": "Status", "message": "pods \"secret\" is forbidden: User \"bob\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"ci\""})",
          {}));
  server.inject("/gone/",
                test::faults::text(
                    500, status(500, "Get \"https://10.0.0.5:10250/\": dial tcp 10.0.0.5:10250: i/o timeout"), {}));
  const auto& row = GetParam();

  const auto log = open(server)->open_log("ci", row.pod, {row.container, row.previous, {}, {}}, {});

  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, row.kind);
  EXPECT_EQ(log.error().what, row.what);
  EXPECT_EQ(server.count(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Logs, ApiNoLog,
    testing::Values(
        NoLogCase{
            "previous", "web", "app", true, ErrorKind::target_not_found,
            "there is no log of pod 'web' in namespace 'ci': previous terminated container \"app\" in pod \"web\" "
            "not found"},
        NoLogCase{"waiting", "waiting", "app", false, ErrorKind::target_not_found,
                  "there is no log of pod 'waiting' in namespace 'ci': container \"app\" in pod \"waiting\" is waiting "
                  "to start: PodInitializing"},
        NoLogCase{"other_container", "web", "db", false, ErrorKind::target_not_found,
                  "there is no log of pod 'web' in namespace 'ci': container db is not valid for pod web"},
        NoLogCase{"no_pod", "wbe", "app", false, ErrorKind::target_not_found,
                  "there is no pod 'wbe' in namespace 'ci'"},
        NoLogCase{"forbidden", "secret", "app", false, ErrorKind::forbidden,
                  "user 'bob' may not get pods/log in namespace 'ci'"},
        NoLogCase{"kubelet", "gone", "app", false, ErrorKind::unreachable,
                  "the cluster failed to answer (500): Get \"https://10.0.0.5:10250/\": dial tcp 10.0.0.5:10250: i/o "
                  "timeout"}),
    [](const auto& info) { return info.param.name; });

TEST(ApiError, SaysWhenNobodyListens) {
  std::string url;
  {
    const KubeServer server;
    url = server.url();
  }

  const auto found = open(access_to(url))->list(pods, {}, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(found.error().what, HasSubstr("refused"));
  EXPECT_THAT(found.error().where, StartsWith("GET " + url + "/api/v1/pods"));
  EXPECT_THAT(found.error().where, EndsWith(", context 'test' of /home/bob/.kube/config"));
  EXPECT_NE(found.error().fix, "");
}

TEST(ApiError, TakesASlowClusterForOneThatIsNotReached) {
  KubeServer server;
  server.inject("", test::faults::silent());
  ApiOptions options;
  options.request_timeout = 50ms;

  const auto found = open(access_to(server.url()), options)->list(pods, {}, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(found.error().what, MatchesRegex("(out of time|no answer within .*) while .*"));
}

TEST(ApiError, SaysThatAnObjectIsTooLarge) {
  KubeServer server;
  server.inject("/pods/web", test::faults::huge(std::size_t{65} << 20U));

  const Error error = error_of(server);

  EXPECT_EQ(error.kind, ErrorKind::unreadable);
  EXPECT_EQ(error.what, "the answer is larger than 67108864 bytes");
}

struct TlsCase {
  std::string name;
  test::CertificateOptions certificate;
  bool own_authority = true;
  std::string what;
};

void PrintTo(const TlsCase& row, std::ostream* out) { *out << row.name; }

class ApiTls : public testing::TestWithParam<TlsCase> {};

TEST_P(ApiTls, IsToldInClearWords) {
  const test::Authority authority, other("Other");
  const auto pem = authority.issue(GetParam().certificate);
  KubeServer server(test::ServerTls{pem.certificate, pem.key, ""});
  Access access = access_to(server.url());
  access.authority = (GetParam().own_authority ? authority : other).certificate();

  const auto found = open(access)->list(pods, {}, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(found.error().what, HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    Certificates, ApiTls,
    testing::Values(TlsCase{"expired", {.from_days = -9, .to_days = -2}, true, "' expired on "},
                    TlsCase{"other_name", {.names = {"k.example"}}, true, "' is for another name: 'k.example'"},
                    TlsCase{"other_authority", {}, false, "' is signed by an authority that is not trusted: "}),
    [](const auto& info) { return info.param.name; });

TEST(ApiError, RefusesAServerThatCannotBeAsked) {
  for (const std::string proxy : {"socks5://proxy:1080", "https://proxy:1080", "http://"}) {
    Access access = access_to("https://k.example");
    access.proxy_url = proxy;
    const auto source = open_api(access, {});
    EXPECT_EQ(source ? ErrorKind::bug : source.error().kind, ErrorKind::settings) << proxy;
  }
  for (const std::string server : {"https://k.example:port", "https://", "ftp://k.example"}) {
    const auto source = open_api(access_to(server), {});
    EXPECT_EQ(source ? ErrorKind::bug : source.error().kind, ErrorKind::settings) << server;
  }
}

}  // namespace
}  // namespace agent::kube
