#include "llm/arguments.hpp"
#include "llm/loose_json.hpp"
#include "llm/text_calls.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace agent::llm;

/// Any text is read as arguments and for calls: what is mended is an object that can be written; calls are of tools;
/// what is left is no longer than the text was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const std::vector<ToolDescription> tools{{.name = "f", .description = "", .input_schema = {}},
                                                  {.name = "pods_log", .description = "", .input_schema = {}}};
  static const Json schema = {{"properties", {{"a", {{"type", "integer"}}}, {"b", {{"type", {"array", "object"}}}}}}};
  const auto read = read_arguments(text, schema);
  if (read.mended && !read.value.is_object()) std::abort();
  if (!parse_json(json_text(read.value))) std::abort();
  if (const auto loose = read_loose(text); loose && loose->end > size) std::abort();
  if (const auto keywords = read_keywords(text); keywords && keywords->end > size) std::abort();
  const auto found = calls_in_text(text, tools);
  if (found.text.size() > size) std::abort();
  for (const RawCall& call : found.calls)
    if (call.name != "f" && call.name != "pods_log") std::abort();
  return 0;
}
