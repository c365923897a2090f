#pragma once

#include "base/error.hpp"
#include "cli/command.hpp"
#include "cli/elicitation.hpp"
#include "cli/mcp_settings.hpp"
#include "cli/mcp_view.hpp"
#include "flows/shared_redactor.hpp"
#include "net/http.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

// The only place of the command line that names parts of `mcp`.

namespace agent::mcp {
class Client;
struct Callbacks;
}  // namespace agent::mcp

namespace agent::cli {

/// What every talk to a server goes with.
struct McpParts {
  const Environment& environment;
  std::string ca_file;
  flows::SharedRedactor& redactor;  ///< Learns every credential.
  net::Deadline deadline = net::Deadline::max();
  std::stop_token stop = {};
  /// Where a person can be asked what a server wants to know; empty without a terminal: then nobody is.
  AskLine ask_line = {};
};

/// Connects as settings say: with its token, its headers, or by OAuth when the server asks for it, whose tokens are
/// kept in the state folder ($XDG_STATE_HOME/agent/mcp). Errors: those of mcp::Client.
[[nodiscard]] Result<std::unique_ptr<mcp::Client>> connect_mcp(const McpServerSettings& server, const McpParts& parts,
                                                               mcp::Callbacks callbacks);

/// Connects, lists the tools, and tells what came of it, step by step.
[[nodiscard]] ServerView inspect_server(const McpServerSettings& server, const McpParts& parts);

/// A call of one tool.
struct ToolQuestion {
  std::string tool;
  std::string arguments;       ///< JSON, an object; empty: none.
  bool allow_changes = false;  ///< Also tools that may do more than look.
  /// How far the tool is, in its own words: foreign text.
  std::function<void(const std::string&)> progress = {};
};

/// What a tool gave.
struct ToolAnswer {
  nlohmann::json result;  ///< Of tools/call: foreign.
  std::string text;       ///< Its content as text.
  bool is_error = false;  ///< The tool says that it failed, or gave what is not a result of its own schema.
};

/// Errors: those of mcp::Client; `usage`: the arguments are no JSON object, or the server refuses them;
/// `target_not_found`: no such tool, with the nearest; `change_denied`: settings or built-in rules deny it.
[[nodiscard]] Result<ToolAnswer> call_tool(const McpServerSettings& server, const ToolQuestion& question,
                                           const McpParts& parts);

/// `agent mcp list`, `call`, `doctor`.
[[nodiscard]] std::vector<Command> mcp_commands();

}  // namespace agent::cli
