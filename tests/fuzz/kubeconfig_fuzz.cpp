#include "base/encoding.hpp"
#include "base/text.hpp"
#include "kube/exec_credential.hpp"
#include "kube/kubeconfig.hpp"

#include <cstdint>
#include <cstdlib>

/// Any text is a kubeconfig or a settings error in one clean line; what was read can be merged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto config = agent::kube::parse_kubeconfig(text, "dir/config");
  if (config) {
    const std::size_t users = config->users.size();
    config->merge(*config);
    if (config->users.size() != users) std::abort();  // names are there once, so nothing is new
  } else if (config.error().kind != agent::ErrorKind::settings || !agent::is_clean(config.error().what)) {
    std::abort();
  }
  static_cast<void>(agent::decode_base64(text));
  const auto credential = agent::kube::parse_exec_credential(text, "client.authentication.k8s.io/v1");
  if (credential && credential->token.empty() && credential->key.empty()) std::abort();
  return 0;
}
