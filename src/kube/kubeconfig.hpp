#pragma once

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::kube {

/// PEM text that stands in a kubeconfig, or in a file of its own.
struct Pem {
  std::string data;  ///< Decoded; wins over `file`.
  std::string file;  ///< Absolute, or as relative as the kubeconfig's own path.

  [[nodiscard]] bool is_given() const { return !data.empty() || !file.empty(); }
};

struct Cluster {
  std::string name, where;  ///< `where`: "PATH:LINE".
  std::string server;       ///< "https://10.0.0.1:6443"
  std::string tls_server_name;
  std::string proxy_url;
  Pem authority;
  bool insecure = false;
  nlohmann::json exec_config;  ///< The extension `client.authentication.k8s.io/exec`; null when there is none.
};

/// A command that gives credentials.
struct ExecPlugin {
  std::string api_version;  ///< client.authentication.k8s.io/v1 or /v1beta1.
  std::string command;      ///< A path with slashes is relative to the kubeconfig, a name is found by PATH.
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  ///< Added to ours.
  std::string install_hint;
  bool provide_cluster_info = false;
  bool always_interactive = false;  ///< `interactiveMode: Always`: it needs a terminal.
};

struct Impersonation {
  std::string user, uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::string>> extra;
};

struct User {
  std::string name, where;
  Pem certificate, key;
  std::string token;
  std::string token_file;  ///< Wins over `token` and is read again when it changed.
  std::string username, password;
  Impersonation as;
  std::optional<ExecPlugin> exec;
  std::string auth_provider;  ///< The name of one that only kubectl can run.
};

struct Context {
  std::string name, where;
  std::string cluster, user, name_space;
};

/// One kubeconfig file, or several merged.
struct Kubeconfig {
  std::vector<Cluster> clusters;
  std::vector<User> users;
  std::vector<Context> contexts;
  std::string current_context;

  /// Adds what `other` has and this one does not, by name: the first file wins each entry as a whole, and
  /// `current-context`, as kubectl does it.
  void merge(Kubeconfig other);

  [[nodiscard]] const Cluster* cluster(std::string_view name) const;
  [[nodiscard]] const User* user(std::string_view name) const;
  [[nodiscard]] const Context* context(std::string_view name) const;
};

/// The kubeconfig in `text` (YAML or JSON). Paths in it are resolved against the folder of `path`. Unknown keys are
/// ignored, as kubectl does. Entries are not checked against each other.
/// Errors: `settings`, at "PATH:LINE", never with a value: syntax, a value of a wrong form, a name given twice, data
/// that is not base64, an exec plugin of a version other than v1 and v1beta1.
[[nodiscard]] Result<Kubeconfig> parse_kubeconfig(std::string_view text, const std::string& path);

}  // namespace agent::kube
