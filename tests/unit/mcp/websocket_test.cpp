#include "mcp/client.hpp"
#include "support/web_socket_peer.hpp"
#include "unit/mcp/http_servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace agent::mcp {
namespace {

using test::WebSocketPeer;
using testing::HasSubstr;

constexpr int normal_closure = 1000;

/// A server of the earlier era over a WebSocket. `on_call` does what a call of a tool brings about.
test::Handler speaking(std::function<void(WebSocketPeer&, const Json& id)> on_call) {
  return [on_call = std::move(on_call)](const SeenRequest& request, Talk& talk) {
    WebSocketPeer peer(request, talk, "mcp");
    for (std::string text = peer.next_text(); !text.empty(); text = peer.next_text()) {
      const Json message = Json::parse(text, nullptr, false);
      const Json id = value_at(message, "id");
      const std::string method = text_at(message, "method");
      if (method == "initialize")
        peer.send_text(result(id, initialized(value_at(message, "params"))));
      else if (method == "tools/call")
        on_call(peer, id);
      else if (!id.is_null())
        peer.send_text(refusal(id, rpc::method_not_found));
    }
    talk.cut();
  };
}

class WebSockets : public HttpServers {
 protected:
  static std::string address(const test::HttpServer& server) { return "ws" + server.url("/ws").substr(4); }

  /// What comes of a call.
  static std::string call_of(const test::HttpServer& server, Clock::duration time = seconds(30)) {
    const auto client = Client::connect(at(address(server)), {}, within(seconds(30)));
    if (!client) return client.error().what;
    EXPECT_EQ((*client)->facts().transport, TransportKind::websocket);
    return call(**client, time);
  }
};

TEST_F(WebSockets, CarryCalls) {
  const test::HttpServer server(speaking([](WebSocketPeer& peer, const Json& id) {
    peer.send_text(notification_text("notifications/message", nullptr));
    peer.send_text(result(id, text("by socket")));
  }));

  EXPECT_EQ(call_of(server), "by socket");
  EXPECT_EQ(server.seen().front().header("sec-websocket-protocol"), "mcp");
}

TEST_F(WebSockets, ThatAreClosedWithinACallAreTold) {
  const test::HttpServer server(speaking([](WebSocketPeer& peer, const Json&) { peer.close(normal_closure); }));

  EXPECT_EQ(call_of(server), "the MCP server closed the connection (1000)");
}

TEST_F(WebSockets, ThatNeverAnswerAreNotWaitedFor) {
  const test::HttpServer server(speaking([](WebSocketPeer&, const Json&) {}));

  EXPECT_EQ(call_of(server, milliseconds(200)), "the MCP server did not answer in time");
}

TEST_F(WebSockets, ThatSayRubbishAreTold) {
  const test::HttpServer server(speaking([](WebSocketPeer& peer, const Json&) { peer.send_text("hello"); }));

  EXPECT_EQ(call_of(server), "what came is no JSON");
}

TEST_F(WebSockets, ThatAreNotThereAreTold) {
  const test::HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(404); });

  EXPECT_EQ(call_of(server), "there is no WebSocket at this address (404)");
}

TEST_F(WebSockets, ThatWantCredentialsAreTold) {
  const test::HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(401); });

  EXPECT_THAT(call_of(server), HasSubstr("asks for credentials (401)"));
}

}  // namespace
}  // namespace agent::mcp
