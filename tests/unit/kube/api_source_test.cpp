#include "kube/api_source.hpp"

#include "unit/kube/api_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace agent::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::KubeServer;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> names(const Result<std::vector<json>>& objects) {
  std::vector<std::string> found;
  if (!objects) return {describe(objects.error())};
  for (const json& one : *objects) found.push_back(one["metadata"]["name"]);
  return found;
}

std::string text_of(Result<std::unique_ptr<ByteStream>> log) {
  if (!log) return describe(log.error());
  std::string text;
  for (;;) {
    const auto piece = (*log)->read();
    if (!piece) return text + describe(piece.error());
    if (piece->empty()) return text;
    text += *piece;
  }
}

TEST(ApiSource, GetsAnObject) {
  KubeServer server;
  server.add(pod("web"));

  const auto found = open(server)->get(pods, "ci", "web", {});

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ((*found)["metadata"]["name"], "web");
  EXPECT_EQ((*found)["kind"], "Pod");
  EXPECT_EQ(server.seen().at(0).target, "/api/v1/namespaces/ci/pods/web");
  EXPECT_EQ(server.seen().at(0).header("accept"), "application/json");
  EXPECT_THAT(server.seen().at(0).header("user-agent"), testing::StartsWith("agent/"));
}

TEST(ApiSource, GetsAnObjectOfAGroup) {
  KubeServer server;
  server.add(object("apps/v1", "Deployment", "web"));

  ASSERT_TRUE(open(server)->get(deployments, "ci", "web", {}));
  EXPECT_EQ(server.seen().at(0).target, "/apis/apps/v1/namespaces/ci/deployments/web");
}

TEST(ApiSource, LeavesANamespaceOutWhereTheKindHasNone) {
  KubeServer server;
  server.add(object("v1", "Node", "worker-1", ""));

  EXPECT_TRUE(open(server)->get(nodes, "ci", "worker-1", {}));
  EXPECT_THAT(names(open(server)->list(nodes, {"ci", "", ""}, {})), ElementsAre("worker-1"));
}

TEST(ApiSource, AsksBelowAServersPath) {
  KubeServer server;
  server.inject("/k8s/clusters/c-1/api/v1/namespaces/ci/pods/web", test::faults::text(200, pod("web").dump(), {}));

  const auto found = open(access_to(server.url() + "/k8s/clusters/c-1"))->get(pods, "ci", "web", {});

  EXPECT_TRUE(found) << describe(found.error());
}

TEST(ApiSource, ListsANamespaceOrAll) {
  KubeServer server;
  server.add({pod("a"), pod("b"), pod("c", "other")});
  const auto source = open(server);

  EXPECT_THAT(names(source->list(pods, {"ci", "", ""}, {})), ElementsAre("a", "b"));
  EXPECT_THAT(names(source->list(pods, {}, {})), ElementsAre("a", "b", "c"));
  EXPECT_EQ(server.count("/api/v1/pods?"), 1U);
}

TEST(ApiSource, EncodesSelectors) {
  KubeServer server;
  auto chosen = pod("a");
  chosen["metadata"]["labels"] = {{"app", "web"}, {"tier", "x"}};
  chosen["status"]["phase"] = "Failed";
  server.add({chosen, pod("b")});
  const ListOptions options{"ci", "app in (web,api),tier!=db", "status.phase=Failed"};

  EXPECT_THAT(names(open(server)->list(pods, options, {})), ElementsAre("a"));
  EXPECT_EQ(server.seen().at(0).target,
            "/api/v1/namespaces/ci/pods?labelSelector=app%20in%20%28web%2Capi%29%2Ctier%21%3Ddb"
            "&fieldSelector=status.phase%3DFailed&limit=500");
}

