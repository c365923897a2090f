#include "net/web_socket_connection.hpp"

#include "base/text.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace agent::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds longest_farewell{1'000};

/// A stop that either of two asks for.
class EitherStop {
 public:
  EitherStop(const std::stop_token& one, const std::stop_token& other)
      : one_(one, Ask{either_}), other_(other, Ask{either_}) {}
  [[nodiscard]] std::stop_token token() const { return either_.get_token(); }

 private:
  struct Ask {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };
  std::stop_source either_;
  std::stop_callback<Ask> one_, other_;
};

/// Gives a turn back.
class Holding {
 public:
  explicit Holding(Turn& turn) : turn_(turn) {}
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  ~Holding() { turn_.give(); }

 private:
  Turn& turn_;
};

}  // namespace

Result<std::string> random_bytes(std::size_t count) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);  // as make_tls() does
  std::string bytes(count, '\0');
  const int made = RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
  if (made != 1) return fail(ErrorKind::bug, "cannot get random bytes");
  return bytes;
}

bool Turn::take(Deadline deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto is_free = [&] { return !taken_; };
  const bool free =
      deadline == Deadline::max() ? given_.wait(lock, stop, is_free) : given_.wait_until(lock, stop, deadline, is_free);
  if (free) taken_ = true;
  return free;
}

bool Turn::take_if_free() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(taken_, true);
}

void Turn::give() {
  const std::lock_guard lock(mutex_);
  taken_ = false;
  given_.notify_one();
}

WebSocketConnection::WebSocketConnection(std::unique_ptr<Stream> stream, std::string received, std::string about,
                                         const Limits& limits)
    : stream_(std::move(stream)),
      about_(std::move(about)),
      limits_(limits),
      parser_(limits.max_message_bytes),
      received_(std::move(received)),
      rest_(received_) {}

Result<void> WebSocketConnection::send_text(std::string_view text, Deadline deadline, const std::stop_token& stop) {
  if (!is_utf8(text)) return fail(ErrorKind::bug, "a text to be sent is not UTF-8", about_);
  const EitherStop either(stop, ended_.get_token());
  Call call(about_, deadline, either.token());
  call.enter("sending a message", limits_.idle_timeout);
  Result<void> sent;
  if (writing_.take(deadline, either.token())) {
    const Holding turn(writing_);
    sent = call.check();
    if (sent) sent = write_frame(Opcode::text, text, call);
  } else {
    sent = call.check();
  }
  if (!sent) return std::unexpected(cause(std::move(sent).error(), stop));
  send_pong(deadline, either.token());
  return {};
}

/// By whom it is whose turn it is to write. What was sent in part can't be taken back: the connection is lost.
Result<void> WebSocketConnection::write_frame(Opcode opcode, std::string_view payload, Call& call) {
  if (said_farewell_) return call.fails(ErrorKind::unreachable, "the connection is closed");
  const auto random = TRY(random_bytes(std::tuple_size_v<Mask>));
  Mask mask{};
  std::ranges::copy(random, mask.begin());
  auto written = stream_->write(client_frame(opcode, payload, mask), call);
  // Of a connection that broke what was received before can still be read, up to the same failure.
  if (!written && !call.passing())
    lose({ErrorKind::unreachable, "a message was sent in part: the connection is lost", about_, {}});
  return written;
}

/// Answers the last ping, unless another thread writes: that one does it then (RFC 6455, 5.5.3).
void WebSocketConnection::send_pong(Deadline deadline, const std::stop_token& stop) {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (!ping_) return;
    }
    if (!writing_.take_if_free()) return;
    const Holding turn(writing_);
    std::optional<std::string> payload;
    {
      const std::lock_guard lock(mutex_);
      payload = std::exchange(ping_, {});
    }
    Call call(about_, deadline, stop);
    call.enter("answering a ping", limits_.idle_timeout);
    if (payload && !write_frame(Opcode::pong, *payload, call)) return;
  }
}

