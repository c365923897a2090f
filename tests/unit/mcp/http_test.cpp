#include "mcp/client.hpp"
#include "support/authority.hpp"
#include "support/http_server.hpp"
#include "unit/mcp/http_servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// Servers over HTTP: each way in which eras and transports are told apart, and each way in which one goes wrong.

namespace agent::mcp {
namespace {

using testing::HasSubstr;

// Which era, which transport.

struct EraCase {
  std::string name;
  Answers answers;
  std::string expected;  ///< What was asked, until a call is answered.
};

class Eras : public HttpServers, public testing::WithParamInterface<EraCase> {};

TEST_P(Eras, AreFoundInFewRequests) {
  const test::HttpServer server(legacy(GetParam().answers));

  const auto client = connect(server);

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_EQ(call(**client), "as usual");
  EXPECT_EQ(told(server), GetParam().expected);
}

Answers to_discover(std::function<void(const Asked&)> answer) {
  return [answer = std::move(answer)](const Asked& asked) {
    if (asked.method == "server/discover") answer(asked);
    return asked.method == "server/discover";
  };
}

const std::string all_legacy =
    "POST /mcp server/discover; POST /mcp initialize; POST /mcp notifications/initialized; POST /mcp tools/call; ";

INSTANTIATE_TEST_SUITE_P(
    Servers, Eras,
    testing::Values(
        EraCase{"modern", to_discover([](const Asked& a) { a.json(result(a.id, discovered("2026-07-28"))); }),
                "POST /mcp server/discover; POST /mcp tools/call; "},
        EraCase{"unknown_method", nothing_special(), all_legacy},
        EraCase{"bad_request_without_a_session",
                to_discover([](const Asked& a) { a.json(refusal(nullptr, -32000), 400); }), all_legacy},
        EraCase{"bad_request_in_plain_text", to_discover([](const Asked& a) { a.talk.answer(400, "no session"); }),
                all_legacy},
        EraCase{"discovery_that_names_only_earlier_revisions",
                to_discover([](const Asked& a) { a.json(result(a.id, discovered("2025-11-25"))); }), all_legacy},
        EraCase{"a_version_that_is_refused_for_earlier_ones", to_discover([](const Asked& a) {
                  a.json(refusal(a.id, rpc::unsupported_version, {{"supported", {"2025-06-18"}}}), 400);
                }),
                all_legacy},
        EraCase{"a_page_of_a_proxy",
                to_discover([](const Asked& a) { a.talk.answer(404, "<html>", {{"Content-Type", "text/html"}}); }),
                all_legacy}),
    [](const auto& info) { return info.param.name; });

TEST_F(HttpServers, AnswerAsStreamsToo) {
  const test::HttpServer server([](const SeenRequest& request, Talk& talk) {
    const Json message = Json::parse(request.body, nullptr, false);
    const Json id = value_at(message, "id");
    const Json value = text_at(message, "method") == "server/discover" ? discovered("2026-07-28") : text("streamed");
    talk.answer(200,
                ": hello\n\n" + event(notification_text("notifications/message", nullptr)) + event(result(id, value)),
                as_events);
  });

  const auto client = connect(server);

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_EQ((*client)->facts().version, "2");
  EXPECT_EQ(call(**client), "streamed");
}

TEST_F(HttpServers, ThatSpeakOnlyTheFirstTransportAreFound) {
  std::mutex mutex;
  Talk* stream = nullptr;
  const test::HttpServer server([&](const SeenRequest& request, Talk& talk) {
    if (request.method == "GET" && request.target == "/sse") {
      {
        const std::lock_guard lock(mutex);
        stream = &talk;
        talk.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: endpoint\ndata: /messages?id=7\n\n");
      }
      return talk.wait();
    }
    if (request.target != "/messages?id=7") return talk.answer(404);
    talk.answer(202);
    const Json message = Json::parse(request.body, nullptr, false);
    const Json id = value_at(message, "id");
    if (id.is_null()) return;
    const bool first = text_at(message, "method") == "initialize";
    const std::lock_guard lock(mutex);
    stream->send(event(result(id, first ? initialized(value_at(message, "params")) : text("by sse"))));
  });

  const auto client = connect(server, "");

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_EQ((*client)->facts().transport, TransportKind::sse);
  EXPECT_EQ(call(**client), "by sse");
  EXPECT_EQ(told(server),
            "POST /mcp server/discover; POST /mcp initialize; GET /sse ; POST /messages?id=7 initialize; "
            "POST /messages?id=7 notifications/initialized; POST /messages?id=7 tools/call; ");
}

TEST_F(HttpServers, ThatSendMessagesElsewhereAreRefused) {
  const test::HttpServer server([&](const SeenRequest&, Talk& talk) {
    talk.answer(200, "event: endpoint\ndata: http://other.test/messages\n\n", as_events);
  });
  Server sse = at(server.url("/sse"));
  sse.transport = TransportKind::sse;

  const auto client = Client::connect(std::move(sse), {}, within(seconds(30)));

  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().what, "the MCP server sends us to another server: 'http://other.test/messages'");
}

TEST_F(HttpServers, AreRememberedForTheProcess) {
  const test::HttpServer server(legacy(nothing_special()));
  ASSERT_TRUE(connect(server));

  ASSERT_TRUE(connect(server));

  EXPECT_EQ(told(server),
            "POST /mcp server/discover; POST /mcp initialize; POST /mcp notifications/initialized; "
            "POST /mcp initialize; POST /mcp notifications/initialized; ");
}

TEST_F(HttpServers, AtAnotherPathAreToldByTheStatusThatCameNearest) {
  const test::HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(404); });

  const auto client = connect(server, "/wrong");

  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(client.error().what, "there is no MCP server at this address: HTTP 404");
}

