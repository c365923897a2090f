#include "net/web_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <semaphore>
#include <thread>

#include "support/authority.hpp"
#include "support/http_server.hpp"
#include "support/web_socket_peer.hpp"

namespace agent::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::HttpServer;
using test::SeenRequest;
using test::Talk;
using test::WebSocketPeer;

constexpr int ping_frame = 0x89, close_opcode = 8, pong_opcode = 10;

Deadline soon() { return steady_clock::now() + 20s; }

std::string url(const HttpServer& server, const std::string& path = "/") {
  auto text = server.url(path);
  return text.replace(0, 4, "ws");
}

/// Says each text again until the client leaves.
void echo(const SeenRequest& request, Talk& talk) {
  WebSocketPeer peer(request, talk);
  for (auto frame = peer.next(); frame.opcode >= 0; frame = peer.next()) {
    EXPECT_TRUE(frame.masked);
    if (frame.opcode == 1) peer.send_text(frame.payload);
    if (frame.opcode != close_opcode) continue;
    peer.send(0x88, frame.payload);
    break;
  }
  talk.cut();
}

/// A handler that is asked for a WebSocket, gives one and then does as it is told.
test::Handler after_upgrade(std::function<void(WebSocketPeer&)> acts) {
  return [acts = std::move(acts)](const SeenRequest& request, Talk& talk) {
    WebSocketPeer peer(request, talk);
    acts(peer);
    talk.cut();
  };
}

std::unique_ptr<WebSocket> open(const WebSocketRequest& request, const ClientOptions& options = {}) {
  auto upgrade = WebSocket::connect(options, request);
  EXPECT_TRUE(upgrade) << upgrade.error().what;
  if (!upgrade) return nullptr;
  EXPECT_EQ(upgrade->status, 101);
  return std::move(upgrade->socket);
}

/// The next text, or "end CODE REASON", or "KIND: what" of the error.
std::string next(WebSocket& socket, Deadline deadline = soon(), const std::stop_token& stop = {}) {
  auto text = socket.receive(deadline, stop);
  if (!text) return std::string(traits(text.error().kind).name) + ": " + text.error().what;
  if (*text) return **text;
  return "end " + std::to_string(socket.farewell().code) + " " + socket.farewell().reason;
}

TEST(WebSocket, ExchangesTexts) {
  const HttpServer server(echo);
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);
  const std::string large(200'000, 'x');

  for (const auto& text : {std::string("hello"), std::string(), std::string("gr\xc3\xbc\xc3\x9f"), large}) {
    ASSERT_TRUE(socket->send_text(text, soon()));
    EXPECT_EQ(next(*socket), text);
  }
  socket->close(soon());

  EXPECT_EQ(next(*socket), "end 1000 ");
}

TEST(WebSocket, AsksForWhatItWants) {
  const HttpServer server([](const SeenRequest& request, Talk& talk) {
    const WebSocketPeer peer(request, talk, "mcp");
    talk.wait();
  });

  const auto socket =
      open({.url = url(server, "/a?b"), .subprotocols = {"mcp", "x"}, .headers = {{"Authorization", "Bearer t"}}});

  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->subprotocol(), "mcp");
  const auto seen = server.seen().at(0);
  EXPECT_EQ(seen.method + " " + seen.target, "GET /a?b");
  EXPECT_EQ(seen.header("upgrade"), "websocket");
  EXPECT_EQ(seen.header("connection"), "Upgrade");
  EXPECT_EQ(seen.header("sec-websocket-version"), "13");
  EXPECT_EQ(seen.header("sec-websocket-key").size(), 24U);
  EXPECT_EQ(seen.header("sec-websocket-protocol"), "mcp, x");
  EXPECT_EQ(seen.header("authorization"), "Bearer t");
}

TEST(WebSocket, TakesAServerThatKnowsNoSubprotocol) {
  const HttpServer server(echo);

  const auto socket = open({.url = url(server), .subprotocols = {"mcp"}});

  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->subprotocol(), "");
}

