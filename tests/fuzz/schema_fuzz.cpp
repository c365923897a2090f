#include "mcp/schema.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Any schema meets any value within its limits, and says one thing of it; defaults that were filled in fit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return 0;
  const auto schema = agent::mcp::parse_json_text(text.substr(0, end));
  auto value = agent::mcp::parse_json_text(text.substr(end + 1));
  if (!schema || !value) return 0;
  const agent::mcp::SchemaLimits limits{.steps = 20'000};
  const auto checked = agent::mcp::check(*schema, *value, limits);
  if (!checked.violations.empty() && !checked.unchecked.empty()) std::abort();
  if (checked.violations.size() > limits.violations) std::abort();
  // What fits does not fit the contrary; references start elsewhere then.
  const auto contrary = agent::mcp::check({{"not", *schema}}, *value, limits);
  if (!text.contains('$') && checked.fits() && contrary.fits()) {
    std::abort();
  }
  agent::mcp::fill_defaults(*schema, *value);
  return 0;
}
