#include "net/http.hpp"

#include "support/http_server.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <atomic>

namespace agent::net {
namespace {

using namespace std::chrono_literals;
using test::Headers;
using test::HttpServer;
using test::SeenRequest;
using test::Talk;

ClientOptions quick() {
  ClientOptions options;
  options.first_retry_wait = 2ms;
  return options;
}

std::string gzip(const std::string& text) {
  z_stream state{};
  deflateInit2(&state, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&state, text.size()), '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(packed.data());
  state.avail_out = static_cast<uInt>(packed.size());
  deflate(&state, Z_FINISH);
  packed.resize(state.total_out);
  deflateEnd(&state);
  return packed;
}

TEST(HttpClient, SendsWhatIsAskedFor) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(201, "made", {{"X-Answer", "yes"}}); });
  const HttpClient client;

  const auto answer = client.fetch(
      {.method = "POST", .url = server.url("/a/b?c=d"), .headers = {{"Content-Type", "text/plain"}}, .body = "hello"});

  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "made");
  EXPECT_EQ(header(answer->headers, "x-answer"), "yes");
  const auto seen = server.seen().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/a/b?c=d");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.header("host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(seen.header("content-type"), "text/plain");
  EXPECT_EQ(seen.header("user-agent"), "agent");
}

TEST(HttpClient, TakesCredentialsOfTheUrl) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200); });
  const HttpClient client;

  ASSERT_TRUE(client.fetch({.url = "http://user:pass@127.0.0.1:" + std::to_string(server.port()) + "/"}));

  EXPECT_EQ(server.seen().at(0).header("authorization"), "Basic dXNlcjpwYXNz");
}

TEST(HttpClient, KeepsConnections) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200, "x"); });
  const HttpClient client;

  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.fetch({.url = server.url()}));

  EXPECT_EQ(server.seen().size(), 5U);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, DropsAConnectionWhoseBodyIsNotReadToItsEnd) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200, std::string(1'000'000, 'x')); });
  const HttpClient client;

  ASSERT_TRUE(client.exchange({.url = server.url()}));
  ASSERT_TRUE(client.fetch({.url = server.url()}));

  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, ReplacesAKeptConnectionThatTheServerClosed) {
  const HttpServer server([](const SeenRequest&, Talk& talk) {
    talk.answer(200, "x");
    talk.cut();
  });
  auto options = quick();
  options.max_retries = 0;
  const HttpClient client(options);

  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.fetch({.url = server.url()}));

  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpClient, SendsAgainOnAKeptConnectionThatBreaks) {
  const HttpServer server([](const SeenRequest& seen, Talk& talk) {
    seen.target == "/break" && seen.connection == 1 ? talk.cut() : talk.answer(200, "x");
  });
  auto options = quick();
  options.max_retries = 0;
  const HttpClient client(options);
  ASSERT_TRUE(client.fetch({.url = server.url()}));

  EXPECT_TRUE(client.fetch({.url = server.url("/break")}));
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, PullsABodyAsItComes) {
  std::atomic<bool> goes_on = false;
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    goes_on.wait(false);
    talk.send("6\r\nsecond\r\n0\r\n\r\n");
  });
  const HttpClient client;

  auto answer = client.exchange({.url = server.url()});

  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer->body->read(), "first");
  goes_on = true;
  goes_on.notify_all();
  EXPECT_EQ(*answer->body->read(), "second");
  EXPECT_EQ(*answer->body->read(), "");
  EXPECT_EQ(*answer->body->read(), "");
}

TEST(HttpClient, LetsABodyOutliveIt) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200, std::string(1'000'000, 'x')); });

  auto answer = HttpClient().exchange({.url = server.url()});

  ASSERT_TRUE(answer);
  EXPECT_EQ(read_all(*answer->body)->size(), 1'000'000U);
}

TEST(HttpClient, UnpacksGzip) {
  const std::string text(1'000'000, 'x');
  const HttpServer server([&](const SeenRequest& seen, Talk& talk) {
    ASSERT_EQ(seen.header("accept-encoding"), "gzip");
    talk.answer(200, gzip(text), {{"Content-Encoding", "gzip"}});
  });
  const HttpClient client;

  EXPECT_EQ(client.fetch({.url = server.url()})->body, text);
  EXPECT_EQ(client.fetch({.url = server.url()})->body, text);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, HasNothingToUnpackInAnAnswerWithoutABody) {
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n");
  });

  EXPECT_EQ(HttpClient().fetch({.url = server.url()})->body, "");
}

struct LimitCase {
  std::string name;
  std::uint64_t limit = 0;
  bool packed = false, fits = false;
};

class BodyLimit : public testing::TestWithParam<LimitCase> {};

