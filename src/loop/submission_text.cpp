#include "loop/submission_text.hpp"

#include "base/json_limits.hpp"

#include <algorithm>
#include <cstddef>

namespace agent::loop {
namespace {

using nlohmann::json;

constexpr std::size_t deepest = 32;  // A report has four levels.

std::string_view stripped(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// What stands in the fence that is all of the text; else the text itself. With words around it, a fence may be a
/// quotation of what a log says.
std::string_view within_fence(std::string_view text) {
  constexpr std::string_view fence = "```";
  const std::size_t begin = text.find('\n');
  if (!text.starts_with(fence) || begin == std::string_view::npos) return text;
  text.remove_prefix(begin + 1);
  if (text.ends_with(fence)) text.remove_suffix(fence.size());
  return text;
}

}  // namespace

std::optional<json> report_in_text(std::string_view text) {
  const std::string_view body = stripped(within_fence(stripped(text)));
  if (!body.starts_with('{') || exceeds(body, {.depth = deepest})) return std::nullopt;
  json report = json::parse(body, nullptr, false);
  if (!report.is_object()) return std::nullopt;
  for (const char* wrapper : {"arguments", "parameters"})
    if (const auto inner = report.find(wrapper); inner != report.end() && inner->is_object()) {
      json unwrapped = std::move(*inner);
      report = std::move(unwrapped);
      break;
    }
  if (!report.contains("cause")) return std::nullopt;
  return report;
}

}  // namespace agent::loop
