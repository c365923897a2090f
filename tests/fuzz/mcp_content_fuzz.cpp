#include "mcp/content.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Any answer of a server is a result with a text; what is marked as an error stays one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto result = agent::mcp::parse_json_text(text.substr(0, end));
  if (!result) return 0;
  const auto schema = end == std::string_view::npos ? agent::Result<agent::mcp::Json>()
                                                    : agent::mcp::parse_json_text(text.substr(end + 1));
  const auto told = agent::mcp::to_tool_result(*result, schema ? *schema : agent::mcp::Json());
  if (told.bytes_total != told.text.size()) std::abort();
  const bool is_error = agent::mcp::value_at(*result, "isError") == true;
  if (is_error && told.status != agent::tools::ToolStatus::error) std::abort();
  static_cast<void>(agent::mcp::prompt_text(*result));
  static_cast<void>(agent::mcp::resource_text(*result));
  return 0;
}
