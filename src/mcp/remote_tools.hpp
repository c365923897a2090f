#pragma once

#include "mcp/client.hpp"
#include "tools/tool.hpp"
#include "tools/toolbox.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace agent::mcp {

/// Whether a tool only looks. A name must say so (`get`, `list`, `log`, `search` … and no `create`, `delete`, `run` …);
/// the server's annotations can make it a change, never the other way round, as they are the server's word.
[[nodiscard]] tools::ToolEffect effect_of(const ToolInfo& tool);

/// The tools of a connected server, as the rest of the program calls them. Results are made by to_tool_result().
[[nodiscard]] std::vector<std::shared_ptr<tools::Tool>> remote_tools(const std::shared_ptr<Client>& client,
                                                                     const std::vector<ToolInfo>& tools);

/// A server with what the settings say of it beside how to reach it.
struct ServerPlan {
  Server server;
  bool required = false;  ///< Without it there is no point in going on.
};

struct ConnectedServer {
  std::string name;
  std::shared_ptr<Client> client;
  std::vector<ToolInfo> tools;
};

/// A server that could not be connected, or has no list of tools.
struct MissingServer {
  std::string name;
  Error error;
};

struct Connections {
  std::vector<ConnectedServer> connected;  ///< In the order of the plans.
  std::vector<MissingServer> missing;      ///< To be told of in the report.
};

/// Connects all servers in parallel, each within its `connect_timeout`, and lists their tools. `callbacks` gives those
/// for a server by its name; may be empty. Errors: that of the first required server that is missing.
[[nodiscard]] Result<Connections> connect_all(std::vector<ServerPlan> plans,
                                              const std::function<Callbacks(const std::string&)>& callbacks,
                                              const Limits& limits);

/// Puts the tools of all connected servers into `box`, under their names.
void add_tools(const Connections& connections, tools::Toolbox& box);

}  // namespace agent::mcp
