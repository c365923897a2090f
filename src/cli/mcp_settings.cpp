#include "cli/mcp_settings.hpp"

#include "base/redactor.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace agent::cli {
namespace {

constexpr std::string_view root = "mcp.servers.";

/// What a program may need to run at all. Nothing in it is a secret of ours.
constexpr std::array passed_on{"HOME",          "LANG",       "LC_ALL",         "LC_CTYPE",       "LOGNAME",
                               "PATH",          "SHELL",      "SSL_CERT_DIR",   "SSL_CERT_FILE",  "TERM",
                               "TMPDIR",        "TZ",         "USER",           "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
                               "XDG_DATA_HOME", "http_proxy", "https_proxy",    "no_proxy",       "HTTP_PROXY",
                               "HTTPS_PROXY",   "NO_PROXY",   "XDG_RUNTIME_DIR"};
/// Where the cluster is, for a server that asks it.
constexpr std::array of_clusters{"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"};

/// "gitea" of "mcp.servers.gitea.url".
std::string name_in(std::string_view key) {
  key.remove_prefix(root.size());
  return std::string(key.substr(0, key.find('.')));
}

/// The servers of which settings say something. A transport alone names none: it is set for all runs of a pipeline.
std::set<std::string> names(const Settings& settings) {
  std::set<std::string> names;
  for (const Setting& row : settings_table()) {
    if (!row.key.starts_with(root)) continue;
    for (const std::string& key : settings.keys(row.key)) {
      const SettingValue& value = settings.at(key);
      const bool counts = value.origin == Origin::file || !key.ends_with(".transport");
      if (counts && value.origin != Origin::default_value && !value.value.empty()) names.insert(name_in(key));
    }
  }
  return names;
}

bool is_good_name(std::string_view name) {
  constexpr std::size_t longest = 32;
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

/// Reads what settings say of one server.
class Reader {
 public:
  Reader(const Settings& settings, const std::string& name)
      : settings_(settings), prefix_(std::string(root) + name + ".") {}

  [[nodiscard]] const SettingValue& at(std::string_view key) const { return settings_.at(prefix_ + std::string(key)); }
  [[nodiscard]] const std::string& text(std::string_view key) const { return at(key).value; }
  [[nodiscard]] bool enabled(std::string_view key) const { return settings_.enabled(prefix_ + std::string(key)); }
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const {
    return settings_.list(prefix_ + std::string(key));
  }
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view key) const {
    return settings_.duration(prefix_ + std::string(key));
  }

  /// Name and key of what stands in the table `key`.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> below(std::string_view key) const {
    const std::string start = prefix_ + std::string(key) + ".";
    std::vector<std::pair<std::string, std::string>> found;
    for (const std::string& full : settings_.keys(std::string(root) + "*." + std::string(key) + ".*"))
      if (full.starts_with(start)) found.emplace_back(full.substr(start.size()), full);
    return found;
  }
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  const Settings& settings_;
  std::string prefix_;
};

std::vector<std::string> argv_of(const std::string& command, const std::vector<std::string>& args) {
  if (command.empty()) return {};
  std::vector<std::string> argv;
  if (command.ends_with(".py")) argv.emplace_back("python3");
  argv.push_back(command);
  argv.insert(argv.end(), args.begin(), args.end());
  return argv;
}

std::vector<std::string> environment_of(const std::string& server, const Environment& ours,
                                        const std::map<std::string, std::string>& own) {
  std::map<std::string, std::string> all = own;
  const auto pass_on = [&](const char* name) {
    if (const auto found = ours.find(name); found != ours.end()) all.emplace(name, found->second);
  };
  std::ranges::for_each(passed_on, pass_on);
  if (server == "kubernetes") std::ranges::for_each(of_clusters, pass_on);
  std::vector<std::string> environment;
  for (const auto& [name, value] : all) environment.push_back(name + "=" + value);
  return environment;
}

OAuthSettings oauth_of(const Reader& reader) {
  return {.client_id = reader.text("oauth.client_id"),
          .client_secret = reader.text("oauth.client_secret"),
          .private_key_file = reader.text("oauth.private_key_file"),
          .client_metadata_url = reader.text("oauth.client_metadata_url"),
          .issuer = reader.text("oauth.issuer"),
          .grant = reader.text("oauth.grant"),
          .allow_internal = reader.enabled("oauth.allow_internal")};
}

/// Keeps of URL and command what the transport uses, and settles the transport where they decide it.
Result<void> settle_way(McpServerSettings& server, ErrorKind kind) {
  const std::string quoted = "MCP server '" + server.name + "'";
  const bool web_socket = server.url.starts_with("ws://") || server.url.starts_with("wss://");
  if (server.transport == "auto" && web_socket) server.transport = "websocket";
  if (server.transport == "auto" && server.url.empty()) server.transport = "stdio";
  const bool stdio = server.transport == "stdio";
  if (stdio && server.command.empty())
    return fail(kind, quoted + (server.url.empty() ? " has neither a URL nor a command" : " has no command"),
                server.where, "set its url, or its command for stdio");
  if (!stdio && server.url.empty())
    return fail(kind, quoted + " has no URL for " + server.transport, server.where, "set its url");
  if (stdio)
    server.url.clear();
  else
    server.command.clear();
  server.sse_first = server.sse_first && server.transport == "auto";
  return {};
}

