#include "mcp/serve_http.hpp"

#include "mcp/envelope.hpp"
#include "mcp/http_guard.hpp"
#include "mcp/oauth_secret.hpp"
#include "mcp/running_calls.hpp"
#include "mcp/server_wire.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::size_t most_sessions = 1'000;
constexpr std::string_view session_header = "Mcp-Session-Id";

/// Ids that were given out, the oldest first.
class Sessions {
 public:
  std::string begin() {
    const std::scoped_lock lock(guard_);
    if (ids_.size() >= most_sessions) ids_.pop_front();
    return ids_.emplace_back(random_text());
  }
  [[nodiscard]] bool has(std::string_view id) {
    const std::scoped_lock lock(guard_);
    return std::ranges::find(ids_, id) != ids_.end();
  }
  bool end(std::string_view id) {
    const std::scoped_lock lock(guard_);
    return std::erase(ids_, id) > 0;
  }

 private:
  std::mutex guard_;
  std::deque<std::string> ids_;
};

/// The answer to one POST: JSON, or events from the first notification on.
class Answer {
 public:
  Answer(net::Responder& responder, std::vector<net::Header> headers)
      : responder_(responder), headers_(std::move(headers)) {}

  void notify(const std::string& text) {
    const std::scoped_lock lock(guard_);
    begin_events();
    send(text);
  }

  void give(const Reaction& reaction) {
    const std::scoped_lock lock(guard_);
    if (streams_) {
      if (!reaction.text.empty()) send(reaction.text);
      return keep(responder_.end());
    }
    if (!reaction.text.empty()) headers_.push_back({"Content-Type", "application/json"});
    keep(responder_.answer(reaction.status, headers_, reaction.text));
  }

 private:
  void begin_events() {
    if (std::exchange(streams_, true)) return;
    auto headers = headers_;
    headers.insert(headers.end(),
                   {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}});
    keep(responder_.begin(200, headers));
  }
  void send(const std::string& text) { keep(responder_.send("event: message\ndata: " + text + "\n\n")); }
  /// A client that is gone needs no answer; its request is asked to stop.
  static void keep(const Result<void>& sent) { static_cast<void>(sent); }

  net::Responder& responder_;
  std::vector<net::Header> headers_;
  std::mutex guard_;
  bool streams_ = false;
};

Reaction refused(int status, int code, const std::string& why) {
  return {error_text(nullptr, {.code = code, .message = why, .data = {}}), status};
}

/// What waits for an answer: the answers of a batch (2025-03-26) are one list.
Reaction joined(const std::vector<Reaction>& reactions) {
  std::string text;
  for (const auto& one : reactions) {
    if (!one.text.empty()) text += (text.empty() ? "[" : ",") + one.text;
  }
  return text.empty() ? Reaction{.status = 202} : Reaction{text + "]", 200};
}

}  // namespace

struct HttpToolServer::State {
  State(std::shared_ptr<const ToolServer> tools, const ServeHttpOptions& with)
      : server(std::move(tools)), options(with), guard(with.address, with.token, with.hosts, with.origins) {}

  void handle(const net::ServerRequest& request, net::Responder& responder);
  void post(const net::ServerRequest& request, net::Responder& responder);
  [[nodiscard]] Reaction react(const net::ServerRequest& request, const std::string& session, Answer& answer,
                               const Message& message);

  const std::shared_ptr<const ToolServer> server;
  const ServeHttpOptions options;
  const HttpGuard guard;
  Sessions sessions;
  RunningCalls calls;
  std::optional<net::HttpServer> http;  ///< The last: its handlers use the rest.
};

void HttpToolServer::State::handle(const net::ServerRequest& request, net::Responder& responder) {
  Answer answer(responder, {});
  if (const auto why = guard.why_refused(request.headers)) {
    if (why->status == 401) return Answer(responder, {{"WWW-Authenticate", "Bearer"}}).give({.status = 401});
    return answer.give(refused(why->status, rpc::invalid_request, why->reason));
  }
  if (request.path != options.path) return answer.give({.status = 404});
  if (request.method == "POST") return post(request, responder);
  if (request.method == "DELETE" && !net::header(request.headers, session_header).empty()) {
    return answer.give({.status = sessions.end(net::header(request.headers, session_header)) ? 204 : 404});
  }
  Answer(responder, {{"Allow", "POST, DELETE"}}).give({.status = 405});
}

void HttpToolServer::State::post(const net::ServerRequest& request, net::Responder& responder) {
  const std::string session(net::header(request.headers, session_header));
  const auto messages = parse_messages(request.body);
  if (!messages) return Answer(responder, {}).give(refused(400, rpc::parse_error, messages.error().what));
  const auto& first = messages->front();
  const bool modern = first.is_request() && is_modern(first, &request.headers);
  const auto named = net::header(request.headers, "MCP-Protocol-Version");
  if (!first.is_request() && !named.empty() && named != modern_revision && !is_legacy_revision(named)) {
    return Answer(responder, {}).give(refused(400, rpc::unsupported_version, "unsupported protocol version"));
  }
  if (!modern && !session.empty() && !sessions.has(session)) {
    return Answer(responder, {}).give(refused(404, rpc::invalid_request, "no such session"));
  }
  std::vector<net::Header> headers;
  if (!modern && first.method == "initialize" && first.is_request()) {
    headers.push_back({std::string(session_header), sessions.begin()});
  }
  Answer answer(responder, std::move(headers));
  if (!request.body.starts_with('[')) return answer.give(react(request, session, answer, first));
  if (!named.empty() && named != "2025-03-26") {
    return answer.give(refused(400, rpc::invalid_request, "batches are of revision 2025-03-26"));
  }
  std::vector<Reaction> reactions;
  for (const auto& message : *messages) reactions.push_back(react(request, session, answer, message));
  answer.give(joined(reactions));
}

Reaction HttpToolServer::State::react(const net::ServerRequest& request, const std::string& session, Answer& answer,
                                      const Message& message) {
  calls.take(session, message);
  const auto call = calls.begin(session, message.id, request.stop);
  return server->react(message, {.headers = &request.headers,
                                 .notify = [&](const std::string& text) { answer.notify(text); },
                                 .stop = call->stop()});
}

HttpToolServer::HttpToolServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpToolServer::HttpToolServer(HttpToolServer&&) noexcept = default;
HttpToolServer& HttpToolServer::operator=(HttpToolServer&&) noexcept = default;
HttpToolServer::~HttpToolServer() {
  if (state_) stop();
}

Result<HttpToolServer> HttpToolServer::listen(std::shared_ptr<const ToolServer> server,
                                              const ServeHttpOptions& options) {
  if (options.token.empty() && !net::is_loopback(options.address)) {
    return fail(ErrorKind::settings, "'" + options.address + "' can be reached by others, and there is no token", "",
                "set a token, or listen on 127.0.0.1");
  }
  auto state = std::make_unique<State>(std::move(server), options);
  net::ServerOptions http = options.http;
  http.address = options.address;
  http.port = options.port;
  auto* handler = state.get();
  state->http.emplace(
      TRY(net::HttpServer::listen(http, [handler](const net::ServerRequest& request, net::Responder& responder) {
        handler->handle(request, responder);
      })));
  return HttpToolServer(std::move(state));
}

std::string HttpToolServer::url() const {
  const bool is_v6 = state_->options.address.contains(':');
  const auto host = is_v6 ? "[" + state_->options.address + "]" : state_->options.address;
  return "http://" + host + ":" + std::to_string(state_->http->port()) + state_->options.path;
}

void HttpToolServer::stop() { state_->http->stop(); }

}  // namespace agent::mcp
