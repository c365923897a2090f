#include "net/http.hpp"
#include "support/authority.hpp"
#include "support/http_server.hpp"

#include <gtest/gtest.h>

namespace agent::net {
namespace {

using test::HttpServer;
using test::SeenRequest;
using test::Talk;

struct RedirectCase {
  std::string name;
  int status = 0;
  std::string method, body, expected_method, expected_body;
};

class Redirects : public testing::TestWithParam<RedirectCase> {};

TEST_P(Redirects, ChangeTheMethodAsTheRfcSays) {
  const HttpServer server([](const SeenRequest& seen, Talk& talk) {
    if (seen.target == "/to") return talk.answer(200);
    talk.answer(GetParam().status, "moved", {{"Location", "/to"}});
  });

  const auto answer = HttpClient().fetch({.method = GetParam().method,
                                          .url = server.url("/from"),
                                          .headers = {{"Authorization", "Bearer x"}, {"Content-Type", "a/b"}},
                                          .body = GetParam().body});

  ASSERT_TRUE(answer) << describe(answer.error());
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].method, GetParam().expected_method);
  EXPECT_EQ(seen[1].body, GetParam().expected_body);
  EXPECT_EQ(seen[1].header("authorization"), "Bearer x");
  EXPECT_EQ(seen[1].header("content-type").empty(), GetParam().method != GetParam().expected_method);
  EXPECT_EQ(server.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(Statuses, Redirects,
                         testing::Values(RedirectCase{"get_301", 301, "GET", "", "GET", ""},
                                         RedirectCase{"get_302", 302, "GET", "", "GET", ""},
                                         RedirectCase{"post_302", 302, "POST", "x", "GET", ""},
                                         RedirectCase{"put_303", 303, "PUT", "x", "GET", ""},
                                         RedirectCase{"head_303", 303, "HEAD", "", "HEAD", ""},
                                         RedirectCase{"post_307", 307, "POST", "x", "POST", "x"},
                                         RedirectCase{"put_308", 308, "PUT", "x", "PUT", "x"}),
                         [](const auto& info) { return info.param.name; });

/// A server that sends everything on to `to`.
HttpServer redirecting_to(const std::string& to, int status = 302) {
  return HttpServer([=](const SeenRequest&, Talk& talk) { talk.answer(status, "", {{"Location", to}}); });
}

TEST(Redirects, LeaveCredentialsBehindOnTheWayToAnotherServer) {
  const HttpServer other([](const SeenRequest&, Talk& talk) { talk.answer(200, "there"); });
  const HttpServer first = redirecting_to(other.url());

  const auto answer = HttpClient().fetch(
      {.url = "http://user:pass@127.0.0.1:" + std::to_string(first.port()) + "/",
       .headers = {{"Cookie", "a=b"}, {"X-Api-Key", "k"}, {"PRIVATE-TOKEN", "t"}, {"Accept", "text/plain"}}});

  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "there");
  EXPECT_EQ(first.seen().at(0).header("cookie"), "a=b");
  EXPECT_EQ(first.seen().at(0).header("authorization"), "Basic dXNlcjpwYXNz");
  const auto seen = other.seen().at(0);
  for (const char* name : {"authorization", "cookie", "x-api-key", "private-token"})
    EXPECT_EQ(seen.header(name), "") << name;
  EXPECT_EQ(seen.header("accept"), "text/plain");
}

TEST(Redirects, GiveCredentialsOfTheLocationToItsServer) {
  const HttpServer other([](const SeenRequest&, Talk& talk) { talk.answer(200); });
  const HttpServer first = redirecting_to("http://a:b@127.0.0.1:" + std::to_string(other.port()) + "/");

  ASSERT_TRUE(HttpClient().fetch({.url = first.url()}));

  EXPECT_EQ(other.seen().at(0).header("authorization"), "Basic YTpi");
}

TEST(Redirects, DoNotTakeABodyToAnotherServer) {
  const HttpServer other([](const SeenRequest&, Talk& talk) { talk.answer(200); });
  const HttpServer first = redirecting_to(other.url(), 307);

  const auto answer = HttpClient().fetch({.method = "POST", .url = first.url(), .body = "x"});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "the server redirects a request with a body to another server: '" + other.url() + "'");
  EXPECT_TRUE(other.seen().empty());
}

TEST(Redirects, EndAfterTen) {
  const HttpServer server = redirecting_to("/again");

  const auto answer = HttpClient().fetch({.url = server.url()});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "more than 10 redirects");
  EXPECT_EQ(server.seen().size(), 11U);
}

TEST(Redirects, AreAnswersWhereTheyAreNotToBeFollowed) {
  const HttpServer server = redirecting_to("/again");
  ClientOptions options;
  options.max_redirects = 0;

  EXPECT_EQ(HttpClient(options).fetch({.url = server.url()})->status, 302);
}

TEST(Redirects, DoNotLeaveEncryption) {
  const test::Authority authority;
  const auto pem = authority.issue();
  const HttpServer plain([](const SeenRequest&, Talk& talk) { talk.answer(200); });
  const HttpServer secure(
      [&](const SeenRequest&, Talk& talk) { talk.answer(302, "", {{"Location", plain.url("/?token=secret")}}); },
      test::ServerTls{pem.certificate, pem.key, ""});
  ClientOptions options;
  options.tls.ca_data = authority.certificate();

  const auto answer = HttpClient(options).fetch({.url = secure.url()});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "the server redirects to '" + plain.url("/?token=…") + "', which is not encrypted");
  EXPECT_TRUE(plain.seen().empty());
}

TEST(Redirects, DoNotShowOurCertificateToAnotherServer) {
  const test::Authority authority;
  const auto pem = authority.issue(), ours = authority.issue({.names = {}});
  const HttpServer other([](const SeenRequest&, Talk& talk) { talk.answer(200); },
                         test::ServerTls{pem.certificate, pem.key, authority.certificate()});
  const HttpServer first([&](const SeenRequest&, Talk& talk) { talk.answer(302, "", {{"Location", other.url()}}); },
                         test::ServerTls{pem.certificate, pem.key, authority.certificate()});
  ClientOptions options;
  options.tls = {.ca_data = authority.certificate(), .certificate = ours.certificate, .key = ours.key};
  options.max_retries = 0;

  const auto answer = HttpClient(options).fetch({.url = first.url()});

  EXPECT_TRUE(first.seen().at(0).certificate);
  EXPECT_TRUE(other.seen().empty());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
}

}  // namespace
}  // namespace agent::net
