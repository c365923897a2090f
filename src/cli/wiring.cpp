#include "cli/wiring.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/settings_file.hpp"
#include "cli/mcp.hpp"
#include "evidence/cluster_units.hpp"
#include "kube/access.hpp"
#include "kube/api_source.hpp"
#include "kube/snapshot.hpp"
#include "kube/snapshot_writer.hpp"
#include "mcp/client.hpp"
#include "mcp/remote_tools.hpp"
#include "store/sqlite_store.hpp"
#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::cli {
namespace {

std::string first_of(const Environment& environment, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (const auto found = environment.find(name); found != environment.end() && !found->second.empty())
      return found->second;
  return {};
}

/// The settings decide what the environment says: they also come from files and flags.
kube::AccessInput access_input(const Context& context) {
  const Settings& settings = context.settings;
  kube::AccessInput input;
  input.environment = context.environment;
  const SettingValue& kubeconfig = settings.at("cluster.kubeconfig");
  input.environment["KUBECONFIG"].clear();
  // A list only by KUBECONFIG's own name.
  (kubeconfig.where == "KUBECONFIG" ? input.environment["KUBECONFIG"] : input.kubeconfig) = kubeconfig.value;
  input.environment["K8S_AUTH_HOST"] = settings.text("cluster.server");
  input.environment["K8S_AUTH_API_KEY"] = settings.text("cluster.token");
  input.environment["K8S_AUTH_VERIFY_SSL"] = settings.text("cluster.verify");
  input.context = settings.text("cluster.context");
  input.name_space = settings.text("cluster.namespace");
  input.as = settings.text("cluster.as");
  return input;
}

kube::ApiOptions api_options(const Context& context, flows::SharedRedactor& redactor) {
  return {.proxy = proxy_options(context.environment),
          .ca_file = context.settings.text("cluster.ca_file"),
          .environment = context.environment,
          .learn = [&redactor](std::string_view kind, std::string_view secret) { redactor.learn(secret, kind); }};
}

constexpr std::string_view kubernetes_server = "kubernetes";

using Tools = std::vector<std::shared_ptr<tools::Tool>>;

/// All tools of a server, connected.
Result<Tools> tools_of(const Context& context, const McpServerSettings& server, flows::SharedRedactor& redactor,
                       net::Deadline deadline, const std::stop_token& stop) {
  const net::Deadline until = std::min(deadline, std::chrono::steady_clock::now() + server.connect_timeout);
  const McpParts parts{context.environment, context.settings.text("cluster.ca_file"), redactor, deadline, stop};
  const std::shared_ptr<mcp::Client> client = TRY(connect_mcp(server, parts, {}));
  const auto listed = client->list_tools({.limits = {.deadline = until, .stop = stop}});
  if (!listed) return std::unexpected(of_the_server(listed.error(), deadline));
  return mcp::remote_tools(client, *listed);
}

class SavedRecording final : public Recording {
 public:
  SavedRecording(std::unique_ptr<kube::SnapshotWriter> writer, kube::Source& source)
      : writer_(std::move(writer)), source_(kube::record(source, *writer_)) {}

  kube::Source& source() override { return *source_; }
  Result<void> finish() override { return writer_->finish(); }

 private:
  std::unique_ptr<kube::SnapshotWriter> writer_;
  std::unique_ptr<kube::Source> source_;
};

}  // namespace

void log_call(const tools::AuditRecord& call, LogLevel level) {
  log(level, "tool_call",
      {{"server", call.server},
       {"tool", call.tool},
       {"arguments", call.arguments},
       {"status", tools::name(call.status)},
       {"ms", std::to_string(call.took.count())},
       {"bytes", std::to_string(call.bytes)}});
}

net::ProxyOptions proxy_options(const Environment& environment) {
  // The lower-case names first for http, as curl and Go have it: HTTP_PROXY may be a header's (httpoxy.org).
  return {.http = first_of(environment, {"http_proxy", "HTTP_PROXY"}),
          .https = first_of(environment, {"https_proxy", "HTTPS_PROXY"}),
          .no_proxy = first_of(environment, {"no_proxy", "NO_PROXY"})};
}

Result<std::string> secret_setting(const Context& context, const std::string& key, flows::SharedRedactor& redactor) {
  std::string value = context.settings.text(key);
  const SettingValue& file = context.settings.at(key + "_file");
  if (value.empty() && !file.value.empty()) {
    value = TRY(read_small_file(file.value, "file of a secret", file.where)).text;
    value.erase(value.find_last_not_of(" \t\r\n") + 1);
  }
  if (!value.empty()) redactor.learn(value, "secret");
  return value;
}

net::ClientOptions outgoing_options(const Context& context) {
  net::ClientOptions options;
  options.tls.ca_file = context.settings.text("cluster.ca_file");
  options.proxy = proxy_options(context.environment);
  return options;
}

