#include "kube/base64.hpp"

namespace agent::kube {
namespace {

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  std::size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = value_of(c);
    if (value < 0 || padding > 0) return std::nullopt;
    bits = ((bits << 6U) | static_cast<unsigned>(value)) & 0xFFFFFFU;
    ++digits;
    if (digits % 4 == 2) bytes += static_cast<char>((bits >> 4U) & 0xFFU);
    if (digits % 4 == 3) bytes += static_cast<char>((bits >> 2U) & 0xFFU);
    if (digits % 4 == 0) bytes += static_cast<char>(bits & 0xFFU);
  }
  if (padding > 2 || (digits + padding) % 4 != 0) return std::nullopt;
  return bytes;
}

}  // namespace agent::kube
