#include "sinks/hidden_post.hpp"

#include "base/text.hpp"
#include "net/url.hpp"
#include "sinks/display.hpp"

#include <utility>

namespace agent::sinks {
namespace {

constexpr int server_broke = 500;
constexpr std::uint64_t most_body_bytes = std::uint64_t{64} * 1024;

/// What a wrong address looks like may be a secret, too.
std::unexpected<Error> no_address(std::string_view place) {
  return fail(ErrorKind::settings, "the address of " + std::string(place) + " is not an http or https URL", "",
              "copy the whole of it: https://HOST/PATH");
}

Result<net::WholeResponse> whole(net::Response response) {
  auto body = net::read_all(*response.body);
  return net::WholeResponse{response.status, std::move(response.headers), body ? *std::move(body) : std::string()};
}

}  // namespace

std::string hidden_address(std::string_view url, int status) {
  const auto parsed = net::parse_url(url);
  std::string text =
      parsed ? "POST " + std::string(parsed->tls ? "https://" : "http://") + parsed->authority() : "POST";
  return status == 0 ? text : text + ": " + std::to_string(status);
}

std::string said(std::string_view body, std::string_view url) {
  constexpr std::size_t most = 200;
  const std::string words(trim(one_line(body.substr(0, most * 4))));
  const auto parsed = net::parse_url(url);
  const bool tells = parsed && parsed->target.size() > 1 && body.find(parsed->target) != std::string_view::npos;
  if (words.empty() || words.starts_with('<') || tells) return {};
  return ": '" + cut(words, most) + "'";
}

net::ClientOptions without_redirects(net::ClientOptions options) {
  options.max_redirects = 0;
  return options;
}

Posted post_hidden(const net::HttpClient& client, net::Request request, std::string_view place,
                   const std::stop_token& stop) {
  if (!net::parse_url(request.url)) return {no_address(place), false};
  bool sent = false;
  request.method = "POST";
  request.sent = &sent;
  request.max_body_bytes = most_body_bytes;
  auto response = client.exchange(request, stop);
  if (!response) {
    Error error = std::move(response).error();
    if (error.where.starts_with("POST ")) error.where = hidden_address(request.url);
    return {std::unexpected(std::move(error)), sent};
  }
  const bool broke = response->status >= server_broke;
  return {whole(*std::move(response)), broke};
}

}  // namespace agent::sinks
