#include "mcp/http_transport.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "mcp/http_call.hpp"
#include "net/event_stream.hpp"

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace agent::mcp {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int accepted = 202, no_content = 204, first_failure = 400, first_success = 200, first_redirect = 300;
constexpr milliseconds usual_retry{1000};
constexpr int most_resumptions = 10;

/// The messages of one answer's stream; those that are not the answer itself go to `receive`.
std::optional<Message> sort(std::vector<Message> messages, const Json& id, const Receive& receive) {
  std::optional<Message> answer;
  for (Message& one : messages) {
    if (!one.is_answer())
      receive(std::move(one));
    else if (one.id == id || (one.id.is_null() && one.error))
      answer = std::move(one);
  }
  return answer;
}

/// A pause that a stop or the deadline ends. Errors: `interrupted`, `deadline`.
Result<void> pause(milliseconds time, const Limits& limits) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  const auto until = std::min(limits.deadline, Clock::now() + time);
  never.wait_until(lock, limits.stop, until, [] { return false; });
  if (limits.stop.stop_requested()) return fail(ErrorKind::interrupted, "stopped while waiting for the MCP server");
  if (Clock::now() >= limits.deadline) return fail(ErrorKind::deadline, "out of time while waiting for the MCP server");
  return {};
}

class StreamableHttp final : public Transport {
 public:
  StreamableHttp(HttpWay way, Receive receive)
      : way_(std::move(way)),
        where_("POST " + way_.url.substr(0, way_.url.find_first_of("?#"))),
        receive_(std::move(receive)),
        client_(http_client(way_)) {}

  ~StreamableHttp() override {
    stop_.request_stop();
    if (listener_.joinable()) listener_.join();
  }

  Result<Reply> exchange(const Outgoing& request, const Limits& limits) override {
    auto response = TRY(post(request, limits));
    keep_session(response, request);
    Reply reply{.status = response.status, .message = {}, .headers = response.headers};
    if (body_kind(response) == BodyKind::events && response.status < first_redirect) {
      reply.message = TRY(follow(std::move(response), request.id, limits));
      return reply;
    }
    if (body_kind(response) != BodyKind::json) return without_message(std::move(reply));
    const std::string body = TRY(read_body(response, way_.max_message_bytes, where_));
    auto messages = parse_messages(body);
    if (!messages && reply.status >= first_failure) return reply;
    if (!messages) return std::unexpected(std::move(messages).error());
    reply.message = sort(*std::move(messages), request.id, receive_);
    if (!reply.message && reply.status < first_failure) {
      return fail(ErrorKind::unreadable, "the MCP server answers another request than the one that was sent", where_,
                  "this is an error of the server; tell its makers");
    }
    return reply;
  }

  Result<void> send(const Outgoing& message, const Limits& limits) override {
    auto response = TRY(post(message, limits));
    if (response.status >= first_success && response.status < first_redirect) {
      // Read to its end, so that the connection can be used again.
      if (response.status == accepted || response.status == no_content)
        static_cast<void>(read_body(response, way_.max_message_bytes, where_));
      return {};
    }
    return fail(ErrorKind::unreachable,
                "the MCP server does not take a notification (" + std::to_string(response.status) + ")", where_);
  }

  void agree(const std::string& revision) override {
    const std::lock_guard lock(mutex_);
    revision_ = revision;
  }

  void listen() override {
    if (listener_.joinable()) return;
    auto opened = listening_.get_future();
    listener_ = std::thread([this] { follow_unasked(); });
    // What a server says before the stream is there is lost, so the first call waits for it.
    opened.wait_for(usual_retry);
  }

  void forget_session() override {
    const std::lock_guard lock(mutex_);
    session_.clear();
    revision_.clear();
  }

  void close(const Limits& limits) override {
    stop_.request_stop();
    if (listener_.joinable()) listener_.join();
    net::Request request{.method = "DELETE", .url = {}, .headers = own_headers(), .repeat = net::Repeat::no};
    {
      const std::lock_guard lock(mutex_);
      if (session_.empty()) return;
      session_.clear();
    }
    // 405: the server keeps no sessions that a client can end.
    auto ended = send_http(client_, way_, std::move(request), limits);
    if (!ended) log(LogLevel::debug, "mcp session not ended", {{"what", ended.error().what}});
  }

  [[nodiscard]] TransportKind kind() const override { return TransportKind::streamable_http; }

 private:
  /// Session and revision, as they stand.
  [[nodiscard]] std::vector<net::Header> own_headers() const {
    const std::lock_guard lock(mutex_);
    std::vector<net::Header> headers;
    if (!session_.empty()) headers.push_back({"Mcp-Session-Id", session_});
    if (!revision_.empty()) headers.push_back({"MCP-Protocol-Version", revision_});
    return headers;
  }

  Result<net::Response> post(const Outgoing& message, const Limits& limits) {
    net::Request request{.method = "POST", .url = {}, .headers = own_headers(), .body = message.text};
    request.headers.push_back({"Content-Type", "application/json"});
    request.headers.push_back({"Accept", "application/json, text/event-stream"});
    for (const net::Header& one : message.headers) request.headers.push_back(one);
    request.repeat = message.repeatable ? net::Repeat::yes : net::Repeat::no;
    return send_http(client_, way_, std::move(request), limits);
  }

