#pragma once

#include "base/report.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace agent::sinks {

/// `json` as a block of YAML 1.2 that YAML 1.1 parsers read alike: they give back the same JSON. Texts of several lines
/// are literal blocks where they can be; a text that any parser could take for something else is quoted.
[[nodiscard]] std::string to_yaml(const nlohmann::ordered_json& json);

/// The report's JSON form as YAML.
[[nodiscard]] std::string render_yaml(const Report& report);

}  // namespace agent::sinks
