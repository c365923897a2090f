#pragma once

#include "net/stream.hpp"
#include "net/web_socket.hpp"
#include "net/web_socket_frame.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace agent::net {

/// Sets OpenSSL up, then bytes that nobody can guess. Errors: `bug`.
[[nodiscard]] Result<std::string> random_bytes(std::size_t count);

/// For one thread at a time; others wait.
class Turn {
 public:
  /// False when it could not be had until `deadline`, or before the stop.
  [[nodiscard]] bool take(Deadline deadline, const std::stop_token& stop);
  [[nodiscard]] bool take_if_free();
  void give();

 private:
  std::mutex mutex_;
  std::condition_variable_any given_;
  bool taken_ = false;
};

/// The messages of a WebSocket after its handshake; see WebSocket for what its functions promise.
class WebSocketConnection {
 public:
  struct Limits {
    std::chrono::milliseconds idle_timeout;
    std::size_t max_message_bytes;
  };

  /// `received`: what came behind the handshake. `about` names the connection in errors.
  WebSocketConnection(std::unique_ptr<Stream> stream, std::string received, std::string about, const Limits& limits);

  [[nodiscard]] Result<void> send_text(std::string_view text, Deadline deadline, const std::stop_token& stop);
  [[nodiscard]] Result<std::optional<std::string>> receive(Deadline deadline, const std::stop_token& stop);
  void close(Deadline deadline);
  [[nodiscard]] Farewell farewell() const;

 private:
  using Text = Result<std::optional<std::string>>;

  [[nodiscard]] Result<std::optional<Message>> next_message(Call& call);
  [[nodiscard]] std::optional<Text> take(Message message, Call& call, const std::stop_token& stop);
  [[nodiscard]] std::optional<Text> outcome() const;
  [[nodiscard]] Error cause(Error error, const std::stop_token& stop) const;
  [[nodiscard]] Result<void> write_frame(Opcode opcode, std::string_view payload, Call& call);
  void send_pong(Deadline deadline, const std::stop_token& stop);
  void say_farewell(int code, Deadline deadline);
  Error lose(Error error);
  void end_with(Farewell farewell);

  std::unique_ptr<Stream> stream_;
  const std::string about_;
  const Limits limits_;
  Turn reading_, writing_;
  std::stop_source ended_;  ///< Nothing more is to be waited for.

  // By whom it is whose turn it is to read.
  MessageParser parser_;
  std::string received_;
  std::array<char, std::size_t{16} * 1024> buffer_{};
  std::string_view rest_;  ///< Of what was received: not parsed.

  std::atomic<bool> said_farewell_ = false;  ///< Written by whom it is whose turn it is to write.

  mutable std::mutex mutex_;         ///< Of what follows.
  std::optional<std::string> ping_;  ///< The last one that was not answered.
  std::optional<Farewell> farewell_;
  std::optional<Error> failure_;
};

}  // namespace agent::net
