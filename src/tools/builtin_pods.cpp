#include "kube/kinds.hpp"
#include "tools/builtin_parts.hpp"
#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <utility>

namespace agent::tools::builtin {
namespace {

using nlohmann::json;

constexpr std::int64_t usual_tail = 100;             // Lines; kubernetes-mcp-server's.
constexpr std::int64_t most_log_bytes = 16'777'216;  // Of one answer.

const kube::Kind pods{"", "v1", "pods"};

std::string name_space_of(const Place& place, const json& arguments) {
  std::string named = text(arguments, "namespace");
  return named.empty() ? place.name_space : named;
}

ToolResult list_pods(const Place& place, const kube::ListOptions& options, const std::stop_token& stop) {
  auto objects = place.source->list(pods, options, stop);
  return objects ? give_list(*std::move(objects)) : failed("list pods", objects.error());
}

ToolResult get_pod(const Place& place, const json& arguments, const std::stop_token& stop) {
  const std::string name_space = name_space_of(place, arguments), name = text(arguments, "name");
  auto pod = place.source->get(pods, name_space, name, stop);
  return pod ? give_object(*std::move(pod))
             : failed(fmt::format("get pod {} in namespace {}", name, name_space), pod.error());
}

const json& at(const json& object, std::string_view key) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

/// As kubectl chooses: the pod's annotation, else its first container.
Result<std::string> usual_container(const Place& place, const std::string& name_space, const std::string& name,
                                    const std::stop_token& stop) {
  const json pod = TRY(place.source->get(pods, name_space, name, stop));
  std::string noted = text(at(at(pod, "metadata"), "annotations"), "kubectl.kubernetes.io/default-container");
  if (!noted.empty()) return noted;
  const json& containers = at(at(pod, "spec"), "containers");
  if (containers.is_array() && !containers.empty() && containers.front().is_object())
    return text(containers.front(), "name");
  return fail(ErrorKind::target_not_found, fmt::format("pod '{}' has no containers", name));
}

Result<std::string> read_all(ByteStream& stream) {
  std::string all;
  for (;;) {
    const std::string_view piece = TRY(stream.read());
    if (piece.empty()) return all;
    all += piece;
  }
}

Result<std::string> read_log(const Place& place, const json& arguments, const std::string& name_space,
                             const std::stop_token& stop) {
  const std::string name = text(arguments, "name");
  std::string container = text(arguments, "container");
  if (container.empty()) container = TRY(usual_container(place, name_space, name, stop));
  const std::int64_t tail = number(arguments, "tail").value_or(0);
  const kube::LogOptions options{std::move(container), flag(arguments, "previous"), tail > 0 ? tail : usual_tail,
                                 most_log_bytes};
  const auto stream = TRY(place.source->open_log(name_space, name, options, stop));
  return read_all(*stream);
}

ToolResult give_log(const Place& place, const json& arguments, const std::stop_token& stop) {
  const std::string name_space = name_space_of(place, arguments), name = text(arguments, "name");
  auto log = read_log(place, arguments, name_space, stop);
  if (!log) return failed(fmt::format("get pod {} log in namespace {}", name, name_space), log.error());
  if (log->empty())
    return make_result(ToolStatus::ok,
                       fmt::format("The pod {} in namespace {} has not logged any message yet", name, name_space));
  return make_result(ToolStatus::ok, *std::move(log));
}

}  // namespace

std::vector<std::shared_ptr<Tool>> pod_tools(const Place& place) {
  const Parameter name_space{"namespace", "string", "Namespace of the pod"};
  return {make_tool({"pods_list", "List the pods of all namespaces", selectors({}),
                     [place](const json& arguments, const std::stop_token& stop) {
                       return list_pods(place, list_options(arguments, ""), stop);
                     }}),
          make_tool({"pods_list_in_namespace", "List the pods of a namespace",
                     selectors({{"namespace", "string", "Namespace to list pods from", true}}),
                     [place](const json& arguments, const std::stop_token& stop) {
                       return list_pods(place, list_options(arguments, name_space_of(place, arguments)), stop);
                     }}),
          make_tool({"pods_get",
                     "Get a pod by its name",
                     {{"name", "string", "Name of the pod", true}, name_space},
                     [place](const json& arguments, const std::stop_token& stop) {
                       return get_pod(place, arguments, stop);
                     }}),
          make_tool({"pods_log",
                     "Get the end of a container's log",
                     {{"name", "string", "Name of the pod", true},
                      name_space,
                      {"container", "string", "Container; the pod's default one, or its first, unless named"},
                      {"previous", "boolean", "The log of the container's run before this one"},
                      {"tail", "integer", "How many lines from the end; 100 unless named"}},
                     [place](const json& arguments, const std::stop_token& stop) {
                       return give_log(place, arguments, stop);
                     }})};
}

}  // namespace agent::tools::builtin
