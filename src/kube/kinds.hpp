#pragma once

#include "base/error.hpp"
#include "kube/source.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::kube {

enum class Scope { name_space, cluster };

/// A kind of object that is looked at, with the names that people and the API have for it.
struct KindInfo {
  Kind kind;                             ///< {"apps", "v1", "deployments"}.
  std::string name;                      ///< "Deployment", as in an object's `kind`.
  Scope scope = Scope::name_space;       ///< Whether its objects live in a namespace.
  std::vector<std::string> short_names;  ///< "deploy"; kubectl's own.

  [[nodiscard]] std::string api_version() const;  ///< "apps/v1"; "v1" for the core group.
  [[nodiscard]] std::string singular() const;     ///< "deployment".
};

/// All kinds that a cluster is asked for, by group and name.
/// Source of the names: `kubectl api-resources` of Kubernetes 1.36 and Tekton Pipelines 1.x.
[[nodiscard]] std::span<const KindInfo> known_kinds();

/// The row that `word` names: "po", "pods", "Pod", "deployments.apps", "taskruns.v1.tekton.dev"; case does not matter.
/// Null for an unknown one.
[[nodiscard]] const KindInfo* find_kind(std::string_view word);

/// The row of an object's `apiVersion` and `kind`. Another version of a known group and kind gives that row, too.
[[nodiscard]] const KindInfo* find_kind(std::string_view api_version, std::string_view kind_name);

/// The row of a request's kind, whatever its version; null for an unknown one.
[[nodiscard]] const KindInfo* find_kind(const Kind& kind);

/// "pod", "deployment.apps", "widgets.example.org": a kind as kubectl's messages write it.
[[nodiscard]] std::string display_name(const Kind& kind);

/// One object that a user named.
struct Target {
  const KindInfo* kind = nullptr;  ///< Never null.
  std::string name;
};

/// The target in "kind/name". Errors: `usage`: not of this form, a kind that is not known (with the nearest), a name
/// that no object can have.
[[nodiscard]] Result<Target> parse_target(std::string_view text);

/// True when `name` can be a path's segment, as the API server asks of each name (path.IsValidPathSegmentName of
/// k8s.io/apimachinery): not empty, not "." or "..", without '/' and '%'; and no longer than 253 bytes.
[[nodiscard]] bool is_valid_name(std::string_view name);

}  // namespace agent::kube
