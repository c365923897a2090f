// Answers of a Kubernetes MCP server, text or structured: whatever it says must be read or refused, and what is written
// as YAML must read back.
#include "kube/document.hpp"
#include "tools/tool_result.hpp"
#include "tools/tool_text.hpp"
#include "tools/yaml_text.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace agent;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void read(const tools::ToolResult& result) {
  if (const auto listing = tools::read_listing(result)) {
    for (const auto& one : listing->objects) check(one.is_object());
    const auto events = tools::read_events(listing->objects, listing->rows);
    check(events.size() == listing->objects.size());
  }
  if (const auto object = tools::read_single(result)) check((*object)["metadata"].is_object());
}

void write_yaml(const nlohmann::json& value) {
  const auto back = kube::parse_documents(tools::to_yaml(value), "fuzz", ErrorKind::unreadable);
  check(back && back->size() <= 1);
  check(back->empty() ? value.is_null() : back->front().value == value);
}

void cut(const std::string& text) {
  constexpr std::size_t limit = 64;
  tools::ToolResult result{.text = text};
  tools::fit_for_model(result, limit, {}, nullptr);
  check(result.truncated == (text.size() > limit));
  check(result.truncated || result.text == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read({.text = text});
  nlohmann::json value;
  if (kube::parse_json(text, value)) {
    read({.text = "", .structured = value});
    write_yaml(value);
  }
  const auto log = tools::read_log_text(text, "ci", "a");
  check(!log || log->empty() || *log == text);
  static_cast<void>(tools::error_of({.status = tools::ToolStatus::error, .text = text}, "cannot ask", ""));
  static_cast<void>(tools::rfc3339_of_go(text));
  cut(text);
  return 0;
}
