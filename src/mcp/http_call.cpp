#include "mcp/http_call.hpp"

#include "base/text.hpp"

#include <limits>

namespace agent::mcp {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int unauthorised = 401, forbidden = 403;
constexpr int most_tries = 6;

std::unexpected<Error> refused(int status, const HttpWay& way, const std::string& where) {
  const bool had_credentials = way.authorizer != nullptr;
  if (status == forbidden) {
    return fail(ErrorKind::forbidden, "the MCP server refuses the request (403)", where,
                had_credentials ? "check what the token may do, and the server's list of hosts and origins"
                                : "set a token of the server, or add this host to those that it lets in");
  }
  return fail(ErrorKind::unauthorised,
              had_credentials ? "the MCP server does not take the credentials it was given (401)"
                              : "the MCP server asks for credentials (401)",
              where, "set 'token', 'token_file' or 'oauth' of the server in the settings");
}

/// All challenges, as one list (RFC 9110, 5.3).
std::string challenges(const net::Response& response) {
  std::string all;
  for (const auto& [name, value] : response.headers)
    if (lower(name) == "www-authenticate") all += (all.empty() ? "" : ", ") + value;
  return all;
}

/// How long the request may take, for each try anew.
net::Deadline renewed(const Limits& limits, Clock::time_point begun) {
  if (limits.deadline == net::Deadline::max()) return limits.deadline;
  return Clock::now() + (limits.deadline - begun);
}

}  // namespace

net::HttpClient http_client(const HttpWay& way) {
  auto options = way.http;
  options.idle_timeout = std::chrono::hours(24);
  return net::HttpClient(std::move(options));
}

Result<net::Response> send_http(const net::HttpClient& client, const HttpWay& way, net::Request request,
                                const Limits& limits) {
  const auto begun = Clock::now();
  request.url = way.url;
  request.deadline = limits.deadline;
  request.headers.insert(request.headers.end(), way.headers.begin(), way.headers.end());
  request.max_body_bytes = std::numeric_limits<std::uint64_t>::max();
  const std::string where = request.method + " " + way.url.substr(0, way.url.find_first_of("?#"));
  const std::size_t plain_headers = request.headers.size();
  for (int tries = 1;; ++tries) {
    std::string proof;
    if (way.authorizer) proof = TRY(way.authorizer->authorization(request.deadline, limits.stop));
    request.headers.resize(plain_headers);
    if (!proof.empty()) request.headers.push_back({"Authorization", proof});
    auto response = TRY(client.exchange(request, limits.stop));
    if (response.status != unauthorised && response.status != forbidden) return response;
    const bool is_rpc = response.status == forbidden && body_kind(response) == BodyKind::json;
    const bool again =
        way.authorizer && tries < most_tries &&
        TRY(way.authorizer->challenged(response.status, challenges(response), proof, request.deadline, limits.stop));
    if (!again && is_rpc) return response;
    if (!again) return refused(response.status, way, where);
    request.deadline = renewed(limits, begun);
  }
}

BodyKind body_kind(const net::Response& response) {
  const std::string type = lower(net::header(response.headers, "content-type"));
  if (type.starts_with("application/json")) return BodyKind::json;
  if (type.starts_with("text/event-stream")) return BodyKind::events;
  return BodyKind::other;
}

Result<std::string> read_body(net::Response& response, std::size_t most, const std::string& where) {
  std::string text;
  for (;;) {
    const auto piece = TRY(response.body->read());
    if (piece.empty()) return text;
    if (piece.size() > most - text.size()) {
      return fail(ErrorKind::unreadable, "the MCP server's answer is larger than " + std::to_string(most) + " bytes",
                  where, "ask for less: a narrower selection, or fewer lines");
    }
    text += piece;
  }
}

}  // namespace agent::mcp
