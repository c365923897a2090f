#include "net/url.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <optional>
#include <utility>

namespace agent::net {
namespace {

namespace urls = boost::urls;

constexpr std::uint16_t http_port = 80, https_port = 443;

std::uint16_t own_port(const Url& url) { return url.tls ? https_port : http_port; }

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::optional<Url> parts(const urls::url_view& view) {
  Url url;
  const std::string scheme = lower(std::string_view(view.scheme()));
  if (scheme != "http" && scheme != "https") return {};
  url.tls = scheme == "https";
  url.host = lower(view.host_address());
  if (url.host.empty()) return {};
  url.port = view.port().empty() ? own_port(url) : view.port_number();
  if (url.port == 0) return {};
  url.target = std::string(view.encoded_path());
  if (url.target.empty()) url.target = "/";
  if (!url.target.starts_with('/')) return {};  // "host:port" with a word for a port is parsed as a path
  if (view.has_query()) url.target += "?" + std::string(view.encoded_query());
  if (view.has_userinfo()) url.userinfo = view.user() + ":" + view.password();
  return url;
}

/// A text that is no URL without what may be secret in it.
std::string without_secrets(std::string_view text) {
  text = text.substr(0, text.find_first_of("?#"));
  const auto at = text.rfind('@');
  return clean_line(at == std::string_view::npos ? text : text.substr(at + 1));
}

std::string hidden_values(std::string_view query) {
  std::string shown;
  bool value = false;
  for (const char c : query) {
    if (c == '&') value = false;
    if (!value) shown += c;
    if (c == '=' && !std::exchange(value, true)) shown += "…";
  }
  return shown;
}

}  // namespace

std::string Url::host_port() const { return in_brackets(host) + ":" + std::to_string(port); }

std::string Url::authority() const { return port == own_port(*this) ? in_brackets(host) : host_port(); }

std::string Url::origin() const { return (tls ? "https://" : "http://") + host_port(); }

std::string Url::shown() const {
  const auto query = target.find('?');
  std::string text = (tls ? "https://" : "http://") + authority() + target.substr(0, query);
  return query == std::string::npos ? text : text + hidden_values(std::string_view(target).substr(query));
}

bool is_loopback(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string name = lower(host);
  in_addr four{};
  if (::inet_pton(AF_INET, name.c_str(), &four) == 1) return ntohl(four.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
  in6_addr six{};
  if (::inet_pton(AF_INET6, name.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return name == "localhost";
}

Result<Url> parse_url(std::string_view text) {
  if (const auto view = urls::parse_uri({text.data(), text.size()}); view.has_value()) {
    if (auto url = parts(*view)) return *std::move(url);
  }
  return fail(ErrorKind::settings, "'" + without_secrets(text) + "' is no URL that can be asked", "",
              "give it as https://HOST[:PORT]/PATH");
}

Result<Url> resolve_url(const Url& base, std::string_view location) {
  const std::string from = base.origin() + base.target;
  const auto base_view = urls::parse_uri(from);
  const auto reference = urls::parse_uri_reference({location.data(), location.size()});
  urls::url target;
  if (base_view.has_value() && reference.has_value() && urls::resolve(*base_view, *reference, target).has_value()) {
    if (auto url = parts(target)) return *std::move(url);
  }
  return fail(ErrorKind::unreadable, "the server redirects to '" + without_secrets(location) + "', which is no web URL",
              base.shown());
}

}  // namespace agent::net
