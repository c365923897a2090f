#include "kube/kinds.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace agent::kube {
namespace {

constexpr Scope in_namespace = Scope::name_space;
constexpr Scope in_cluster = Scope::cluster;

std::vector<KindInfo> table() {
  return {
      {{"", "v1", "configmaps"}, "ConfigMap", in_namespace, {"cm"}},
      {{"", "v1", "endpoints"}, "Endpoints", in_namespace, {"ep"}},
      {{"", "v1", "events"}, "Event", in_namespace, {"ev"}},
      {{"", "v1", "limitranges"}, "LimitRange", in_namespace, {"limits"}},
      {{"", "v1", "namespaces"}, "Namespace", in_cluster, {"ns"}},
      {{"", "v1", "nodes"}, "Node", in_cluster, {"no"}},
      {{"", "v1", "persistentvolumeclaims"}, "PersistentVolumeClaim", in_namespace, {"pvc"}},
      {{"", "v1", "persistentvolumes"}, "PersistentVolume", in_cluster, {"pv"}},
      {{"", "v1", "pods"}, "Pod", in_namespace, {"po"}},
      {{"", "v1", "replicationcontrollers"}, "ReplicationController", in_namespace, {"rc"}},
      {{"", "v1", "resourcequotas"}, "ResourceQuota", in_namespace, {"quota"}},
      {{"", "v1", "secrets"}, "Secret", in_namespace, {}},
      {{"", "v1", "serviceaccounts"}, "ServiceAccount", in_namespace, {"sa"}},
      {{"", "v1", "services"}, "Service", in_namespace, {"svc"}},
      {{"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations"},
       "MutatingWebhookConfiguration",
       in_cluster,
       {}},
      {{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations"},
       "ValidatingWebhookConfiguration",
       in_cluster,
       {}},
      {{"apps", "v1", "daemonsets"}, "DaemonSet", in_namespace, {"ds"}},
      {{"apps", "v1", "deployments"}, "Deployment", in_namespace, {"deploy"}},
      {{"apps", "v1", "replicasets"}, "ReplicaSet", in_namespace, {"rs"}},
      {{"apps", "v1", "statefulsets"}, "StatefulSet", in_namespace, {"sts"}},
      {{"autoscaling", "v2", "horizontalpodautoscalers"}, "HorizontalPodAutoscaler", in_namespace, {"hpa"}},
      {{"batch", "v1", "cronjobs"}, "CronJob", in_namespace, {"cj"}},
      {{"batch", "v1", "jobs"}, "Job", in_namespace, {}},
      {{"discovery.k8s.io", "v1", "endpointslices"}, "EndpointSlice", in_namespace, {}},
      {{"networking.k8s.io", "v1", "ingressclasses"}, "IngressClass", in_cluster, {}},
      {{"networking.k8s.io", "v1", "ingresses"}, "Ingress", in_namespace, {"ing"}},
      {{"networking.k8s.io", "v1", "networkpolicies"}, "NetworkPolicy", in_namespace, {"netpol"}},
      {{"pipelinesascode.tekton.dev", "v1alpha1", "repositories"}, "Repository", in_namespace, {"repo"}},
      {{"policy", "v1", "poddisruptionbudgets"}, "PodDisruptionBudget", in_namespace, {"pdb"}},
      {{"scheduling.k8s.io", "v1", "priorityclasses"}, "PriorityClass", in_cluster, {"pc"}},
      {{"storage.k8s.io", "v1", "storageclasses"}, "StorageClass", in_cluster, {"sc"}},
      {{"tekton.dev", "v1", "pipelineruns"}, "PipelineRun", in_namespace, {"pr", "prs"}},
      {{"tekton.dev", "v1", "pipelines"}, "Pipeline", in_namespace, {}},
      {{"tekton.dev", "v1", "taskruns"}, "TaskRun", in_namespace, {"tr", "trs"}},
      {{"tekton.dev", "v1", "tasks"}, "Task", in_namespace, {}},
      {{"tekton.dev", "v1beta1", "customruns"}, "CustomRun", in_namespace, {}},
  };
}

bool names(const KindInfo& row, std::string_view word) {
  const auto dot = word.find('.');
  const std::string_view first = word.substr(0, dot);
  const bool found = first == row.kind.resource || first == row.singular() ||
                     std::ranges::find(row.short_names, first) != row.short_names.end();
  if (!found || dot == std::string_view::npos) return found;
  const std::string_view rest = word.substr(dot + 1);
  return rest == row.kind.group || rest == row.kind.version + "." + row.kind.group;
}

std::string_view group_of(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

template <class Wanted>
const KindInfo* first_row(const Wanted& wanted) {
  const auto rows = known_kinds();
  const auto found = std::ranges::find_if(rows, wanted);
  return found == rows.end() ? nullptr : &*found;
}

std::unexpected<Error> unknown_kind(std::string_view word) {
  std::vector<std::string_view> known;
  for (const KindInfo& row : known_kinds()) known.emplace_back(row.kind.resource);
  const std::string_view near = nearest(lower(word), known);
  return fail(ErrorKind::usage, "unknown kind '" + clean_line(word.substr(0, 80)) + "'", "",
              near.empty() ? "name one such as pod, job, deployment, taskrun, pipelinerun"
                           : "did you mean '" + std::string(near) + "'?");
}

}  // namespace

std::string KindInfo::api_version() const {
  return kind.group.empty() ? kind.version : kind.group + "/" + kind.version;
}

std::string KindInfo::singular() const { return lower(name); }

std::span<const KindInfo> known_kinds() {
  static const std::vector<KindInfo> rows = table();
  return rows;
}

const KindInfo* find_kind(std::string_view word) {
  const std::string wanted = lower(word);
  return first_row([&](const KindInfo& row) { return names(row, wanted); });
}

const KindInfo* find_kind(std::string_view api_version, std::string_view kind_name) {
  return first_row(
      [&](const KindInfo& row) { return row.name == kind_name && row.kind.group == group_of(api_version); });
}

const KindInfo* find_kind(const Kind& kind) {
  return first_row(
      [&](const KindInfo& row) { return row.kind.resource == kind.resource && row.kind.group == kind.group; });
}

std::string display_name(const Kind& kind) {
  const KindInfo* row = find_kind(kind);
  const std::string name = row == nullptr ? kind.resource : row->singular();
  return kind.group.empty() ? name : name + "." + kind.group;
}

Result<Target> parse_target(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0)
    return fail(ErrorKind::usage, "'" + clean_line(text.substr(0, 80)) + "' is not a kind and a name", "",
                "name it as pod/NAME, deployment/NAME or taskrun/NAME");
  const std::string_view word = text.substr(0, slash), name = text.substr(slash + 1);
  const KindInfo* kind = find_kind(word);
  if (kind == nullptr) return unknown_kind(word);
  if (!is_valid_name(name))
    return fail(ErrorKind::usage, "'" + clean_line(name.substr(0, 80)) + "' can't be the name of a " + kind->singular(),
                "", "name it as " + kind->singular() + "/NAME");
  return Target{kind, std::string(name)};
}

bool is_valid_name(std::string_view name) {
  constexpr std::size_t longest = 253;
  if (name.empty() || name.size() > longest || name == "." || name == "..") return false;
  return std::ranges::none_of(
      name, [](char c) { return c == '/' || c == '%' || static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
}

}  // namespace agent::kube
