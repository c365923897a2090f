#pragma once

#include "base/error.hpp"
#include "kube/kinds.hpp"
#include "kube/source.hpp"

#include <stop_token>
#include <string>

namespace agent::flows {

/// A target, and where it is.
struct PlacedTarget {
  std::string name_space;  ///< Empty for kinds that have none.
  kube::Target target;
};

/// The pod in phase Failed whose status.startTime is the newest, among those that the label selector means.
/// Errors: `target_not_found`: no pod of `name_space` (empty: of all) failed; the source's.
[[nodiscard]] Result<PlacedTarget> latest_failed(kube::Source& source, const std::string& name_space,
                                                 const std::string& selector, const std::stop_token& stop);

/// The only namespace that has the target, where none was named: of a snapshot. Errors: `target_not_found`, with the
/// nearest name; `usage`: several namespaces have it; the source's.
[[nodiscard]] Result<PlacedTarget> place(kube::Source& source, const kube::Target& target, const std::stop_token& stop);

}  // namespace agent::flows
