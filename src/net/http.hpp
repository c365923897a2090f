#pragma once

#include "base/byte_stream.hpp"
#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::net {

/// A point in time at which a wait ends. Deadline::max(): none but the client's own limits.
using Deadline = std::chrono::steady_clock::time_point;

struct Header {
  std::string name, value;
};

/// The first value of `name` (any case) in `headers`; empty when there is none.
[[nodiscard]] std::string_view header(const std::vector<Header>& headers, std::string_view name);

/// What the name of a header, or a method, may be (RFC 9110, 5.6.2).
[[nodiscard]] bool is_token(std::string_view text);

/// May a request be sent again when nothing, 429 or 5xx came back?
enum class Repeat {
  by_method,   ///< GET, HEAD, OPTIONS, PUT and DELETE (RFC 9110, 9.2.2).
  if_asked,    ///< The same, but after an answer only where it has a `Retry-After`.
  if_refused,  ///< Any method, and only after 429 with a `Retry-After`: the server did nothing yet.
  yes,
  no,
};

struct Request {
  std::string method = "GET";
  /// http or https. Credentials in it become `Authorization: Basic` unless that header is given.
  std::string url;
  /// `Host`, `Content-Length`, `Transfer-Encoding` and `User-Agent` are ours and refused; `Accept-Encoding` and
  /// `Connection` are ours, too. A name that is no token, or a value with a line break or NUL, is refused.
  std::vector<Header> headers = {};
  std::string body = {};
  Deadline deadline = Deadline::max();  ///< Of everything: retries, redirects and the body.
  Repeat repeat = Repeat::by_method;
  /// Instead of the client's `max_body_bytes`; UINT64_MAX for a body that is not kept in memory, such as a log.
  std::optional<std::uint64_t> max_body_bytes = {};
  /// Becomes true when all of it was handed to the network: a failure before that means that no server can have done
  /// what it asks for. Lives until the call that takes the request returns.
  bool* sent = nullptr;
};

/// An answer whose body is pulled on the caller's thread. Any status is an answer; what 401 or 404 means is the
/// caller's to say.
struct Response {
  int status = 0;
  std::vector<Header> headers;
  /// Never null; gzip is unpacked. Errors: `unreadable` (cut off, damaged, larger than the limit), `unreachable` (no
  /// byte for `idle_timeout`), `deadline`, `interrupted`. The connection goes back to the pool at the end; dropping a
  /// body earlier closes it. It may outlive the client, and is for one thread at a time.
  std::unique_ptr<ByteStream> body;
};

/// An answer whose body is in memory.
struct WholeResponse {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
};

/// Which servers are trusted, and who we are to them. Client certificate, `server_name` and `insecure` are for the
/// servers that requests name; a redirect to another server goes without them.
struct TlsOptions {
  std::string ca_data;  ///< PEM; only these are trusted when given.
  std::string ca_file;  ///< The same as a file (`--ca-file`, SSL_CERT_FILE).
  /// Else the first of these that exists, the places of the usual distributions; else those that were built in.
  std::vector<std::string> system_ca_files = usual_ca_files();
  std::string certificate;  ///< PEM with its chain, and the key to it; both or none.
  std::string key;
  std::string server_name;  ///< What the certificate must name, and what is asked for (SNI), instead of the URL's host.
  bool insecure = false;    ///< Any certificate will do.

  [[nodiscard]] static std::vector<std::string> usual_ca_files();
};

/// As the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY have it; the caller reads them. A proxy is spoken to over
/// http: "http://user:password@proxy:3128" or "proxy:3128". `no_proxy` as Go's programs read it: "*", hosts with their
/// subdomains, ".subdomains.only", addresses, CIDR blocks, each with ":port" or without. Loopback is never proxied.
struct ProxyOptions {
  std::string http, https, no_proxy;
};

struct ClientOptions {
  TlsOptions tls;
  ProxyOptions proxy;
  std::chrono::milliseconds connect_timeout{10'000};  ///< Resolve, connect, proxy and handshake together.
  std::chrono::milliseconds idle_timeout{60'000};     ///< Without a byte sent or received.
  int max_retries = 3;
  std::chrono::milliseconds first_retry_wait{100};  ///< At most; the next ones double.
  /// A longer `Retry-After` is not waited for: the answer is the caller's.
  std::chrono::milliseconds max_retry_wait{30'000};
  int max_redirects = 10;  ///< 0: a redirect is an answer like others.
  std::size_t max_header_bytes = std::size_t{64} * 1024;
  std::uint64_t max_body_bytes = std::uint64_t{64} * 1024 * 1024;  ///< Unpacked.
  std::string user_agent = "agent";
  /// "192.0.2.1:53,…" instead of /etc/resolv.conf's.
  std::string dns_servers;
};

struct Client;

/// HTTP/1.1 with TLS 1.2 or later, proxies, redirects, retries and kept connections; any number of threads at once.
///
/// Every wait ends at the request's deadline, at a limit of ClientOptions or when a stop is asked for, whichever is
/// first. Idempotent requests are repeated when no answer came, and after 429, 500, 502, 503 and 504, with a growing
/// wait and jitter or what `Retry-After` asks for; then the last answer or error is the caller's. Redirects keep the
/// method and body on 307 and 308 only; credentials stay with the server they were given for; from https to http, or
/// with a body to another server, none is followed. Names are resolved by /etc/hosts and DNS, not by NSS modules.
/// Nothing is set up before the first request. Idle connections: 16 a server, 30 s.
///
/// Errors: `unreachable` (no such name, refused, TLS with the reason, a limit of time), `unauthorised` (the proxy's
/// 407; the server refuses our certificate), `settings` (URL, header, PEM data or proxy is wrong), `unreadable` (what
/// came is not HTTP, too large, or cut off), `deadline`, `interrupted`. They name URLs without credentials or query
/// values.
class HttpClient {
 public:
  explicit HttpClient(ClientOptions options = {});
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// The answer as soon as its headers are here.
  [[nodiscard]] Result<Response> exchange(const Request& request, const std::stop_token& stop = {}) const;

  /// The answer with its whole body. A body that is cut off is fetched again as far as `repeat` and retries allow.
  [[nodiscard]] Result<WholeResponse> fetch(const Request& request, const std::stop_token& stop = {}) const;

  /// fetch() of each, at most `max_in_flight` at once (at least 1); results in the order of `requests`. A stop or a
  /// deadline makes those that are not answered errors.
  [[nodiscard]] std::vector<Result<WholeResponse>> exchange_all(const std::vector<Request>& requests,
                                                                std::size_t max_in_flight,
                                                                const std::stop_token& stop = {}) const;

  /// exchange() of each; `take(index, answer)` runs on a thread of this call and pulls the body there, so that up to
  /// `max_in_flight` of them run at once. Returns when all are taken. `take` must not throw.
  void exchange_each(const std::vector<Request>& requests, std::size_t max_in_flight,
                     const std::function<void(std::size_t, Result<Response>)>& take,
                     const std::stop_token& stop = {}) const;

 private:
  std::shared_ptr<Client> client_;
};

/// All of `body`. Errors: the stream's own; it is bounded by the limit of the response it came with.
[[nodiscard]] Result<std::string> read_all(ByteStream& body);

}  // namespace agent::net
