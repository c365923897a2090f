#pragma once

#include "support/http_server.hpp"

#include <string>
#include <string_view>

namespace agent::test {

/// The server's side of a WebSocket (RFC 6455), for handlers of HttpServer. It knows nothing of the code under test.
class WebSocketPeer {
 public:
  struct Frame {
    int opcode = -1;  ///< -1: the connection ended.
    bool masked = false;
    std::string payload;
  };

  /// Answers the upgrade; `subprotocol` when it is not empty.
  WebSocketPeer(const SeenRequest& request, Talk& talk, const std::string& subprotocol = {});

  [[nodiscard]] Frame next();
  /// The next text; pings and pongs before it are passed over. Empty at the end.
  [[nodiscard]] std::string next_text();
  bool send_text(std::string_view text) { return send(0x81, text); }
  /// `first`: the first byte of the frame.
  bool send(int first, std::string_view payload);
  bool close(int code, std::string_view reason = {});

 private:
  bool fill(std::size_t size);

  Talk& talk_;
  std::string input_;
};

/// The value of Sec-WebSocket-Accept.
[[nodiscard]] std::string web_socket_accept(const std::string& key);
/// The bytes of a frame as a server sends it.
[[nodiscard]] std::string server_frame(int first, std::string_view payload);

}  // namespace agent::test
