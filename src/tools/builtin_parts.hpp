#pragma once

#include "base/error.hpp"
#include "kube/source.hpp"
#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

// What built-in tools are made of.

namespace agent::tools::builtin {

/// One parameter of a tool.
struct Parameter {
  std::string name, type, description;
  bool required = false;
};

/// A tool that is a function. Arguments are checked before it is called: that it takes them, those that are required,
/// types, and names of objects.
struct Definition {
  std::string name, description;
  std::vector<Parameter> parameters;
  std::function<ToolResult(const nlohmann::json& arguments, const std::stop_token& stop)> run;
};

[[nodiscard]] std::shared_ptr<Tool> make_tool(Definition definition);

/// Where tools look.
struct Place {
  std::shared_ptr<kube::Source> source;
  std::string name_space;  ///< Where a call names none.
};

/// An argument that was checked; empty or nothing when it was not given.
[[nodiscard]] std::string text(const nlohmann::json& arguments, std::string_view name);
[[nodiscard]] bool flag(const nlohmann::json& arguments, std::string_view name);
[[nodiscard]] std::optional<std::int64_t> number(const nlohmann::json& arguments, std::string_view name);

/// "failed to WHAT: why": what failed in the source, as kubernetes-mcp-server tells it.
[[nodiscard]] ToolResult failed(std::string_view what, const Error& error);

/// One object, as YAML and as structured content.
[[nodiscard]] ToolResult give_object(nlohmann::json object);
/// A list, as YAML and as structured content ({"items": […]}).
[[nodiscard]] ToolResult give_list(std::vector<nlohmann::json> objects);

/// The selectors that lists take.
[[nodiscard]] std::vector<Parameter> selectors(std::vector<Parameter> others);
[[nodiscard]] kube::ListOptions list_options(const nlohmann::json& arguments, std::string name_space);

[[nodiscard]] std::vector<std::shared_ptr<Tool>> pod_tools(const Place& place);
[[nodiscard]] std::vector<std::shared_ptr<Tool>> resource_tools(const Place& place);

}  // namespace agent::tools::builtin
