#pragma once

#include "kube/source.hpp"
#include "tools/tool.hpp"

#include <memory>
#include <string>
#include <vector>

namespace agent::tools {

/// Tools that look at `source` and change nothing, with the names, schemas and answers of kubernetes-mcp-server:
/// pods_list, pods_list_in_namespace, pods_get, pods_log, events_list, namespaces_list, resources_list, resources_get.
/// Secrets are refused. `name_space` is meant where a call names none. Each call costs the source one request, but a
/// log without a container's name (two).
[[nodiscard]] std::vector<std::shared_ptr<Tool>> builtin_tools(std::shared_ptr<kube::Source> source,
                                                               const std::string& name_space);

}  // namespace agent::tools
