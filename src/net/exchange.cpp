#include "net/exchange.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "net/proxy.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace agent::net {
namespace {

constexpr int status_ok = 200, status_proxy_credentials = 407;

bool has(const std::vector<Header>& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const Header& one) { return lower(one.name) == name; });
}

std::unexpected<Error> proxy_wants_credentials(const Proxy& proxy, Call& call) {
  const std::string name = "the proxy '" + proxy.host + ":" + std::to_string(proxy.port) + "'";
  return call.fails(ErrorKind::unauthorised,
                    proxy.authorization.empty() ? name + " asks for credentials (407)"
                                                : name + " refuses the credentials it was given (407)",
                    "give them in HTTPS_PROXY or HTTP_PROXY: http://USER:PASSWORD@HOST:PORT");
}

/// RFC 9110, 9.3.6.
Result<void> open_tunnel(Stream& stream, const Proxy& proxy, const Hop& hop, const ClientOptions& options, Call& call) {
  const std::string target = hop.url.host_port();
  call.enter("asking the proxy for a way to '" + target + "'", call.limit());
  std::vector<Header> headers{{"Host", target}, {"User-Agent", options.user_agent}};
  if (!proxy.authorization.empty()) headers.push_back({"Proxy-Authorization", proxy.authorization});
  const auto text = TRY(request_head("CONNECT", target, headers));
  TRY(stream.write(text, call));
  ResponseReader reader(Body::none, options.max_header_bytes);
  const auto head = TRY(reader.head(stream, call));
  if (head.status == status_proxy_credentials) return proxy_wants_credentials(proxy, call);
  if (head.status != status_ok) {
    return call.fails(ErrorKind::unreachable,
                      "the proxy '" + proxy.host + ":" + std::to_string(proxy.port) + "' opens no way to '" + target +
                          "' (" + std::to_string(head.status) + ")",
                      "ask for it at the proxy, or name the host in NO_PROXY");
  }
  return {};
}

Result<Descriptor> connect_to(const std::string& host, std::uint16_t port, const ClientOptions& options, Call& call) {
  const Url named{.tls = false, .host = host, .port = port, .target = {}, .userinfo = {}};
  call.enter("resolving '" + host + "'", call.limit());
  const auto addresses = TRY(resolve(host, port, options.dns_servers, call));
  call.enter("connecting to '" + named.host_port() + "'", call.limit());
  return connect(addresses, named.host_port(), call);
}

/// What a proxy does for a connection.
enum class ProxyUse {
  as_usual,  ///< It is asked for what is not encrypted, and opens a tunnel for the rest.
  tunnels,
};

Result<std::unique_ptr<Stream>> open_stream(Client& client, const Hop& hop, const std::optional<Proxy>& proxy,
                                            ProxyUse use, Call& call) {
  const auto& options = client.options;
  const Tls* tls = hop.url.tls ? TRY(client.tls()) : nullptr;
  call.enter("connecting", std::chrono::steady_clock::now() + options.connect_timeout);
  auto socket = TRY(proxy ? connect_to(proxy->host, proxy->port, options, call)
                          : connect_to(hop.url.host, hop.url.port, options, call));
  if (proxy && (tls || use == ProxyUse::tunnels)) {
    const auto tunnel = plain_stream(Descriptor(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0)));
    TRY(open_tunnel(*tunnel, *proxy, hop, options, call));
  }
  if (!tls) return plain_stream(std::move(socket));
  call.enter("shaking hands with '" + hop.url.host_port() + "'", call.limit());
  return tls->handshake(std::move(socket), hop.url.host, hop.peer, call);
}

/// Connections of the same way may stand in for one another.
std::string way_of(const Hop& hop, const std::optional<Proxy>& proxy) {
  const std::string peer = hop.peer == Peer::named ? "" : " redirected";
  if (!proxy) return hop.url.origin() + peer;
  const std::string by = " by " + proxy->host + ":" + std::to_string(proxy->port);
  return hop.url.tls ? hop.url.origin() + peer + by : by;
}