  void keep_session(const net::Response& response, const Outgoing& request) {
    if (!request.opens_session || response.status >= first_failure) return;
    const std::lock_guard lock(mutex_);
    session_ = std::string(net::header(response.headers, "mcp-session-id"));
  }

  Result<Reply> without_message(Reply reply) const {
    if (reply.status >= first_failure) return reply;
    if (reply.status == accepted || reply.status == no_content) {
      return fail(ErrorKind::unreadable,
                  "the MCP server took a request as a notification (" + std::to_string(reply.status) + ")", where_);
    }
    const std::string type = clean_line(net::header(reply.headers, "content-type").substr(0, 80));
    return fail(ErrorKind::unreadable,
                "the answer is neither JSON nor an event stream" + (type.empty() ? "" : ": '" + type + "'"), where_,
                "check that the address is that of an MCP server, with its path (/mcp)");
  }

  /// What a stream said, for taking it up again.
  struct Place {
    std::string last_id;
    milliseconds retry = usual_retry;
    int silent = 0;  ///< Streams in a row that said nothing.
  };

  /// Reads the events of one response until the answer is there, or the stream ends, or breaks.
  Result<std::optional<Message>> read_events(net::Response& response, const Json& id, Place& place) {
    net::EventStream events(way_.max_message_bytes);
    for (++place.silent;;) {
      const auto piece = response.body->read();
      if (!piece && is_ours(piece.error())) return std::unexpected(piece.error());
      if (!piece || piece->empty()) return std::optional<Message>{};
      events.feed(*piece);
      while (auto event = TRY(events.next())) {
        place.silent = 0;
        if (!event->id.empty()) place.last_id = event->id;
        if (trim(event->data).empty()) continue;  // what primes a stream that is taken up again
        if (auto answer = sort(TRY(parse_messages(event->data)), id, receive_)) return answer;
      }
      place.retry = events.retry().value_or(place.retry);
    }
  }

  /// Our own end of waiting; other errors are the wire's.
  static bool is_ours(const Error& error) {
    return error.kind == ErrorKind::deadline || error.kind == ErrorKind::interrupted;
  }

  Result<Message> follow(net::Response response, const Json& id, const Limits& limits) {
    for (Place place;;) {
      if (auto answer = TRY(read_events(response, id, place))) return *std::move(answer);
      if (place.last_id.empty() || place.silent > most_resumptions || !resumes()) break;
      auto resumed = TRY(resume(place, limits));
      if (!resumed) break;
      response = *std::move(resumed);
    }
    return fail(ErrorKind::unreachable, "the MCP server ended its stream of events without the answer", where_,
                "try again; when it stays so, look at the server's log");
  }

  /// The stream from `place` on; none when the server has none for us.
  Result<std::optional<net::Response>> resume(Place& place, const Limits& limits) {
    while (place.silent++ <= most_resumptions) {
      TRY(pause(place.retry, limits));
      auto resumed = get(place.last_id, limits);
      if (!resumed && (is_ours(resumed.error()) || resumed.error().kind != ErrorKind::unreachable))
        return std::unexpected(std::move(resumed).error());
      if (!resumed) continue;
      if (resumed->status >= first_redirect || body_kind(*resumed) != BodyKind::events) break;
      return *std::move(resumed);
    }
    return std::optional<net::Response>{};
  }

  /// 2026-07-28 has no resumption.
  [[nodiscard]] bool resumes() const {
    const std::lock_guard lock(mutex_);
    return revision_ < "2026";
  }

  Result<net::Response> get(const std::string& last_event_id, const Limits& limits) {
    net::Request request{.method = "GET", .url = {}, .headers = own_headers(), .repeat = net::Repeat::no};
    request.headers.push_back({"Accept", "text/event-stream"});
    if (!last_event_id.empty()) request.headers.push_back({"Last-Event-ID", last_event_id});
    return send_http(client_, way_, std::move(request), limits);
  }

  /// The stream of what the server says unasked, until we stop, or the server has none.
  void follow_unasked() {
    const Limits limits{.deadline = net::Deadline::max(), .stop = stop_.get_token()};
    bool told = false;
    for (Place place; place.silent <= most_resumptions && !limits.stop.stop_requested();) {
      auto stream = get(place.last_id, limits);
      if (!std::exchange(told, true)) listening_.set_value();
      if (stream && (stream->status >= first_failure || body_kind(*stream) != BodyKind::events)) return;
      if (!stream) ++place.silent;
      // No answer is waited for: an id that none has.
      const auto end = stream ? read_events(*stream, Json::object(), place) : Result<std::optional<Message>>{};
      if (!end) log(LogLevel::debug, "mcp stream ended", {{"what", end.error().what}});
      if (!pause(place.retry, limits)) return;
    }
  }

  const HttpWay way_;
  const std::string where_;
  const Receive receive_;
  const net::HttpClient client_;
  mutable std::mutex mutex_;  ///< Of session and revision.
  std::string session_, revision_;
  std::stop_source stop_;
  std::promise<void> listening_;
  std::thread listener_;
};

}  // namespace

std::unique_ptr<Transport> open_streamable_http(HttpWay way, Receive receive) {
  return std::make_unique<StreamableHttp>(std::move(way), std::move(receive));
}

}  // namespace agent::mcp
