#pragma once

#include "base/error.hpp"
#include "kube/access.hpp"

#include <map>
#include <stop_token>
#include <string>
#include <string_view>

namespace agent::kube {

/// What an exec plugin gave: a token, a client certificate with its key, or both.
struct ExecCredential {
  std::string token;
  std::string certificate, key;  ///< PEM.
  std::string expires;           ///< RFC 3339; empty: when the server refuses it.
};

/// The ExecCredential in what a plugin printed
/// (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/). Unknown keys are ignored.
/// Errors: `unauthorised`, without a word of `text`: not JSON, another version than `api_version`, no credential.
[[nodiscard]] Result<ExecCredential> parse_exec_credential(std::string_view text, const std::string& api_version);

/// The variable KUBERNETES_EXEC_INFO for the plugin of `access`: which version, no terminal, and the cluster where the
/// kubeconfig asks for it.
[[nodiscard]] std::string exec_info(const Access& access);

/// Runs the exec plugin of `access` (which has one) with `environment` and the plugin's own variables added, at most a
/// minute. Errors: `unauthorised`: it is missing (with its install hint), needs a terminal, fails, or prints no
/// credential; `deadline`, `interrupted`. What it wrote is not told: it may hold a secret.
[[nodiscard]] Result<ExecCredential> run_exec_plugin(const Access& access,
                                                     const std::map<std::string, std::string, std::less<>>& environment,
                                                     const std::stop_token& stop);

}  // namespace agent::kube
