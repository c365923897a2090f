#include "mcp/header_params.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

using agent::mcp::from_header_value;
using agent::mcp::to_header_value;

/// Any schema with any arguments gives headers that stay in their line, or none; any text survives its way through one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(from_header_value(text));
  if (from_header_value(to_header_value(text)) != text) std::abort();
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return 0;
  const auto schema = agent::mcp::parse_json_text(text.substr(0, end));
  const auto arguments = agent::mcp::parse_json_text(text.substr(end + 1));
  if (!schema || !arguments) return 0;
  const auto headers = agent::mcp::header_params(*schema, *arguments);
  if (agent::mcp::why_invalid(*schema) && !headers.empty()) std::abort();
  for (const auto& [name, value] : headers) {
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (!name.starts_with("Mcp-Param-") || name.contains(' ') || name.contains(':')) std::abort();
    if (!std::ranges::all_of(name, is_plain) || !std::ranges::all_of(value, is_plain)) std::abort();
  }
  return 0;
}