TEST_P(BodyLimit, CountsWhatIsUnpacked) {
  const std::string text(100'000, 'x');
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    if (GetParam().packed)
      talk.answer(200, gzip(text), {{"Content-Encoding", "gzip"}});
    else
      talk.answer(200, text);
  });

  const auto answer = HttpClient().fetch({.url = server.url(), .max_body_bytes = GetParam().limit});

  ASSERT_EQ(answer.has_value(), GetParam().fits);
  if (answer) return;
  EXPECT_EQ(answer.error().kind, ErrorKind::unreadable);
  EXPECT_EQ(answer.error().what, "the answer is larger than 99999 bytes");
}

INSTANTIATE_TEST_SUITE_P(Limits, BodyLimit,
                         testing::Values(LimitCase{"plain_at_the_limit", 100'000, false, true},
                                         LimitCase{"plain_above", 99'999, false, false},
                                         LimitCase{"gzip_at_the_limit", 100'000, true, true},
                                         LimitCase{"gzip_above", 99'999, true, false}),
                         [](const auto& info) { return info.param.name; });

struct RetryCase {
  std::string name, method;
  Repeat repeat;
  std::vector<int> statuses;  ///< 0: the connection is cut.
  int expected = 0;           ///< 0: an error.
  std::size_t requests = 0;
};

class Retries : public testing::TestWithParam<RetryCase> {};

TEST_P(Retries, HappenWhereTheyMayHelp) {
  std::atomic<std::size_t> at = 0;
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    const int status = GetParam().statuses.at(std::min(at++, GetParam().statuses.size() - 1));
    status == 0 ? talk.cut() : talk.answer(status, "body");
  });
  const HttpClient client(quick());

  const auto answer = client.fetch({.method = GetParam().method, .url = server.url(), .repeat = GetParam().repeat});

  EXPECT_EQ(answer ? answer->status : 0, GetParam().expected);
  EXPECT_EQ(server.seen().size(), GetParam().requests);
}

INSTANTIATE_TEST_SUITE_P(Answers, Retries,
                         testing::Values(RetryCase{"fine", "GET", Repeat::by_method, {200}, 200, 1},
                                         RetryCase{"500_then_200", "GET", Repeat::by_method, {500, 200}, 200, 2},
                                         RetryCase{"429_then_200", "GET", Repeat::by_method, {429, 200}, 200, 2},
                                         RetryCase{"cut_then_200", "GET", Repeat::by_method, {0, 200}, 200, 2},
                                         RetryCase{"503_for_ever", "GET", Repeat::by_method, {503}, 503, 4},
                                         RetryCase{"cut_for_ever", "GET", Repeat::by_method, {0}, 0, 4},
                                         RetryCase{"put", "PUT", Repeat::by_method, {502, 200}, 200, 2},
                                         RetryCase{"post", "POST", Repeat::by_method, {500, 200}, 500, 1},
                                         RetryCase{"cut_post", "POST", Repeat::by_method, {0, 200}, 0, 1},
                                         RetryCase{
                                             "post_that_may_be_repeated", "POST", Repeat::yes, {500, 200}, 200, 2},
                                         RetryCase{"get_that_may_not", "GET", Repeat::no, {500, 200}, 500, 1},
                                         RetryCase{"get_if_asked", "GET", Repeat::if_asked, {500, 200}, 500, 1},
                                         RetryCase{"cut_get_if_asked", "GET", Repeat::if_asked, {0, 200}, 200, 2},
                                         RetryCase{"404", "GET", Repeat::by_method, {404, 200}, 404, 1},
                                         RetryCase{"501", "GET", Repeat::by_method, {501, 200}, 501, 1}),
                         [](const auto& info) { return "given_" + info.param.name; });

struct RetryAfterCase {
  std::string name, asks;
  std::chrono::milliseconds deadline, least, most;
  int expected = 0;
};

class RetryAfterHeader : public testing::TestWithParam<RetryAfterCase> {};

TEST_P(RetryAfterHeader, IsHonouredWithinTheLimits) {
  std::atomic<int> requests = 0;
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    if (requests++ == 0)
      talk.answer(429, "later", {{"Retry-After", GetParam().asks}});
    else
      talk.answer(200);
  });
  const HttpClient client(quick());
  const auto begin = std::chrono::steady_clock::now();

  const auto answer = client.fetch({.url = server.url(), .deadline = begin + GetParam().deadline});

  const auto took = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, GetParam().expected);
  EXPECT_GE(took, GetParam().least);
  EXPECT_LT(took, GetParam().most);
}

