#pragma once

#include "base/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent::net {

/// What a frame is (RFC 6455, 5.2).
enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

/// Why a connection is closed (RFC 6455, 7.4.1).
namespace close_code {
inline constexpr int normal = 1000;
inline constexpr int protocol_error = 1002;
inline constexpr int unsupported = 1003;
inline constexpr int none_given = 1005;
inline constexpr int not_utf8 = 1007;
inline constexpr int too_large = 1009;
}  // namespace close_code

using Mask = std::array<char, 4>;

/// One whole, masked frame, as a client sends it. `mask` is to be unpredictable (RFC 6455, 5.3).
[[nodiscard]] std::string client_frame(Opcode opcode, std::string_view payload, const Mask& mask);

/// The payload of a close frame.
[[nodiscard]] std::string close_payload(int code);

/// A message or a control frame, whole.
struct Message {
  Opcode kind = Opcode::text;         ///< text, binary, close, ping or pong.
  std::string payload;                ///< Of text: UTF-8. Of close: the reason.
  int code = close_code::none_given;  ///< Of close.
};

/// Makes messages out of the bytes that a server sends, which come in any chunking (RFC 6455, 5). Linear in the bytes.
class MessageParser {
 public:
  explicit MessageParser(std::size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  /// Takes bytes off the front of `bytes`, up to the end of a message; none when all are taken before that.
  /// Errors: `unreadable` (a frame that a server may not send, text that is not UTF-8, larger than the limit), the same
  /// from then on.
  [[nodiscard]] Result<std::optional<Message>> take(std::string_view& bytes);

  /// After an error: what the server is told.
  [[nodiscard]] int refusal_code() const { return refusal_code_; }

 private:
  struct Flaw {
    int code;
    std::string what;
  };
  [[nodiscard]] bool take_head(std::string_view& bytes);
  [[nodiscard]] std::optional<Flaw> check_head();
  [[nodiscard]] std::optional<Flaw> check_control() const;
  [[nodiscard]] std::optional<Flaw> check_data() const;
  [[nodiscard]] std::optional<Flaw> finish(Message& message);

  std::size_t max_message_bytes_;
  std::string head_;  ///< Of the frame under way.
  std::uint64_t left_ = 0;
  bool in_payload_ = false, is_last_ = true;
  Opcode opcode_ = Opcode::continuation;
  std::optional<Opcode> message_kind_;  ///< Of the fragments so far.
  std::string message_, control_;
  std::optional<Flaw> flaw_;
  int refusal_code_ = close_code::normal;
};

}  // namespace agent::net
