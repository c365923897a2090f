#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace agent::tools {

/// "unknown argument 'nam'; pods_get takes 'name', 'namespace'; did you mean 'name'?": about the first of `arguments`
/// that is no property of `schema`, where the schema allows no others. Else empty. `tool`: its name.
[[nodiscard]] std::string unknown_argument(const std::string& tool, const nlohmann::json& schema,
                                           const nlohmann::json& arguments);

}  // namespace agent::tools
