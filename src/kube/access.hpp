#pragma once

#include "base/error.hpp"
#include "kube/kubeconfig.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::kube {

/// What decides which cluster is asked, and as whom. Nothing else is looked at but the files that these name.
struct AccessInput {
  std::string kubeconfig;  ///< `--kubeconfig`; empty: not given.
  std::string context;     ///< `--context`
  std::string name_space;  ///< `--namespace`
  std::string as;          ///< `--as`
  /// KUBECONFIG, HOME, K8S_AUTH_HOST, K8S_AUTH_API_KEY, K8S_AUTH_VERIFY_SSL, KUBERNETES_SERVICE_HOST and _PORT.
  std::map<std::string, std::string, std::less<>> environment;
  /// Where a pod finds its account: token, ca.crt and namespace.
  std::string account_folder = "/var/run/secrets/kubernetes.io/serviceaccount";
};

enum class AccessOrigin { flag, k8s_auth, kubeconfig_variable, home, in_cluster };

/// "--kubeconfig", "K8S_AUTH_HOST", "KUBECONFIG", "~/.kube/config", "in-cluster account".
[[nodiscard]] std::string_view name_of(AccessOrigin origin);

/// One API server, and who we are to it. Holds secrets: secrets() tells which.
struct Access {
  AccessOrigin origin = AccessOrigin::flag;
  std::string where;    ///< For `config show`: the files that were merged, or the variable.
  std::string context;  ///< Empty when there is no kubeconfig.
  std::string server;   ///< "https://10.0.0.1:6443", without a slash at its end.
  std::string name_space = "default";
  std::string authority;           ///< PEM; empty: the system's.
  std::string certificate, key;    ///< PEM; both or none.
  std::string tls_server_name;     ///< Empty: the server's host.
  std::string proxy_url;           ///< Empty: by the environment, as for other requests.
  bool insecure = false;           ///< The server's certificate is not checked.
  std::string token;               ///< Sent as `Authorization: Bearer`.
  std::string token_file;          ///< Wins over `token`; current_token() reads it.
  std::string username, password;  ///< Sent as `Authorization: Basic` when there is no token.
  Impersonation as;
  std::optional<ExecPlugin> exec;  ///< Gives token or certificate when nothing else does.
  nlohmann::json exec_config;

  /// Everything in it that must not be told, with the kind that a redactor shows: feed Redactor::learn().
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> secrets() const;
};

/// The cluster to ask: the first of `--kubeconfig` (or `--context`, of the usual files), K8S_AUTH_HOST, KUBECONFIG
/// (a list split by ':', merged, missing files skipped), ~/.kube/config, and the account of the pod we run in.
/// A kubeconfig with no context, cluster and user in it counts as missing. Certificates and keys are read.
/// Errors: `settings`, with file and line: nothing names a cluster, an unknown context, cluster or user (with the
/// nearest or those there are), a file that is missing or wrong, a user that only kubectl can be.
[[nodiscard]] Result<Access> resolve_access(const AccessInput& input);

/// True when anything names a cluster: resolve_access() finds one, or says what is wrong with it.
[[nodiscard]] bool names_cluster(const AccessInput& input);

/// The bearer token of now: of `token_file`, which a kubelet replaces within its hour, else `token`; may be empty.
/// Errors: `settings`: the file can't be read, and there is no `token` either.
[[nodiscard]] Result<std::string> current_token(const Access& access);

}  // namespace agent::kube
