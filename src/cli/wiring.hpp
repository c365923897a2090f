#pragma once

#include "base/log.hpp"
#include "cli/command.hpp"
#include "flows/shared_redactor.hpp"
#include "kube/source.hpp"
#include "net/http.hpp"
#include "store/store.hpp"
#include "tools/remote_source.hpp"
#include "tools/toolbox.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

// The only place that names concrete parts; the rest of the command line sees interfaces.

namespace agent::cli {

/// Which cluster would be asked, for `config show`.
struct ClusterChoice {
  std::string server, context, name_space;
  std::string origin;  ///< "--kubeconfig", "KUBECONFIG", "~/.kube/config", "in-cluster account", "K8S_AUTH_HOST".
  std::string where;   ///< The files, or the folder.
};

/// Errors: `settings`: nothing names a cluster, or what does is wrong.
[[nodiscard]] Result<ClusterChoice> cluster_choice(const Context& context);

/// True when settings, environment, a kubeconfig or the account of our pod name a cluster.
[[nodiscard]] bool cluster_is_named(const Context& context);

/// The audit record of a call of a tool, in the log, which hides secrets.
void log_call(const tools::AuditRecord& call, LogLevel level);

/// What remembers failures: the file of `--store`, else one in the state folder; null for "none", and where there is no
/// home for it. Opened at its first use.
[[nodiscard]] std::unique_ptr<store::Store> open_store(const Context& context);

/// The store at `path`; null where that is no path.
[[nodiscard]] std::unique_ptr<store::Store> open_store_at(const std::string& path);

/// The proxies that the environment names.
[[nodiscard]] net::ProxyOptions proxy_options(const Environment& environment);

/// The value of a setting that is a secret, or the content of the file that its neighbour "KEY_file" names; empty:
/// neither is set. The redactor learns it. Errors: `unreadable`.
[[nodiscard]] Result<std::string> secret_setting(const Context& context, const std::string& key,
                                                 flows::SharedRedactor& redactor);

/// How forges, chats and webhooks are spoken to.
[[nodiscard]] net::ClientOptions outgoing_options(const Context& context);

/// A cluster, or a snapshot of one, ready to be asked.
struct OpenedCluster {
  std::shared_ptr<kube::Source> source;  ///< Shared with the tools that look at it, of which one may be stuck.
  std::string name_space;                ///< `-n`, else the context's; of a snapshot without `-n`: empty.
  /// Of a snapshot: when it was taken, and what it is of ("pod/ci/web", "namespace/ci").
  std::optional<std::chrono::system_clock::time_point> taken_at;
  std::string target;
};

/// The cluster that settings and environment name. Connects at the first request; `redactor`, which outlives the
/// source, learns every credential. Errors: `settings`.
[[nodiscard]] Result<OpenedCluster> open_cluster(const Context& context, flows::SharedRedactor& redactor);

/// The snapshot at `path`. Errors: `target_not_found`, `unreadable`.
[[nodiscard]] Result<OpenedCluster> open_snapshot(const Context& context, const std::string& path,
                                                  const std::stop_token& stop);

/// The MCP server through which a cluster is looked at: the one called "kubernetes".
struct ClusterServer {
  std::string name;
  bool required = false;  ///< As settings say: without it, no report.
  std::string place;      ///< Its address or command, without credentials.
  std::string where;      ///< What named it: "MCP_OPENSHIFT_URL".
};

/// Nothing when settings name none, or when the command line names a kubeconfig, a context or an account, which are
/// not a server's to choose. Errors: `settings`.
[[nodiscard]] Result<std::optional<ClusterServer>> cluster_server(const Context& context);

/// A cluster's MCP server, connected.
struct OpenedServer {
  std::unique_ptr<tools::RemoteSource> source;
  std::vector<std::shared_ptr<tools::Tool>> tools;  ///< All that it has.
};

/// That server, connected, with its tools behind the lists of the settings. `redactor`, which outlives the source,
/// learns every credential. Errors: those of mcp::Client.
[[nodiscard]] Result<OpenedServer> open_cluster_server(const Context& context, flows::SharedRedactor& redactor,
                                                       net::Deadline deadline, const std::stop_token& stop);

/// The tools of the MCP server called `name` that its lists let us call; nothing when settings name no such server.
/// Errors: those of mcp::Client.
[[nodiscard]] Result<std::optional<std::vector<std::shared_ptr<tools::Tool>>>> open_server_tools(
    const Context& context, const std::string& name, flows::SharedRedactor& redactor, net::Deadline deadline,
    const std::stop_token& stop);

/// A source whose answers are saved as a snapshot.
class Recording {
 public:
  virtual ~Recording() = default;
  [[nodiscard]] virtual kube::Source& source() = 0;
  [[nodiscard]] virtual Result<void> finish() = 0;  ///< Errors: `delivery_failed`.
};

/// `source` and `redactor` outlive it. `target` is as in OpenedCluster. Errors: `delivery_failed`.
[[nodiscard]] Result<std::unique_ptr<Recording>> record_to(const std::string& folder, const std::string& target,
                                                           std::chrono::system_clock::time_point now,
                                                           kube::Source& source, flows::SharedRedactor& redactor);

}  // namespace agent::cli
