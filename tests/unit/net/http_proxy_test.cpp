#include "net/http.hpp"
#include "support/authority.hpp"
#include "support/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace agent::net {
namespace {

using test::HttpServer;
using test::SeenRequest;
using test::ServerTls;
using test::Talk;

std::string at(const HttpServer& server, const std::string& credentials = "") {
  return "http://" + credentials + "127.0.0.1:" + std::to_string(server.port());
}

/// A proxy that leads every host to `server`, for those who know user and password where `closed`.
test::Handler proxy_to(const HttpServer& server, bool closed = false) {
  return [&server, closed](const SeenRequest& seen, Talk& talk) {
    if (closed && seen.header("proxy-authorization") != "Basic dXNlcjpwYXNz") {
      return talk.answer(407, "who?", {{"Proxy-Authenticate", "Basic"}});
    }
    if (seen.method != "CONNECT") return talk.answer(200, "by proxy");
    talk.send("HTTP/1.1 200 Connection established\r\n\r\n");
    talk.tunnel_to(server.port());
  };
}

class HttpProxy : public testing::Test {
 protected:
  ClientOptions by(const HttpServer& proxy, const std::string& credentials = "") const {
    ClientOptions options;
    options.tls.ca_data = authority_.certificate();
    options.proxy = {.http = at(proxy, credentials), .https = at(proxy, credentials), .no_proxy = "direct.test"};
    options.max_retries = 0;
    return options;
  }

  test::Authority authority_;
  test::Pem pem_ = authority_.issue({.names = {"server.test"}});
  HttpServer server_{[](const SeenRequest&, Talk& talk) { talk.answer(200, "secure"); },
                     ServerTls{pem_.certificate, pem_.key, ""}};
};

TEST_F(HttpProxy, IsAskedForATunnelWhereTheServerSpeaksTls) {
  const HttpServer proxy(proxy_to(server_));
  const HttpClient client(by(proxy));

  for (int i = 0; i < 2; ++i) {
    const auto answer = client.fetch({.url = "https://server.test:6443/x", .headers = {{"Authorization", "Bearer s"}}});
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ(answer->body, "secure");
  }

  ASSERT_EQ(proxy.seen().size(), 1U);
  EXPECT_EQ(proxy.seen()[0].method, "CONNECT");
  EXPECT_EQ(proxy.seen()[0].target, "server.test:6443");
  EXPECT_EQ(proxy.seen()[0].header("authorization"), "");
  EXPECT_EQ(server_.seen().at(1).target, "/x");
  EXPECT_EQ(server_.seen().at(1).header("authorization"), "Bearer s");
}

TEST_F(HttpProxy, GetsTheWholeUrlWhereTheServerDoesNot) {
  const HttpServer proxy(proxy_to(server_, true));

  const auto answer = HttpClient(by(proxy, "user:pass@")).fetch({.url = "http://server.test/x?y"});

  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "by proxy");
  EXPECT_EQ(proxy.seen().at(0).target, "http://server.test/x?y");
  EXPECT_EQ(proxy.seen().at(0).header("host"), "server.test");
}

TEST_F(HttpProxy, GetsCredentialsThatTheServerDoesNotSee) {
  const HttpServer proxy(proxy_to(server_, true));

  const auto answer = HttpClient(by(proxy, "user:pass@")).fetch({.url = "https://server.test/"});

  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(server_.seen().at(0).header("proxy-authorization"), "");
}

TEST_F(HttpProxy, SaysWhatItMisses) {
  const HttpServer proxy(proxy_to(server_, true));
  const std::string name = "the proxy '127.0.0.1:" + std::to_string(proxy.port()) + "' ";

  for (const std::string url : {"https://server.test/", "http://server.test/"}) {
    const auto without = HttpClient(by(proxy)).fetch({.url = url});
    const auto wrong = HttpClient(by(proxy, "user:secret@")).fetch({.url = url});

    ASSERT_FALSE(without);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(without.error().kind, ErrorKind::unauthorised);
    EXPECT_EQ(without.error().what, name + "asks for credentials (407)");
    EXPECT_EQ(wrong.error().what, name + "refuses the credentials it was given (407)");
    EXPECT_EQ(describe(wrong.error()).find("secret"), std::string::npos);
  }
}

TEST_F(HttpProxy, SaysSoOnAKeptConnectionToo) {
  std::atomic<int> requests = 0;
  const HttpServer proxy([&](const SeenRequest&, Talk& talk) { talk.answer(requests++ == 0 ? 200 : 407); });
  const HttpClient client(by(proxy));

  ASSERT_TRUE(client.fetch({.url = "http://server.test/"}));
  const auto answer = client.fetch({.url = "http://server.test/"});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
  EXPECT_EQ(proxy.connections(), 1);
}

TEST_F(HttpProxy, SaysThatItOpensNoWay) {
  const HttpServer proxy([](const SeenRequest&, Talk& talk) { talk.answer(403, "forbidden"); });

  const auto answer = HttpClient(by(proxy)).fetch({.url = "https://server.test/"});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what,
            "the proxy '127.0.0.1:" + std::to_string(proxy.port()) + "' opens no way to 'server.test:443' (403)");
}

TEST_F(HttpProxy, IsLeftOutWhereNoProxySaysSo) {
  const test::DnsServer dns;
  const HttpServer proxy(proxy_to(server_)), plain([](const SeenRequest&, Talk& talk) { talk.answer(200, "direct"); });
  auto options = by(proxy);
  options.dns_servers = dns.address();

  const auto answer = HttpClient(options).fetch({.url = "http://direct.test:" + std::to_string(plain.port()) + "/"});

  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "direct");
  EXPECT_TRUE(proxy.seen().empty());
}

}  // namespace
}  // namespace agent::net