TEST_F(HttpServers, ThatAreNoneAreTold) {
  const test::HttpServer server([](const SeenRequest&, Talk& talk) {
    talk.answer(200, "<html>welcome</html>", {{"Content-Type", "text/html"}});
  });

  const auto client = connect(server);

  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().what, "the answer is neither JSON nor an event stream: 'text/html'");
}

// Sessions.

TEST_F(HttpServers, GetTheirSessionAndRevisionBackAndItsEnd) {
  const test::HttpServer server(legacy([](const Asked& asked) {
    if (asked.method != "initialize") return false;
    asked.json(result(asked.id, initialized(asked.params)), 200,
               {{"Content-Type", "application/json"}, {"Mcp-Session-Id", "s1"}});
    return true;
  }));
  {
    const auto client = connect(server);
    ASSERT_TRUE(client);
    EXPECT_EQ(call(**client), "as usual");
  }

  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[1].header("mcp-session-id"), "");
  EXPECT_EQ(seen[3].header("mcp-session-id"), "s1");
  EXPECT_EQ(seen[3].header("mcp-protocol-version"), "2025-11-25");
  EXPECT_EQ(seen[4].method, "DELETE");
  EXPECT_EQ(seen[4].header("mcp-session-id"), "s1");
}

TEST_F(HttpServers, ThatForgotTheSessionGetAnotherAndTheCallAgain) {
  int sessions = 0;
  const test::HttpServer server(legacy([&](const Asked& asked) {
    const std::string id = "s" + std::to_string(sessions);
    if (asked.method == "initialize") {
      asked.json(result(asked.id, initialized(asked.params)), 200,
                 {{"Content-Type", "application/json"}, {"Mcp-Session-Id", "s" + std::to_string(++sessions)}});
      return true;
    }
    if (asked.method != "tools/call" || asked.request.header("mcp-session-id") != "s1") return false;
    asked.talk.answer(404);
    return true;
  }));
  const auto client = connect(server);
  ASSERT_TRUE(client);

  EXPECT_EQ(call(**client), "as usual");
  EXPECT_EQ(sessions, 2);
}