INSTANTIATE_TEST_SUITE_P(Waits, RetryAfterHeader,
                         testing::Values(RetryAfterCase{"one_second", "1", 20s, 1s, 10s, 200},
                                         RetryAfterCase{"longer_than_the_deadline", "5", 3s, 0s, 3s, 429},
                                         RetryAfterCase{"longer_than_the_clients_limit", "3600", 20h, 0s, 3s, 429}),
                         [](const auto& info) { return info.param.name; });

TEST(HttpClient, RepeatsIfAsked) {
  std::atomic<int> requests = 0;
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    talk.answer(requests++ == 0 ? 503 : 200, "body", {{"Retry-After", "0"}});
  });

  const auto answer = HttpClient(quick()).fetch({.url = server.url(), .repeat = Repeat::if_asked});

  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 200);
}

TEST(HttpClient, RepeatsAnyMethodIfRefused) {
  std::atomic<int> requests = 0;
  const HttpServer server([&](const SeenRequest& seen, Talk& talk) {
    const bool first = requests++ == 0;
    const Headers soon{{"Retry-After", "0"}};
    if (seen.target == "/limited") return talk.answer(first ? 429 : 200, "", soon);
    talk.answer(seen.target == "/broken" ? 503 : 429, "", seen.target == "/broken" ? soon : Headers{});
  });
  const auto status_of = [&](const std::string& target) {
    requests = 0;
    return HttpClient(quick())
        .fetch({.method = "POST", .url = server.url(target), .body = "x", .repeat = Repeat::if_refused})
        ->status;
  };

  EXPECT_EQ(status_of("/limited"), 200);
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(status_of("/broken"), 503);
  EXPECT_EQ(requests, 1);
  EXPECT_EQ(status_of("/limited/without/a/time"), 429);
  EXPECT_EQ(requests, 1);
}

TEST(HttpClient, FetchesABodyAgainThatWasCutOff) {
  std::atomic<int> requests = 0;
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    if (requests++ > 0) return talk.answer(200, "whole");
    talk.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwh");
    talk.cut();
  });

  EXPECT_EQ(HttpClient(quick()).fetch({.url = server.url()})->body, "whole");
}

TEST(HttpClient, TellsThatABodyWasCutOff) {
  const HttpServer server([](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwh");
    talk.cut();
  });

  const auto answer = HttpClient(quick()).fetch({.url = server.url("/x?sig=secret")});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unreadable);
  EXPECT_EQ(answer.error().what, "the answer was cut off after 2 bytes");
  EXPECT_EQ(answer.error().where, "GET " + server.url("/x?sig=…"));
  EXPECT_EQ(server.seen().size(), 4U);
}

TEST(HttpClient, KeepsTheErrorOfABody) {
  const HttpServer server([](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwh");
    talk.cut();
  });
  const HttpClient client;
  auto answer = client.exchange({.url = server.url()});
  ASSERT_TRUE(answer);

  EXPECT_EQ(*answer->body->read(), "wh");
  EXPECT_FALSE(answer->body->read());
  EXPECT_FALSE(answer->body->read());
}

TEST(HttpClient, ReadsTheAnswerOfAServerThatDoesNotReadTheBody) {
  const HttpServer server([](const SeenRequest&, Talk& talk) {
    talk.answer(413, "too large", {{"Connection", "close"}});
    talk.cut();
  });

  // The request's body is larger than what the sockets hold, and the server closes before it reads it.
  const auto answer = HttpClient(quick()).fetch({.method = "POST", .url = server.url(), .body = std::string(100, 'x')});

  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 413);
}

TEST(HttpClient, TellsWhetherARequestWasSent) {
  const HttpServer deaf([](const SeenRequest&, Talk& talk) { talk.cut(); });
  std::string closed;
  {
    const HttpServer gone([](const SeenRequest&, Talk& talk) { talk.answer(200); });
    closed = gone.url();
  }
  auto options = quick();
  options.connect_timeout = 100ms;
  const HttpClient client(options);
  const auto was_sent = [&](const std::string& url, const std::string& body) {
    bool sent = false;
    EXPECT_FALSE(client.fetch({.method = "POST", .url = url, .body = body, .sent = &sent}));
    return sent;
  };

  EXPECT_TRUE(was_sent(deaf.url(), "hello"));
  EXPECT_TRUE(was_sent(deaf.url(), ""));
  EXPECT_FALSE(was_sent(closed, "hello"));
  EXPECT_FALSE(was_sent("http://missing.invalid.:x/", "hello"));
  EXPECT_FALSE(was_sent("https://127.0.0.1:" + std::to_string(deaf.port()), "hello"));
}

