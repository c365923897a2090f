#include "mcp/wire.hpp"

#include "base/text.hpp"
#include "mcp/http_transport.hpp"
#include "mcp/stdio_transport.hpp"
#include "mcp/websocket_transport.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace agent::mcp {
namespace {

using Clock = std::chrono::steady_clock;

/// What worked for a server of these settings, for the life of the process.
struct Found {
  Way way;
  Era era;
};

class Memory {
 public:
  std::optional<Found> find(const std::string& url) {
    const std::lock_guard lock(mutex_);
    const auto found = found_.find(url);
    return found == found_.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(const std::string& url, const Found& found) {
    const std::lock_guard lock(mutex_);
    found_.insert_or_assign(url, found);
  }
  void forget(const std::string& url) {
    const std::lock_guard lock(mutex_);
    found_.erase(url);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Found> found_;
};

Memory& memory() {
  static Memory one;
  return one;
}

/// Without credentials, query and fragment.
std::string shown(const std::string& url) {
  std::string text = url.substr(0, url.find_first_of("?#"));
  const auto begin = text.find("://");
  const auto at = text.rfind('@');
  if (begin != std::string::npos && at != std::string::npos && at > begin) text.erase(begin + 3, at - begin - 2);
  return clean_line(text);
}

std::string without_fragment(const std::string& url) { return url.substr(0, url.find('#')); }

/// A URL in front of its path, its path, and its query.
struct Pieces {
  std::string origin, path, query;
};

Pieces pieces(const std::string& given) {
  const std::string url = without_fragment(given);
  const auto host = url.find("://");
  const auto path = url.find_first_of("/?", host == std::string::npos ? 0 : host + 3);
  if (path == std::string::npos) return {url, "", ""};
  const auto query = url.find('?', path);
  const auto end = query == std::string::npos ? url.size() : query;
  return {url.substr(0, path), url.substr(path, end - path), url.substr(end)};
}

std::string with_last(const Pieces& parts, const std::string& last) {
  return parts.origin + parts.path.substr(0, parts.path.rfind('/')) + last + parts.query;
}

bool has_path(const Pieces& parts) { return !parts.path.empty() && parts.path != "/"; }

std::vector<Way> automatic_ways(const std::string& url) {
  using enum TransportKind;
  const Pieces parts = pieces(url);
  if (!has_path(parts)) {
    const std::string mcp = parts.origin + "/mcp" + parts.query, sse_url = parts.origin + "/sse" + parts.query;
    return {{streamable_http, mcp}, {sse, sse_url}, {streamable_http, parts.origin + "/" + parts.query}};
  }
  const std::string own = without_fragment(url);
  if (parts.path.ends_with("/sse"))
    return {{sse, own}, {streamable_http, own}, {streamable_http, with_last(parts, "/mcp")}};
  std::vector<Way> ways{{streamable_http, own}, {sse, own}};
  if (parts.path.ends_with("/mcp")) ways.push_back({sse, with_last(parts, "/sse")});
  return ways;
}

/// A URL without a path gets the transport's usual one.
std::string complete(const std::string& url, const std::string& path) {
  const Pieces parts = pieces(url);
  return has_path(parts) ? without_fragment(url) : parts.origin + path + parts.query;
}

std::vector<Way> sse_before_all(const std::string& url) {
  std::vector<Way> ways{{TransportKind::sse, complete(url, "/sse")}};
  for (Way& one : automatic_ways(url))
    if (one != ways.front()) ways.push_back(std::move(one));
  return ways;
}

HttpWay http_way(const Server& server, const Way& way) {
  return {.url = way.url,
          .headers = server.headers,
          .authorizer = server.authorizer,
          .http = server.http,
          .max_message_bytes = server.max_message_bytes};
}

Result<std::unique_ptr<Transport>> open_way(const Server& server, const Way& way, const Receive& receive,
                                            const Limits& limits) {
  switch (way.kind) {
    case TransportKind::stdio:
      return open_stdio({server.command, server.environment, server.max_message_bytes}, receive);
    case TransportKind::sse: return open_sse(http_way(server, way), receive, limits);
    case TransportKind::websocket: return open_websocket(http_way(server, way), receive, limits);
    default: return open_streamable_http(http_way(server, way), receive);
  }
}

/// The eras to try on a way. HTTP+SSE is older than the modern era.
std::vector<Era> eras_for(const Server& server, const Way& way, const std::optional<Found>& known) {
  if (known && known->way == way) return {known->era};
  if (!server.revision.empty()) return {is_legacy_revision(server.revision) ? Era::legacy : Era::modern};
  if (way.kind == TransportKind::sse) return {Era::legacy};
  return {Era::modern, Era::legacy};
}

/// One way with all that is needed to try it.
class Trial {
 public:
  static constexpr int no_page = 404;
  static constexpr int no_stream = 0, not_found = 1, spoke = 2;  ///< How near.

  Trial(const Server& server, const Introduction& ours, const WireReceivers& receivers, const Limits& limits)
      : server_(server), ours_(ours), receivers_(receivers), limits_(limits) {}

  /// A wire; none: another way may be right, and why() says what was found here.
  Result<std::optional<Wire>> go(const Way& way, const std::vector<Era>& eras) {
    const auto begun = Clock::now();
    auto transport = open_way(server_, way, receivers_.message, limits_);
    if (!transport) {
      tell(opening(way), begun, transport.error());
      if (!is_elsewhere(transport.error())) return std::unexpected(std::move(transport).error());
      keep_why(transport.error(), no_stream);
      return std::optional<Wire>{};
    }
    if (way.kind != TransportKind::streamable_http) tell(opening(way), begun, "open");
    return shake_hands(*std::move(transport), way, eras);
  }

  [[nodiscard]] const Error& why() const { return why_; }

 private:
  static std::string opening(const Way& way) {
    return "open " + std::string(name_of(way.kind)) + (way.url.empty() ? "" : " to " + shown(way.url));
  }

  Result<std::optional<Wire>> shake_hands(const std::shared_ptr<Transport>& transport, const Way& way,
                                          const std::vector<Era>& eras) {
    if (receivers_.opened) receivers_.opened(transport);
    for (const Era era : eras) {
      const auto begun = Clock::now();
      const std::string what = std::string(era == Era::modern ? "server/discover" : "initialize") + " by " +
                               std::string(name_of(way.kind)) + (way.url.empty() ? "" : " to " + shown(way.url));
      auto attempt = era == Era::modern ? discover(*transport, ours_, eras.size() > 1, limits_)
                                        : initialize(*transport, ours_, limits_);
      if (!attempt) {
        const Error error = std::move(attempt).error();
        tell(what, begun, error, transport->last_words());
        if (!is_elsewhere(error)) return std::unexpected(error);
        keep_why(error, spoke);
        return std::optional<Wire>{};
      }
      if (attempt->agreement) {
        tell(what, begun, attempt->agreement->envelope.revision);
        return Wire{transport, *std::move(attempt->agreement), shown(way.url)};
      }
      keep_why(not_here(way, attempt->refusal), attempt->refusal.status == no_page ? not_found : spoke);
      tell(what, begun, attempt->refusal.why);
    }
    return std::optional<Wire>{};
  }

  /// The reason of the way that came nearest to a server; of several, the first.
  void keep_why(Error why, int nearness) {
    if (nearness <= nearness_) return;
    nearness_ = nearness;
    why_ = std::move(why);
  }

  static Error not_here(const Way& way, const Refusal& refusal) {
    if (way.kind == TransportKind::stdio) {
      return {ErrorKind::unreachable, "the command speaks no MCP that we do: " + refusal.why, "",
              "check the command, its arguments, and 'revision' where it is set"};
    }
    return {ErrorKind::unreachable, "there is no MCP server at this address: " + refusal.why, shown(way.url),
            "check the path of the URL (/mcp, /sse), the transport, and 'revision' where it is set"};
  }

  /// A way that is not there, rather than a server that is down or refuses us.
  static bool is_elsewhere(const Error& error) {
    return error.kind == ErrorKind::unreadable || error.kind == ErrorKind::target_not_found;
  }

  void tell(std::string what, Clock::time_point begun, const std::string& outcome) const {
    if (receivers_.step) receivers_.step({std::move(what), since(begun), outcome, {}, {}});
  }
  void tell(std::string what, Clock::time_point begun, const Error& error, std::string last_words = {}) const {
    if (receivers_.step) receivers_.step({std::move(what), since(begun), {}, error, std::move(last_words)});
  }
  static std::chrono::microseconds since(Clock::time_point begun) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
  }

  const Server& server_;
  const Introduction& ours_;
  const WireReceivers& receivers_;
  const Limits& limits_;
  int nearness_ = -1;  ///< How near to a server the way was that why_ tells of.
  Error why_{ErrorKind::unreachable, "no way to the MCP server is known", "", "set its 'url' or 'command'"};
};

std::string key_of(const Server& server) {
  return std::string(name_of(server.transport)) + (server.sse_first ? " sse-first " : " ") + server.revision + " " +
         server.url;
}

}  // namespace

std::vector<Way> ways_to(const Server& server) {
  using enum TransportKind;
  const bool is_socket = server.url.starts_with("ws://") || server.url.starts_with("wss://");
  if (server.transport == stdio || server.url.empty()) return {{stdio, ""}};
  if (server.transport == websocket || is_socket) return {{websocket, without_fragment(server.url)}};
  if (server.transport == sse) return {{sse, complete(server.url, "/sse")}};
  if (server.transport == streamable_http) return {{streamable_http, complete(server.url, "/mcp")}};
  return server.sse_first ? sse_before_all(server.url) : automatic_ways(server.url);
}

Result<Wire> open_wire(const Server& server, const Introduction& ours, const WireReceivers& receivers,
                       const Limits& limits) {
  if (server.url.empty() && server.command.empty())
    return fail(ErrorKind::settings, "the MCP server '" + server.name + "' has neither a 'url' nor a 'command'");
  if (!server.revision.empty() && server.revision != modern_revision && !is_legacy_revision(server.revision))
    return fail(ErrorKind::settings, "'" + clean_line(server.revision) + "' is no revision of MCP that is known", "",
                "2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26 or 2024-11-05");
  std::vector<Way> ways = ways_to(server);
  const bool remembers = ways.front().kind != TransportKind::stdio;
  const auto known = remembers ? memory().find(key_of(server)) : std::nullopt;
  if (known) ways.insert(ways.begin(), known->way);
  Trial trial(server, ours, receivers, limits);
  for (const Way& way : ways) {
    auto wire = TRY(trial.go(way, eras_for(server, way, known)));
    if (wire && remembers) memory().keep(key_of(server), {way, wire->agreement.envelope.era});
    if (wire) return *std::move(wire);
    if (known && way == known->way) memory().forget(key_of(server));
  }
  return std::unexpected(trial.why());
}

}  // namespace agent::mcp
