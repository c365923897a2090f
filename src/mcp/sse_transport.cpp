#include "base/text.hpp"
#include "mcp/http_call.hpp"
#include "mcp/http_transport.hpp"
#include "mcp/pending.hpp"
#include "net/event_stream.hpp"
#include "net/url.hpp"

#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace agent::mcp {
namespace {

constexpr int first_redirect = 300, no_route = 404, bad_request = 400;

class Sse final : public Transport {
 public:
  Sse(HttpWay way, Receive receive)
      : way_(std::move(way)),
        where_("GET " + way_.url.substr(0, way_.url.find_first_of("?#"))),
        receive_(std::move(receive)),
        client_(http_client(way_)) {}

  ~Sse() override { close({}); }

  /// Opens the stream and reads its first event: where to post.
  Result<void> open(const Limits& limits) {
    std::promise<Result<std::string>> found;
    auto endpoint = found.get_future();
    // The stream outlives this call: its limits are those of the transport, until the address came.
    const std::stop_callback stop_early(limits.stop, [this] { stop_.request_stop(); });
    reader_ = std::thread([this, promise = std::move(found)]() mutable { read(promise); });
    if (limits.deadline != net::Deadline::max() && endpoint.wait_until(limits.deadline) == std::future_status::timeout)
      stop_.request_stop();
    auto path = endpoint.get();
    if (!path && stop_.stop_requested() && !limits.stop.stop_requested())
      return fail(ErrorKind::deadline, "out of time while waiting for the MCP server's address for messages", where_);
    const net::Url base = TRY(net::parse_url(way_.url));
    if (!path) return std::unexpected(std::move(path).error());
    const net::Url target = TRY(net::resolve_url(base, *path));
    if (target.origin() != base.origin()) {
      return fail(ErrorKind::unreadable, "the MCP server sends us to another server: '" + target.shown() + "'", where_,
                  "use that server's own address if it is right");
    }
    post_ = way_;
    // With the name and password that stand before our host: the origin is the same.
    post_.url = way_.url.substr(0, way_.url.find_first_of("/?#", way_.url.find("://") + 3)) + target.target;
    return {};
  }

  Result<Reply> exchange(const Outgoing& request, const Limits& limits) override {
    TRY(pending_.expect(request.id));
    if (auto sent = post(request, limits); !sent) {
      pending_.forget(request.id);
      return std::unexpected(std::move(sent).error());
    }
    Reply reply;
    reply.message = TRY(pending_.wait(request.id, limits));
    return reply;
  }

  Result<void> send(const Outgoing& message, const Limits& limits) override { return post(message, limits); }

  void agree(const std::string& revision) override {
    const std::lock_guard lock(mutex_);
    revision_ = revision;
  }

  void close(const Limits& /*limits*/) override {
    stop_.request_stop();
    if (reader_.joinable()) reader_.join();
  }

  [[nodiscard]] TransportKind kind() const override { return TransportKind::sse; }

 private:
  Result<void> post(const Outgoing& message, const Limits& limits) {
    if (const auto failure = pending_.failure()) return std::unexpected(*failure);
    net::Request request{.method = "POST",
                         .url = {},
                         .headers = {{"Content-Type", "application/json"}},
                         .body = message.text,
                         .repeat = net::Repeat::no};
    {
      const std::lock_guard lock(mutex_);
      if (!revision_.empty()) request.headers.push_back({"MCP-Protocol-Version", revision_});
    }
    auto response = TRY(send_http(client_, post_, std::move(request), limits));
    const int status = response.status;
    static_cast<void>(read_body(response, way_.max_message_bytes, where_));
    if (status < first_redirect) return {};
    return fail(ErrorKind::unreachable, "the MCP server does not take a message (" + std::to_string(status) + ")",
                "POST" + where_.substr(3),
                status == no_route || status == bad_request ? "its session may have ended: connect again" : "");
  }

  void read(std::promise<Result<std::string>>& found) {
    bool told = false;
    auto end = follow([&](std::string address) {
      if (!std::exchange(told, true)) found.set_value(std::move(address));
    });
    Error why =
        end ? Error{ErrorKind::unreachable, "the MCP server ended its stream of events", where_, "connect again"}
            : std::move(end).error();
    pending_.fail_all(why);
    if (!told) found.set_value(std::unexpected(std::move(why)));
  }

  template <class Found>
  Result<void> follow(const Found& found) {
    const Limits limits{.deadline = net::Deadline::max(), .stop = stop_.get_token()};
    net::Request request{
        .method = "GET", .url = {}, .headers = {{"Accept", "text/event-stream"}}, .repeat = net::Repeat::no};
    auto response = TRY(send_http(client_, way_, std::move(request), limits));
    if (response.status >= first_redirect || body_kind(response) != BodyKind::events) {
      return fail(ErrorKind::unreadable,
                  "there is no event stream at this address (" + std::to_string(response.status) + ")", where_,
                  "newer servers have no HTTP+SSE: use the transport 'auto'");
    }
    net::EventStream events(way_.max_message_bytes);
    for (;;) {
      const auto piece = TRY(response.body->read());
      if (piece.empty()) return {};
      events.feed(piece);
      while (auto event = TRY(events.next())) {
        if (event->event == "endpoint")
          found(std::string(trim(event->data)));
        else if (!trim(event->data).empty())
          deliver(TRY(parse_messages(event->data)));
      }
    }
  }

  void deliver(std::vector<Message> messages) {
    for (Message& one : messages) {
      if (one.is_answer())
        pending_.deliver(std::move(one));
      else
        receive_(std::move(one));
    }
  }

  const HttpWay way_;
  HttpWay post_;
  const std::string where_;
  const Receive receive_;
  const net::HttpClient client_;
  PendingAnswers pending_;
  std::mutex mutex_;  ///< Of the revision.
  std::string revision_;
  std::stop_source stop_;
  std::thread reader_;
};

}  // namespace

Result<std::unique_ptr<Transport>> open_sse(HttpWay way, Receive receive, const Limits& limits) {
  auto opened = std::make_unique<Sse>(std::move(way), std::move(receive));
  TRY(opened->open(limits));
  return opened;
}

}  // namespace agent::mcp
