#include "flows/cluster_needs.hpp"

#include "evidence/cluster_index.hpp"
#include "evidence/cluster_json.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace agent::flows {
namespace {

using evidence::at;
using evidence::count;
using evidence::flag;
using evidence::items;
using evidence::Json;
using evidence::named;
using evidence::text;

std::string own_namespace(const Json& object) { return std::string(text(object, "metadata/namespace")); }

bool holds(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

std::vector<const Json*> parts_of(const Json& pod, std::initializer_list<std::string_view> paths) {
  std::vector<const Json*> parts;
  for (const std::string_view path : paths)
    for (const Json& part : items(pod, path)) parts.push_back(&part);
  return parts;
}

std::vector<const Json*> statuses_of(const Json& pod) {
  return parts_of(pod, {"status/initContainerStatuses", "status/containerStatuses"});
}

/// The pod's needs of its own namespace.
struct Wanted {
  const Json& pod;
  Needs& needs;

  void one(std::string_view resource, std::string_view name) const {
    if (!name.empty()) needs.insert({std::string(resource), own_namespace(pod), std::string(name)});
  }
  void all(std::string_view resource) const { needs.insert({std::string(resource), own_namespace(pod), ""}); }
  void all_of_cluster(std::string_view resource) const { needs.insert({std::string(resource), "", ""}); }
  void node() const {
    const std::string_view name = text(pod, "spec/nodeName");
    if (!name.empty()) needs.insert({"nodes", "", std::string(name)});
  }
};

void add_claims(const Wanted& wanted) {
  bool any = false;
  for (const Json& volume : items(wanted.pod, "spec/volumes")) {
    std::string name(text(volume, "persistentVolumeClaim/claimName"));
    if (at(volume, "ephemeral").is_object())
      name = std::string(text(wanted.pod, "metadata/name")) + "-" + std::string(text(volume, "name"));
    wanted.one("persistentvolumeclaims", name);
    any = any || !name.empty();
  }
  if (!any) return;
  wanted.all_of_cluster("persistentvolumes");
  wanted.all_of_cluster("storageclasses.storage.k8s.io");
}

void add_volume_sources(const Wanted& wanted) {
  for (const Json& volume : items(wanted.pod, "spec/volumes")) {
    wanted.one("configmaps", text(volume, "configMap/name"));
    wanted.one("secrets", text(volume, "secret/secretName"));
    for (const Json& source : items(volume, "projected/sources")) {
      wanted.one("configmaps", text(source, "configMap/name"));
      wanted.one("secrets", text(source, "secret/name"));
    }
  }
}

void add_variables(const Wanted& wanted) {
  for (const Json* container : parts_of(wanted.pod, {"spec/initContainers", "spec/containers"})) {
    for (const Json& variable : items(*container, "env")) {
      wanted.one("configmaps", text(variable, "valueFrom/configMapKeyRef/name"));
      wanted.one("secrets", text(variable, "valueFrom/secretKeyRef/name"));
    }
    for (const Json& source : items(*container, "envFrom")) {
      wanted.one("configmaps", text(source, "configMapRef/name"));
      wanted.one("secrets", text(source, "secretRef/name"));
    }
  }
}

void add_pull_secrets(const Wanted& wanted) {
  for (const Json& secret : items(wanted.pod, "spec/imagePullSecrets")) wanted.one("secrets", text(secret, "name"));
  wanted.one("serviceaccounts", text(wanted.pod, "spec/serviceAccountName"));
}

void add_for_waiting(const Wanted& wanted, std::string_view reason) {
  if (reason == "CreateContainerConfigError") add_variables(wanted);
  if (holds(reason, {"Image", "ErrImage"})) add_pull_secrets(wanted);
  if (reason == "ContainerCreating" || reason == "PodInitializing") {
    add_volume_sources(wanted);
    add_claims(wanted);
  }
}

/// Killed from outside, and not for its own memory limit: its node may say why.
bool was_killed(const Json& status) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"state", "lastState"}, [&](std::string_view when) {
    const Json& ended = at(status, std::string(when) + "/terminated");
    return count(ended, "exitCode") == 137 && text(ended, "reason") != "OOMKilled";
  });
}

