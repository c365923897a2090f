#include "net/web_socket.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "net/exchange.hpp"
#include "net/web_socket_connection.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

namespace agent::net {
namespace {

constexpr int switching_protocols = 101;
constexpr std::size_t key_bytes = 16;

bool is_ours(std::string_view header_name) {
  constexpr std::array ours{"host", "user-agent", "connection", "upgrade", "content-length", "transfer-encoding"};
  const auto name = lower(header_name);
  return name.starts_with("sec-websocket-") || std::ranges::find(ours, name) != ours.end();
}

/// ws and wss are http and https in all but name (RFC 6455, 3).
Result<Url> parse_web_socket_url(const std::string& text) {
  const auto scheme = lower(text.substr(0, text.find(':')));
  if (scheme != "ws" && scheme != "wss") return parse_url(text);
  return parse_url((scheme == "ws" ? "http" : "https") + text.substr(scheme.size()));
}

/// RFC 6455, 4.2.2.
std::string accept_value(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  return base64(digest);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Result<std::string> upgrade_head(const WebSocketRequest& request, const Url& url, const ClientOptions& options,
                                 const std::string& key) {
  std::vector<Header> headers{{"Host", url.authority()},  {"User-Agent", options.user_agent},
                              {"Upgrade", "websocket"},   {"Connection", "Upgrade"},
                              {"Sec-WebSocket-Key", key}, {"Sec-WebSocket-Version", "13"}};
  if (!request.subprotocols.empty()) headers.push_back({"Sec-WebSocket-Protocol", joined(request.subprotocols)});
  for (const auto& [name, value] : request.headers) {
    if (is_ours(name)) return fail(ErrorKind::settings, "the header '" + lower(name) + "' is not to be given");
  }
  if (!url.userinfo.empty() && header(request.headers, "authorization").empty()) {
    headers.push_back({"Authorization", "Basic " + base64(url.userinfo)});
  }
  std::ranges::copy(request.headers, std::back_inserter(headers));
  return request_head("GET", url.target, headers);
}

/// Is `word` (lower case) one of those that the headers `name` list?
bool lists(const std::vector<Header>& headers, std::string_view name, std::string_view word) {
  return std::ranges::any_of(headers, [&](const Header& one) {
    return lower(one.name) == name && std::ranges::any_of(std::views::split(one.value, ','), [&](const auto& part) {
             return lower(trim(std::string_view(part.begin(), part.end()))) == word;
           });
  });
}

/// RFC 6455, 4.1: what the server must have answered.
Result<void> check_upgrade(const ResponseHead& head, const WebSocketRequest& request, const std::string& key,
                           Call& call) {
  const auto refuse = [&](const std::string& why) {
    return call.fails(ErrorKind::unreadable, "the server's answer begins no WebSocket: " + why,
                      "check that the URL is one of a WebSocket server");
  };
  const auto& headers = head.headers;
  if (!lists(headers, "upgrade", "websocket")) return refuse("it does not upgrade to it");
  if (!lists(headers, "connection", "upgrade")) return refuse("it does not upgrade the connection");
  if (header(headers, "sec-websocket-accept") != accept_value(key)) return refuse("it does not fit the request");
  if (!header(headers, "sec-websocket-extensions").empty()) return refuse("it has an extension that was not asked for");
  const auto taken = header(headers, "sec-websocket-protocol");
  if (!taken.empty() && std::ranges::find(request.subprotocols, taken) == request.subprotocols.end()) {
    return refuse("it has a subprotocol that was not asked for");
  }
  return {};
}

}  // namespace

struct WebSocket::State {
  WebSocketConnection connection;
  std::string subprotocol;
};

WebSocket::WebSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebSocket::~WebSocket() = default;

Result<Upgrade> WebSocket::connect(const ClientOptions& options, const WebSocketRequest& request,
                                   const std::stop_token& stop) {
  const Hop hop{.url = TRY(parse_web_socket_url(request.url)), .method = "GET", .headers = {}, .body = {}};
  const std::string about = "ws" + hop.url.shown().substr(std::string_view("http").size());
  Call call(about, request.deadline, stop);
  const std::string key = base64(TRY(random_bytes(key_bytes)));
  const std::string text = TRY(upgrade_head(request, hop.url, options, key));
  Client client(options);
  auto stream = TRY(open_own_stream(client, hop, call));
  call.enter("asking for a WebSocket", options.idle_timeout);
  TRY(stream->write(text, call));
  ResponseReader reader(Body::none, options.max_header_bytes);
  auto head = TRY(reader.head(*stream, call));
  if (head.status != switching_protocols) return Upgrade{head.status, std::move(head.headers), nullptr};
  TRY(check_upgrade(head, request, key, call));
  std::string subprotocol(header(head.headers, "sec-websocket-protocol"));
  const WebSocketConnection::Limits limits{options.idle_timeout, request.max_message_bytes};
  std::unique_ptr<State> state(new State{{std::move(stream), reader.rest(), about, limits}, std::move(subprotocol)});
  return Upgrade{head.status, std::move(head.headers), std::unique_ptr<WebSocket>(new WebSocket(std::move(state)))};
}

const std::string& WebSocket::subprotocol() const { return state_->subprotocol; }

Result<void> WebSocket::send_text(std::string_view text, Deadline deadline, const std::stop_token& stop) {
  return state_->connection.send_text(text, deadline, stop);
}

Result<std::optional<std::string>> WebSocket::receive(Deadline deadline, const std::stop_token& stop) {
  return state_->connection.receive(deadline, stop);
}

void WebSocket::close(Deadline deadline) { state_->connection.close(deadline); }

Farewell WebSocket::farewell() const { return state_->connection.farewell(); }

}  // namespace agent::net