TEST(ApiSource, NamesItemsOfAList) {
  KubeServer server;
  server.add({object("apps/v1", "Deployment", "web"), object("tekton.dev/v1", "TaskRun", "build"),
              object("example.org/v1", "Widget", "w")});
  const auto source = open(server);

  EXPECT_EQ(source->list(deployments, {}, {}).value().at(0)["kind"], "Deployment");
  EXPECT_EQ(source->list(deployments, {}, {}).value().at(0)["apiVersion"], "apps/v1");
  EXPECT_EQ(source->list(taskruns, {}, {}).value().at(0)["kind"], "TaskRun");
  EXPECT_EQ(source->list({"example.org", "v1", "widgets"}, {}, {}).value().at(0)["kind"], "Widget");
}

TEST(ApiSource, LeavesOutWhatSaysNothing) {
  KubeServer server;
  auto made = pod("web");
  made["metadata"]["managedFields"] = {{{"manager", "kubectl"}}};
  made["metadata"]["annotations"] = {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}, {"team", "a"}};
  server.add(made);
  const auto source = open(server);

  for (const json& found : {source->get(pods, "ci", "web", {}).value(), source->list(pods, {}, {}).value().at(0)}) {
    EXPECT_FALSE(found["metadata"].contains("managedFields"));
    EXPECT_EQ(found["metadata"]["annotations"].dump(), R"({"team":"a"})");
  }
}

TEST(ApiSource, ListsByPagesOverOneConnection) {
  KubeServer server;
  for (int n = 0; n < 1203; ++n) server.add(pod("web-" + std::to_string(n)));

  const auto found = open(server)->list(pods, {"ci", "", ""}, {});

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->size(), 1203U);
  EXPECT_EQ(server.count(), 3U);
  EXPECT_EQ(server.connections(), 1);
}

TEST(ApiSource, BeginsAListAgainWhenItsTokenExpires) {
  KubeServer server;
  for (int n = 0; n < 600; ++n) server.add(pod("web-" + std::to_string(n)));
  server.inject("continue=", test::faults::status(410), 1);

  const auto found = open(server)->list(pods, {"ci", "", ""}, {});

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->size(), 600U);
  EXPECT_EQ(server.count(), 4U);
}

TEST(ApiSource, GivesUpOnAListThatExpiresTwice) {
  KubeServer server;
  for (int n = 0; n < 600; ++n) server.add(pod("web-" + std::to_string(n)));
  server.inject("continue=", test::faults::status(410));

  const auto found = open(server)->list(pods, {"ci", "", ""}, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(found.error().what, "pods changed faster than they could be read (410)");
  EXPECT_EQ(server.count(), 4U);
}

TEST(ApiSource, AsksForSmallerPagesOfLargeObjects) {
  KubeServer server;
  for (int n = 0; n < 60; ++n) server.add(pod("web-" + std::to_string(n)));
  server.inject("limit=500", test::faults::huge(std::size_t{65} << 20U));

  const auto found = open(server)->list(pods, {"ci", "", ""}, {});

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->size(), 60U);
  EXPECT_THAT(server.seen().at(1).target, EndsWith("?limit=50"));
  EXPECT_THAT(server.seen().at(2).target, EndsWith("?limit=50&continue=page-50"));
}

TEST(ApiSource, FetchesACutAnswerAgain) {
  KubeServer server;
  server.add(pod("web"));
  server.inject("/pods", test::faults::cut_body(), 1);
  server.inject("/pods", test::faults::cut(), 1);

  EXPECT_THAT(names(open(server)->list(pods, {}, {})), ElementsAre("web"));
  EXPECT_EQ(server.count(), 3U);
}

json secret() {
  auto made = object("v1", "Secret", "registry");
  made["data"]["password"] = "aHVudGVyMg==";
  made["metadata"]["labels"] = {{"app", "web"}};
  made["metadata"]["annotations"] = {
      {"kubectl.kubernetes.io/last-applied-configuration", R"({"data":{"password":"aHVudGVyMg=="}})"},
      {"note", "hunter2"}};
  return made;
}

