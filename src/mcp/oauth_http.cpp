#include "mcp/oauth_http.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 20U;
constexpr int most_redirects = 3;

net::ClientOptions without_redirects(net::ClientOptions options) {
  options.max_redirects = 0;
  return options;
}

net::ClientOptions for_others(net::ClientOptions options) {
  options.tls.certificate = options.tls.key = options.tls.server_name = "";
  options.tls.insecure = false;
  return without_redirects(std::move(options));
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string text_of(const net::Url& url) { return url.origin() + url.target; }

}  // namespace

std::string encode(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form)
    text += (text.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  return text;
}

std::string OAuthReply::error() const {
  const std::string code = text_at(body, "error");
  const bool is_word = code.size() <= 64 && std::ranges::all_of(code, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
                       });
  return is_word ? code : "";
}

OAuthHttp::OAuthHttp(UrlGuard guard, net::ClientOptions options)
    : guard_(std::move(guard)), own_(without_redirects(options)), others_(for_others(std::move(options))) {}

const net::HttpClient& OAuthHttp::client_for(const net::Url& url) const {
  return url.origin() == guard_.server().origin() ? own_ : others_;
}

Result<std::optional<Json>> OAuthHttp::get(const std::string& url, std::string_view what, const Limits& limits) const {
  net::Url now = TRY(guard_.check(url, what, limits));
  for (int redirects = 0;; ++redirects) {
    net::Request request{.url = text_of(now), .headers = {{"Accept", "application/json"}}};
    request.deadline = limits.deadline;
    request.max_body_bytes = most_bytes;
    const auto answer = TRY(client_for(now).fetch(request, limits.stop));
    const std::string_view location = net::header(answer.headers, "location");
    if (is_redirect(answer.status) && !location.empty() && redirects < most_redirects) {
      const net::Url next = TRY(net::resolve_url(now, location));
      now = TRY(guard_.check(text_of(next), what, limits));
      continue;
    }
    if (answer.status != 200) return std::nullopt;
    auto value = parse_json_text(answer.body);
    return value && value->is_object() ? std::optional(*std::move(value)) : std::nullopt;
  }
}

Result<OAuthReply> OAuthHttp::post(const std::string& url, std::string_view what, std::string_view type,
                                   std::string body, std::vector<net::Header> headers, const Limits& limits) const {
  const net::Url to = TRY(guard_.check(url, what, limits));
  headers.push_back({"Content-Type", std::string(type)});
  headers.push_back({"Accept", "application/json"});
  net::Request request{.method = "POST", .url = text_of(to), .headers = std::move(headers), .body = std::move(body)};
  request.deadline = limits.deadline;
  request.repeat = net::Repeat::no;
  request.max_body_bytes = most_bytes;
  const auto answer = TRY(client_for(to).fetch(request, limits.stop));
  auto value = parse_json_text(answer.body);
  return OAuthReply{answer.status, value ? *std::move(value) : Json()};
}

}  // namespace agent::mcp
