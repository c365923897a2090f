#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "cli/command.hpp"
#include "cli/elicitation.hpp"
#include "cli/mcp_settings.hpp"
#include "cli/mcp_view.hpp"
#include "flows/shared_redactor.hpp"
#include "net/http.hpp"
#include "tools/tool_policy.hpp"
#include "tools/toolbox.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
  /// Where a person can be asked what a server wants to know, until `stop`, when the call is over; empty without a
  /// terminal: then nobody is.
  std::function<std::optional<std::string>(const std::string& prompt, const std::stop_token& stop)> ask_line = {};
  /// Tells a user which URL to open to sign in; empty: nobody is there.
  std::function<void(const std::string& server, const std::string& url)> show_sign_in = {};
};

/// `error`, `unreachable` where a time-out of the server's own settings ran out: the kind `deadline` is left to the
/// user's, `deadline`.
[[nodiscard]] Error of_the_server(Error error, net::Deadline deadline);

/// What may be called of a server, and for how long.
[[nodiscard]] tools::ToolPolicy policy_of(const McpServerSettings& server);

/// Connects as settings say: with its token, its headers, or by OAuth when the server asks for it, whose tokens are
/// kept in the state folder ($XDG_STATE_HOME/agent/mcp). Errors: those of mcp::Client; `deadline` only for that of
/// `parts`, `unreachable` for the server's own connect_timeout.
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

/// Connects the servers, in parallel, and puts their tools into `box`. What is missing of those that are not required,
/// and why. Errors: `settings`; that of the first required server that is missing.
[[nodiscard]] Result<std::vector<NotChecked>> add_server_tools(const std::vector<McpServerSettings>& servers,
                                                               const McpParts& parts, tools::Toolbox& box);

/// Where we serve by HTTP, and to whom.
struct HttpPlace {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: one that is free.
  std::string token = {};  ///< Empty: none, for loopback alone.
  std::vector<std::string> hosts = {}, origins = {};
};

/// Serves the tools that `box` allows until `stop` is asked. `ready` is told the URL. Errors: `settings`: the address
/// is not ours, the port is taken, no token where others can reach it; those of `ready`.
[[nodiscard]] Result<void> serve_by_http(const std::shared_ptr<tools::Toolbox>& box, const HttpPlace& place,
                                         const std::function<Result<void>(const std::string& url)>& ready,
                                         const std::stop_token& stop);

/// The same for one client on standard input and output, until it goes or `stop` is asked.
[[nodiscard]] Result<void> serve_by_streams(const std::shared_ptr<tools::Toolbox>& box, const std::stop_token& stop);

/// `agent mcp list`, `call`, `doctor`.
[[nodiscard]] std::vector<Command> mcp_commands();

}  // namespace agent::cli
