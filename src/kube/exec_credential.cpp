#include "kube/exec_credential.hpp"

#include "base/encoding.hpp"
#include "base/process_captured.hpp"
#include "base/text.hpp"
#include "kube/document.hpp"
#include "kube/object.hpp"

namespace agent::kube {
namespace {

using nlohmann::json;

std::unexpected<Error> no_credential(const std::string& what) {
  return fail(ErrorKind::unauthorised, "the exec plugin gave no credential: " + what, "",
              "run it in a shell to see why");
}

std::unexpected<Error> plugin_failed(const Access& access, const std::string& what, const std::string& where = {}) {
  const std::string hint = clean_line(access.exec->install_hint.substr(0, 500));
  return fail(ErrorKind::unauthorised, "the exec plugin '" + clean_line(access.exec->command) + "' " + what, where,
              hint.empty() ? "run it in a shell to see why, or give a token" : hint);
}

}  // namespace

Result<ExecCredential> parse_exec_credential(std::string_view text, const std::string& api_version) {
  json value;
  if (!parse_json(text, value) || !value.is_object()) return no_credential("its output is not JSON");
  if (text_of(value, "kind") != "ExecCredential") return no_credential("its output is not an ExecCredential");
  if (text_of(value, "apiVersion") != api_version)
    return no_credential("its output is not of " + clean_line(api_version) + ", which the kubeconfig asks for");
  const auto status = value.find("status");
  if (status == value.end() || !status->is_object()) return no_credential("it has no status");
  ExecCredential credential{text_of(*status, "token"), text_of(*status, "clientCertificateData"),
                            text_of(*status, "clientKeyData"), text_of(*status, "expirationTimestamp")};
  if (credential.certificate.empty() != credential.key.empty())
    return no_credential("it has a certificate or a key without the other");
  if (credential.token.empty() && credential.certificate.empty())
    return no_credential("it has neither a token nor a certificate");
  if (credential.token.find_first_of("\r\n") != std::string::npos) return no_credential("its token has a line break");
  return credential;
}

std::string exec_info(const Access& access) {
  json spec{{"interactive", false}};
  if (access.exec->provide_cluster_info) {
    json cluster{{"server", access.server}};
    if (!access.authority.empty()) cluster["certificate-authority-data"] = base64(access.authority);
    if (!access.tls_server_name.empty()) cluster["tls-server-name"] = access.tls_server_name;
    if (!access.proxy_url.empty()) cluster["proxy-url"] = access.proxy_url;
    if (access.insecure) cluster["insecure-skip-tls-verify"] = true;
    if (!access.exec_config.is_null()) cluster["config"] = access.exec_config;
    spec["cluster"] = std::move(cluster);
  }
  return json{{"apiVersion", access.exec->api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}}.dump();
}

Result<ExecCredential> run_exec_plugin(const Access& access,
                                       const std::map<std::string, std::string, std::less<>>& environment,
                                       const std::stop_token& stop) {
  const ExecPlugin& plugin = *access.exec;
  if (plugin.always_interactive) return plugin_failed(access, "needs a terminal (interactiveMode: Always)");
  auto variables = environment;
  for (const auto& [name, value] : plugin.environment) variables[name] = value;
  variables["KUBERNETES_EXEC_INFO"] = exec_info(access);

  CapturedCommand command;
  command.argv = {plugin.command};
  command.argv.insert(command.argv.end(), plugin.arguments.begin(), plugin.arguments.end());
  for (const auto& [name, value] : variables) command.environment.push_back(name + "=" + value);
  const auto end = run_captured(command, stop);
  if (!end && (end.error().kind == ErrorKind::deadline || end.error().kind == ErrorKind::interrupted))
    return std::unexpected(end.error());
  if (!end) return plugin_failed(access, "can't be run", end.error().what);
  if (end->exit_code != 0) return plugin_failed(access, "failed", "exit code " + std::to_string(end->exit_code));
  return parse_exec_credential(end->output, plugin.api_version);
}

}  // namespace agent::kube
