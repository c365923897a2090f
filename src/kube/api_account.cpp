#include "kube/api_account.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "kube/document.hpp"
#include "kube/object.hpp"
#include "net/url.hpp"

#include <algorithm>

namespace agent::kube {
namespace {

constexpr std::string_view service_account = "system:serviceaccount:";

std::string origin_of(const Access& access) {
  switch (access.origin) {
    case AccessOrigin::k8s_auth: return "K8S_AUTH_HOST";
    case AccessOrigin::in_cluster: return "the in-cluster account";
    default: return "context " + in_quotes(access.context) + " of " + clean_line(access.where);
  }
}

std::string credential_of(const Access& access, const std::string& origin) {
  if (!keeps_secrets(access.server)) return {};
  if (!access.token_file.empty()) return "the token in " + in_quotes(access.token_file);
  if (!access.token.empty())
    return access.origin == AccessOrigin::k8s_auth ? "the token of K8S_AUTH_API_KEY" : "the token of " + origin;
  if (!access.username.empty()) return "user name and password of " + origin;
  if (!access.certificate.empty()) return "the client certificate of " + origin;
  if (access.exec) return "what the exec plugin " + in_quotes(access.exec->command) + " of " + origin + " gave";
  return {};
}

std::string renewal_of(const Access& access) {
  if (!keeps_secrets(access.server)) return "use https: credentials are not sent unencrypted";
  switch (access.origin) {
    case AccessOrigin::k8s_auth:
      return access.token.empty() ? "set K8S_AUTH_API_KEY to a token" : "set K8S_AUTH_API_KEY to a token that is valid";
    case AccessOrigin::in_cluster: return "check that the pod's service account still exists";
    default: break;
  }
  if (access.exec) return "run the plugin in a shell, and log in again if it says so";
  const bool has_none = credential_of(access, "").empty();
  return has_none ? "give its user a token or certificate, or choose another context by --context"
                  : "put a valid one there, or choose another context by --context";
}

/// "ci:agent" of a service account's whole name; others as they are.
std::string short_name(std::string_view user) {
  if (user.starts_with(service_account)) user.remove_prefix(service_account.size());
  return clean_line(user.substr(0, 253));
}

std::string name_of_account(const Access& access) {
  if (!access.as.user.empty()) return short_name(access.as.user);
  if (!keeps_secrets(access.server)) return {};
  if (const auto token = current_token(access); token && !token->empty()) return short_name(subject_of_token(*token));
  return clean_line(access.username.substr(0, 253));
}

}  // namespace

std::string subject_of_token(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return {};
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return {};
  const auto decoded = decode_base64_url(token.substr(first + 1, second - first - 1));
  nlohmann::json claims;
  if (!decoded || !parse_json(*decoded, claims) || !claims.is_object()) return {};
  const auto subject = claims.find("sub");
  return subject != claims.end() && subject->is_string() ? subject->get<std::string>() : std::string();
}

bool keeps_secrets(std::string_view server) {
  const auto url = net::parse_url(server);
  if (!url) return false;
  return url->tls || net::is_loopback(url->host);
}

std::string shown_server(const std::string& server) {
  const auto url = net::parse_url(server);
  if (!url) return {};
  std::string text = (url->tls ? "https://" : "http://") + url->authority() + url->target;
  while (text.ends_with('/')) text.pop_back();
  return text;
}

Account account_of(const Access& access) {
  Account account;
  account.origin = origin_of(access);
  account.name = name_of_account(access);
  account.credential = credential_of(access, account.origin);
  account.withheld = !keeps_secrets(access.server);
  account.renewal = renewal_of(access);
  return account;
}

}  // namespace agent::kube
