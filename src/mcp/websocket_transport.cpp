#include "mcp/websocket_transport.hpp"

#include "base/text.hpp"
#include "mcp/pending.hpp"
#include "net/web_socket.hpp"

#include <optional>
#include <thread>
#include <utility>

namespace agent::mcp {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int unauthorised = 401, forbidden = 403;
constexpr std::chrono::milliseconds farewell{1000};

class WebSocketWire final : public Transport {
 public:
  WebSocketWire(std::unique_ptr<net::WebSocket> socket, Receive receive)
      : receive_(std::move(receive)), socket_(std::move(socket)), reader_([this] { read(); }) {}

  ~WebSocketWire() override { close({.deadline = Clock::now() + farewell}); }

  Result<Reply> exchange(const Outgoing& request, const Limits& limits) override {
    TRY(pending_.expect(request.id));
    if (auto sent = socket_->send_text(request.text, limits.deadline, limits.stop); !sent) {
      pending_.forget(request.id);
      return std::unexpected(std::move(sent).error());
    }
    Reply reply;
    reply.message = TRY(pending_.wait(request.id, limits));
    return reply;
  }

  Result<void> send(const Outgoing& message, const Limits& limits) override {
    return socket_->send_text(message.text, limits.deadline, limits.stop);
  }

  void agree(const std::string& /*revision*/) override {}

  void close(const Limits& limits) override {
    if (!reader_.joinable()) return;
    socket_->close(std::min(limits.deadline, Clock::now() + farewell));
    stop_.request_stop();
    reader_.join();
  }

  [[nodiscard]] TransportKind kind() const override { return TransportKind::websocket; }

 private:
  void read() {
    for (;;) {
      auto text = socket_->receive(net::Deadline::max(), stop_.get_token());
      if (!text) return pending_.fail_all(text.error());
      if (!*text) return pending_.fail_all(closed());
      auto messages = parse_messages(**text);
      if (!messages) return pending_.fail_all(messages.error());
      for (Message& one : *messages) {
        if (one.is_answer())
          pending_.deliver(std::move(one));
        else
          receive_(std::move(one));
      }
    }
  }

  [[nodiscard]] Error closed() const {
    return {ErrorKind::unreachable,
            "the MCP server closed the connection (" + std::to_string(socket_->farewell().code) + ")", "",
            "connect again; when it stays so, look at the server's log"};
  }

  const Receive receive_;
  const std::unique_ptr<net::WebSocket> socket_;
  PendingAnswers pending_;
  std::stop_source stop_;
  std::thread reader_;
};

std::unexpected<Error> no_socket(int status, const HttpWay& way, const std::string& where) {
  if (status == forbidden)
    return fail(ErrorKind::forbidden, "the MCP server refuses a WebSocket (403)", where,
                "check the path of the URL (/ws), then the token");
  if (status == unauthorised)
    return fail(ErrorKind::unauthorised,
                way.authorizer ? "the MCP server does not take the credentials it was given (401)"
                               : "the MCP server asks for credentials (401)",
                where, "set 'token' or 'token_file' of the server in the settings");
  return fail(ErrorKind::unreadable, "there is no WebSocket at this address (" + std::to_string(status) + ")", where,
              "check the path of the URL, or use the transport 'auto'");
}

}  // namespace

Result<std::unique_ptr<Transport>> open_websocket(const HttpWay& way, Receive receive, const Limits& limits) {
  const std::string where = "GET " + clean_line(way.url.substr(0, way.url.find_first_of("?#")));
  for (bool again = true;; again = false) {
    net::WebSocketRequest request{.url = way.url,
                                  .subprotocols = {"mcp"},
                                  .headers = way.headers,
                                  .deadline = limits.deadline,
                                  .max_message_bytes = way.max_message_bytes};
    std::string proof;
    if (way.authorizer) proof = TRY(way.authorizer->authorization(limits.deadline, limits.stop));
    if (!proof.empty()) request.headers.push_back({"Authorization", proof});
    auto upgrade = TRY(net::WebSocket::connect(way.http, request, limits.stop));
    if (upgrade.socket) return std::make_unique<WebSocketWire>(std::move(upgrade.socket), std::move(receive));
    const bool challenged = again && way.authorizer && (upgrade.status == unauthorised || upgrade.status == forbidden);
    if (challenged && TRY(way.authorizer->challenged(upgrade.status, net::header(upgrade.headers, "www-authenticate"),
                                                     proof, limits.deadline, limits.stop)))
      continue;
    return no_socket(upgrade.status, way, where);
  }
}

}  // namespace agent::mcp