// Streams that end.

TEST_F(HttpServers, ThatCutAStreamAreAskedForTheRest) {
  Json waiting;
  const test::HttpServer server(legacy([&](const Asked& asked) {
    if (asked.request.method == "GET" && asked.request.header("last-event-id") == "e1") {
      asked.talk.answer(200, event(result(waiting, text("the rest")), "e2"), as_events);
      return true;
    }
    if (asked.method != "tools/call") return false;
    waiting = asked.id;
    asked.talk.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    asked.talk.send("1c\r\nid: e1\nretry: 10\ndata: \n\nda\r\n");
    asked.talk.cut();
    return true;
  }));
  const auto client = connect(server);
  ASSERT_TRUE(client);

  EXPECT_EQ(call(**client), "the rest");
}

TEST_F(HttpServers, ThatCutAStreamForGoodAreTold) {
  EXPECT_EQ(call_answered_by([](const Asked& asked) {
              asked.talk.answer(200, event(notification_text("notifications/message", nullptr)), as_events);
            }),
            "the MCP server ended its stream of events without the answer");
}

// What goes wrong.

struct FaultCase {
  std::string name;
  std::function<void(const Asked&)> answer;
  std::string expected;
};

class Faults : public HttpServers, public testing::WithParamInterface<FaultCase> {};

TEST_P(Faults, AreTold) { EXPECT_THAT(call_answered_by(GetParam().answer), HasSubstr(GetParam().expected)); }

