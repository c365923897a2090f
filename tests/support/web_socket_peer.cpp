#include "support/web_socket_peer.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace agent::test {
namespace {

constexpr int text_frame = 0x1, close_frame = 0x8, whole = 0x80;

unsigned byte_of(const std::string& text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

}  // namespace

std::string web_socket_accept(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 64> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {encoded.begin(), encoded.begin() + size};
}

std::string server_frame(int first, std::string_view payload) {
  std::string frame(1, static_cast<char>(first));
  const auto add = [&](std::size_t value, int bytes) {
    while (bytes-- > 0) frame += static_cast<char>(value >> (8 * bytes) & 0xFF);
  };
  if (payload.size() < 126) {
    add(payload.size(), 1);
  } else if (payload.size() < 65'536) {
    add(126, 1);
    add(payload.size(), 2);
  } else {
    add(127, 1);
    add(payload.size(), 8);
  }
  return frame.append(payload);
}

WebSocketPeer::WebSocketPeer(const SeenRequest& request, Talk& talk, const std::string& subprotocol) : talk_(talk) {
  std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  head += "Sec-WebSocket-Accept: " + web_socket_accept(request.header("sec-websocket-key")) + "\r\n";
  if (!subprotocol.empty()) head += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n";
  talk_.send(head + "\r\n");
}

bool WebSocketPeer::fill(std::size_t size) {
  while (input_.size() < size) {
    const auto more = talk_.receive();
    if (more.empty()) return false;
    input_ += more;
  }
  return true;
}

WebSocketPeer::Frame WebSocketPeer::next() {
  if (!fill(2)) return {};
  const unsigned second = byte_of(input_, 1), length = second & 0x7F;
  const std::size_t length_bytes = length == 127 ? 8 : length == 126 ? 2 : 0;
  const bool masked = (second & 0x80) != 0;
  const std::size_t head = 2 + length_bytes + (masked ? 4 : 0);
  if (!fill(head)) return {};
  std::size_t size = length_bytes > 0 ? 0 : length;
  for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | byte_of(input_, 2 + i);
  if (!fill(head + size)) return {};
  Frame frame{.opcode = static_cast<int>(byte_of(input_, 0) & 0xF), .masked = masked, .payload = {}};
  frame.payload = input_.substr(head, size);
  for (std::size_t i = 0; masked && i < size; ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ input_[head - 4 + i % 4]);
  }
  input_.erase(0, head + size);
  return frame;
}

std::string WebSocketPeer::next_text() {
  for (auto frame = next(); frame.opcode >= 0 && frame.opcode != close_frame; frame = next()) {
    if (frame.opcode == text_frame) return frame.payload;
  }
  return {};
}

bool WebSocketPeer::send(int first, std::string_view payload) { return talk_.send(server_frame(first, payload)); }

bool WebSocketPeer::close(int code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return send(whole | close_frame, payload.append(reason));
}

}  // namespace agent::test