TEST(WebSocket, TellsHowItIsRefused) {
  const HttpServer server(
      [](const SeenRequest&, Talk& talk) { talk.answer(401, "", {{"WWW-Authenticate", "Bearer"}}); });

  const auto upgrade = WebSocket::connect({}, {.url = url(server)});

  ASSERT_TRUE(upgrade) << upgrade.error().what;
  EXPECT_EQ(upgrade->status, 401);
  EXPECT_EQ(header(upgrade->headers, "www-authenticate"), "Bearer");
  EXPECT_FALSE(upgrade->socket);
}

struct UpgradeCase {
  std::string name, head;  ///< "KEY" stands for the right answer to the key.
  std::string expected;
};

class Upgrades : public testing::TestWithParam<UpgradeCase> {};

TEST_P(Upgrades, AreChecked) {
  const HttpServer server([](const SeenRequest& request, Talk& talk) {
    auto head = GetParam().head;
    if (const auto at = head.find("KEY"); at != std::string::npos) {
      head.replace(at, 3, test::web_socket_accept(request.header("sec-websocket-key")));
    }
    talk.send("HTTP/1.1 101 OK\r\n" + head + "\r\n");
    talk.wait();
  });

  const auto upgrade = WebSocket::connect({}, {.url = url(server), .subprotocols = {"mcp"}});

  EXPECT_EQ(upgrade ? "taken" : upgrade.error().what, GetParam().expected);
  if (!upgrade) EXPECT_EQ(upgrade.error().kind, ErrorKind::unreadable);
}

const std::string begins_none = "the server's answer begins no WebSocket: ";

INSTANTIATE_TEST_SUITE_P(
    Heads, Upgrades,
    testing::Values(
        UpgradeCase{"right", "upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\nSec-WebSocket-Accept: KEY\r\n",
                    "taken"},
        UpgradeCase{"another_protocol", "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n",
                    begins_none + "it does not upgrade to it"},
        UpgradeCase{"no_connection", "Upgrade: websocket\r\nSec-WebSocket-Accept: KEY\r\n",
                    begins_none + "it does not upgrade the connection"},
        UpgradeCase{"another_key", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc\r\n",
                    begins_none + "it does not fit the request"},
        UpgradeCase{"an_extension",
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n"
                    "Sec-WebSocket-Extensions: permessage-deflate\r\n",
                    begins_none + "it has an extension that was not asked for"},
        UpgradeCase{"another_subprotocol",
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n"
                    "Sec-WebSocket-Protocol: other\r\n",
                    begins_none + "it has a subprotocol that was not asked for"}),
    [](const auto& row) { return row.param.name; });

TEST(WebSocket, NamesItselfInErrors) {
  const test::SilentServer server;
  const std::string url = "ws://127.0.0.1:" + std::to_string(server.port()) + "/a?token=secret";

  const auto upgrade = WebSocket::connect({}, {.url = url, .deadline = steady_clock::now() + 500ms});

  ASSERT_FALSE(upgrade);
  EXPECT_EQ(upgrade.error().kind, ErrorKind::deadline);
  EXPECT_EQ(upgrade.error().what, "out of time while asking for a WebSocket");
  EXPECT_EQ(upgrade.error().where, "ws://127.0.0.1:" + std::to_string(server.port()) + "/a?token=…");
}

TEST(WebSocket, RefusesAHeaderOfTheProtocol) {
  const auto upgrade = WebSocket::connect({}, {.url = "ws://127.0.0.1:1/", .headers = {{"Sec-WebSocket-Key", "x"}}});

  ASSERT_FALSE(upgrade);
  EXPECT_EQ(upgrade.error().kind, ErrorKind::settings);
  EXPECT_EQ(upgrade.error().what, "the header 'sec-websocket-key' is not to be given");
}

TEST(WebSocket, ReadsWhatCameWithTheUpgrade) {
  const HttpServer server([](const SeenRequest& request, Talk& talk) {
    talk.send("HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
              test::web_socket_accept(request.header("sec-websocket-key")) + "\r\n\r\n" +
              test::server_frame(0x81, "first"));
    talk.wait();
  });

  const auto socket = open({.url = url(server)});

  ASSERT_TRUE(socket);
  EXPECT_EQ(next(*socket), "first");
}