INSTANTIATE_TEST_SUITE_P(
    Servers, Faults,
    testing::Values(
        FaultCase{"dies_before_the_answer", [](const Asked& a) { a.talk.cut(); },
                  "the server closed the connection without an answer"},
        FaultCase{"dies_within_the_answer",
                  [](const Asked& a) {
                    a.talk.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"js");
                    a.talk.cut();
                  },
                  "the answer was cut off after 4 bytes"},
        FaultCase{"half_a_message", [](const Asked& a) { a.json(R"({"jsonrpc":"2.0","id":)"); },
                  "what came is no JSON"},
        FaultCase{"another_id", [](const Asked& a) { a.json(result("another", text("x"))); },
                  "the MCP server answers another request than the one that was sent"},
        FaultCase{"a_notification_s_answer", [](const Asked& a) { a.talk.answer(202); },
                  "the MCP server took a request as a notification (202)"},
        FaultCase{"a_page", [](const Asked& a) { a.talk.answer(200, "<p>", {{"Content-Type", "text/html"}}); },
                  "the answer is neither JSON nor an event stream: 'text/html'"},
        FaultCase{"an_error_of_its_own", [](const Asked& a) { a.talk.answer(500, "oops"); },
                  "the MCP server answers HTTP 500 without a message"},
        FaultCase{"a_refusal", [](const Asked& a) { a.json(refusal(a.id, -32602)); }, "-32602"},
        FaultCase{"a_refusal_with_a_status", [](const Asked& a) { a.json(refusal(a.id, -32602), 400); }, "-32602"},
        FaultCase{"no_credentials", [](const Asked& a) { a.talk.answer(401); },
                  "the MCP server asks for credentials (401)"},
        FaultCase{"no_rights", [](const Asked& a) { a.talk.answer(403); }, "the MCP server refuses the request (403)"},
        FaultCase{"an_unknown_kind_of_result", [](const Asked& a) { a.json(result(a.id, {{"resultType", "later"}})); },
                  "the MCP server gives a result of the unknown type 'later'"},
        FaultCase{"deep_nesting", [](const Asked& a) { a.json(std::string(100'000, '[')); },
                  "what came is JSON nested deeper than 128 levels, or of more than 1000000 values"},
        FaultCase{"a_redirect_to_another_server",
                  [](const Asked& a) { a.talk.answer(307, "", {{"Location", "http://other.test:1/mcp"}}); },
                  "the server redirects a request with a body to another server: 'http://other.test:1/mcp'"}),
    [](const auto& info) { return info.param.name; });

TEST_F(HttpServers, ThatSendTooMuchAreTold) {
  const std::string piece(std::size_t{1} << 20U, 'x');
  EXPECT_EQ(call_answered_by([&](const Asked& asked) {
              asked.talk.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n");
              for (int n = 0; n < 100 && asked.talk.send(piece); ++n) {
              }
            }),
            "the MCP server's answer is larger than 67108864 bytes");
}

TEST_F(HttpServers, ThatNeverAnswerAreNotWaitedForAndToldSo) {
  std::mutex mutex;
  std::string cancelled;
  const test::HttpServer server(legacy([&](const Asked& asked) {
    if (asked.method == "notifications/cancelled") {
      const std::lock_guard lock(mutex);
      cancelled = asked.params.dump();
    }
    if (asked.method != "tools/call") return false;
    asked.talk.wait();
    return true;
  }));
  const auto client = connect(server);
  ASSERT_TRUE(client);
  const auto begun = Clock::now();

  EXPECT_THAT(call(**client, milliseconds(200)), HasSubstr("out of time"));
  EXPECT_LT(Clock::now() - begun, seconds(10));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(cancelled, R"({"reason":"out of time","requestId":1})");
}

TEST_F(HttpServers, OfTheModernEraAreCancelledByTheEndOfTheStream) {
  const test::HttpServer server(legacy([&](const Asked& asked) {
    if (asked.method == "server/discover") asked.json(result(asked.id, discovered("2026-07-28")));
    if (asked.method == "tools/call") asked.talk.wait();
    return asked.method == "server/discover" || asked.method == "tools/call";
  }));
  const auto client = connect(server);
  ASSERT_TRUE(client);

  EXPECT_THAT(call(**client, milliseconds(200)), HasSubstr("out of time"));
  EXPECT_EQ(told(server), "POST /mcp server/discover; POST /mcp tools/call; ");
}

TEST_F(HttpServers, ThatAreDownAreTold) {
  std::string url;
  {
    const test::HttpServer server(legacy(nothing_special()));
    url = server.url("/mcp");
  }

  const auto client = Client::connect(at(url), {}, within(seconds(30)));

  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(client.error().what, HasSubstr("refused"));
}

TEST_F(HttpServers, WithACertificateThatNobodyTrustsAreTold) {
  const test::Pem pem = test::self_signed();
  const test::HttpServer server(legacy(nothing_special()), test::ServerTls{pem.certificate, pem.key, ""});
  Server tls = at("https://127.0.0.1:" + std::to_string(server.port()) + "/mcp");

  const auto client = Client::connect(std::move(tls), {}, within(seconds(30)));

  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(client.error().what, HasSubstr("certificate"));
}

// Several at once.

TEST_F(HttpServers, AnswerSixteenCallsAtOnce) {
  const test::HttpServer server(legacy(calls([](const Asked& asked) {
    asked.json(result(asked.id, text(text_at(value_at(asked.params, "arguments"), "n"))));
  })));
  const auto client = connect(server);
  ASSERT_TRUE(client);
  std::vector<std::string> answers(16);

  {
    std::vector<std::jthread> threads;
    for (std::size_t n = 0; n < answers.size(); ++n) {
      threads.emplace_back([&, n] {
        const auto outcome = (*client)->call_tool("t", {{"n", std::to_string(n)}});
        if (outcome) answers[n] = text_at(value_at(outcome->result, "content").at(0), "text");
      });
    }
  }

  for (std::size_t n = 0; n < answers.size(); ++n) EXPECT_EQ(answers[n], std::to_string(n));
}

}  // namespace
}  // namespace agent::mcp