TEST(HttpClient, RefusesHeadersThatAreLarge) {
  const HttpServer server(
      [](const SeenRequest&, Talk& talk) { talk.answer(200, "", {{"X", std::string(100'000, 'x')}}); });

  const auto answer = HttpClient(quick()).fetch({.url = server.url()});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "the answer's headers are larger than 65536 bytes");
}

struct RefusedCase {
  std::string name;
  Request request;
  std::string what;
};

class RefusedRequest : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedRequest, IsNotSent) {
  const auto answer = HttpClient(quick()).fetch(GetParam().request);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::settings);
  EXPECT_EQ(answer.error().what, GetParam().what);
  EXPECT_EQ(describe(answer.error()).find("secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, RefusedRequest,
    testing::Values(
        RefusedCase{"token_with_a_line_end",
                    {.url = "http://127.0.0.1:1/", .headers = {{"Authorization", "Bearer secret\n"}}},
                    "the value of the header 'Authorization' holds a line break"},
        RefusedCase{
            "host", {.url = "http://127.0.0.1:1/", .headers = {{"Host", "x"}}}, "the header 'host' is not to be given"},
        RefusedCase{"method",
                    {.method = "GET /secret HTTP/1.1\r\n", .url = "http://127.0.0.1:1/"},
                    "the method is no HTTP method"},
        RefusedCase{"url", {.url = "file:///etc/passwd"}, "'file:///etc/passwd' is no URL that can be asked"}),
    [](const auto& info) { return info.param.name; });

TEST(HttpClient, SaysThatNobodyListens) {
  std::uint16_t port = 0;
  {
    port = HttpServer([](const SeenRequest&, Talk&) {}).port();
  }
  const std::string server = "127.0.0.1:" + std::to_string(port);

  const auto answer = HttpClient(quick()).fetch({.url = "http://user:secret@" + server + "/?key=secret"});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(describe(answer.error()), "agent: cannot connect to '" + server +
                                          "': connection refused\n  at: GET http://" + server +
                                          "/?key=…\n  try: check that the server runs, and the host and port\n");
}

TEST(HttpClient, LeavesNoSocketToAChildProcess) {
  const test::DnsServer dns;
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200, std::string(1'000'000, 'x')); });
  ClientOptions options;
  options.dns_servers = dns.address();

  const auto answer =
      HttpClient(options).exchange({.url = "http://server.test:" + std::to_string(server.port()) + "/"});

  ASSERT_TRUE(answer) << describe(answer.error());
  for (int fd = 3; fd < 256; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    struct stat about{};
    if (flags >= 0 && ::fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode)) EXPECT_TRUE(flags & FD_CLOEXEC) << fd;
  }
}

TEST(HttpClient, NamesNoSecretWhenGzipIsDamaged) {
  const HttpServer server([](const SeenRequest&, Talk& talk) {
    talk.answer(200, "\x1f\x8bnot packed at all", {{"Content-Encoding", "gzip"}});
  });

  const auto answer = HttpClient(quick()).fetch({.url = server.url("/?sig=secret")});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "the gzip data of 'GET " + server.url("/?sig=…") + "' is damaged");
}

TEST(HttpClient, AsksManyAtOnce) {
  std::atomic<int> running = 0, most = 0;
  const HttpServer server([&](const SeenRequest& seen, Talk& talk) {
    const int now = ++running;
    for (int known = most; known < now && !most.compare_exchange_weak(known, now);) {
    }
    talk.answer(seen.target == "/7" ? 404 : 200, seen.target);
    --running;
  });
  std::vector<Request> requests;
  for (int i = 0; i < 50; ++i) requests.push_back({.url = server.url("/" + std::to_string(i))});

  const auto answers = HttpClient().exchange_all(requests, 4);

  ASSERT_EQ(answers.size(), 50U);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i]);
    EXPECT_EQ(answers[i]->body, "/" + std::to_string(i));
    EXPECT_EQ(answers[i]->status, i == 7 ? 404 : 200);
  }
  EXPECT_LE(most, 5);  // one may have answered and not yet been counted
  EXPECT_LE(server.connections(), 4);
}

TEST(HttpClient, GivesEachAnswerToItsTaker) {
  const HttpServer server([&](const SeenRequest& seen, Talk& talk) { talk.answer(200, seen.target); });
  const std::vector<Request> requests{{.url = server.url("/0")}, {.url = "nothing"}, {.url = server.url("/2")}};
  std::vector<std::string> bodies(3);

  HttpClient().exchange_each(requests, 2, [&](std::size_t i, Result<Response> answer) {
    bodies[i] = answer ? *read_all(*answer->body) : answer.error().what;
  });

  EXPECT_THAT(bodies, testing::ElementsAre("/0", "'nothing' is no URL that can be asked", "/2"));
}

}  // namespace
}  // namespace agent::net
