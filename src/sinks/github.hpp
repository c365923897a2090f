#pragma once

#include "sinks/forge.hpp"
#include "sinks/forge_http.hpp"

#include <memory>

namespace agent::sinks {

/// A repository of GitHub, or of a GitHub Enterprise Server ("https://HOST/api/v3").
[[nodiscard]] std::unique_ptr<Forge> github_forge(const ForgeAccess& access);

}  // namespace agent::sinks