TEST(WebSocket, AnswersPings) {
  const HttpServer server(after_upgrade([](WebSocketPeer& peer) {
    peer.send(ping_frame, "are you there");
    const auto pong = peer.next();
    EXPECT_EQ(pong.opcode, pong_opcode);
    EXPECT_TRUE(pong.masked);
    peer.send_text(pong.payload);
    EXPECT_EQ(peer.next_text(), "");
  }));
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);

  EXPECT_EQ(next(*socket), "are you there");
}

TEST(WebSocket, AnswersTheServersFarewell) {
  std::promise<std::string> answered;
  const HttpServer server(after_upgrade([&](WebSocketPeer& peer) {
    peer.close(1001, "going away");
    const auto frame = peer.next();
    answered.set_value(std::to_string(frame.opcode) + frame.payload);
  }));
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);

  EXPECT_EQ(next(*socket), "end 1001 going away");
  EXPECT_EQ(answered.get_future().get(), "8\x03\xe9");
  EXPECT_EQ(next(*socket), "end 1001 going away");
  const auto sent = socket->send_text("late", soon());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::unreachable);
}

struct EndCase {
  std::string name;
  void (*acts)(WebSocketPeer&);
  std::string expected;
};

class Ends : public testing::TestWithParam<EndCase> {};

TEST_P(Ends, AreTold) {
  const HttpServer server(after_upgrade(GetParam().acts));
  const auto socket = open({.url = url(server), .max_message_bytes = 1000});
  ASSERT_TRUE(socket);

  EXPECT_EQ(next(*socket), GetParam().expected);
  EXPECT_EQ(next(*socket), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Servers, Ends,
                         testing::Values(EndCase{"no_farewell", [](WebSocketPeer&) {},
                                                 "unreachable: the server ended the connection without a farewell"},
                                         EndCase{"half_a_frame", [](WebSocketPeer& peer) { peer.send(0x01, "half"); },
                                                 "unreachable: the server ended the connection without a farewell"},
                                         EndCase{"binary_data",
                                                 [](WebSocketPeer& peer) {
                                                   peer.send(0x82, "data");
                                                   EXPECT_EQ(peer.next().payload, "\x03\xeb");
                                                 },
                                                 "unreadable: the server sends a message that is not text"},
                                         EndCase{"a_large_message",
                                                 [](WebSocketPeer& peer) {
                                                   peer.send_text(std::string(1001, 'x'));
                                                   EXPECT_EQ(peer.next().payload, "\x03\xf1");
                                                 },
                                                 "unreadable: a message of the server is larger than 1000 bytes"},
                                         EndCase{"not_utf8",
                                                 [](WebSocketPeer& peer) {
                                                   peer.send_text("\xff");
                                                   EXPECT_EQ(peer.next().payload, "\x03\xef");
                                                 },
                                                 "unreadable: a text of the server is not UTF-8"}),
                         [](const auto& row) { return row.param.name; });

/// A server that says nothing and reads nothing.
void mute(const SeenRequest& request, Talk& talk) {
  const WebSocketPeer peer(request, talk);
  talk.wait();
}

TEST(WebSocket, StopsWaitingAtTheDeadlineAndCanGoOn) {
  const HttpServer server(echo);
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);
  const auto begin = steady_clock::now();

  EXPECT_EQ(next(*socket, begin + 50ms), "deadline: out of time while waiting for a message");
  EXPECT_GE(steady_clock::now() - begin, 50ms);

  ASSERT_TRUE(socket->send_text("still here", soon()));
  EXPECT_EQ(next(*socket), "still here");
}

TEST(WebSocket, StopsWaitingWhenToldTo) {
  const HttpServer server(mute);
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);
  std::stop_source stop;
  const std::jthread stops([&] { stop.request_stop(); });

  EXPECT_EQ(next(*socket, soon(), stop.get_token()), "interrupted: stopped while waiting for a message");
}

