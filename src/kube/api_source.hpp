#pragma once

#include "base/error.hpp"
#include "kube/access.hpp"
#include "kube/source.hpp"
#include "net/http.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace agent::kube {

/// What a live cluster is asked with, beside its Access.
struct ApiOptions {
  net::ProxyOptions proxy;  ///< Of the environment; a kubeconfig's `proxy-url` wins.
  std::string ca_file;      ///< `--ca-file` or SSL_CERT_FILE, for a cluster without an authority of its own.
  std::map<std::string, std::string, std::less<>> environment = {};  ///< Of exec plugins.
  /// Of one request that is not a log, retries included; of a log: without a byte.
  std::chrono::milliseconds request_timeout{30'000};
  /// Gets every credential before its first use, also a plugin's and a token file's new ones. Called by one thread at
  /// a time.
  std::function<void(std::string_view kind, std::string_view secret)> learn = {};
};

/// The live cluster of `access`. The first call connects; connections are kept and shared by all threads.
///
/// Of Secrets, only the metadata is asked for, and only that is given, whatever the server sends. All objects come
/// without `managedFields` and what kubectl last applied, and with `apiVersion` and `kind`. A list is asked for in
/// pages of 500, or less where these are large; at most 128 MiB in all. A log may be of any size.
///
/// Credentials: token file (read again at each request), token, user and password, client certificate; else the exec
/// plugin, which runs once, again when what it gave expires, and once more when the server refuses it. As kubectl does
/// it, none goes over http, but to this machine.
///
/// Errors of its calls: `unreachable` (network, TLS, 429 and 5xx after retries, what answers is no API server),
/// `unauthorised` (whose credentials, and where they are from), `forbidden` (verb, resource, for whom; `fix` is the
/// YAML that grants it), `target_not_found` (with the nearest name; a kind that the cluster does not have; a container
/// without a log yet), `usage` (a selector), `unreadable` (cut off, too large), `settings`, `interrupted`.
/// Errors: `settings`: the server or proxy is no URL that can be asked.
[[nodiscard]] Result<std::unique_ptr<Source>> open_api(Access access, ApiOptions options);

}  // namespace agent::kube
