#pragma once

#include "support/fake_tool.hpp"
#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace agent::test {

/// What a tools/call's result says, as a client hands it on.
inline tools::ToolResult tool_result(const nlohmann::json& result) {
  tools::ToolResult given;
  if (result.value("isError", false)) given.status = tools::ToolStatus::error;
  for (const auto& part : result.value("content", nlohmann::json::array())) given.text += part.value("text", "");
  if (result.contains("structuredContent")) given.structured = result["structuredContent"];
  given.bytes_total = given.text.size();
  return given;
}

/// Tools that answer as they were recorded to (tests/real/record-mcp); what was not recorded is not found. `selected`:
/// only these tools; empty: all.
inline std::vector<std::shared_ptr<tools::Tool>> replayed_tools(const nlohmann::json& answers,
                                                                const std::vector<std::string>& selected = {}) {
  std::map<std::string, std::map<std::string, nlohmann::json>> by_tool;
  for (const auto& one : answers) by_tool[one["tool"]][one["arguments"].dump()] = one["result"];
  std::vector<std::shared_ptr<tools::Tool>> tools;
  for (const auto& [name, results] : by_tool) {
    if (!selected.empty() && std::ranges::find(selected, name) == selected.end()) continue;
    tools.push_back(std::make_shared<FakeTool>(name, [results](const nlohmann::json& arguments, const auto&) {
      const auto found = results.find(arguments.dump());
      if (found != results.end()) return tool_result(found->second);
      return tools::ToolResult{.status = tools::ToolStatus::error, .text = "failed: it was not found"};
    }));
  }
  return tools;
}

}  // namespace agent::test
