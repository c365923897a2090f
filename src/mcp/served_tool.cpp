#include "mcp/served_tool.hpp"

#include <utility>

namespace agent::mcp {
namespace {

Json call_result(const tools::ToolResult& result) {
  Json told = text_result(result.text, result.status != tools::ToolStatus::ok);
  if (result.structured) told["structuredContent"] = *result.structured;
  return told;
}

}  // namespace

Json text_result(const std::string& text, bool is_error) {
  Json result{{"content", {{{"type", "text"}, {"text", text}}}}};
  if (is_error) result["isError"] = true;
  return result;
}

ServedTool served(const tools::Tool& tool,
                  std::function<tools::ToolResult(const Json& arguments, const std::stop_token& stop)> call) {
  const bool reads = tool.effect() == tools::ToolEffect::reads;
  return {.name = tool.name(),
          .description = tool.description(),
          .input_schema = tool.input_schema(),
          .annotations = {{"readOnlyHint", reads}},
          .call = [call = std::move(call)](const ServedCall& asked) {
            return call_result(call(asked.arguments, asked.stop));
          }};
}

std::vector<ServedTool> served(const std::shared_ptr<tools::Toolbox>& box) {
  std::vector<ServedTool> all;
  for (const auto& boxed : box->all()) {
    if (!boxed.denied.empty()) continue;
    all.push_back(served(*boxed.tool, [box, name = boxed.name](const Json& arguments, const std::stop_token& stop) {
      return box->call(name, arguments, stop);
    }));
    all.back().name = boxed.name;
  }
  return all;
}

}  // namespace agent::mcp
