#include "tools/tool_policy.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace agent::tools {
namespace {

constexpr std::string_view leaks_keys = "configuration_view";

bool any_fits(const std::vector<std::string>& globs, std::string_view name) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return fits(glob, name); });
}

}  // namespace

bool fits(std::string_view glob, std::string_view name) {
  std::size_t at = 0, in = 0, star = std::string_view::npos, resumed = 0;
  while (in < name.size()) {
    if (at < glob.size() && glob[at] == '*') {
      star = at++;
      resumed = in;
    } else if (at < glob.size() && (glob[at] == '?' || glob[at] == name[in])) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++resumed;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', at) == std::string_view::npos;
}

std::chrono::milliseconds ToolPolicy::timeout_of(std::string_view tool) const {
  const auto own = tool_timeouts.find(tool);
  return own == tool_timeouts.end() ? timeout : own->second;
}

std::string why_denied(const ToolPolicy& policy, const std::string& tool, ToolEffect effect) {
  if (tool == leaks_keys) return fmt::format("'{}' is always denied: it gives away keys", tool);
  if (any_fits(policy.deny, tool)) return fmt::format("'{}' is on the list of denied tools", tool);
  if (!policy.allow.empty() && !any_fits(policy.allow, tool))
    return fmt::format("'{}' is not on the list of allowed tools", tool);
  if (policy.read_only && effect == ToolEffect::changes)
    return fmt::format("'{}' may change something, and only reading is allowed", tool);
  return {};
}

std::string why_denied(const nlohmann::json& arguments) {
  if (!arguments.is_object()) return {};
  const auto kind = arguments.find("kind");
  if (kind == arguments.end() || !kind->is_string()) return {};
  const std::string word = lower(trim(kind->get_ref<const std::string&>()));
  const bool is_secret = word == "secret" || word == "secrets" || word == "secretlist";
  return is_secret ? "the content of Secrets is never asked for" : std::string();
}

}  // namespace agent::tools
