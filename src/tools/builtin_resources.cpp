#include "kube/kinds.hpp"
#include "tools/builtin_parts.hpp"
#include "tools/tool_result.hpp"
#include "tools/yaml_text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace agent::tools::builtin {
namespace {

using nlohmann::json;

const kube::Kind namespaces{"", "v1", "namespaces"}, events{"", "v1", "events"};

constexpr std::string_view no_secrets = "the content of Secrets is never given";

/// "v1", "v1beta1": what may stand in a path (https://kubernetes.io/docs/reference/using-api/#api-versioning). The
/// group needs no check: it is one of those that are known.
bool is_version(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() > 1 && text[0] == 'v' && is_digit(text[1]) &&
         std::ranges::all_of(text.substr(2), [&](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); });
}

/// The kind that `apiVersion` and `kind` name.
Result<kube::KindInfo> kind_of(const json& arguments) {
  const std::string version = text(arguments, "apiVersion"), name = text(arguments, "kind");
  const std::size_t slash = version.find('/');
  std::string number = slash == std::string::npos ? version : version.substr(slash + 1);
  const kube::KindInfo* row = is_version(number) ? kube::find_kind(version, name) : nullptr;
  if (row == nullptr)
    return fail(ErrorKind::target_not_found,
                fmt::format("no matches for kind \"{}\" in version \"{}\"", name, version));
  kube::KindInfo named = *row;
  named.kind.version = std::move(number);
  return named;
}

bool is_secret(const kube::KindInfo& kind) { return kind.name == "Secret"; }

ToolResult list_resources(const Place& place, const json& arguments, const std::stop_token& stop) {
  const auto kind = kind_of(arguments);
  if (!kind) return failed("list resources", kind.error());
  if (is_secret(*kind)) return make_result(ToolStatus::denied, std::string(no_secrets));
  const bool of_cluster = kind->scope == kube::Scope::cluster;
  const kube::ListOptions options = list_options(arguments, of_cluster ? "" : text(arguments, "namespace"));
  auto objects = place.source->list(kind->kind, options, stop);
  return objects ? give_list(*std::move(objects)) : failed("list resources", objects.error());
}

ToolResult get_resource(const Place& place, const json& arguments, const std::stop_token& stop) {
  const auto kind = kind_of(arguments);
  if (!kind) return failed("get resource", kind.error());
  if (is_secret(*kind)) return make_result(ToolStatus::denied, std::string(no_secrets));
  std::string name_space = text(arguments, "namespace");
  if (kind->scope == kube::Scope::cluster)
    name_space.clear();
  else if (name_space.empty())
    name_space = place.name_space;
  auto object = place.source->get(kind->kind, name_space, text(arguments, "name"), stop);
  return object ? give_object(*std::move(object)) : failed("get resource", object.error());
}

/// The value at the first path that has text.
std::string first_text(const json& object, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (std::string found = text(object, name); !found.empty()) return found;
  return {};
}

/// The few fields that kubernetes-mcp-server gives of an event.
json short_event(const json& event) {
  static const json nothing = json::object();
  const auto part = [&](const char* name) -> const json& {
    const auto found = event.find(name);
    return found != event.end() && found->is_object() ? *found : nothing;
  };
  const json& about = part("involvedObject");
  return {{"InvolvedObject",
           {{"Kind", text(about, "kind")}, {"Name", text(about, "name")}, {"apiVersion", text(about, "apiVersion")}}},
          {"Message", text(event, "message")},
          {"Namespace", text(part("metadata"), "namespace")},
          {"Reason", text(event, "reason")},
          {"Timestamp", first_text(event, {"lastTimestamp", "eventTime", "firstTimestamp"})},
          {"Type", text(event, "type")}};
}

ToolResult list_events(const Place& place, const json& arguments, const std::stop_token& stop) {
  const auto found = place.source->list(events, list_options(arguments, text(arguments, "namespace")), stop);
  if (!found) return failed("list events", found.error());
  json list = json::array();
  for (const json& event : *found)
    if (event.is_object()) list.push_back(short_event(event));
  if (list.empty()) return make_result(ToolStatus::ok, "# No events found");
  return make_result(ToolStatus::ok, "# The following events (YAML format) were found:\n" + to_yaml(list));
}

ToolResult list_namespaces(const Place& place, const json& arguments, const std::stop_token& stop) {
  auto found = place.source->list(namespaces, list_options(arguments, ""), stop);
  return found ? give_list(*std::move(found)) : failed("list namespaces", found.error());
}

}  // namespace

std::vector<std::shared_ptr<Tool>> resource_tools(const Place& place) {
  const Parameter version{"apiVersion", "string", "Such as v1, apps/v1, tekton.dev/v1", true},
      kind{"kind", "string", "Such as Node, Deployment, TaskRun", true},
      name_space{"namespace", "string", "Namespace of a kind that has one"},
      field{"fieldSelector", "string", "Only those with these fields, such as 'type=Warning'"};
  return {make_tool({"events_list",
                     "List events: warnings, errors and changes of state",
                     {{"namespace", "string", "Namespace of the events; all unless named"}, field},
                     [place](const json& arguments, const std::stop_token& stop) {
                       return list_events(place, arguments, stop);
                     }}),
          make_tool({"namespaces_list",
                     "List the namespaces of the cluster",
                     {field},
                     [place](const json& arguments, const std::stop_token& stop) {
                       return list_namespaces(place, arguments, stop);
                     }}),
          make_tool({"resources_list", "List objects of a kind; Secrets are refused",
                     selectors({version, kind, {"namespace", "string", "Namespace to list from; all unless named"}}),
                     [place](const json& arguments, const std::stop_token& stop) {
                       return list_resources(place, arguments, stop);
                     }}),
          make_tool({"resources_get",
                     "Get an object by its kind and name; Secrets are refused",
                     {version, kind, {"name", "string", "Name of the object", true}, name_space},
                     [place](const json& arguments, const std::stop_token& stop) {
                       return get_resource(place, arguments, stop);
                     }})};
}

}  // namespace agent::tools::builtin
