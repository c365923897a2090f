#include "tools/builtin_parts.hpp"

#include "kube/kinds.hpp"
#include "tools/builtin_tools.hpp"
#include "tools/tool_arguments.hpp"
#include "tools/tool_result.hpp"
#include "tools/yaml_text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace agent::tools {
namespace builtin {
namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  return value.is_number_integer() && (value.is_number_unsigned() || value.get<std::int64_t>() >= 0);
}

/// A name of an object becomes part of a path.
bool can_be_meant(const Parameter& parameter, const json& value) {
  if (parameter.name != "name" && parameter.name != "namespace" && parameter.name != "container") return true;
  const auto& name = value.get_ref<const std::string&>();
  return name.empty() ? !parameter.required : kube::is_valid_name(name);
}

class FunctionTool final : public Tool {
 public:
  explicit FunctionTool(Definition definition) : definition_(std::move(definition)) {}

  std::string name() const override { return definition_.name; }
  std::string description() const override { return definition_.description; }
  ToolEffect effect() const override { return ToolEffect::reads; }

  json input_schema() const override {
    json properties = json::object(), required = json::array();
    for (const Parameter& one : definition_.parameters) {
      properties[one.name] = {{"type", one.type}, {"description", one.description}};
      if (one.type == "integer") properties[one.name]["minimum"] = 0;
      if (one.required) required.push_back(one.name);
    }
    json schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }

  ToolResult call(const json& arguments, std::stop_token stop) override {
    const json& given = arguments.is_null() ? empty() : arguments;
    if (!given.is_object()) return make_result(ToolStatus::error, "the arguments are not an object");
    std::string unknown = unknown_argument(definition_.name, input_schema(), given);
    if (!unknown.empty()) return make_result(ToolStatus::error, std::move(unknown));
    for (const Parameter& one : definition_.parameters) {
      const auto found = given.find(one.name);
      if (found == given.end() && one.required)
        return make_result(ToolStatus::error, fmt::format("{} parameter required", one.name));
      if (found != given.end() && !has_type(*found, one.type))
        return make_result(ToolStatus::error, fmt::format("{} parameter must be a {}", one.name, one.type));
      if (found != given.end() && !can_be_meant(one, *found))
        return make_result(ToolStatus::error, fmt::format("{} parameter can't be the name of an object", one.name));
    }
    return definition_.run(given, stop);
  }

 private:
  static const json& empty() {
    static const json none = json::object();
    return none;
  }

  Definition definition_;
};

}  // namespace

std::shared_ptr<Tool> make_tool(Definition definition) { return std::make_shared<FunctionTool>(std::move(definition)); }

std::string text(const json& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  return found != arguments.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool flag(const json& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  return found != arguments.end() && found->is_boolean() && found->get<bool>();
}

std::optional<std::int64_t> number(const json& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  if (found == arguments.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

ToolResult failed(std::string_view what, const Error& error) {
  const std::string fix = error.fix.empty() ? "" : "\n" + error.fix;
  ToolResult result = make_result(ToolStatus::error, fmt::format("failed to {}: {}{}", what, error.what, fix));
  const bool is_down = error.kind == ErrorKind::unreachable || error.kind == ErrorKind::unauthorised ||
                       error.kind == ErrorKind::deadline || error.kind == ErrorKind::interrupted;
  if (is_down) result.failure = error;
  return result;
}

ToolResult give_object(json object) {
  ToolResult result = make_result(ToolStatus::ok, to_yaml(object));
  result.structured = std::move(object);
  return result;
}

ToolResult give_list(std::vector<json> objects) {
  json items(std::move(objects));
  ToolResult result = make_result(ToolStatus::ok, to_yaml(items));
  result.structured = json{{"items", std::move(items)}};
  return result;
}

std::vector<Parameter> selectors(std::vector<Parameter> others) {
  others.push_back({"fieldSelector", "string", "Only objects with these fields, such as 'status.phase=Failed'"});
  others.push_back({"labelSelector", "string", "Only objects with these labels, such as 'app=web,tier in (a,b)'"});
  return others;
}

kube::ListOptions list_options(const json& arguments, std::string name_space) {
  return {std::move(name_space), text(arguments, "labelSelector"), text(arguments, "fieldSelector")};
}

}  // namespace builtin

std::vector<std::shared_ptr<Tool>> builtin_tools(std::shared_ptr<kube::Source> source, const std::string& name_space) {
  const builtin::Place place{std::move(source), name_space};
  std::vector<std::shared_ptr<Tool>> tools = builtin::pod_tools(place);
  std::ranges::move(builtin::resource_tools(place), std::back_inserter(tools));
  return tools;
}

}  // namespace agent::tools