Result<std::string> head_of(const Hop& hop, const std::optional<Proxy>& proxy, const ClientOptions& options) {
  const bool by_proxy = proxy && !hop.url.tls;
  std::vector<Header> headers{
      {"Host", hop.url.authority()}, {"User-Agent", options.user_agent}, {"Accept-Encoding", "gzip"}};
  if (!hop.url.userinfo.empty() && !has(hop.headers, "authorization")) {
    headers.push_back({"Authorization", "Basic " + base64(hop.url.userinfo)});
  }
  if (by_proxy && !proxy->authorization.empty()) headers.push_back({"Proxy-Authorization", proxy->authorization});
  std::ranges::copy_if(hop.headers, std::back_inserter(headers), [](const Header& one) {
    const auto name = lower(one.name);
    return name != "accept-encoding" && name != "connection";
  });
  if (!hop.body.empty() || hop.method == "POST" || hop.method == "PUT" || hop.method == "PATCH") {
    headers.push_back({"Content-Length", std::to_string(hop.body.size())});
  }
  const std::string absolute = "http://" + hop.url.authority() + hop.url.target;  // RFC 9112, 3.2.2
  return request_head(hop.method, by_proxy ? absolute : hop.url.target, headers);
}

Result<Answer> talk(std::unique_ptr<Connection> connection, const std::string& head, const Hop& hop,
                    const ClientOptions& options, Call& call) {
  ResponseReader reader(hop.method == "HEAD" ? Body::none : Body::as_told, options.max_header_bytes);
  call.enter("sending the request", options.idle_timeout);
  auto sent = connection->stream->write(head, call);
  // The last write may fail when all of it is on its way.
  if (sent && hop.sent != nullptr) *hop.sent = true;
  if (sent) sent = connection->stream->write(hop.body, call);
  if (!sent && !call.passing()) return std::unexpected(std::move(sent).error());
  // A server that refuses a request may answer and close before it has read all of it.
  call.enter("waiting for the answer", options.idle_timeout);
  auto answer = TRY(reader.head(*connection->stream, call));
  return Answer{std::move(answer), std::move(connection), std::move(reader)};
}

/// Over idle connections as long as there are some, then over a new one.
Result<Answer> talk_somehow(Client& client, const Hop& hop, const std::optional<Proxy>& proxy, const std::string& head,
                            bool repeatable, Call& call) {
  const std::string way = way_of(hop, proxy);
  while (auto idle = client.pool.take(way)) {
    auto answer = talk(std::move(idle), head, hop, client.options, call);
    if (answer || !repeatable || !call.passing()) return answer;
    call.try_again();
  }
  auto stream = TRY(open_stream(client, hop, proxy, ProxyUse::as_usual, call));
  return talk(std::make_unique<Connection>(std::move(stream), way), head, hop, client.options, call);
}

}  // namespace

Result<std::unique_ptr<Stream>> open_own_stream(Client& client, const Hop& hop, Call& call) {
  const auto proxy = TRY(proxy_for(hop.url, client.options.proxy));
  return open_stream(client, hop, proxy, ProxyUse::tunnels, call);
}

Result<const Tls*> Client::tls() {
  const std::lock_guard lock(mutex_);
  if (!tls_) tls_ = make_tls(options.tls);
  if (!*tls_) return std::unexpected(tls_->error());
  return tls_->value().get();
}

Result<Answer> send(Client& client, const Hop& hop, bool repeatable, Call& call) {
  call.enter("sending the request", client.options.idle_timeout);
  TRY(call.check());
  const auto proxy = TRY(proxy_for(hop.url, client.options.proxy));
  const std::string head = TRY(head_of(hop, proxy, client.options));
  auto answer = TRY(talk_somehow(client, hop, proxy, head, repeatable, call));
  const bool of_proxy = proxy && !hop.url.tls && answer.head.status == status_proxy_credentials;
  if (of_proxy) return proxy_wants_credentials(*proxy, call);
  return answer;
}

}  // namespace agent::net
