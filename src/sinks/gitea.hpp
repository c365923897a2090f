#pragma once

#include "sinks/forge.hpp"
#include "sinks/forge_http.hpp"

#include <memory>

namespace agent::sinks {

/// A repository of a Gitea or Forgejo server; `api_url` with or without "/api/v1". Labels of the owning organisation
/// are not looked at.
[[nodiscard]] std::unique_ptr<Forge> gitea_forge(const ForgeAccess& access);

}  // namespace agent::sinks
