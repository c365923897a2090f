#pragma once

#include "base/error.hpp"
#include "base/settings.hpp"
#include "cli/output.hpp"

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace agent::cli {

/// How to sign in at a server that asks for it.
struct OAuthSettings {
  std::string client_id, client_secret, private_key_file, client_metadata_url, issuer;
  std::string grant = "authorization_code";  ///< Or "client_credentials".
  bool allow_internal = false;
};

/// One MCP server, as settings name it.
struct McpServerSettings {
  std::string name;       ///< Ours: "kubernetes".
  std::string transport;  ///< "auto", "streamable-http", "sse", "stdio", "websocket".
  bool sse_first = false;
  std::string url;                       ///< Empty of a stdio server.
  std::vector<std::string> command;      ///< argv of a stdio server.
  std::vector<std::string> environment;  ///< NAME=VALUE; all that it gets.
  std::vector<std::string> env_values;   ///< Those that its own `env` gives: secrets.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string token, token_file;
  std::vector<std::string> allow, deny;  ///< Globs of tools.
  bool read_only = true;
  bool required = false;
  std::chrono::milliseconds connect_timeout{15'000}, call_timeout{60'000};
  std::map<std::string, std::chrono::milliseconds, std::less<>> tool_timeouts;
  std::string revision;
  OAuthSettings oauth;
  std::string where;  ///< What named it: "MCP_GITEA_URL", "config.toml:3", "--server-url".
};

/// The servers that settings name, by name. `environment` is ours: a stdio server gets of it only what programs need to
/// run at all (PATH, HOME, the locale, proxies), and besides what its `env` says; the one for Kubernetes also where the
/// cluster is.
/// Errors: `settings`: a name that is more than letters, digits, '-' and '_', or longer than 32; neither a URL nor a
/// command, or not the one that the transport needs; no revision of MCP.
[[nodiscard]] Result<std::vector<McpServerSettings>> mcp_servers(const Settings& settings,
                                                                 const Environment& environment);

/// What can be asked of a server: one of the five revisions, or empty for the newest of both sides. Errors: `kind`.
[[nodiscard]] Result<void> check_revision(const std::string& revision, ErrorKind kind, const std::string& where);

/// A server that only the command line names: `url`, or `command` when that is empty. Errors: `usage`.
[[nodiscard]] Result<McpServerSettings> ad_hoc_server(const std::string& url, const std::string& transport,
                                                      const std::vector<std::string>& command,
                                                      const Environment& environment);

/// The one of `servers` called `name`. Errors: `target_not_found`, with the nearest.
[[nodiscard]] Result<McpServerSettings> server_named(const std::vector<McpServerSettings>& servers,
                                                     const std::string& name);

/// A URL without name, password and the values of its query, which may be secrets; what is no URL as it is.
[[nodiscard]] std::string shown_url(const std::string& url);

/// "https://host/mcp", "npx -y some-server": what is asked, without credentials.
[[nodiscard]] std::string place_of(const McpServerSettings& server);

}  // namespace agent::cli
