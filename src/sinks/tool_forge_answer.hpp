#pragma once

#include "base/error.hpp"
#include "sinks/forge.hpp"
#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

// What the tools of a forge's MCP server answer: structured content, JSON in a text, or words. All of it is foreign.

namespace agent::sinks {

struct ToolAnswer {
  nlohmann::json value;  ///< Without what was wrapped around it; null: no JSON.
  std::string text;
};

/// `asked` is told in errors ("list issues"), `where` names the tool. Errors: why the call failed, also where its text
/// reads as success but tells of a failure; the kind is told by its words.
[[nodiscard]] Result<ToolAnswer> read_answer(const tools::ToolResult& result, std::string_view asked,
                                             const std::string& where);

/// The objects of a list, whatever it is called; pull requests are left out.
[[nodiscard]] std::vector<nlohmann::json> rows_of(const nlohmann::json& value);

/// Where a list goes on (GraphQL's pageInfo); empty at its end, and where there are no cursors.
[[nodiscard]] std::string next_cursor(const nlohmann::json& value);

/// What is told of an issue; its number may stand in its address alone. `number` is 0 where neither is told.
[[nodiscard]] ForgeIssue told_issue(const nlohmann::json& value);

[[nodiscard]] ForgeComment told_comment(const nlohmann::json& value);

/// GitHub's server shows comments of HTML as text, or leaves them out: our marker is put back in front of `body`, from
/// its first line or from the last one, where with_shown_marker() repeats it.
[[nodiscard]] std::string with_marker(std::string body);
[[nodiscard]] std::string with_shown_marker(const std::string& body);

}  // namespace agent::sinks