Result<std::optional<std::string>> WebSocketConnection::receive(Deadline deadline, const std::stop_token& stop) {
  const EitherStop either(stop, ended_.get_token());
  Call call(about_, deadline, either.token());
  call.enter("waiting for a message", Deadline::max());
  if (!reading_.take(deadline, either.token())) {
    if (auto ended = outcome()) return *std::move(ended);
    return std::unexpected(cause(call.check().error(), stop));
  }
  const Holding turn(reading_);
  for (;;) {
    if (auto ended = outcome()) return *std::move(ended);
    auto message = next_message(call);
    if (!message) {
      if (auto ended = outcome()) return *std::move(ended);
      return std::unexpected(cause(std::move(message).error(), stop));
    }
    if (!*message) continue;
    if (auto text = take(**std::move(message), call, either.token())) return *std::move(text);
  }
}

/// None where more is to be received. Errors that stay are noted.
Result<std::optional<Message>> WebSocketConnection::next_message(Call& call) {
  auto message = parser_.take(rest_);
  if (!message) {
    auto error = std::move(message).error();
    error.where = about_;
    say_farewell(parser_.refusal_code(), SteadyClock::now() + longest_farewell);
    return std::unexpected(lose(std::move(error)));
  }
  if (*message) return message;
  TRY(call.check());
  auto size = stream_->read(buffer_, call);
  if (!size && call.passing()) return std::unexpected(lose(std::move(size).error()));
  rest_ = {buffer_.data(), TRY(std::move(size))};
  if (!rest_.empty()) return message;
  if (said_farewell_) {
    end_with({.code = close_code::normal, .reason = {}});
    return message;
  }
  return std::unexpected(
      lose({ErrorKind::unreachable, "the server ended the connection without a farewell", about_, {}}));
}

/// A text, the end, or an error; none for what is only to be acted on.
std::optional<WebSocketConnection::Text> WebSocketConnection::take(Message message, Call& call,
                                                                   const std::stop_token& stop) {
  switch (message.kind) {
    case Opcode::text: return Text(std::move(message.payload));
    case Opcode::ping: {
      {
        const std::lock_guard lock(mutex_);
        ping_ = std::move(message.payload);
      }
      send_pong(call.deadline(), stop);
      return {};
    }
    case Opcode::close:
      say_farewell(message.code, SteadyClock::now() + longest_farewell);
      end_with({message.code, std::move(message.payload)});
      return {};
    case Opcode::binary:
      say_farewell(close_code::unsupported, SteadyClock::now() + longest_farewell);
      return Text(
          std::unexpected(lose({ErrorKind::unreadable, "the server sends a message that is not text", about_, {}})));
    default: return {};  // a pong that nobody asked for
  }
}

/// How it ended, when it has.
std::optional<WebSocketConnection::Text> WebSocketConnection::outcome() const {
  const std::lock_guard lock(mutex_);
  if (farewell_) return Text(std::nullopt);
  if (failure_) return Text(std::unexpected(*failure_));
  return {};
}

/// A wait that the connection's end has cut short is no stop that the caller asked for.
Error WebSocketConnection::cause(Error error, const std::stop_token& stop) const {
  if (error.kind != ErrorKind::interrupted || stop.stop_requested()) return error;
  const std::lock_guard lock(mutex_);
  return failure_.value_or(Error{ErrorKind::unreachable, "the connection is closed", about_, {}});
}

void WebSocketConnection::say_farewell(int code, Deadline deadline) {
  if (!writing_.take(deadline, {})) return;
  const Holding turn(writing_);
  if (said_farewell_) return;
  Call call(about_, deadline, {});
  call.enter("saying farewell", limits_.idle_timeout);
  static_cast<void>(write_frame(Opcode::close, close_payload(code), call));  // a lost connection is closed, too
  said_farewell_ = true;
}

/// The first failure is the one that counts.
Error WebSocketConnection::lose(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
    error = *failure_;
  }
  ended_.request_stop();
  return error;
}

void WebSocketConnection::end_with(Farewell farewell) {
  {
    const std::lock_guard lock(mutex_);
    if (!farewell_) farewell_ = std::move(farewell);
  }
  ended_.request_stop();
}

void WebSocketConnection::close(Deadline deadline) {
  say_farewell(close_code::normal, deadline);
  for (bool more = true; more;) {
    const auto message = receive(deadline, {});
    more = message && *message;
  }
  end_with({.code = close_code::normal, .reason = {}});
}

Farewell WebSocketConnection::farewell() const {
  const std::lock_guard lock(mutex_);
  return farewell_.value_or(Farewell{});
}

}  // namespace agent::net
