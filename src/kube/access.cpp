#include "kube/access.hpp"

#include "base/settings_file.hpp"
#include "base/text.hpp"
#include "kube/object.hpp"

#include <algorithm>
#include <filesystem>

namespace agent::kube {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

std::string variable(const Variables& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  return std::string(text);
}

/// The kubeconfig files that are there, merged.
struct Merged {
  Kubeconfig config;
  AccessOrigin origin = AccessOrigin::flag;
  std::string where;  ///< Their paths, joined by ':'.
};

Result<void> add_file(Merged& merged, const std::string& path, const std::string& named_by) {
  const SmallFile file = TRY(read_small_file(path, "kubeconfig", named_by));
  merged.config.merge(TRY(parse_kubeconfig(file.text, path)));
  merged.where += (merged.where.empty() ? "" : ":") + path;
  return {};
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t colon = std::min(list.find(':', from), list.size());
    if (colon > from) parts.push_back(list.substr(from, colon - from));
    from = colon + 1;
  }
  return parts;
}

// As kubectl: where KUBECONFIG names files, ~/.kube/config is not looked at, even if none of them exists.
Result<Merged> read_kubeconfigs(const AccessInput& input) {
  Merged merged;
  if (!input.kubeconfig.empty()) {
    TRY(add_file(merged, input.kubeconfig, "--kubeconfig"));
    return merged;
  }
  const auto listed = split(variable(input.environment, "KUBECONFIG"));
  merged.origin = listed.empty() ? AccessOrigin::home : AccessOrigin::kubeconfig_variable;
  for (const std::string& path : listed)
    if (exists(path)) TRY(add_file(merged, path, "KUBECONFIG"));
  const std::string home = variable(input.environment, "HOME");
  const std::string usual = home + "/.kube/config";
  if (listed.empty() && !home.empty() && exists(usual)) TRY(add_file(merged, usual, "~/.kube/config"));
  return merged;
}

bool is_empty(const Kubeconfig& config) {
  return config.clusters.empty() && config.users.empty() && config.contexts.empty() && config.current_context.empty();
}

/// "did you mean 'a'?", or what there is.
template <class Entry>
std::string suggest(const std::vector<Entry>& entries, std::string_view wrong) {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries) names.emplace_back(entry.name);
  if (const auto near = nearest(wrong, names); !near.empty()) return "did you mean " + in_quotes(near) + "?";
  constexpr std::size_t most_names = 5;
  std::string all;
  for (std::size_t n = 0; n < std::min(names.size(), most_names); ++n)
    all += (n == 0 ? "" : ", ") + in_quotes(names[n]);
  if (names.empty()) return "it has none";
  return "it has " + all +
         (names.size() > most_names ? " and " + std::to_string(names.size() - most_names) + " more" : "");
}

Result<const Context*> chosen_context(const Merged& merged, const std::string& flag) {
  const std::string name = flag.empty() ? merged.config.current_context : flag;
  if (name.empty())
    return fail(ErrorKind::settings, "the kubeconfig says no current context", merged.where,
                "choose one by --context: " + suggest(merged.config.contexts, ""));
  if (const Context* context = merged.config.context(name)) return context;
  return fail(ErrorKind::settings, "the kubeconfig has no context " + in_quotes(name), merged.where,
              suggest(merged.config.contexts, name));
}

Result<std::string> read_pem(const Pem& pem, std::string_view what, const std::string& named_by) {
  if (!pem.data.empty() || pem.file.empty()) return pem.data;
  return TRY(read_small_file(pem.file, what, named_by)).text;
}

Result<void> check_url(const std::string& url, std::string_view what, const std::string& where,
                       std::initializer_list<std::string_view> schemes) {
  std::string fix;
  for (const std::string_view scheme : schemes) {
    if (lower(url.substr(0, scheme.size())) == scheme && url.size() > scheme.size()) return {};
    fix += (fix.empty() ? "begin it with " : " or ") + std::string(scheme);
  }
  return fail(ErrorKind::settings, std::string(what) + " is not a URL", where, fix);
}

// client-go adds https:// to a server that is a host and port alone (rest.DefaultServerURL, with TLS options).
std::string as_url(std::string server) {
  if (!server.empty() && !server.contains("://")) server = "https://" + server;
  while (server.ends_with('/')) server.pop_back();
  return server;
}

