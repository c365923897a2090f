#include "kube/api_grant.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace agent::kube {
namespace {

constexpr std::string_view account_prefix = "system:serviceaccount:";

/// Takes what stands between `before` and `after` off `text`, with both; false when they are not there.
bool take_between(std::string_view& text, std::string_view before, std::string_view after, std::string& into) {
  const auto from = text.find(before);
  if (from == std::string_view::npos) return false;
  const auto rest = text.substr(from + before.size());
  const auto to = rest.find(after);
  if (to == std::string_view::npos) return false;
  into = std::string(rest.substr(0, to));
  text = rest.substr(to + after.size());
  return true;
}

/// A double-quoted scalar: what is so in JSON, is in YAML.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// A name for the role: letters, digits and '-' of what it is for.
std::string role_name(const Refusal& refusal) {
  std::string name = "agent-" + refusal.verb + "-" + refusal.resource;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  return lower(name);
}

std::string subject(const std::string& user) {
  const auto rest = user.starts_with(account_prefix) ? std::string_view(user).substr(account_prefix.size()) : "";
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos)
    return "- {kind: User, apiGroup: rbac.authorization.k8s.io, name: " + quoted(user) + "}\n";
  return "- {kind: ServiceAccount, namespace: " + quoted(std::string(rest.substr(0, colon))) +
         ", name: " + quoted(std::string(rest.substr(colon + 1))) + "}\n";
}

}  // namespace

bool parse_refusal(std::string_view message, Refusal& refusal) {
  Refusal found;
  // `pods "web" is forbidden: User …`; a list has no name.
  const auto subject_end = message.find(" is forbidden: User \"");
  if (subject_end != std::string_view::npos) {
    auto about = message.substr(0, subject_end);
    take_between(about, "\"", "\"", found.name);
  }
  if (!take_between(message, "User \"", "\" cannot ", found.user)) return false;
  if (!take_between(message, "", " resource \"", found.verb)) return false;
  if (!take_between(message, "", "\" in API group \"", found.resource)) return false;
  if (!take_between(message, "", "\"", found.group)) return false;
  if (!message.starts_with(" at the cluster scope") &&
      !take_between(message, " in the namespace \"", "\"", found.name_space))
    return false;
  refusal = std::move(found);
  return true;
}

std::string user_words(std::string_view user) {
  const bool is_account = user.starts_with(account_prefix);
  if (is_account) user.remove_prefix(account_prefix.size());
  return (is_account ? "service account '" : "user '") + clean_line(user.substr(0, 253)) + "'";
}

std::string grant_of(const Refusal& refusal) {
  const std::string role = refusal.name_space.empty() ? "ClusterRole" : "Role";
  const std::string metadata = "metadata: {name: " + role_name(refusal) +
                               (refusal.name_space.empty() ? "" : ", namespace: " + quoted(refusal.name_space)) + "}\n";
  const std::string version = "apiVersion: rbac.authorization.k8s.io/v1\n";
  // Whoever may impersonate anybody is an administrator: that one is granted for the one name.
  const bool one_name = refusal.verb == "impersonate" && !refusal.name.empty();
  return version + "kind: " + role + "\n" + metadata + "rules:\n- apiGroups: [" + quoted(refusal.group) +
         "]\n  resources: [" + quoted(refusal.resource) + "]\n" +
         (one_name ? "  resourceNames: [" + quoted(refusal.name) + "]\n" : "") + "  verbs: [" + quoted(refusal.verb) +
         "]\n---\n" + version + "kind: " + role + "Binding\n" + metadata +
         "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: " + role + ", name: " + role_name(refusal) +
         "}\nsubjects:\n" + subject(refusal.user);
}

}  // namespace agent::kube
