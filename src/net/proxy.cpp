#include "net/proxy.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>
#include <string_view>

namespace agent::net {
namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;  ///< 4 or 16.
};

std::optional<Address> address(std::string_view text) {
  const std::string name(text);
  Address found;
  if (::inet_pton(AF_INET, name.c_str(), found.bytes.data()) == 1)
    found.size = 4;
  else if (::inet_pton(AF_INET6, name.c_str(), found.bytes.data()) == 1)
    found.size = 16;
  else
    return {};
  return found;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

bool in_block(const Address& host, const Address& network, std::size_t bits) {
  if (host.size != network.size || bits > host.size * 8) return false;
  const std::size_t whole = bits / 8, rest = bits % 8;
  if (!std::equal(host.bytes.begin(), host.bytes.begin() + static_cast<std::ptrdiff_t>(whole), network.bytes.begin())) {
    return false;
  }
  const auto mask = static_cast<unsigned char>(0xff00U >> rest);
  return rest == 0 || ((host.bytes[whole] ^ network.bytes[whole]) & mask) == 0;
}

/// Takes ":port" off `entry`; a bare IPv6 address has none.
std::optional<std::uint16_t> take_port(std::string_view& entry) {
  const auto colon = entry.rfind(':');
  if (colon == std::string_view::npos || (entry.front() != '[' && entry.find(':') != colon)) return {};
  const auto port = number<std::uint16_t>(entry.substr(colon + 1));
  if (port) entry = entry.substr(0, colon);
  return port;
}

/// One entry of NO_PROXY, as golang.org/x/net/http/httpproxy reads it.
bool excludes(std::string_view entry, const Url& url) {
  if (entry.empty()) return false;
  if (entry == "*") return true;
  const auto host = address(url.host);
  if (const auto slash = entry.find('/'); slash != std::string_view::npos) {
    const auto network = address(entry.substr(0, slash));
    const auto bits = number<std::size_t>(entry.substr(slash + 1));
    return host && network && bits && in_block(*host, *network, *bits);
  }
  if (const auto port = take_port(entry); port && *port != url.port) return false;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (const auto only = address(entry)) return host && in_block(*host, *only, only->size * 8);
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) return url.host.ends_with(entry);
  return url.host == entry || url.host.ends_with("." + std::string(entry));
}

bool is_direct(const Url& url, const std::string& no_proxy) {
  if (is_loopback(url.host)) return true;
  return std::ranges::any_of(std::views::split(lower(no_proxy), ','), [&](const auto& part) {
    return excludes(trim(std::string_view(part.begin(), part.end())), url);
  });
}

}  // namespace

Result<std::optional<Proxy>> proxy_for(const Url& url, const ProxyOptions& options) {
  const std::string& named = url.tls ? options.https : options.http;
  if (named.empty() || is_direct(url, options.no_proxy)) return std::nullopt;
  const bool has_scheme = named.find("://") != std::string::npos;
  const auto proxy = parse_url(has_scheme ? named : "http://" + named);
  if (!proxy || proxy->tls) {
    return fail(ErrorKind::settings,
                std::string("the proxy of ") + (url.tls ? "HTTPS_PROXY" : "HTTP_PROXY") +
                    (proxy ? " is to be spoken to over https, which is not done here" : " is no URL of an http proxy"),
                "", "give it as http://[USER:PASSWORD@]HOST:PORT");
  }
  return Proxy{proxy->host, proxy->port, proxy->userinfo.empty() ? "" : "Basic " + base64(proxy->userinfo)};
}

}  // namespace agent::net