std::string named_by(const Reader& reader) {
  for (const char* key : {"url", "command", "transport"})
    if (const SettingValue& value = reader.at(key); !value.where.empty()) return value.where;
  return reader.settings().config_path();
}

Result<McpServerSettings> read_server(const Settings& settings, const std::string& name,
                                      const Environment& environment) {
  const Reader reader(settings, name);
  McpServerSettings server;
  server.name = name;
  server.where = named_by(reader);
  if (!is_good_name(name))
    return fail(ErrorKind::settings, "'" + clean_line(name.substr(0, 80)) + "' can't name an MCP server", server.where,
                "at most 32 letters, digits, '-' and '_'");
  server.transport = reader.text("transport").empty() ? "auto" : reader.text("transport");
  server.sse_first = reader.text("transport").empty();
  server.url = reader.text("url");
  server.command = argv_of(reader.text("command"), reader.list("args"));
  std::map<std::string, std::string> own;
  for (const auto& [variable, key] : reader.below("env"))
    server.env_values.push_back(own[variable] = settings.text(key));
  server.environment = environment_of(name, environment, own);
  for (const auto& [header, key] : reader.below("headers")) server.headers.emplace_back(header, settings.text(key));
  for (const auto& [tool, key] : reader.below("tool_timeouts")) server.tool_timeouts[tool] = settings.duration(key);
  server.token = reader.text("token");
  server.token_file = reader.text("token_file");
  server.allow = reader.list("allow");
  server.deny = reader.list("deny");
  server.read_only = reader.enabled("read_only");
  server.required = reader.enabled("required");
  server.connect_timeout = reader.duration("connect_timeout");
  server.call_timeout = reader.duration("call_timeout");
  server.revision = reader.text("revision");
  TRY(check_revision(server.revision, ErrorKind::settings, reader.at("revision").where));
  server.oauth = oauth_of(reader);
  TRY(settle_way(server, ErrorKind::settings));
  return server;
}

}  // namespace

Result<std::vector<McpServerSettings>> mcp_servers(const Settings& settings, const Environment& environment) {
  std::vector<McpServerSettings> servers;
  for (const std::string& name : names(settings)) servers.push_back(TRY(read_server(settings, name, environment)));
  return servers;
}

Result<void> check_revision(const std::string& revision, ErrorKind kind, const std::string& where) {
  constexpr std::array<std::string_view, 5> known{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"};
  if (revision.empty() || std::ranges::count(known, revision) > 0) return {};
  return fail(kind, "there is no revision '" + clean_line(revision.substr(0, 80)) + "' of MCP", where,
              "one of 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28");
}

Result<McpServerSettings> ad_hoc_server(const std::string& url, const std::string& transport,
                                        const std::vector<std::string>& command, const Environment& environment) {
  McpServerSettings server;
  server.name = "server";
  server.where = url.empty() ? "command line" : "--server-url";
  server.url = url;
  server.transport = transport.empty() ? "auto" : transport;
  server.command = command;
  if (!url.empty() && !command.empty())
    return fail(ErrorKind::usage, "both a URL and a command name a server", server.where, "leave one of them out");
  constexpr std::array schemes{"http://", "https://", "ws://", "wss://"};
  if (!url.empty() && std::ranges::none_of(schemes, [&](const char* one) { return lower(url).starts_with(one); }))
    return fail(ErrorKind::usage, "'" + clean_line(shown_url(url)) + "' is no address of an MCP server", server.where,
                "http://, https://, ws:// or wss:// and a host");
  server.environment = environment_of(server.name, environment, {});
  TRY(settle_way(server, ErrorKind::usage));
  return server;
}

Result<McpServerSettings> server_named(const std::vector<McpServerSettings>& servers, const std::string& name) {
  std::vector<std::string_view> known;
  for (const McpServerSettings& server : servers) {
    if (server.name == name) return server;
    known.push_back(server.name);
  }
  const std::string_view near = nearest(name, known);
  return fail(ErrorKind::target_not_found, "no MCP server '" + clean_line(name.substr(0, 80)) + "' is configured", "",
              near.empty() ? "name it as [mcp.servers." + clean_line(name.substr(0, 32)) +
                                 "] in the settings, or give --server-url"
                           : "did you mean '" + std::string(near) + "'?");
}

std::string shown_url(const std::string& url) {
  const bool web_socket = url.starts_with("ws://") || url.starts_with("wss://");
  const auto parsed = net::parse_url(web_socket ? "http" + url.substr(2) : url);
  if (!parsed || url.find_first_of("@?") == std::string::npos) return url;
  const std::string shown = parsed->shown();
  return web_socket ? "ws" + shown.substr(4) : shown;
}

std::string place_of(const McpServerSettings& server) {
  if (!server.url.empty()) return clean_line(shown_url(server.url));
  std::string words;
  for (const std::string& word : server.command) words += (words.empty() ? "" : " ") + shell_quoted(word);
  return clean_line(Redactor().redact(words));
}

}  // namespace agent::cli
