#pragma once

#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

// Repositories as MCP servers of forges show them: tools with the names and input schemas of real servers (seen in
// November 2026), over a small forge in memory. What does not fit a schema fails the test.

namespace agent::test {

/// The forge behind a server: repository o/r.
struct ForgeWorld {
  struct Issue {
    std::uint64_t number = 0;
    std::string title, body, author = "bot";
    bool open = true;
    std::vector<std::string> labels, assignees;
    bool pull_request = false;
  };
  struct Comment {
    std::uint64_t id = 0, issue = 0;
    std::string body, author = "bot";
  };

  std::vector<Issue> issues;
  std::vector<Comment> comments;
  std::vector<std::string> labels;  ///< Their ids are 101, 102 …
  bool rival_makes_label = false;
  std::string state_reason;        ///< Of the last change.
  std::vector<std::string> calls;  ///< "create_issue {…}"
};

using Tools = std::vector<std::shared_ptr<tools::Tool>>;

[[nodiscard]] Tools old_gitea(const std::shared_ptr<ForgeWorld>& world);   ///< Official, 2025: create_issue …
[[nodiscard]] Tools gitea(const std::shared_ptr<ForgeWorld>& world);       ///< Official, 2026: issue_write …
[[nodiscard]] Tools pypi_gitea(const std::shared_ptr<ForgeWorld>& world);  ///< PyPI's gitea-mcp 0.5.1.
[[nodiscard]] Tools old_github(const std::shared_ptr<ForgeWorld>& world);  ///< github-mcp-server, 2025.
[[nodiscard]] Tools github(const std::shared_ptr<ForgeWorld>& world);      ///< github-mcp-server, 2026.

}  // namespace agent::test
