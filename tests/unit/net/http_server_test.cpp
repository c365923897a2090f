#include "net/http_server.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <future>
#include <semaphore>
#include <thread>

#include "base/descriptor.hpp"

namespace agent::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A client that says what it is told to.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval longest{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }

  void send(std::string_view bytes) const { ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void half_close() const { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.close(); }

  /// Until `mark` came, or the end.
  std::string read_until(std::string_view mark) {
    std::array<char, 16384> bytes{};
    while (received_.find(mark) == std::string::npos) {
      const auto size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
      if (size <= 0) return std::exchange(received_, {});
      received_.append(bytes.data(), static_cast<std::size_t>(size));
    }
    const auto end = received_.find(mark) + mark.size();
    auto text = received_.substr(0, end);
    received_.erase(0, end);
    return text;
  }
  std::string read_all() { return read_until("no server says this"); }

 private:
  Descriptor socket_;
  std::string received_;
};

std::string get(const std::string& target, const std::string& more = "Connection: close\r\n") {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

/// Says again what it was asked.
void echo(const ServerRequest& request, Responder& responder) {
  EXPECT_TRUE(responder.answer(200, {{"Content-Type", "text/plain"}},
                               request.method + " " + request.path + " " + request.query + " " + request.body));
}

HttpServer serve(RequestHandler handler, ServerOptions options = {}) {
  auto server = HttpServer::listen(options, std::move(handler));
  EXPECT_TRUE(server) << server.error().what;
  return *std::move(server);
}

std::string url(const HttpServer& server, const std::string& path = "/") {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

TEST(HttpServer, AnswersTheClientOfOurs) {
  const auto server = serve(echo);
  const HttpClient client;

  const auto answer = client.fetch({.method = "POST", .url = url(server, "/a?b=c"), .body = std::string(100'000, 'x')});

  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(header(answer->headers, "content-type"), "text/plain");
  EXPECT_THAT(std::string(header(answer->headers, "date")), EndsWith(" GMT"));
  EXPECT_EQ(answer->body, "POST /a b=c " + std::string(100'000, 'x'));
}

TEST(HttpServer, AnswersManyAtOnce) {
  const auto server = serve(echo);
  const HttpClient client;
  std::vector<Request> requests(500);
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].url = url(server, "/" + std::to_string(i));

  const auto answers = client.exchange_all(requests, 16);

  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i]) << answers[i].error().what;
    EXPECT_EQ(answers[i]->body, "GET /" + std::to_string(i) + "  ");
  }
}

TEST(HttpServer, KeepsAConnectionAndAnswersInOrder) {
  const auto server = serve(echo);
  RawClient client(server.port());

  client.send(get("/a", "") + get("/b", "") + get("/c"));

  EXPECT_THAT(client.read_all(), testing::ContainsRegex("GET /a  HTTP/1.1 200(.|\n)*GET /b  HTTP/1.1(.|\n)*GET /c  $"));
}

TEST(HttpServer, SendsNoBodyToHead) {
  const auto server = serve(echo);
  RawClient client(server.port());

  client.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  const auto answer = client.read_all();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HttpServer, SendsNoLengthWhereThereIsNoContent) {
  const auto server =
      serve([](const ServerRequest&, Responder& responder) { EXPECT_TRUE(responder.answer(204, {}, "")); });
  RawClient client(server.port());

  client.send(get("/"));

  const auto answer = client.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
}

void count_to_three(const ServerRequest&, Responder& responder) {
  EXPECT_TRUE(responder.begin(200, {{"Content-Type", "text/event-stream"}}));
  for (const auto* piece : {"one ", "", "two ", "three"}) EXPECT_TRUE(responder.send(piece));
  EXPECT_TRUE(responder.end());
}

TEST(HttpServer, SendsPiecesAsChunks) {
  const auto server = serve(count_to_three);
  RawClient client(server.port());

  client.send(get("/"));

  const auto answer = client.read_all();
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"));
}

TEST(HttpServer, SendsPiecesToAnOldClientAsTheyAre) {
  const auto server = serve(count_to_three);
  RawClient client(server.port());

  client.send("GET / HTTP/1.0\r\n\r\n");

  const auto answer = client.read_all();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\none two three"));
}

TEST(HttpServer, SendsEachPieceAtOnce) {
  std::binary_semaphore seen(0);
  const auto server = serve([&](const ServerRequest&, Responder& responder) {
    EXPECT_TRUE(responder.begin(200, {}));
    EXPECT_TRUE(responder.send("first"));
    EXPECT_TRUE(seen.try_acquire_for(20s));
    EXPECT_TRUE(responder.end());
  });
  const HttpClient client;

  const auto answer = client.exchange({.url = url(server)});

  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->body->read().value_or("failed"), "first");
  seen.release();
  EXPECT_EQ(answer->body->read().value_or("failed"), "");
}

TEST(HttpServer, ShowsThatAnAnswerWasCutOff) {
  const auto server = serve([](const ServerRequest&, Responder& responder) {
    EXPECT_TRUE(responder.begin(200, {}));
    EXPECT_TRUE(responder.send("half"));
  });
  ClientOptions options;
  options.max_retries = 0;

  const auto answer = HttpClient(options).fetch({.url = url(server)});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unreadable);
}

TEST(HttpServer, AnswersForAHandlerThatDoesNot) {
  const auto server = serve([](const ServerRequest&, Responder&) {});
  RawClient client(server.port());

  client.send(get("/"));

  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST(HttpServer, RefusesAHeaderThatBreaksOutOfItsLine) {
  const auto server = serve([](const ServerRequest&, Responder& responder) {
    EXPECT_FALSE(responder.answer(200, {{"X", "a\r\nY: b"}}, ""));
  });
  RawClient client(server.port());

  client.send(get("/"));

  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 500 "));
}

TEST(HttpServer, AsksForABodyThatIsWaitedWith) {
  const auto server = serve(echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");

  const auto interim = client.read_until("\r\n\r\n");
  client.send("ab");

  EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(client.read_all(), EndsWith("POST /  ab"));
}

struct RefusalCase {
  std::string name, bytes;
  int status;
};

class Refusals : public testing::TestWithParam<RefusalCase> {};

TEST_P(Refusals, EndTheConnection) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  options.max_header_bytes = 1000;
  options.request_timeout = 100ms;
  const auto server = serve([](const ServerRequest&, Responder&) { ADD_FAILURE() << "not refused"; }, options);
  RawClient client(server.port());

  client.send(GetParam().bytes);

  const auto answer = client.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(GetParam().status) + " "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

INSTANTIATE_TEST_SUITE_P(Bytes, Refusals,
                         testing::Values(RefusalCase{"rubbish", "hello\r\n\r\n", 400},
                                         RefusalCase{"large_body",
                                                     "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" +
                                                         std::string(100'000, 'x'),
                                                     413},
                                         RefusalCase{"large_head", get("/" + std::string(2000, 'x')), 431},
                                         RefusalCase{"half_a_request", "GET / HTTP/1.1\r\n", 408},
                                         RefusalCase{"half_a_body",
                                                     "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab", 408}),
                         [](const auto& row) { return row.param.name; });

TEST(HttpServer, EndsAnIdleConnection) {
  ServerOptions options;
  options.idle_timeout = 500ms;
  const auto server = serve(echo, options);
  RawClient silent(server.port()), once(server.port());

  once.send(get("/", ""));

  EXPECT_EQ(silent.read_all(), "");
  EXPECT_THAT(once.read_all(), EndsWith("GET /  "));
}

/// A handler that waits until it is asked to stop.
struct Waiting {
  std::binary_semaphore begun{0};
  std::promise<bool> left;

  void operator()(const ServerRequest& request, Responder& responder) {
    std::binary_semaphore asked(0);
    const std::stop_callback callback(request.stop, [&] { asked.release(); });
    begun.release();
    const bool stopped = asked.try_acquire_for(20s);
    left.set_value(stopped && responder.client_gone());
  }
};

TEST(HttpServer, TellsAHandlerWhenItsClientLeaves) {
  Waiting waiting;
  const auto server = serve(std::ref(waiting));
  RawClient client(server.port());
  client.send(get("/"));
  ASSERT_TRUE(waiting.begun.try_acquire_for(20s));

  client.close();

  EXPECT_TRUE(waiting.left.get_future().get());
}

TEST(HttpServer, TellsAHandlerWhenItsClientLeavesWithDataUnread) {
  Waiting waiting;
  const auto server = serve(std::ref(waiting));
  RawClient client(server.port());
  client.send(get("/", "") + "GET /next HTTP/1.1\r\n");
  ASSERT_TRUE(waiting.begun.try_acquire_for(20s));

  client.close();

  EXPECT_TRUE(waiting.left.get_future().get());
}

TEST(HttpServer, AnswersAClientThatHasSaidAllItWill) {
  const auto server = serve(echo);
  RawClient client(server.port());

  client.send(get("/a", ""));
  client.half_close();

  EXPECT_THAT(client.read_all(), EndsWith("GET /a  "));
}

TEST(HttpServer, GivesUpOnAClientThatTakesNothing) {
  ServerOptions options;
  options.write_timeout = 100ms;
  std::promise<Error> failed;
  const auto server = serve(
      [&](const ServerRequest&, Responder& responder) {
        EXPECT_TRUE(responder.begin(200, {}));
        const std::string piece(1'000'000, 'x');
        for (auto sent = responder.send(piece);; sent = responder.send(piece)) {
          if (sent) continue;
          failed.set_value(sent.error());
          return;
        }
      },
      options);
  RawClient client(server.port());

  client.send(get("/"));

  EXPECT_EQ(failed.get_future().get().kind, ErrorKind::unreachable);
}

TEST(HttpServer, TurnsAwayWhatIsTooMuch) {
  ServerOptions options;
  options.max_connections = 1;
  Waiting waiting;
  const auto server = serve(std::ref(waiting), options);
  RawClient first(server.port());
  first.send(get("/"));
  ASSERT_TRUE(waiting.begun.try_acquire_for(20s));
  RawClient second(server.port());

  second.send(get("/"));

  EXPECT_THAT(second.read_all(), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  first.close();
  EXPECT_TRUE(waiting.left.get_future().get());
}

TEST(HttpServer, ClosesAnIdleConnectionForOneThatIsTooMuch) {
  ServerOptions options;
  options.max_connections = 2;
  Waiting waiting;
  const auto server = serve(
      [&](const ServerRequest& request, Responder& to) {
        if (request.path == "/wait") return waiting(request, to);
        EXPECT_TRUE(to.answer(200, {}, "here"));
      },
      options);
  RawClient silent(server.port()), busy(server.port());
  busy.send(get("/wait"));
  ASSERT_TRUE(waiting.begun.try_acquire_for(20s));

  std::string answer;
  const auto end = steady_clock::now() + 20s;
  // The silent one is idle when its thread has begun to wait.
  while (!answer.contains("here") && steady_clock::now() < end) {
    RawClient further(server.port());
    further.send(get("/"));
    answer = further.read_all();
  }

  EXPECT_THAT(answer, HasSubstr("200 OK"));
  EXPECT_EQ(silent.read_all(), "");
  busy.close();
  EXPECT_TRUE(waiting.left.get_future().get());
}

TEST(HttpServer, StopsWhatIsUnderWay) {
  Waiting waiting;
  auto server = serve(std::ref(waiting));
  RawClient busy(server.port()), idle(server.port());
  busy.send(get("/"));
  ASSERT_TRUE(waiting.begun.try_acquire_for(20s));
  const auto begin = steady_clock::now();

  server.stop();

  EXPECT_TRUE(waiting.left.get_future().get());
  EXPECT_LT(steady_clock::now() - begin, 10s);
  EXPECT_THAT(busy.read_all(), HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(idle.read_all(), "");
  RawClient late(server.port());
  late.send(get("/"));
  EXPECT_EQ(late.read_all(), "");
}

TEST(HttpServer, DoesNotWaitForAnAnswerThatNobodyTakes) {
  ServerOptions options;
  options.stop_grace = 50ms;
  std::promise<void> begun;
  auto server = serve(
      [&](const ServerRequest&, Responder& responder) {
        EXPECT_TRUE(responder.begin(200, {}));
        begun.set_value();
        const std::string piece(1'000'000, 'x');
        while (responder.send(piece)) {
        }
      },
      options);
  RawClient client(server.port());
  client.send(get("/"));
  begun.get_future().wait();
  const auto begin = steady_clock::now();

  server.stop();

  EXPECT_LT(steady_clock::now() - begin, 10s);
}

struct ListenCase {
  std::string name, address;
  std::uint16_t port;
  std::string what;
};

class Listening : public testing::TestWithParam<ListenCase> {};

TEST_P(Listening, FailsForASettingThatIsWrong) {
  const auto server = HttpServer::listen({.address = GetParam().address, .port = GetParam().port}, echo);

  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().kind, ErrorKind::settings);
  EXPECT_EQ(server.error().what, GetParam().what);
}

INSTANTIATE_TEST_SUITE_P(
    Addresses, Listening,
    testing::Values(ListenCase{"a_name", "host", 0, "'host' is no IPv4 or IPv6 address to listen on"},
                    ListenCase{"another_machine", "192.0.2.1", 0, "this machine has no address '192.0.2.1'"}),
    [](const auto& row) { return row.param.name; });

TEST(HttpServer, SaysWhichPortIsTaken) {
  const auto first = serve(echo);

  const auto second = HttpServer::listen({.port = first.port()}, echo);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::settings);
  EXPECT_EQ(second.error().what, "port " + std::to_string(first.port()) + " of '127.0.0.1' is taken");
}

}  // namespace
}  // namespace agent::net
