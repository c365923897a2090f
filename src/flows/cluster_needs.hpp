#pragma once

#include <nlohmann/json.hpp>

#include <compare>
#include <set>
#include <string>
#include <string_view>

namespace agent::flows {

/// Something more to read, because what was read asks for it.
struct Need {
  std::string resource;    ///< A key of ClusterView::objects.
  std::string name_space;  ///< Empty for kinds without one.
  std::string name;        ///< Empty: all of them.
  auto operator<=>(const Need&) const = default;
};

using Needs = std::set<Need>;

/// True when the pod is neither running with all containers ready nor ended well.
[[nodiscard]] bool is_failing(const nlohmann::json& pod);

/// What may explain the state of a failing pod: where it could run, what it mounts and refers to, its node.
void add_needs_of_pod(const nlohmann::json& pod, Needs& needs);

/// What a message of the cluster asks for, such as the quotas when one was exceeded.
void add_needs_of_message(std::string_view message, const std::string& name_space, Needs& needs);

/// The Services that a StatefulSet names, and the storage classes of its claims.
void add_needs_of_stateful_set(const nlohmann::json& set, Needs& needs);

/// The Secrets of an Ingress's certificates.
void add_needs_of_ingress(const nlohmann::json& ingress, Needs& needs);

/// The object's controller, or its first owner, as something to read; empty resource: none that rules know.
[[nodiscard]] Need owner_of(const nlohmann::json& object);

}  // namespace agent::flows
