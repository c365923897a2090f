#include "mcp/oauth_guard.hpp"

#include "net/call.hpp"
#include "net/resolve.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace agent::mcp {
namespace {

struct Block {
  std::uint32_t network;
  unsigned bits;
  Place place;
};

constexpr Place on_host{Reach::host, false}, in_network{Reach::network, false}, on_link{Reach::network, true};

/// RFC 6890, 2.2.2, RFC 6598 and RFC 2544.
constexpr std::array<Block, 10> blocks{{{0x00000000, 8, on_host},
                                        {0x0a000000, 8, in_network},
                                        {0x64400000, 10, in_network},
                                        {0x7f000000, 8, on_host},
                                        {0xa9fe0000, 16, on_link},
                                        {0xac100000, 12, in_network},
                                        {0xc0000000, 24, in_network},
                                        {0xc0a80000, 16, in_network},
                                        {0xc6120000, 15, in_network},
                                        {0xe0000000, 3, in_network}}};

Place place_of_v4(std::uint32_t address) {
  for (const Block& block : blocks)
    if ((address >> (32U - block.bits)) == (block.network >> (32U - block.bits))) return block.place;
  return {};
}

Place not_of_all(Place place) {
  place.reach = std::max(place.reach, Reach::network);
  return place;
}

Place place_of_v6(const in6_addr& address) {
  const auto* bytes = static_cast<const std::uint8_t*>(address.s6_addr);
  const auto v4_at = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes + at, 4);
    return place_of_v4(ntohl(value));
  };
  if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address)) return on_host;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return v4_at(12);
  // NAT64 (RFC 6052) leads to the address in the last four bytes: in a network with IPv6 alone so does every name with
  // IPv4 alone, and those of all stay of all.
  constexpr std::array<std::uint8_t, 12> nat64{0x00, 0x64, 0xff, 0x9b};
  if (std::equal(nat64.begin(), nat64.end(), bytes)) return v4_at(12);
  constexpr std::array<std::uint8_t, 6> local_nat64{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01};  // RFC 8215
  if (std::equal(local_nat64.begin(), local_nat64.end(), bytes)) return in_network;
  // Where 6to4 (2002::/16) and addresses that are compatible with IPv4 (RFC 4291, 2.5.5.1) lead is up to the network.
  constexpr std::array<std::uint8_t, 12> compatible{};
  if (std::equal(compatible.begin(), compatible.end(), bytes)) return not_of_all(v4_at(12));
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return not_of_all(v4_at(2));
  if (IN6_IS_ADDR_LINKLOCAL(&address)) return on_link;
  const bool unique_local = (bytes[0] & 0xfeU) == 0xfcU;
  return unique_local || IN6_IS_ADDR_SITELOCAL(&address) || IN6_IS_ADDR_MULTICAST(&address) ? in_network : Place{};
}

std::unexpected<Error> refuse(std::string_view what, const std::string& why, const std::string& where) {
  return fail(ErrorKind::unauthorised, std::string(what) + " " + why, where,
              "if that is meant to be so, allow internal addresses for this server");
}

}  // namespace

Place place_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return place_of_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return place_of_v6(v6.sin6_addr);
}

Result<Place> UrlGuard::place(const net::Url& url, const Limits& limits) const {
  net::Call call("looking up '" + url.host + "'", limits.deadline, limits.stop);
  const auto addresses = net::resolve(url.host, url.port, dns_servers_, call);
  if (!addresses) {
    // Behind a proxy there may be no DNS; without one the request will say what is wrong.
    if (addresses.error().kind == ErrorKind::unreachable) return Place{};
    return std::unexpected(addresses.error());
  }
  Place place;
  for (const auto& address : *addresses) {
    const Place one = place_of(address.storage);
    place.reach = std::max(place.reach, one.reach);
    place.link_local = place.link_local || one.link_local;
  }
  return place;
}

Result<net::Url> UrlGuard::check(std::string_view text, std::string_view what, const Limits& limits) const {
  auto parsed = net::parse_url(text);
  if (!parsed) return fail(ErrorKind::unauthorised, std::string(what) + " is no http or https URL", server_.shown());
  net::Url url = *std::move(parsed);
  if (!url.userinfo.empty()) return refuse(what, "has credentials in its URL", url.shown());
  if (url.origin() == server_.origin() || allow_internal_) return url;
  const Place target = TRY(place(url, limits));
  if (!url.tls && target.reach != Reach::host) return refuse(what, "is not https", url.shown());
  const Place own = TRY(place(server_, limits));
  if (target.reach > own.reach || (target.link_local && !own.link_local))
    return refuse(what, "is at an internal address, and the MCP server is not", url.shown());
  return url;
}

}  // namespace agent::mcp
