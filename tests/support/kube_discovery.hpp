#pragma once

#include <nlohmann/json.hpp>

namespace agent::test {

/// What an API server says of itself to clients that look before they ask (kubectl, kubernetes-mcp-server): its
/// version, its groups and the kinds that are known here, as answers for KubeServer::record().
[[nodiscard]] nlohmann::json discovery_answers();

}  // namespace agent::test
