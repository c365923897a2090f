#include "mcp/http_guard.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

namespace agent::mcp {
namespace {

/// "host:8080" and "[::1]:8080" without the port.
std::string_view without_port(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) return host;
  return host.front() == '[' || host.find(':') == colon ? host.substr(0, colon) : host;
}

std::array<unsigned char, SHA256_DIGEST_LENGTH> digest(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return hash;
}

/// In a time that tells nothing of either, not even the length.
bool is_same_secret(std::string_view left, std::string_view right) {
  const auto a = digest(left), b = digest(right);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

HttpGuard::HttpGuard(std::string_view address, std::string token, std::vector<std::string> hosts,
                     std::vector<std::string> origins)
    : loopback_(net::is_loopback(address)),
      token_(std::move(token)),
      hosts_(std::move(hosts)),
      origins_(std::move(origins)) {}

std::optional<HttpGuard::Refusal> HttpGuard::why_refused(const std::vector<net::Header>& headers) const {
  const auto origin = net::header(headers, "Origin");
  if (!is_known_host(net::header(headers, "Host"))) return Refusal{403, "the host of the request is not ours"};
  if (!origin.empty() && !is_known_origin(origin)) return Refusal{403, "the origin of the request is not allowed"};
  if (!has_token(net::header(headers, "Authorization"))) return Refusal{401, "a token is needed"};
  return std::nullopt;
}

/// An address that others reach has names that we don't know: there the token decides.
bool HttpGuard::is_known_host(std::string_view host) const {
  const auto name = without_port(host);
  if (host.empty() || (loopback_ && net::is_loopback(name)) || (!loopback_ && hosts_.empty())) return true;
  return std::ranges::any_of(
      hosts_, [&](const std::string& one) { return lower(one) == lower(host) || lower(one) == lower(name); });
}

bool HttpGuard::is_known_origin(std::string_view origin) const {
  if (std::ranges::any_of(origins_, [&](const std::string& one) { return lower(one) == lower(origin); })) return true;
  const auto scheme = origin.find("://");
  return loopback_ && scheme != std::string_view::npos && net::is_loopback(without_port(origin.substr(scheme + 3)));
}

bool HttpGuard::has_token(std::string_view authorization) const {
  if (token_.empty()) return true;
  constexpr std::string_view scheme = "bearer ";
  if (lower(authorization.substr(0, scheme.size())) != scheme) return false;
  return is_same_secret(trim(authorization.substr(scheme.size())), token_);
}

}  // namespace agent::mcp
