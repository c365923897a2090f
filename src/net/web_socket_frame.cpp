#include "net/web_socket_frame.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace agent::net {
namespace {

constexpr unsigned final_bit = 0x80, reserved_bits = 0x70, opcode_bits = 0x0F, mask_bit = 0x80, length_bits = 0x7F;
constexpr unsigned two_byte_length = 126, eight_byte_length = 127, most_control_bytes = 125;

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

void put_big_endian(std::string& to, std::uint64_t value, int bytes) {
  while (bytes-- > 0) to += static_cast<char>(value >> (8 * bytes) & 0xFF);
}

bool is_control(Opcode opcode) { return opcode >= Opcode::close; }

/// What an endpoint may send (RFC 6455, 7.4; the registry of IANA for 1012 to 1014).
bool may_be_sent(std::uint64_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// How long the head of a frame is, by its second byte.
std::size_t head_bytes(unsigned second) {
  const unsigned length = second & length_bits;
  return length == eight_byte_length ? 10 : length == two_byte_length ? 4 : 2;
}

}  // namespace

std::string client_frame(Opcode opcode, std::string_view payload, const Mask& mask) {
  constexpr std::size_t longest_head = 14;
  std::string frame;
  frame.reserve(longest_head + payload.size());
  frame += static_cast<char>(final_bit | static_cast<unsigned>(opcode));
  if (payload.size() < two_byte_length) {
    frame += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() <= std::numeric_limits<std::uint16_t>::max()) {
    frame += static_cast<char>(mask_bit | two_byte_length);
    put_big_endian(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(mask_bit | eight_byte_length);
    put_big_endian(frame, payload.size(), 8);
  }
  frame.append(mask.data(), mask.size());
  const std::size_t head = frame.size();
  frame += payload;
  char* const masked = frame.data() + head;
  for (std::size_t i = 0; i < payload.size(); ++i) masked[i] = static_cast<char>(masked[i] ^ mask[i % 4]);
  return frame;
}

std::string close_payload(int code) {
  std::string payload;
  if (code != close_code::none_given) put_big_endian(payload, static_cast<std::uint64_t>(code), 2);
  return payload;
}

Result<std::optional<Message>> MessageParser::take(std::string_view& bytes) {
  while (!flaw_ && (!bytes.empty() || (in_payload_ && left_ == 0))) {
    if (!in_payload_) {
      if (!take_head(bytes)) break;
      flaw_ = check_head();
      continue;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    (is_control(opcode_) ? control_ : message_) += bytes.substr(0, size);
    bytes.remove_prefix(size);
    left_ -= size;
    if (left_ > 0) break;
    in_payload_ = false;
    if (!is_last_) continue;
    Message message;
    flaw_ = finish(message);
    if (!flaw_) return message;
  }
  if (!flaw_) return std::nullopt;
  refusal_code_ = flaw_->code;
  return fail(ErrorKind::unreadable, flaw_->what);
}

/// False while more is needed.
bool MessageParser::take_head(std::string_view& bytes) {
  while (head_.size() < 2 || head_.size() < head_bytes(byte_at(head_, 1))) {
    if (bytes.empty()) return false;
    head_ += bytes.front();
    bytes.remove_prefix(1);
  }
  in_payload_ = true;
  return true;
}

std::optional<MessageParser::Flaw> MessageParser::check_head() {
  const unsigned first = byte_at(head_, 0), second = byte_at(head_, 1);
  is_last_ = (first & final_bit) != 0;
  opcode_ = static_cast<Opcode>(first & opcode_bits);
  left_ = head_.size() == 2 ? second & length_bits : big_endian(std::string_view(head_).substr(2));
  head_.clear();
  if ((first & reserved_bits) != 0) {
    return Flaw{close_code::protocol_error, "the server uses an extension that it was not asked for"};
  }
  if ((second & mask_bit) != 0) return Flaw{close_code::protocol_error, "the server masks its frames"};
  if (is_control(opcode_)) return check_control();
  if (auto flaw = check_data()) return flaw;
  if (opcode_ != Opcode::continuation) message_kind_ = opcode_;
  return {};
}

std::optional<MessageParser::Flaw> MessageParser::check_control() const {
  if (opcode_ > Opcode::pong) return Flaw{close_code::protocol_error, "the server sends a frame of an unknown kind"};
  if (!is_last_) return Flaw{close_code::protocol_error, "the server sends a control frame in pieces"};
  if (left_ > most_control_bytes) return Flaw{close_code::protocol_error, "the server sends a large control frame"};
  return {};
}

std::optional<MessageParser::Flaw> MessageParser::check_data() const {
  if (opcode_ > Opcode::binary) return Flaw{close_code::protocol_error, "the server sends a frame of an unknown kind"};
  const bool continues = opcode_ == Opcode::continuation;
  if (continues && !message_kind_) {
    return Flaw{close_code::protocol_error, "the server goes on with a message that it did not begin"};
  }
  if (!continues && message_kind_) {
    return Flaw{close_code::protocol_error, "the server begins a message before the last one has ended"};
  }
  if (left_ > max_message_bytes_ - message_.size()) {
    return Flaw{close_code::too_large,
                "a message of the server is larger than " + std::to_string(max_message_bytes_) + " bytes"};
  }
  return {};
}

/// The frame that ended makes `message` whole.
std::optional<MessageParser::Flaw> MessageParser::finish(Message& message) {
  if (!is_control(opcode_)) {
    message = {.kind = *std::exchange(message_kind_, {}), .payload = std::exchange(message_, {})};
    const bool wrong = message.kind == Opcode::text && !is_utf8(message.payload);
    return wrong ? std::optional(Flaw{close_code::not_utf8, "a text of the server is not UTF-8"}) : std::nullopt;
  }
  message = {.kind = opcode_, .payload = std::exchange(control_, {})};
  if (opcode_ != Opcode::close || message.payload.empty()) return {};
  const auto code = big_endian(std::string_view(message.payload).substr(0, 2));
  if (message.payload.size() < 2 || !may_be_sent(code)) {
    return Flaw{close_code::protocol_error, "the server closes with a code that is none"};
  }
  message.code = static_cast<int>(code);
  message.payload.erase(0, 2);
  if (is_utf8(message.payload)) return {};
  return Flaw{close_code::not_utf8, "a text of the server is not UTF-8"};
}

}  // namespace agent::net