Result<void> apply_cluster(Access& access, const Cluster& cluster) {
  const std::string name = "cluster " + in_quotes(cluster.name);
  if (cluster.server.empty()) return fail(ErrorKind::settings, name + " has no server", cluster.where);
  access.server = as_url(cluster.server);
  TRY(check_url(access.server, "the server of " + name, cluster.where, {"https://", "http://"}));
  if (!cluster.proxy_url.empty())
    TRY(check_url(cluster.proxy_url, "the proxy-url of " + name, cluster.where, {"http://", "https://", "socks5://"}));
  access.proxy_url = cluster.proxy_url;
  access.tls_server_name = cluster.tls_server_name;
  access.insecure = cluster.insecure;
  access.exec_config = cluster.exec_config;
  access.authority = TRY(read_pem(cluster.authority, "certificate authority", cluster.where));
  // client-go refuses the pair (transport.New), as it can't be what was meant.
  if (access.insecure && !access.authority.empty())
    return fail(ErrorKind::settings, name + " has a certificate authority and insecure-skip-tls-verify", cluster.where,
                "remove insecure-skip-tls-verify");
  return {};
}

bool has_credentials(const Access& access) {
  return !access.token.empty() || !access.token_file.empty() || !access.username.empty() || !access.certificate.empty();
}

Result<void> apply_user(Access& access, const User& user) {
  const std::string name = "user " + in_quotes(user.name);
  if (user.certificate.is_given() != user.key.is_given())
    return fail(ErrorKind::settings, name + " has a client certificate or key without the other", user.where);
  access.certificate = TRY(read_pem(user.certificate, "client certificate", user.where));
  access.key = TRY(read_pem(user.key, "client key", user.where));
  access.token = user.token;
  access.token_file = user.token_file;
  access.username = user.username;
  access.password = user.password;
  access.as = user.as;
  access.exec = user.exec;
  if (!user.auth_provider.empty() && !has_credentials(access) && !access.exec)
    return fail(ErrorKind::settings,
                name + " has the auth-provider " + in_quotes(user.auth_provider) + ", which is not known", user.where,
                "use its exec plugin, or a token: kubectl create token");
  return {};
}

Result<Access> access_of(const Merged& merged, const AccessInput& input) {
  const Context& context = *TRY(chosen_context(merged, input.context));
  const std::string in_context = "context " + in_quotes(context.name);
  const Cluster* cluster = merged.config.cluster(context.cluster);
  if (cluster == nullptr)
    return fail(ErrorKind::settings, in_context + " names a cluster that is not there: " + in_quotes(context.cluster),
                context.where, suggest(merged.config.clusters, context.cluster));
  Access access;
  access.origin = merged.origin;
  access.where = merged.where;
  access.context = context.name;
  if (!context.name_space.empty()) access.name_space = context.name_space;
  TRY(apply_cluster(access, *cluster));
  const User* user = merged.config.user(context.user);
  if (user == nullptr && !context.user.empty())
    return fail(ErrorKind::settings, in_context + " names a user that is not there: " + in_quotes(context.user),
                context.where, suggest(merged.config.users, context.user));
  if (user != nullptr) TRY(apply_user(access, *user));
  return access;
}

// The variables of Ansible's collection kubernetes.core.
Result<Access> access_of_variables(const Variables& variables) {
  Access access;
  access.origin = AccessOrigin::k8s_auth;
  access.where = "K8S_AUTH_HOST";
  access.server = as_url(variable(variables, "K8S_AUTH_HOST"));
  TRY(check_url(access.server, "K8S_AUTH_HOST", "K8S_AUTH_HOST", {"https://", "http://"}));
  access.token = trimmed(variable(variables, "K8S_AUTH_API_KEY"));
  const std::string verify = lower(trimmed(variable(variables, "K8S_AUTH_VERIFY_SSL")));
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, verify) != words.end();
  };
  if (!is_one_of({"", "true", "1", "yes", "on", "false", "0", "no", "off"}))
    return fail(ErrorKind::settings, "K8S_AUTH_VERIFY_SSL is neither true nor false", "K8S_AUTH_VERIFY_SSL");
  access.insecure = is_one_of({"false", "0", "no", "off"});
  return access;
}

// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
Result<Access> access_of_account(const AccessInput& input) {
  Access access;
  access.origin = AccessOrigin::in_cluster;
  access.where = input.account_folder;
  const std::string host = variable(input.environment, "KUBERNETES_SERVICE_HOST");
  std::string port = variable(input.environment, "KUBERNETES_SERVICE_PORT");
  if (port.empty()) port = "443";
  access.server = "https://" + (host.contains(':') ? "[" + host + "]" : host) + ":" + port;
  access.token_file = input.account_folder + "/token";
  TRY(read_small_file(access.token_file, "account's token", "KUBERNETES_SERVICE_HOST"));
  if (const std::string authority = input.account_folder + "/ca.crt"; exists(authority))
    access.authority = TRY(read_small_file(authority, "account's authority", "KUBERNETES_SERVICE_HOST")).text;
  if (const std::string file = input.account_folder + "/namespace"; exists(file)) {
    const std::string name = trimmed(TRY(read_small_file(file, "account's namespace", "KUBERNETES_SERVICE_HOST")).text);
    if (!name.empty()) access.name_space = name;
  }
  return access;
}