std::unique_ptr<store::Store> open_store(const Context& context) {
  std::string path = context.settings.text("store.path");
  if (path.empty()) {
    const std::string folder = state_folder(context.environment);
    if (!folder.empty()) path = folder + "/store.db";
  }
  return path == "none" ? nullptr : open_store_at(path);
}

std::unique_ptr<store::Store> open_store_at(const std::string& path) {
  auto opened = store::open_sqlite_store(path);
  return opened ? *std::move(opened) : nullptr;
}

Result<ClusterChoice> cluster_choice(const Context& context) {
  kube::Access access = TRY(kube::resolve_access(access_input(context)));
  return ClusterChoice{std::move(access.server), std::move(access.context), std::move(access.name_space),
                       std::string(kube::name_of(access.origin)), std::move(access.where)};
}

bool cluster_is_named(const Context& context) { return kube::names_cluster(access_input(context)); }

Result<OpenedCluster> open_cluster(const Context& context, flows::SharedRedactor& redactor) {
  kube::Access access = TRY(kube::resolve_access(access_input(context)));
  for (const auto& [secret, kind] : access.secrets()) redactor.learn(secret, kind);
  OpenedCluster opened;
  opened.name_space = access.name_space;
  opened.source = TRY(kube::open_api(std::move(access), api_options(context, redactor)));
  return opened;
}

Result<OpenedCluster> open_snapshot(const Context& context, const std::string& path, const std::stop_token& stop) {
  OpenedCluster opened;
  opened.source = TRY(kube::open_snapshot(path, stop));
  const kube::SnapshotAbout about = TRY(kube::about_snapshot(path, stop));
  opened.name_space = context.settings.text("cluster.namespace");
  opened.taken_at = evidence::timestamp(about.captured_at);
  opened.target = about.target;
  return opened;
}

Result<std::optional<ClusterServer>> cluster_server(const Context& context) {
  const bool named_by_flag =
      std::ranges::any_of(std::array{"cluster.kubeconfig", "cluster.context", "cluster.as"},
                          [&](const char* key) { return context.settings.at(key).origin == Origin::flag; });
  if (named_by_flag) return std::nullopt;
  for (const McpServerSettings& server : TRY(mcp_servers(context.settings, context.environment)))
    if (server.name == kubernetes_server)
      return ClusterServer{server.name, server.required, place_of(server), server.where};
  return std::nullopt;
}

Result<OpenedServer> open_cluster_server(const Context& context, flows::SharedRedactor& redactor,
                                         net::Deadline deadline, const std::stop_token& stop) {
  const auto servers = TRY(mcp_servers(context.settings, context.environment));
  const McpServerSettings server = TRY(server_named(servers, std::string(kubernetes_server)));
  OpenedServer opened{.source = {}, .tools = TRY(tools_of(context, server, redactor, deadline, stop))};
  const auto toolbox = std::make_shared<tools::Toolbox>(
      tools::ToolboxOptions{.policies = {{server.name, policy_of(server)}},
                            .audit = [](const tools::AuditRecord& call) { log_call(call, LogLevel::debug); }});
  toolbox->add(server.name, opened.tools);
  opened.source = std::make_unique<tools::RemoteSource>(
      toolbox, tools::RemoteSourceOptions{
                   .server = server.name,
                   .described = fmt::format("cluster through MCP server '{}' at {}", server.name, place_of(server))});
  return opened;
}

Result<std::optional<Tools>> open_server_tools(const Context& context, const std::string& name,
                                               flows::SharedRedactor& redactor, net::Deadline deadline,
                                               const std::stop_token& stop) {
  const auto servers = TRY(mcp_servers(context.settings, context.environment));
  const auto server = std::ranges::find(servers, name, &McpServerSettings::name);
  if (server == servers.end()) return std::nullopt;
  Tools all = TRY(tools_of(context, *server, redactor, deadline, stop));
  tools::ToolPolicy policy = policy_of(*server);
  policy.read_only = false;  // a user asks for what changes something, not a model
  std::erase_if(all, [&](const auto& tool) { return !why_denied(policy, tool->name(), tool->effect()).empty(); });
  return all;
}

Result<std::unique_ptr<Recording>> record_to(const std::string& folder, const std::string& target,
                                             std::chrono::system_clock::time_point now, kube::Source& source,
                                             flows::SharedRedactor& redactor) {
  auto writer = TRY(kube::SnapshotWriter::create(folder, {target, source.describe(), rfc3339(now)},
                                                 [&redactor](std::string_view text) {
                                                   const std::lock_guard lock(redactor.guard);
                                                   return redactor.redactor.redact(text);
                                                 }));
  return std::make_unique<SavedRecording>(std::move(writer), source);
}

}  // namespace agent::cli
