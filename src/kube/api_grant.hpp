#pragma once

#include <string>
#include <string_view>

namespace agent::kube {

/// What the API server's authorizer refused, and to whom.
struct Refusal {
  std::string user;  ///< "system:serviceaccount:ci:agent", "bob".
  std::string verb;  ///< "list", "impersonate".
  std::string resource, group;
  std::string name;        ///< Empty: any.
  std::string name_space;  ///< Empty: at the cluster scope.
};

/// The refusal in the message of a 403, such as `pods is forbidden: User "bob" cannot list resource "pods" in API group
/// "" in the namespace "ci"` (responsewriters.ForbiddenMessage and errors.NewForbidden of k8s.io/apiserver); false when
/// it is of another form, such as a webhook's.
[[nodiscard]] bool parse_refusal(std::string_view message, Refusal& refusal);

/// "service account 'ci:agent'", "user 'bob'".
[[nodiscard]] std::string user_words(std::string_view user);

/// The Role and RoleBinding, or ClusterRole and ClusterRoleBinding, that grant exactly what was refused, as YAML.
[[nodiscard]] std::string grant_of(const Refusal& refusal);

}  // namespace agent::kube
