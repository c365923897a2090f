#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace agent::tools {

/// `value` as YAML 1.1 in block style, as `kubectl get -o yaml` prints it: keys by name, lists not indented, a line
/// break at the end. What is read back (kube::parse_documents) is the same value.
[[nodiscard]] std::string to_yaml(const nlohmann::json& value);

}  // namespace agent::tools
