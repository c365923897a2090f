#include "net/resolve.hpp"

#include "base/text.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>

namespace agent::net {
namespace {

constexpr int query_time_ms = 2000;  // of one question to one server; doubled at each of the tries
constexpr int tries = 3;

SocketAddress from(const void* address, std::size_t size) {
  SocketAddress made;
  std::memcpy(&made.storage, address, size);
  made.size = static_cast<socklen_t>(size);
  return made;
}

std::optional<SocketAddress> literal(const std::string& host, std::uint16_t port) {
  sockaddr_in four{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) return from(&four, sizeof four);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) return from(&six, sizeof six);
  return {};
}

struct Answer {
  bool here = false;
  int status = ARES_SUCCESS;
  std::vector<SocketAddress> addresses;
};

void take_answer(void* to, int status, int /*timeouts*/, ares_addrinfo* found) {
  auto& answer = *static_cast<Answer*>(to);
  answer.here = true;
  answer.status = status;
  for (const auto* node = found ? found->nodes : nullptr; node; node = node->ai_next) {
    answer.addresses.push_back(from(node->ai_addr, node->ai_addrlen));
  }
  ares_freeaddrinfo(found);
}

struct CloseChannel {
  void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, CloseChannel>;

/// The library's own set-up, once; it does nothing else than count on this system.
int library() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  return status;
}

Channel open_channel(const std::string& servers) {
  ares_channel channel = nullptr;
  ares_options options{};
  options.timeout = query_time_ms;
  options.tries = tries;
  // Files first, then DNS, whatever nsswitch.conf says: other sources would need the host's modules.
  std::array<char, 3> lookups{"fb"};
  options.lookups = lookups.data();
  if (library() != ARES_SUCCESS ||
      ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS) != ARES_SUCCESS) {
    return nullptr;
  }
  Channel owned(channel);
  if (!servers.empty() && ares_set_servers_ports_csv(channel, servers.c_str()) != ARES_SUCCESS) return nullptr;
  return owned;
}

struct Waits {
  std::array<pollfd, ARES_GETSOCK_MAXNUM> fds{};
  std::size_t count = 0;
};

Waits waits_of(ares_channel channel) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const auto wanted = static_cast<unsigned>(ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM));
  Waits waits;
  for (unsigned i = 0; i < sockets.size(); ++i) {
    const auto reads = ARES_GETSOCK_READABLE(wanted, i), writes = ARES_GETSOCK_WRITABLE(wanted, i);
    if (!reads && !writes) continue;
    const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
    waits.fds[waits.count++] = {.fd = sockets[i], .events = static_cast<short>(events), .revents = 0};
  }
  return waits;
}

Deadline next_try(ares_channel channel) {
  timeval left{};
  if (!ares_timeout(channel, nullptr, &left)) return Deadline::max();
  return std::chrono::steady_clock::now() + std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

/// Moves the questions on as far as it goes without waiting.
void process(ares_channel channel, Waits waits) {
  ::poll(waits.fds.data(), waits.count, 0);
  ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // those whose time is over
  for (std::size_t i = 0; i < waits.count; ++i) {
    const auto& [fd, _, ready] = waits.fds[i];
    const bool readable = (ready & ~POLLOUT) != 0, writable = (ready & POLLOUT) != 0;  // an error shows by reading
    ares_process_fd(channel, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
  }
}

std::unexpected<Error> no_addresses(const std::string& host, int status, Call& call) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
      return call.fails(ErrorKind::unreachable, "there is no host '" + host + "'",
                        "check the name, and the DNS servers of this machine");
    case ARES_ETIMEOUT:
      return call.fails(ErrorKind::unreachable, "no DNS server answers for '" + host + "'",
                        "check the name servers in /etc/resolv.conf");
    default:
      return call.passes(ErrorKind::unreachable, "cannot resolve '" + host + "': " + lower(ares_strerror(status)),
                         "check the name servers in /etc/resolv.conf");
  }
}

Result<std::vector<SocketAddress>> ask(const std::string& host, std::uint16_t port, const std::string& servers,
                                       Call& call) {
  Answer answer;  // before the channel: closing it calls back
  const Channel channel = open_channel(servers);
  if (!channel) return call.fails(ErrorKind::settings, "the DNS servers '" + servers + "' cannot be used");
  ares_addrinfo_hints hints{.ai_flags = 0, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = 0};
  ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, take_answer, &answer);
  while (!answer.here) {
    const Waits waits = waits_of(channel.get());
    TRY(call.wait({waits.fds.data(), waits.count}, next_try(channel.get())));
    process(channel.get(), waits);
  }
  if (answer.addresses.empty()) return no_addresses(host, answer.status, call);
  for (auto& address : answer.addresses) {
    // Port: the same place in both kinds of address.
    reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = htons(port);
  }
  return std::move(answer.addresses);
}

}  // namespace

Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port, const std::string& servers,
                                           Call& call) {
  if (const auto address = literal(host, port)) return std::vector{*address};
  if (host == "localhost" || host.ends_with(".localhost")) {  // RFC 6761, 6.3
    return std::vector{*literal("127.0.0.1", port), *literal("::1", port)};
  }
  return ask(host, port, servers, call);
}

}  // namespace agent::net
