#pragma once

#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::tools {

/// True when `name` fits `glob`, where `*` stands for any bytes and `?` for one: "pods_*".
[[nodiscard]] bool fits(std::string_view glob, std::string_view name);

/// What may be called of one server, and how long it is waited for. Names are the server's own.
struct ToolPolicy {
  std::vector<std::string> allow = {};  ///< Globs; empty: all.
  std::vector<std::string> deny = {};   ///< Globs; wins over `allow`.
  bool read_only = true;                ///< Tools that change something are denied.
  std::chrono::milliseconds timeout{60'000};
  std::map<std::string, std::chrono::milliseconds, std::less<>> tool_timeouts = {};  ///< By name of a tool.

  [[nodiscard]] std::chrono::milliseconds timeout_of(std::string_view tool) const;
};

/// Why a tool may not be called whatever its arguments are; empty when it may. Always denied: `configuration_view`,
/// which gives away the keys of the cluster's administrator, even of a server that is read-only.
[[nodiscard]] std::string why_denied(const ToolPolicy& policy, const std::string& tool, ToolEffect effect);

/// Why a call with these arguments is denied; empty when it is not. A remote server gives the values of Secrets to
/// whoever names one as `kind`.
[[nodiscard]] std::string why_denied(const nlohmann::json& arguments);

}  // namespace agent::tools
