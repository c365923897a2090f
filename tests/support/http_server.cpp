#include "support/http_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>

namespace agent::test {
namespace {

template <auto free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Session = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using Context = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A test without a socket is none.
int socket_of(int type) {
  const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0) std::abort();
  return fd;
}

/// A socket bound to a free loopback port.
int bound(int type, std::uint16_t& port) {
  const int fd = socket_of(type);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) std::abort();
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

/// OpenSSL writes by write(2): a client that went away must not end the tests.
void ignore_broken_pipes() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Context make_context(const ServerTls& tls) {
  Context context(SSL_CTX_new(TLS_server_method()));
  const Bio certificate(BIO_new_mem_buf(tls.certificate.data(), -1)), key(BIO_new_mem_buf(tls.key.data(), -1));
  const std::unique_ptr<X509, FreeWith<X509_free>> x509(
      PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>> pkey(
      PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context.get(), x509.get());
  SSL_CTX_use_PrivateKey(context.get(), pkey.get());
  if (!tls.client_ca.empty()) {
    const Bio ca(BIO_new_mem_buf(tls.client_ca.data(), -1));
    const std::unique_ptr<X509, FreeWith<X509_free>> authority(PEM_read_bio_X509(ca.get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The request whose head is `text`.
SeenRequest parse(const std::string& text) {
  SeenRequest seen;
  const auto first = text.find("\r\n"), blank = text.find(' '), second = text.find(' ', blank + 1);
  seen.method = text.substr(0, blank);
  seen.target = text.substr(blank + 1, second - blank - 1);
  for (auto at = first + 2; at < text.size();) {
    const auto end = text.find("\r\n", at), colon = text.find(':', at);
    if (end == at || end == std::string::npos) break;
    const auto value = text.find_first_not_of(' ', colon + 1);
    seen.headers.emplace_back(lower(text.substr(at, colon - at)), text.substr(value, end - value));
    at = end + 2;
  }
  return seen;
}

void pass(int from, int to) {
  std::array<char, 16384> bytes{};
  for (ssize_t size = 0; (size = ::recv(from, bytes.data(), bytes.size(), 0)) > 0;) {
    if (::send(to, bytes.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) < 0) break;
  }
  ::shutdown(to, SHUT_WR);
}

class ServerConnection final : public Talk {
 public:
  ServerConnection(int fd, SSL_CTX* context) : fd_(fd), session_(context ? SSL_new(context) : nullptr) {}

  bool begin() {
    if (!session_) return true;
    SSL_set_fd(session_.get(), fd_);
    const bool shaken = SSL_accept(session_.get()) == 1;
    ERR_clear_error();
    return shaken;
  }

  void end() {
    if (session_ && !cut_) SSL_shutdown(session_.get());
    ERR_clear_error();
  }

  bool next(SeenRequest& seen) {
    const auto end = read_until([&] { return input_.find("\r\n\r\n"); });
    if (end == std::string::npos) return false;
    seen = parse(input_.substr(0, end + 4));
    input_.erase(0, end + 4);
    is_head_ = seen.method == "HEAD";
    seen.certificate = session_ && SSL_get0_peer_certificate(session_.get()) != nullptr;
    const auto length = seen.header("content-length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    read_until([&] { return input_.size() >= size ? size : std::string::npos; });
    seen.body = input_.substr(0, size);
    input_.erase(0, size);
    return true;
  }

  void answer(int status, std::string_view body, const Headers& headers) override {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    if (status != 204 && status != 304) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    send(text + "\r\n" + std::string(is_head_ ? "" : body));
  }

  bool send(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto size = session_ ? SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                 : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
      if (size <= 0) break;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    ERR_clear_error();
    return bytes.empty();
  }

  std::string receive() override {
    if (input_.empty()) read_until([&] { return input_.empty() ? std::string::npos : std::size_t{0}; });
    return std::exchange(input_, {});
  }

  void cut() override {
    cut_ = true;
    ::shutdown(fd_, SHUT_RDWR);
  }

  void wait() override {
    std::array<char, 4096> bytes{};
    while (::recv(fd_, bytes.data(), bytes.size(), 0) > 0) {
    }
    cut();
  }

  void tunnel_to(std::uint16_t port) override {
    const int other = socket_of(SOCK_STREAM);
    const auto address = loopback(port);
    if (::connect(other, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) cut();
    {
      const std::jthread back([&] {
        pass(other, fd_);
        ::shutdown(fd_, SHUT_RD);
      });
      pass(fd_, other);
    }
    ::close(other);
    cut();
  }

  [[nodiscard]] bool is_cut() const { return cut_; }

 private:
  template <class Found>
  std::size_t read_until(const Found& found) {
    std::array<char, 16384> bytes{};
    for (;;) {
      if (const auto at = found(); at != std::string::npos) return at;
      const auto size = session_ ? SSL_read(session_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                 : static_cast<int>(::recv(fd_, bytes.data(), bytes.size(), 0));
      ERR_clear_error();
      if (size <= 0) return std::string::npos;
      input_.append(bytes.data(), static_cast<std::size_t>(size));
    }
  }

  int fd_;
  Session session_;
  std::string input_;
  bool cut_ = false, is_head_ = false;
};

}  // namespace

std::string SeenRequest::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& one) { return one.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

struct HttpServer::State {
  State(Handler given, const std::optional<ServerTls>& tls)
      : handler(std::move(given)), context(tls ? make_context(*tls) : nullptr) {
    listener = bound(SOCK_STREAM, port);
    ::listen(listener, 128);
    acceptor = std::thread([this] { accept_all(); });
  }

  ~State() {
    ::shutdown(listener, SHUT_RDWR);
    acceptor.join();
    {
      const std::lock_guard lock(mutex);
      for (const int fd : open) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads) thread.join();
    ::close(listener);
  }

  void accept_all() {
    ignore_broken_pipes();
    for (int fd = -1; (fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      const int yes = 1, number = ++connections;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      const std::lock_guard lock(mutex);
      open.insert(fd);
      threads.emplace_back([this, fd, number] { serve(fd, number); });
    }
  }

  void serve(int fd, int number) {
    ServerConnection connection(fd, context.get());
    SeenRequest request;
    for (bool goes = connection.begin(); goes && !connection.is_cut() && connection.next(request);) {
      request.connection = number;
      {
        const std::lock_guard lock(mutex);
        seen.push_back(request);
      }
      handler(request, connection);
    }
    connection.end();
    const std::lock_guard lock(mutex);
    open.erase(fd);
    ::close(fd);
  }

  Handler handler;
  Context context;
  int listener = -1;
  std::uint16_t port = 0;
  std::atomic<int> connections = 0;
  std::mutex mutex;  ///< Of what follows.
  std::set<int> open;
  std::vector<SeenRequest> seen;
  std::vector<std::thread> threads;
  std::thread acceptor;
};

HttpServer::HttpServer(Handler handler, const std::optional<ServerTls>& tls)
    : state_(std::make_unique<State>(std::move(handler), tls)) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return state_->port; }

std::string HttpServer::url(std::string_view path) const {
  return (state_->context ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) + std::string(path);
}

int HttpServer::connections() const { return state_->connections; }

std::vector<SeenRequest> HttpServer::seen() const {
  const std::lock_guard lock(state_->mutex);
  return state_->seen;
}

SilentServer::SilentServer() : fd_(bound(SOCK_STREAM, port_)) { ::listen(fd_, 128); }
SilentServer::~SilentServer() { ::close(fd_); }

struct DnsServer::State {
  State() {
    fd = bound(SOCK_DGRAM, port);
    thread = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~State() {
    thread.request_stop();
    const int waker = socket_of(SOCK_DGRAM);
    const auto address = loopback(port);
    ::sendto(waker, "", 0, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::close(waker);
    thread.join();
    ::close(fd);
  }

  void serve(const std::stop_token& stop) const {
    std::array<char, 512> bytes{};
    while (!stop.stop_requested()) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto received = ::recvfrom(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (received < 17) continue;
      const auto reply = answer({bytes.data(), static_cast<std::size_t>(received)});
      if (!reply.empty()) ::sendto(fd, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
  }

  /// RFC 1035, 4: the question with an A record where it asks for one.
  static std::string answer(const std::string& question) {
    constexpr std::size_t header = 12;
    const std::string_view name = std::string_view(question).substr(header + 1);
    if (name.starts_with("silent")) return {};
    const auto end = question.find('\0', header) + 5;  // its type and class behind it
    const bool asks_a = question[end - 4] == 0 && question[end - 3] == 1, missing = name.starts_with("missing");
    const bool gives = asks_a && !missing;
    std::string reply = question.substr(0, 2) + "\x81" + (missing ? "\x83" : "\x80") + std::string("\0\1\0", 3) +
                        (gives ? '\1' : '\0') + std::string(4, '\0') + question.substr(header, end - header);
    if (gives) reply += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1", 16);
    return reply;
  }

  int fd = -1;
  std::uint16_t port = 0;
  std::jthread thread;
};

DnsServer::DnsServer() : state_(std::make_unique<State>()) {}
DnsServer::~DnsServer() = default;
std::string DnsServer::address() const { return "127.0.0.1:" + std::to_string(state_->port); }

}  // namespace agent::test
