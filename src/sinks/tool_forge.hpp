#pragma once

#include "base/error.hpp"
#include "sinks/forge.hpp"
#include "tools/tool.hpp"

#include <memory>
#include <string>
#include <vector>

namespace agent::sinks {

struct ToolForgeOptions {
  std::string name;  ///< "gitea" or "github": whose limits hold.
  std::string owner, repository;
  /// "https://github.com": for issues whose address the server does not tell; empty: it has to.
  std::string web_url = {};
};

/// The repository's issues by the tools of one MCP server: the official gitea-mcp and github-mcp-server, older and
/// newer, the PyPI gitea-mcp, and others that have such tools. What the server lacks is done without:
/// - no label can be made, or the token may not: issues go without, and issues() gives the newest 300 as well;
/// - a list without texts: each issue that counts is read by itself, at most 50;
/// - comments that can't be edited: edits_comments(); that can't be deleted: a few words take their text's place.
/// github-mcp-server changes comments of HTML in what it reads; our marker is therefore repeated in the last line.
/// Errors: `settings`, with the tools that are missing: to list, create, edit and comment on issues.
[[nodiscard]] Result<std::unique_ptr<Forge>> tool_forge(const std::vector<std::shared_ptr<tools::Tool>>& tools,
                                                        ToolForgeOptions options);

}  // namespace agent::sinks
