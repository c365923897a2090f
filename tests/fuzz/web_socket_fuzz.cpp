#include "net/web_socket_frame.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using agent::net::Mask;
using agent::net::MessageParser;
using agent::net::Opcode;

/// The messages of a server's bytes, come in pieces of `step`; it ends with its error.
std::string read_messages(std::string_view bytes, std::size_t step) {
  constexpr std::size_t max_message_bytes = 300;
  MessageParser parser(max_message_bytes);
  std::string text;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    for (;;) {
      const auto message = parser.take(piece);
      if (!message) return text + std::to_string(parser.refusal_code()) + message.error().what;
      if (!*message) break;
      if ((*message)->payload.size() > max_message_bytes) std::abort();
      text += std::to_string(static_cast<int>((*message)->kind)) + "\1" + std::to_string((*message)->code) + "\1" +
              (*message)->payload + "\2";
    }
    if (!piece.empty()) std::abort();
  }
  return text;
}

/// What a server finds in a frame of ours, whose mask it must know.
void check_frame(std::string_view payload, const Mask& mask) {
  auto frame = agent::net::client_frame(Opcode::binary, payload, mask);
  const std::size_t head = frame.size() - payload.size();
  for (std::size_t i = head; i < frame.size(); ++i) frame[i] = static_cast<char>(frame[i] ^ mask[(i - head) % 4]);
  frame.erase(head - 4, 4);
  frame[1] = static_cast<char>(frame[1] & 0x7f);  // now it is as a server would send it
  MessageParser parser(payload.size());
  std::string_view bytes = frame;
  const auto message = parser.take(bytes);
  if (!message || !*message || (*message)->payload != payload || !bytes.empty()) std::abort();
}

}  // namespace

/// Messages are the same in pieces of any size, and a frame of ours says what it was made for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = read_messages(bytes, size);
  if (read_messages(bytes, 1 + data[0]) != whole) std::abort();
  if (read_messages(bytes, 1) != whole) std::abort();
  check_frame(bytes, {bytes[0], bytes[1], bytes[2], static_cast<char>(data[0])});
  return 0;
}