TEST(WebSocket, WaitsForAServerThatTakesNothingUntilTheDeadline) {
  std::binary_semaphore done(0);
  const HttpServer server(after_upgrade([&](WebSocketPeer&) { EXPECT_TRUE(done.try_acquire_for(20s)); }));
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);
  const auto send_until_it_fails = [&] {
    const std::string text(1'000'000, 'x');
    for (;;) {
      const auto begin = steady_clock::now();
      const auto sent = socket->send_text(text, begin + 300ms);
      if (sent) continue;
      EXPECT_LT(steady_clock::now() - begin, 10s);
      return;
    }
  };
  {
    const std::jthread waits_for_its_turn(send_until_it_fails);
    send_until_it_fails();
  }
  EXPECT_EQ(next(*socket), "unreachable: a message was sent in part: the connection is lost");
  done.release();
}

TEST(WebSocket, EndsAWaitingReceiveWhenClosed) {
  const HttpServer server(mute);
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);
  std::promise<std::string> received;
  const std::jthread reader([&] { received.set_value(next(*socket)); });

  socket->close(steady_clock::now() + 50ms);

  EXPECT_EQ(received.get_future().get(), "end 1000 ");
}

TEST(WebSocket, LosesWhatNobodyReceivesBeforeTheFarewell) {
  const HttpServer server(after_upgrade([](WebSocketPeer& peer) {
    EXPECT_EQ(peer.next().opcode, close_opcode);
    peer.send_text("last words");
    peer.close(1000);
  }));
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);
  socket->close(soon());

  EXPECT_EQ(next(*socket), "end 1000 ");
}

/// Many threads send while one receives: no frame is split, none is lost.
void exchange_at_once(WebSocket& socket) {
  constexpr int senders = 4, each = 200;
  std::vector<std::jthread> threads;
  for (int sender = 0; sender < senders; ++sender) {
    threads.emplace_back([&socket, sender] {
      for (int i = 0; i < each; ++i) {
        EXPECT_TRUE(socket.send_text(
            std::string(1 + static_cast<std::size_t>(i * 37 % 5000), static_cast<char>('a' + sender)), soon()));
      }
    });
  }
  std::array<int, senders> counts{};
  for (int i = 0; i < senders * each; ++i) {
    const auto text = next(socket);
    ASSERT_TRUE(!text.empty() && text.find_first_not_of(text[0]) == std::string::npos) << text.substr(0, 100);
    ++counts.at(static_cast<std::size_t>(text[0] - 'a'));
  }
  EXPECT_THAT(counts, testing::Each(each));
}

TEST(WebSocket, SendsFromManyThreadsWhileOneReceives) {
  const HttpServer server(echo);
  const auto socket = open({.url = url(server)});
  ASSERT_TRUE(socket);

  exchange_at_once(*socket);
}

TEST(WebSocket, DoesSoOverTls) {
  const test::Authority authority;
  const auto pem = authority.issue();
  const HttpServer server(echo, test::ServerTls{pem.certificate, pem.key, {}});
  ClientOptions options;
  options.tls.ca_data = authority.certificate();
  const auto socket = open({.url = url(server)}, options);
  ASSERT_TRUE(socket);

  exchange_at_once(*socket);
  socket->close(soon());

  EXPECT_EQ(next(*socket), "end 1000 ");
}

TEST(WebSocket, AsksAProxyForATunnel) {
  const HttpServer server(echo);
  const HttpServer proxy([&](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\n\r\n");
    talk.tunnel_to(server.port());
  });
  test::DnsServer dns;
  ClientOptions options;
  options.dns_servers = dns.address();
  options.proxy.http = proxy.url();

  const auto socket = open({.url = "ws://some.example:" + std::to_string(server.port()) + "/"}, options);

  ASSERT_TRUE(socket);
  ASSERT_TRUE(socket->send_text("through", soon()));
  EXPECT_EQ(next(*socket), "through");
  EXPECT_EQ(proxy.seen().at(0).method, "CONNECT");
}

}  // namespace
}  // namespace agent::net
