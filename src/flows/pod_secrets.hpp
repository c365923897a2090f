#pragma once

#include "flows/shared_redactor.hpp"

#include <nlohmann/json.hpp>

namespace agent::flows {

/// Teaches the redactor the values that a pod, or a template of pods, gives to variables with names such as DB_PASSWORD
/// or API_TOKEN.
void learn_secrets(const nlohmann::json& object, SharedRedactor& redactor);

}  // namespace agent::flows