/// Its containers are ready and it is not: the controller of nodes says so of pods whose node is silent.
/// MarkPodsNotReady in
/// https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/util/node/controller_utils.go
bool was_given_up(const Json& pod) {
  const auto statuses = items(pod, "status/containerStatuses");
  return text(named(items(pod, "status/conditions"), "Ready", "type"), "status") == "False" && !statuses.empty() &&
         std::ranges::all_of(statuses, [](const Json& status) { return flag(status, "ready"); });
}

bool ended_by_its_node(const Json& pod) {
  const std::string_view reason = text(pod, "status/reason");
  return text(named(items(pod, "status/conditions"), "DisruptionTarget", "type"), "status") == "True" ||
         text(pod, "status/phase") == "Unknown" || was_given_up(pod) ||
         is_one_of(reason, {"Evicted", "NodeLost", "NodeAffinity", "NodeShutdown", "Terminated"}) ||
         reason.starts_with("OutOf");
}

bool is_not_ready(const Json& pod) {
  return text(pod, "status/phase") == "Running" &&
         std::ranges::any_of(items(pod, "status/containerStatuses"), [](const Json& status) {
           return at(status, "state/running").is_object() && !flag(status, "ready");
         });
}

}  // namespace

bool is_failing(const Json& pod) {
  const std::string_view phase = text(pod, "status/phase");
  if (phase == "Succeeded") return false;
  if (phase != "Running" || was_given_up(pod)) return true;
  return std::ranges::any_of(items(pod, "status/containerStatuses"), [](const Json& status) {
    return !flag(status, "ready") && text(status, "state/terminated/reason") != "Completed";
  });
}

void add_needs_of_pod(const Json& pod, Needs& needs) {
  const Wanted wanted{pod, needs};
  const bool pending = text(pod, "status/phase") == "Pending";
  if (pending && text(pod, "spec/nodeName").empty()) {
    wanted.all_of_cluster("nodes");
    add_claims(wanted);
  }
  // Where a kubelet has seen the pod, its node is there.
  if ((pending && statuses_of(pod).empty()) || ended_by_its_node(pod)) wanted.node();
  for (const Json* status : statuses_of(pod)) {
    add_for_waiting(wanted, text(*status, "state/waiting/reason"));
    if (was_killed(*status)) wanted.node();
  }
  if (!is_not_ready(pod)) return;
  wanted.all("services");
  wanted.all("pods");
}

void add_needs_of_message(std::string_view message, const std::string& name_space, Needs& needs) {
  if (holds(message, {"exceeded quota", "failed quota"})) needs.insert({"resourcequotas", name_space, ""});
  if (holds(message, {"LimitRange", "per Container is", "per Pod is"})) needs.insert({"limitranges", name_space, ""});
  if (holds(message, {"serviceaccount", "service account"})) needs.insert({"serviceaccounts", name_space, ""});
}

void add_needs_of_stateful_set(const Json& set, Needs& needs) {
  const Wanted wanted{set, needs};
  wanted.one("services", text(set, "spec/serviceName"));
  if (!items(set, "spec/volumeClaimTemplates").empty()) wanted.all_of_cluster("storageclasses.storage.k8s.io");
}

void add_needs_of_ingress(const Json& ingress, Needs& needs) {
  for (const Json& tls : items(ingress, "spec/tls")) Wanted{ingress, needs}.one("secrets", text(tls, "secretName"));
}

Need owner_of(const Json& object) {
  const auto self = evidence::Cluster::ref("", object);
  const auto above = evidence::Cluster::owner(self, object);
  return above ? Need{above->resource, above->name_space, above->name} : Need{};
}

}  // namespace agent::flows
