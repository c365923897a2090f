// Answers of a forge's MCP server: structured, JSON in a text, or words; and bodies with our marker in them.

#include "sinks/forge_json.hpp"
#include "sinks/tool_forge_answer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace agent;

void read(const tools::ToolResult& result) {
  const auto answer = sinks::read_answer(result, "list issues", "tool 'x'");
  if (!answer) {
    if (answer.error().what.empty()) std::abort();
    return;
  }
  for (const auto& row : sinks::rows_of(answer->value)) {
    const auto issue = sinks::told_issue(row);
    const auto comment = sinks::told_comment(row);
    if (issue.url.size() > 2000 || comment.author.size() > result.text.size() + 4096) std::abort();
  }
  (void)sinks::told_issue(answer->value);
  (void)sinks::next_cursor(answer->value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read({.text = text});
  read({.status = tools::ToolStatus::error, .text = text});
  if (auto value = sinks::parse_foreign(text)) read({.text = "", .structured = *std::move(value)});
  // What was put back once stays as it is.
  const std::string once = sinks::with_marker(text);
  if (sinks::with_marker(once) != once) std::abort();
  const std::string shown = sinks::with_shown_marker(text);
  if (!shown.starts_with(text)) std::abort();
  return 0;
}
