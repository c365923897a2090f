#include "net/http_server_connection.hpp"

#include "base/text.hpp"
#include "net/message.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

namespace agent::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int no_content = 204, not_modified = 304, request_timeout = 408, internal_error = 500, unavailable = 503;
constexpr std::size_t piece_bytes = std::size_t{16} * 1024;
constexpr std::chrono::milliseconds longest_farewell{1'000};

/// RFC 9110, 6.6.1.
std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  return {text.data(), size};
}

bool is_ours(std::string_view header_name) {
  constexpr std::array ours{"content-length", "transfer-encoding", "connection", "date"};
  return std::ranges::find(ours, lower(header_name)) != ours.end();
}

/// What a response is made for.
struct Asked {
  bool wants_body = true;    ///< Not HEAD.
  bool takes_chunks = true;  ///< Else the end of the connection ends a body of unknown length.
  bool keeps_alive = true;
};

class Answering final : public Responder {
 public:
  Answering(Stream& stream, Call& call, Asked asked, std::stop_token gone)
      : stream_(stream), call_(call), asked_(asked), gone_(std::move(gone)) {}

  Result<void> answer(int status, const std::vector<Header>& headers, std::string_view body) override {
    assert(phase_ == Phase::nothing);
    const bool bare = status == no_content || status == not_modified;
    auto text = TRY(head(status, headers, bare ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n"));
    phase_ = Phase::ended;
    if (!bare && asked_.wants_body) text += body;
    return write(text);
  }

  Result<void> begin(int status, const std::vector<Header>& headers) override {
    assert(phase_ == Phase::nothing);
    if (!asked_.takes_chunks) asked_.keeps_alive = false;
    const auto text = TRY(head(status, headers, asked_.takes_chunks ? "Transfer-Encoding: chunked\r\n" : ""));
    phase_ = Phase::begun;
    return write(text);
  }

  Result<void> send(std::string_view bytes) override {
    assert(phase_ == Phase::begun);
    if (bytes.empty() || !asked_.wants_body) return {};  // an empty chunk would be the last one
    if (!asked_.takes_chunks) return write(bytes);
    std::array<char, 20> size{};
    const int digits = std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    std::string chunk(size.data(), static_cast<std::size_t>(digits));
    chunk += bytes;
    chunk += "\r\n";
    return write(chunk);
  }

  Result<void> end() override {
    assert(phase_ == Phase::begun);
    phase_ = Phase::ended;
    return asked_.takes_chunks && asked_.wants_body ? write("0\r\n\r\n") : Result<void>{};
  }

  [[nodiscard]] bool client_gone() const override { return gone_.stop_requested(); }

  [[nodiscard]] bool has_said_nothing() const { return phase_ == Phase::nothing; }
  /// The client has the whole answer.
  [[nodiscard]] bool is_whole() const { return phase_ == Phase::ended && !broken_; }
  [[nodiscard]] bool keeps_alive() const { return is_whole() && asked_.keeps_alive; }

 private:
  enum class Phase { nothing, begun, ended };

  Result<std::string> head(int status, const std::vector<Header>& headers, const std::string& length) const {
    std::vector<Header> theirs;
    std::ranges::copy_if(headers, std::back_inserter(theirs), [](const Header& one) { return !is_ours(one.name); });
    const auto lines = TRY(header_lines(theirs));
    return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason(status)) + "\r\n" + date() + lines + length +
           (asked_.keeps_alive ? "" : "Connection: close\r\n") + "\r\n";
  }

  Result<void> write(std::string_view bytes) {
    if (broken_) return call_.fails(ErrorKind::unreachable, "the client is gone");
    auto written = stream_.write(bytes, call_);
    broken_ = !written;
    return written;
  }

  Stream& stream_;
  Call& call_;
  Asked asked_;
  std::stop_token gone_;
  Phase phase_ = Phase::nothing;
  bool broken_ = false;
};

}  // namespace

