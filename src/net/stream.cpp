#include "net/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace agent::net {
namespace {

constexpr std::chrono::milliseconds attempt_delay{250};

std::string words(int code) {
  switch (code) {
    case ECONNREFUSED: return "connection refused";
    case ENETUNREACH: return "no route to its network";
    case EHOSTUNREACH: return "no route to it";
    case ETIMEDOUT: return "no answer";
    default: return std::strerror(code);
  }
}

/// The attempts of one connect(): what is under way, and what went wrong last.
class Attempts {
 public:
  /// False when the address cannot even be tried.
  bool start(const SocketAddress& address) {
    Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return note(errno);
    const int yes = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(socket.get(), where, address.size) != 0 && errno != EINPROGRESS) return note(errno);
    waits_.push_back({.fd = socket.get(), .events = POLLOUT, .revents = 0});
    sockets_.push_back(std::move(socket));
    return true;
  }

  /// The first that is connected; those that failed are dropped.
  Descriptor take_connected() {
    ::poll(waits_.data(), waits_.size(), 0);
    for (std::size_t i = 0; i < waits_.size();) {
      if (waits_[i].revents == 0) {
        ++i;
        continue;
      }
      int code = 0;
      socklen_t size = sizeof code;
      ::getsockopt(waits_[i].fd, SOL_SOCKET, SO_ERROR, &code, &size);
      if (code == 0) return std::move(sockets_[i]);
      note(code);
      sockets_.erase(sockets_.begin() + static_cast<std::ptrdiff_t>(i));
      waits_.erase(waits_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return {};
  }

  [[nodiscard]] std::span<const pollfd> waits() const { return waits_; }
  [[nodiscard]] int code() const { return code_; }

 private:
  bool note(int code) {
    code_ = code;
    return false;
  }

  std::vector<Descriptor> sockets_;
  std::vector<pollfd> waits_;
  int code_ = ECONNREFUSED;
};

class PlainStream final : public Stream {
 public:
  explicit PlainStream(Descriptor socket) : socket_(std::move(socket)) {}

  Result<std::size_t> read(std::span<char> into, Call& call) override {
    for (;;) {
      const ssize_t size = ::recv(socket_.get(), into.data(), into.size(), 0);
      if (size >= 0) return static_cast<std::size_t>(size);
      if (errno == EAGAIN)
        TRY(call.wait(socket_.get(), POLLIN));
      else if (errno != EINTR)
        return call.passes(ErrorKind::unreachable, "the connection broke: " + words(errno));
    }
  }

  Result<void> write(std::string_view bytes, Call& call) override {
    while (!bytes.empty()) {
      const ssize_t size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(size));
      else if (errno == EAGAIN)
        TRY(call.wait(socket_.get(), POLLOUT));
      else if (errno != EINTR)
        return call.passes(ErrorKind::unreachable, "the connection broke: " + words(errno));
    }
    return {};
  }

  bool is_quiet() override {
    char byte = 0;
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
  }

 private:
  Descriptor socket_;
};

}  // namespace

Result<Descriptor> connect(const std::vector<SocketAddress>& addresses, const std::string& name, Call& call) {
  Attempts attempts;
  for (auto next = addresses.begin(); next != addresses.end() || !attempts.waits().empty();) {
    const bool starts = next != addresses.end();
    if (starts && !attempts.start(*next++) && attempts.waits().empty()) continue;
    const bool more = next != addresses.end();
    TRY(call.wait(attempts.waits(), more ? std::chrono::steady_clock::now() + attempt_delay : Deadline::max()));
    if (auto socket = attempts.take_connected()) return socket;
  }
  return call.passes(ErrorKind::unreachable, "cannot connect to '" + name + "': " + words(attempts.code()),
                     "check that the server runs, and the host and port");
}

std::unique_ptr<Stream> plain_stream(Descriptor socket) { return std::make_unique<PlainStream>(std::move(socket)); }

}  // namespace agent::net
