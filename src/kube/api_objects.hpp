#pragma once

#include "kube/source.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace agent::kube {

/// One page of a list.
struct ObjectPage {
  std::vector<nlohmann::json> objects;
  std::string next;  ///< The token of the next page; empty at the end.
};

/// The objects in the answer to a list of `kind`: with `apiVersion` and `kind`, which the API leaves out there; without
/// `managedFields` and what kubectl last applied; of Secrets nothing but names, labels, times and owners. False when
/// `body` is no list of Kubernetes.
[[nodiscard]] bool read_page(std::string body, const Kind& kind, ObjectPage& page);

/// The same for one object.
[[nodiscard]] bool read_object(std::string body, const Kind& kind, nlohmann::json& object);

/// True for the one kind whose content is never asked for.
[[nodiscard]] bool is_secret(const Kind& kind);

}  // namespace agent::kube
