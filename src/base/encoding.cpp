#include "base/encoding.hpp"

#include <cstdint>
#include <utility>

namespace agent {
namespace {

constexpr std::string_view standard_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// Four digits for each three bytes; for a rest of one or two bytes two or three.
std::string in_digits(std::string_view bytes, std::string_view digits) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    const std::string_view three = bytes.substr(at, 3);
    for (std::size_t n = 0; n < 3; ++n)
      bits = (bits << 8U) | (n < three.size() ? static_cast<unsigned char>(three[n]) : 0U);
    for (std::size_t n = 0; n <= three.size(); ++n) text += digits[(bits >> (18 - 6 * n)) & 63U];
  }
  return text;
}

/// Bytes out of six bits at a time; the bits that fill no byte are dropped.
class Bytes {
 public:
  void add(unsigned six) {
    bits_ = ((bits_ << 6U) | six) & 0xFFFFFFU;
    ++digits_;
    if (digits_ % 4 == 2) bytes_ += static_cast<char>((bits_ >> 4U) & 0xFFU);
    if (digits_ % 4 == 3) bytes_ += static_cast<char>((bits_ >> 2U) & 0xFFU);
    if (digits_ % 4 == 0) bytes_ += static_cast<char>(bits_ & 0xFFU);
  }
  [[nodiscard]] std::size_t digits() const { return digits_; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  std::uint32_t bits_ = 0;
  std::size_t digits_ = 0;
};

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int value_of_either(char c) { return c == '-' ? 62 : c == '_' ? 63 : value_of(c); }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text = in_digits(bytes, standard_digits);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string base64_url(std::string_view bytes) { return in_digits(bytes, url_digits); }

std::optional<std::string> decode_base64(std::string_view text) {
  Bytes bytes;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = value_of(c);
    if (value < 0 || padding > 0) return std::nullopt;
    bytes.add(static_cast<unsigned>(value));
  }
  if (padding > 2 || (bytes.digits() + padding) % 4 != 0) return std::nullopt;
  return bytes.take();
}

std::optional<std::string> decode_base64_url(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes bytes;
  for (const char c : text) {
    const int value = value_of_either(c);
    if (value < 0) return std::nullopt;
    bytes.add(static_cast<unsigned>(value));
  }
  return bytes.take();
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return encoded;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = high < 0 ? -1 : hex_value(text[at + 2]);
    decoded += low < 0 ? text[at] : static_cast<char>(high * 16 + low);
    if (low >= 0) at += 2;
  }
  return decoded;
}

}  // namespace agent