std::unexpected<Error> no_cluster(const AccessInput& input) {
  const std::string listed = variable(input.environment, "KUBECONFIG");
  if (!listed.empty())
    return fail(ErrorKind::settings, "no cluster is named: no file of KUBECONFIG exists, or all are empty",
                "KUBECONFIG=" + clean_line(listed), "check the paths, or name a file by --kubeconfig");
  return fail(ErrorKind::settings, "no cluster is named", "",
              "name a kubeconfig by --kubeconfig or KUBECONFIG, or a snapshot by --snapshot");
}

Result<Access> find_access(const AccessInput& input) {
  const Variables& variables = input.environment;
  const bool by_flag = !input.kubeconfig.empty() || !input.context.empty();
  if (!by_flag && !variable(variables, "K8S_AUTH_HOST").empty()) return access_of_variables(variables);
  if (!by_flag && !variable(variables, "K8S_AUTH_API_KEY").empty())
    return fail(ErrorKind::settings, "K8S_AUTH_API_KEY is set without K8S_AUTH_HOST", "K8S_AUTH_API_KEY",
                "set both, or none");
  const Merged merged = TRY(read_kubeconfigs(input));
  if (by_flag || !is_empty(merged.config)) return access_of(merged, input);
  if (!variable(variables, "KUBERNETES_SERVICE_HOST").empty()) return access_of_account(input);
  return no_cluster(input);
}

/// What stands between "://" and '@', decoded only so far that each part can be found.
std::string credentials_in(const std::string& url) {
  const auto start = url.find("://");
  const auto at = url.find('@');
  if (start == std::string::npos || at == std::string::npos || at < start + 3) return {};
  const std::string both = url.substr(start + 3, at - start - 3);
  const auto colon = both.find(':');
  return colon == std::string::npos ? both : both.substr(colon + 1);
}

bool sounds_secret(std::string_view name) {
  const std::string word = lower(name);
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"key", "password", "secret", "token", "credential"},
      [&](std::string_view part) { return word.contains(part); });
}

}  // namespace

std::string_view name_of(AccessOrigin origin) {
  switch (origin) {
    case AccessOrigin::flag: return "--kubeconfig";
    case AccessOrigin::k8s_auth: return "K8S_AUTH_HOST";
    case AccessOrigin::kubeconfig_variable: return "KUBECONFIG";
    case AccessOrigin::home: return "~/.kube/config";
    case AccessOrigin::in_cluster: return "in-cluster account";
  }
  return "";
}

std::vector<std::pair<std::string, std::string>> Access::secrets() const {
  std::vector<std::pair<std::string, std::string>> all{
      {token, "token"}, {password, "password"}, {key, "private-key"}, {credentials_in(proxy_url), "password"}};
  if (!token_file.empty())
    if (auto now = current_token(*this)) all.emplace_back(std::move(*now), "token");
  if (exec)
    for (const auto& [name, value] : exec->environment)
      if (sounds_secret(name)) all.emplace_back(value, "exec-plugin");
  std::erase_if(all, [](const auto& one) { return one.first.empty(); });
  return all;
}

Result<Access> resolve_access(const AccessInput& input) {
  Access access = TRY(find_access(input));
  if (!input.name_space.empty()) access.name_space = input.name_space;
  if (!input.as.empty()) access.as = {input.as, {}, {}, {}};
  return access;
}

bool names_cluster(const AccessInput& input) {
  const bool is_set =
      !input.kubeconfig.empty() || !input.context.empty() ||
      std::ranges::any_of(std::initializer_list<std::string_view>{"K8S_AUTH_HOST", "K8S_AUTH_API_KEY", "KUBECONFIG",
                                                                  "KUBERNETES_SERVICE_HOST"},
                          [&](std::string_view name) { return !variable(input.environment, name).empty(); });
  const std::string home = variable(input.environment, "HOME");
  return is_set || (!home.empty() && exists(home + "/.kube/config"));
}

Result<std::string> current_token(const Access& access) {
  if (access.token_file.empty()) return access.token;
  auto file = read_small_file(access.token_file, "token file", access.where);
  if (file) return trimmed(file->text);
  if (!access.token.empty()) return access.token;
  return std::unexpected(std::move(file).error());
}

}  // namespace agent::kube
