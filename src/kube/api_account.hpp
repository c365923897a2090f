#pragma once

#include "kube/access.hpp"

#include <string>
#include <string_view>

namespace agent::kube {

/// Who we are to a cluster, in words for errors and reports, without secrets.
struct Account {
  std::string name;        ///< "ci:agent" (a service account), "bob"; empty: only the cluster knows.
  std::string credential;  ///< "the token of context 'ci'"; empty: there is none.
  std::string origin;      ///< "context 'ci' of /home/bob/.kube/config", "the in-cluster account".
  bool withheld = false;   ///< There may be one, but not for a server without TLS.
  std::string renewal;     ///< What to do when the cluster does not take the credential.
};

[[nodiscard]] Account account_of(const Access& access);

/// The `sub` of a JSON Web Token (RFC 7519), which a service account's token is; its signature is not looked at. Empty
/// when `token` is none.
[[nodiscard]] std::string subject_of_token(std::string_view token);

/// True when credentials may go to `server`: over https, or to this machine.
[[nodiscard]] bool keeps_secrets(std::string_view server);

/// "https://10.0.0.1:6443": a server's URL without credentials in it.
[[nodiscard]] std::string shown_server(const std::string& server);

}  // namespace agent::kube