TEST(ApiSource, AsksForTheMetadataOfSecretsOnly) {
  KubeServer server;
  server.add(secret());
  const auto source = open(server);
  const std::string expected =
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app":"web"},"name":"registry","namespace":"ci"}})";

  EXPECT_EQ(source->get(secrets, "ci", "registry", {}).value().dump(), expected);
  EXPECT_EQ(source->list(secrets, {"ci", "", ""}, {}).value().at(0).dump(), expected);
  EXPECT_EQ(server.seen().at(0).header("accept"), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
  EXPECT_EQ(server.seen().at(1).header("accept"), "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
}

TEST(ApiSource, DropsTheDataOfSecretsThatAServerGivesUnasked) {
  KubeServer server;
  server.add(secret());
  server.ignore_accept();
  const auto source = open(server);

  EXPECT_THAT(source->get(secrets, "ci", "registry", {}).value().dump(), Not(HasSubstr("aHVudGVyMg")));
  EXPECT_THAT(source->list(secrets, {"ci", "", ""}, {}).value().at(0).dump(), Not(HasSubstr("aHVudGVyMg")));
}

TEST(ApiSource, DoesNotAskForSecretsInAnotherFormWhenTheirMetadataIsRefused) {
  KubeServer server;
  server.add(secret());
  server.inject("/secrets", test::faults::status(406));
  const auto source = open(server);

  EXPECT_EQ(source->get(secrets, "ci", "registry", {}).error().kind, ErrorKind::unreadable);
  EXPECT_EQ(source->list(secrets, {"ci", "", ""}, {}).error().kind, ErrorKind::unreadable);
  for (const auto& request : server.seen())
    EXPECT_THAT(request.header("accept"), HasSubstr("as=PartialObjectMetadata"));
}

TEST(ApiSource, NeedsNamesThatStayInTheirPlace) {
  KubeServer server;
  const auto source = open(server);

  for (const std::string name : {"../secrets/x", "..", ".", "a b", "a%2Fb", ""})
    EXPECT_EQ(source->get(pods, "ci", name, {}).error().kind, ErrorKind::target_not_found) << name;
  EXPECT_EQ(source->get(pods, "..", "web", {}).error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(source->open_log("ci", "../x", {"app", false, {}, {}}, {}).error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(server.count(), 0U);
}

struct LogCase {
  std::string name;
  LogOptions options;
  std::string expected, target;
};

void PrintTo(const LogCase& row, std::ostream* out) { *out << row.name; }

class ApiLog : public testing::TestWithParam<LogCase> {};

TEST_P(ApiLog, IsThatOfTheContainerInTheWindowAskedFor) {
  KubeServer server;
  server.add(pod("web"));
  server.add_log("ci", "web", "app", "one\ntwo\nthree\n");
  server.add_log("ci", "web", "app", "before\n", true);

  EXPECT_EQ(text_of(open(server)->open_log("ci", "web", GetParam().options, {})), GetParam().expected);
  EXPECT_EQ(server.seen().at(0).target, "/api/v1/namespaces/ci/pods/web/log?container=app" + GetParam().target);
}

INSTANTIATE_TEST_SUITE_P(Windows, ApiLog,
                         testing::Values(LogCase{"whole", {"app", false, {}, {}}, "one\ntwo\nthree\n", ""},
                                         LogCase{"previous", {"app", true, {}, {}}, "before\n", "&previous=true"},
                                         LogCase{"tail", {"app", false, 2, {}}, "two\nthree\n", "&tailLines=2"},
                                         LogCase{"no_line", {"app", false, 0, {}}, "", "&tailLines=0"},
                                         LogCase{"limit", {"app", false, {}, 5}, "one\nt", "&limitBytes=5"},
                                         LogCase{
                                             "limited_tail", {"app", false, 1, 2}, "th", "&tailLines=1&limitBytes=2"}),
                         [](const auto& info) { return info.param.name; });

TEST(ApiSource, StreamsALogOfAnySize) {
  KubeServer server;
  const std::string line(127, 'x');
  constexpr std::size_t lines = std::size_t{1} << 20U;  // 128 MiB, above the limit of other answers
  server.inject("/log", test::faults::log(line, lines));

  auto log = open(server)->open_log("ci", "web", {"app", false, {}, {}}, {});
  ASSERT_TRUE(log) << describe(log.error());
  std::size_t bytes = 0;
  for (;;) {
    const auto piece = (*log)->read();
    ASSERT_TRUE(piece) << describe(piece.error());
    if (piece->empty()) break;
    bytes += piece->size();
  }

  EXPECT_EQ(bytes, lines * 128);
}

TEST(ApiSource, StopsALogThatNeverEnds) {
  KubeServer server;
  server.inject("/log", test::faults::log("again"));
  std::stop_source stop;

  auto log = open(server)->open_log("ci", "web", {"app", false, {}, {}}, stop.get_token());
  ASSERT_TRUE(log) << describe(log.error());
  EXPECT_TRUE((*log)->read());
  stop.request_stop();
  auto piece = (*log)->read();
  for (int n = 0; n < 100 && piece; ++n) piece = (*log)->read();

  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().kind, ErrorKind::interrupted);
}

TEST(ApiSource, EndsALogThatIsCutWithAnError) {
  KubeServer server;
  server.inject("/log", [](const test::SeenRequest&, test::Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n");
    talk.cut();
    return true;
  });

  EXPECT_THAT(text_of(open(server)->open_log("ci", "web", {"app", false, {}, {}}, {})),
              testing::StartsWith("one\nagent: "));
}

TEST(ApiSource, StopsWhileItWaits) {
  KubeServer server;
  std::stop_source stop;
  server.inject("", [&](const test::SeenRequest&, test::Talk& talk) {
    stop.request_stop();
    talk.wait();
    return true;
  });

  EXPECT_EQ(open(server)->list(pods, {}, stop.get_token()).error().kind, ErrorKind::interrupted);
}

TEST(ApiSource, ServesManyThreads) {
  KubeServer server;
  for (int n = 0; n < 20; ++n) server.add(pod("web-" + std::to_string(n)));
  const auto source = open(server);
  std::atomic<int> found = 0;

  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int n = 0; n < 20; ++n)
          if (source->get(pods, "ci", "web-" + std::to_string((n + t) % 20), {})) ++found;
      });
  }

  EXPECT_EQ(found, 160);
  EXPECT_LE(server.connections(), 8);
}

