#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct SeenRequest {
  std::string method, target;
  Headers headers;  ///< Names in lower case.
  std::string body;
  int connection = 0;        ///< Which one it came on, from 1.
  bool certificate = false;  ///< The client showed one.

  [[nodiscard]] std::string header(std::string_view name) const;  ///< `name` in lower case; empty when missing.
};

/// What a handler may do on the connection of a request. When it returns, the next request is read.
class Talk {
 public:
  virtual ~Talk() = default;
  /// A whole answer; Content-Length is added, and to HEAD only the headers are sent.
  virtual void answer(int status, std::string_view body = {}, const Headers& headers = {}) = 0;
  virtual bool send(std::string_view bytes) = 0;  ///< As they are; false when the client is gone.
  /// What comes next on the connection, of another protocol; empty at its end.
  virtual std::string receive() = 0;
  virtual void cut() = 0;                          ///< Closes the connection without a farewell.
  virtual void wait() = 0;                         ///< Until the client or the server goes away.
  virtual void tunnel_to(std::uint16_t port) = 0;  ///< Passes bytes to and from another server, as a proxy does.
};

using Handler = std::function<void(const SeenRequest&, Talk&)>;

struct ServerTls {
  std::string certificate, key;  ///< PEM.
  std::string client_ca;         ///< PEM; when given, a client needs a certificate by it.
};

/// An HTTP/1.1 server on a loopback port, with a thread a connection; it does what its handler says.
class HttpServer {
 public:
  explicit HttpServer(Handler handler, const std::optional<ServerTls>& tls = {});
  ~HttpServer();

  [[nodiscard]] std::uint16_t port() const;
  /// "http://127.0.0.1:PORT" and `path`.
  [[nodiscard]] std::string url(std::string_view path = "/") const;
  [[nodiscard]] int connections() const;  ///< Accepted so far.
  [[nodiscard]] std::vector<SeenRequest> seen() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A loopback port where connections are accepted and nothing is ever said.
class SilentServer {
 public:
  SilentServer();
  ~SilentServer();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  int fd_ = -1;
};

/// A DNS server on a loopback port: every name has the address 127.0.0.1, but those that begin with "missing" don't
/// exist, and those that begin with "silent" are not answered.
class DnsServer {
 public:
  DnsServer();
  ~DnsServer();
  [[nodiscard]] std::string address() const;  ///< "127.0.0.1:PORT".

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent::test
