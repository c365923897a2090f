#pragma once

#include "net/call.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace agent::net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// The addresses of `host` in the order to try them in: an address itself, "localhost", /etc/hosts, DNS (with the
/// search list of /etc/resolv.conf). `servers`: ClientOptions::dns_servers.
/// Errors: `unreachable`, and those of Call::wait().
[[nodiscard]] Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                                         const std::string& servers, Call& call);

}  // namespace agent::net