struct DescribeCase {
  std::string name;
  Access access;
  std::string expected;
};

void PrintTo(const DescribeCase& row, std::ostream* out) { *out << row.name; }

class ApiDescribe : public testing::TestWithParam<DescribeCase> {};

TEST_P(ApiDescribe, SaysWhichClusterAndWho) {
  const auto source = open(GetParam().access);

  EXPECT_EQ(source->describe(), GetParam().expected);
}

Access with(const std::string& server, const std::function<void(Access&)>& change) {
  Access access = access_to(server);
  change(access);
  return access;
}

// {"sub":"system:serviceaccount:ci:agent"}
const std::string account_token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6Y2k6YWdlbnQifQ.c2ln";

INSTANTIATE_TEST_SUITE_P(
    Accounts, ApiDescribe,
    testing::Values(DescribeCase{"nobody", access_to("https://10.0.0.1:6443"), "cluster https://10.0.0.1:6443"},
                    DescribeCase{"service_account",
                                 with("https://10.0.0.1:6443", [](Access& a) { a.token = account_token; }),
                                 "cluster https://10.0.0.1:6443 as ci:agent"},
                    DescribeCase{"token_of_another_form",
                                 with("https://10.0.0.1:6443", [](Access& a) { a.token = "a.b.c"; }),
                                 "cluster https://10.0.0.1:6443"},
                    DescribeCase{"user_and_password", with("https://k.example/", [](Access& a) { a.username = "bob"; }),
                                 "cluster https://k.example as bob"},
                    DescribeCase{"impersonation",
                                 with("https://k.example:443",
                                      [](Access& a) {
                                        a.token = account_token;
                                        a.as.user = "system:serviceaccount:ops:viewer";
                                      }),
                                 "cluster https://k.example as ops:viewer"},
                    DescribeCase{"credentials_in_the_url", access_to("https://bob:hunter2@k.example/clusters/c-1"),
                                 "cluster https://k.example/clusters/c-1"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::kube
