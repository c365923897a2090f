#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <utility>

namespace agent::tools {
namespace {

using nlohmann::json;

/// The longest part of whole lines within `limit`; a first line that is longer is cut between characters.
std::string_view head(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const std::size_t end = text.rfind('\n', limit == 0 ? 0 : limit - 1);
  if (end != std::string_view::npos) return text.substr(0, end + 1);
  const auto is_continuation = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
  while (limit > 0 && is_continuation(text[limit])) --limit;
  return text.substr(0, limit);
}

/// Redacts JSON as text, in lines, so that a value's key is seen beside it.
std::optional<json> redacted(const json& value, const std::function<std::string(std::string_view)>& redact) {
  const std::string text = redact(value.dump(1, ' ', false, json::error_handler_t::replace));
  json read = json::parse(text, nullptr, false);
  return read.is_discarded() ? std::nullopt : std::optional(std::move(read));
}

void fit_structured(ToolResult& result, std::size_t limit_bytes,
                    const std::function<std::string(std::string_view)>& redact) {
  if (!result.structured) return;
  const std::size_t size = result.structured->dump(-1, ' ', false, json::error_handler_t::replace).size();
  if (size > limit_bytes)
    result.structured.reset();
  else if (redact)
    result.structured = redacted(*result.structured, redact);
}

}  // namespace

std::string_view name(ToolStatus status) {
  switch (status) {
    case ToolStatus::ok: return "ok";
    case ToolStatus::error: return "error";
    case ToolStatus::denied: return "denied";
    case ToolStatus::timeout: return "timeout";
  }
  return "";
}

ToolResult make_result(ToolStatus status, std::string text) {
  ToolResult result{.status = status, .text = std::move(text)};
  result.bytes_total = result.text.size();
  return result;
}

void fit_for_model(ToolResult& result, std::size_t limit_bytes,
                   const std::function<std::string(std::string_view)>& redact, Spool* spool) {
  fit_structured(result, limit_bytes, redact);
  if (redact) result.text = redact(result.text);
  if (result.text.size() <= limit_bytes) return;
  if (spool != nullptr)
    if (auto kept = spool->keep(result.text)) result.spool = *std::move(kept);
  std::string shown(head(result.text, limit_bytes));
  if (!shown.ends_with('\n')) shown += '\n';
  const std::string where = result.spool.empty() ? "the rest was not kept" : "the whole is " + result.spool;
  shown += fmt::format("… {} of {} bytes; {}\n", shown.size(), result.text.size(), where);
  result.text = std::move(shown);
  result.truncated = true;
}

}  // namespace agent::tools