ServerConnection::ServerConnection(Descriptor socket, const ServerOptions& options, const std::stop_token& stopping,
                                   std::stop_token gone, IdleSince& idle_since)
    : options_(options),
      stopping_(stopping),
      gone_(std::move(gone)),
      idle_since_(idle_since),
      fd_(socket.get()),
      stream_(plain_stream(std::move(socket))),
      reads_("a client's request", Deadline::max(), stopping),
      writes_("the answer to a client", Deadline::max(), {}) {
  writes_.enter("sending an answer", options.write_timeout);
}

void ServerConnection::serve(const RequestHandler& handler) {
  while (serve_one(handler)) {
  }
}

void ServerConnection::turn_away() { refuse(unavailable); }

/// False when the connection is at its end.
bool ServerConnection::serve_one(const RequestHandler& handler) {
  RequestParser parser(options_.max_header_bytes, options_.max_body_bytes);
  const auto received = receive(parser);
  if (received == Received::refused) refuse(refusal_);
  if (received != Received::request) return false;
  auto request = parser.request();
  request.stop = gone_;
  const bool keeps = parser.keeps_alive() && !stopping_.stop_requested();
  Answering answering(*stream_, writes_, {request.method != "HEAD", parser.takes_chunks(), keeps}, gone_);
  handler(request, answering);
  if (answering.has_said_nothing() && !answering.answer(internal_error, {}, "")) return false;
  if (answering.keeps_alive()) return true;
  if (answering.is_whole()) end();
  return false;
}

ServerConnection::Received ServerConnection::receive(RequestParser& parser) {
  using State = RequestParser::State;
  bool begun = false, in_body = false;
  reads_.enter("waiting for a request", SteadyClock::now() + options_.idle_timeout);
  idle_since_ = SteadyClock::now().time_since_epoch().count();
  for (;;) {
    if (!begun && !input_.empty()) {
      begun = true;
      idle_since_ = never_idle;
      reads_.enter("receiving a request", SteadyClock::now() + options_.request_timeout);
    }
    auto state = parser.take(input_);
    if (state == State::in_body && !std::exchange(in_body, true)) {
      if (!invite_body(parser)) return Received::nothing;
      state = parser.take(input_);
    }
    if (state == State::done) return Received::request;
    if (state == State::refused) {
      refusal_ = parser.status();
      return Received::refused;
    }
    const std::size_t held = input_.size();
    input_.resize(held + piece_bytes);
    const auto size = reads_.check() ? stream_->read({input_.data() + held, piece_bytes}, reads_) : std::size_t{0};
    input_.resize(held + size.value_or(0));
    if (!size) return no_more(size.error(), begun);
    if (*size == 0) return Received::nothing;
  }
}

/// Of what could not be read, only a time-out is worth an answer, and only where a request had begun.
ServerConnection::Received ServerConnection::no_more(const Error& error, bool begun) {
  const bool too_slow = error.kind == ErrorKind::unreachable && !reads_.passing();
  if (!begun || !too_slow) return Received::nothing;
  refusal_ = request_timeout;
  return Received::refused;
}

Result<void> ServerConnection::invite_body(const RequestParser& parser) {
  if (!parser.expects_continue() || !input_.empty()) return {};
  return stream_->write("HTTP/1.1 100 Continue\r\n\r\n", writes_);
}

void ServerConnection::refuse(int status) {
  Answering answering(*stream_, writes_, {.keeps_alive = false}, gone_);
  if (answering.answer(status, {}, "")) end();
}

/// Says that nothing will follow, and takes what the client still sends: a socket that is closed with bytes unread
/// resets the connection, and the client may never see its answer (RFC 9112, 9.6).
void ServerConnection::end() {
  ::shutdown(fd_, SHUT_WR);
  reads_.enter("waiting for the client's end", SteadyClock::now() + longest_farewell);
  std::array<char, piece_bytes> rest{};
  const auto until = SteadyClock::now() + longest_farewell;
  while (SteadyClock::now() < until) {
    const auto size = stream_->read(rest, reads_);
    if (!size || *size == 0) return;
  }
}

}  // namespace agent::net
