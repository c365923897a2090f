#include "net/http.hpp"
#include "support/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <thread>

namespace agent::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::HttpServer;
using test::SeenRequest;
using test::Talk;

/// Servers that stop answering at one phase each.
struct Servers {
  test::DnsServer dns;
  test::SilentServer silent;
  HttpServer mute{[](const SeenRequest&, Talk& talk) { talk.wait(); }};
  HttpServer half_head{[](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-");
    talk.wait();
  }};
  HttpServer half_body{[](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal");
    talk.wait();
  }};

  std::string silent_url(const std::string& scheme) const {
    return scheme + "://127.0.0.1:" + std::to_string(silent.port()) + "/";
  }
};

struct PhaseCase {
  std::string name;
  std::string (*url)(const Servers&);
  std::string phase;  ///< A regular expression.
  ProxyOptions (*proxy)(const Servers&) = [](const Servers&) { return ProxyOptions{}; };
};

class Phases : public testing::TestWithParam<PhaseCase> {
 protected:
  ClientOptions options() const {
    ClientOptions options;
    options.dns_servers = servers_.dns.address();
    options.proxy = GetParam().proxy(servers_);
    options.max_retries = 0;
    return options;
  }
  Request request() const { return {.url = GetParam().url(servers_)}; }

  Servers servers_;
};

TEST_P(Phases, EndAtTheDeadline) {
  auto one = request();
  const auto begin = steady_clock::now();
  one.deadline = begin + 200ms;

  const auto answer = HttpClient(options()).fetch(one);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::deadline);
  EXPECT_THAT(answer.error().what, testing::MatchesRegex("out of time while " + GetParam().phase));
  EXPECT_GE(steady_clock::now() - begin, 200ms);
  EXPECT_LT(steady_clock::now() - begin, 5s);
}

TEST_P(Phases, EndAtTheClientsOwnLimit) {
  auto limits = options();
  limits.connect_timeout = limits.idle_timeout = 200ms;

  const auto answer = HttpClient(limits).fetch(request());

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(answer.error().what, testing::MatchesRegex("no answer within 200 ms while " + GetParam().phase));
}

TEST_P(Phases, EndAtAStop) {
  std::stop_source stop;
  const auto begin = steady_clock::now();
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(30ms);
    stop.request_stop();
  });

  const auto answer = HttpClient(options()).fetch(request(), stop.get_token());

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::interrupted);
  EXPECT_THAT(answer.error().what, testing::StartsWith("stopped while "));
  EXPECT_LT(steady_clock::now() - begin, 5s);
}

INSTANTIATE_TEST_SUITE_P(
    Waits, Phases,
    testing::Values(
        PhaseCase{"resolving", [](const Servers&) -> std::string { return "http://silent.test/"; },
                  "resolving 'silent.test'"},
        PhaseCase{"handshake", [](const Servers& servers) { return servers.silent_url("https"); },
                  "shaking hands with '127.0.0.1:[0-9]*'"},
        PhaseCase{"tunnel", [](const Servers&) -> std::string { return "https://server.test/"; },
                  "asking the proxy for a way to 'server.test:443'",
                  [](const Servers& servers) { return ProxyOptions{.https = servers.silent_url("http")}; }},
        PhaseCase{"answer", [](const Servers& servers) { return servers.mute.url(); }, "waiting for the answer"},
        PhaseCase{"headers", [](const Servers& servers) { return servers.half_head.url(); }, "waiting for the answer"},
        PhaseCase{"body", [](const Servers& servers) { return servers.half_body.url(); }, "reading the answer"}),
    [](const auto& info) { return info.param.name; });

TEST(HttpDeadline, EndsAPauseBetweenTries) {
  const HttpServer busy([](const SeenRequest&, Talk& talk) { talk.answer(503, "", {{"Retry-After", "20"}}); });
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(30ms);
    stop.request_stop();
  });

  const auto answer = HttpClient().fetch({.url = busy.url()}, stop.get_token());

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "stopped while waiting to try again");
}

TEST(HttpDeadline, EndsAllOfMany) {
  const HttpServer mute([](const SeenRequest&, Talk& talk) { talk.wait(); });
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(30ms);
    stop.request_stop();
  });
  const std::vector<Request> requests(20, Request{.url = mute.url()});

  const auto answers = HttpClient().exchange_all(requests, 3, stop.get_token());

  for (const auto& answer : answers) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::interrupted);
  }
}

TEST(HttpDeadline, RunsOutForASlowBodyThatNeverPauses) {
  const HttpServer slow([](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 200; ++i) {
      talk.send("x");
      std::this_thread::sleep_for(2ms);
    }
  });
  ClientOptions options;
  options.idle_timeout = 10s;

  const auto answer = HttpClient(options).fetch({.url = slow.url(), .deadline = steady_clock::now() + 100ms});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::deadline);
}

/// Never ends, and never lets a reader wait.
void flood(const SeenRequest&, Talk& talk) {
  talk.send("HTTP/1.1 200 OK\r\n\r\n");
  const std::string piece(65'536, 'x');
  for (int i = 0; i < 1'000'000 && talk.send(piece); ++i) {
  }
}

std::optional<Error> read_on(Result<Response> answer) {
  while (answer) {
    if (const auto piece = answer->body->read(); !piece) return piece.error();
  }
  return answer.error();
}

TEST(HttpDeadline, RunsOutForABodyThatNeverEnds) {
  const HttpServer server(flood);
  const Request request{.url = server.url(), .deadline = steady_clock::now() + 100ms, .max_body_bytes = UINT64_MAX};

  EXPECT_EQ(read_on(HttpClient().exchange(request))->kind, ErrorKind::deadline);
}

TEST(HttpDeadline, LetsAStopEndABodyThatNeverEnds) {
  const HttpServer server(flood);
  std::stop_source stop;
  auto answer = HttpClient().exchange({.url = server.url(), .max_body_bytes = UINT64_MAX}, stop.get_token());
  ASSERT_TRUE(answer && answer->body->read());

  stop.request_stop();

  EXPECT_EQ(read_on(std::move(answer))->kind, ErrorKind::interrupted);
}

TEST(HttpDeadline, IsLookedAtBeforeAnythingIsSent) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200); });
  std::stop_source stop;
  stop.request_stop();

  const auto late = HttpClient().fetch({.url = server.url(), .deadline = steady_clock::now()});
  const auto stopped = HttpClient().fetch({.url = server.url()}, stop.get_token());

  ASSERT_FALSE(late || stopped);
  EXPECT_EQ(late.error().kind, ErrorKind::deadline);
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(server.connections(), 0);
}

struct DnsCase {
  std::string name, host, expected;
};

class Names : public testing::TestWithParam<DnsCase> {};

TEST_P(Names, AreResolved) {
  const test::DnsServer dns;
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200, "found"); });
  ClientOptions options;
  options.dns_servers = dns.address();
  options.max_retries = 0;

  const auto answer =
      HttpClient(options).fetch({.url = "http://" + GetParam().host + ":" + std::to_string(server.port()) + "/"});

  EXPECT_EQ(answer ? answer->body : answer.error().what, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Hosts, Names,
                         testing::Values(DnsCase{"by_dns", "server.test", "found"},
                                         DnsCase{"none", "missing.test", "there is no host 'missing.test'"},
                                         DnsCase{"localhost", "localhost", "found"},
                                         DnsCase{"below_localhost", "a.localhost", "found"},
                                         DnsCase{"address", "127.0.0.1", "found"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::net
