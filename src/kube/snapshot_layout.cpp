#include "kube/snapshot_layout.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace agent::kube::snapshot {
namespace {

constexpr std::size_t longest = 250;  // NAME_MAX is 255, and ".json" follows

bool stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::string hex(std::uint64_t value, std::size_t digits) {
  std::string text(digits, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 4U)
    *digit = "0123456789ABCDEF"[value & 15U];
  return text;
}

// FNV-1a, 64 bits (draft-eastlake-fnv): to tell names apart, not to keep anything safe.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xCBF29CE484222325U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return value;
}

}  // namespace

std::string escape(std::string_view name) {
  std::string segment;
  for (const char c : name) {
    if (stands_for_itself(c) && !(c == '.' && segment.empty()))
      segment += c;
    else
      segment += "%" + hex(static_cast<unsigned char>(c), 2);
  }
  if (segment.empty()) return "%";
  constexpr std::size_t kept = longest - 18;
  if (segment.size() <= longest) return segment;
  return segment.substr(0, kept) + "%~" + hex(hash(name), 16);
}

bool unescape(std::string_view segment, std::string& name) {
  name.clear();
  if (segment == "%") return true;
  for (std::size_t at = 0; at < segment.size(); ++at) {
    if (segment[at] != '%') {
      name += segment[at];
      continue;
    }
    unsigned value = 0;
    const char* const digits = segment.data() + at + 1;
    if (at + 2 >= segment.size() || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) return false;
    name += static_cast<char>(value);
    at += 2;
  }
  return !name.empty();
}

std::string object_path(const Kind& kind, std::string_view name_space, std::string_view name) {
  return "objects/" + escape(kind.group.empty() ? core_group : kind.group) + "/" + escape(kind.version) + "/" +
         escape(kind.resource) + "/" + escape(name_space.empty() ? no_namespace : name_space) + "/" + escape(name) +
         ".json";
}

std::string log_stem(std::string_view name_space, std::string_view pod, const LogOptions& options) {
  return "logs/" + escape(name_space) + "/" + escape(pod) + "/" + escape(options.container) +
         (options.previous ? ".previous" : "");
}

}  // namespace agent::kube::snapshot
