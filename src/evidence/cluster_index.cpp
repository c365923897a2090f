#include "evidence/cluster_index.hpp"

#include "evidence/cluster_units.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace agent::evidence {
namespace {

struct KnownKind {
  std::string_view resource, kind;
};

constexpr std::array<KnownKind, 32> kinds{{
    {"pods", "Pod"},
    {"nodes", "Node"},
    {"namespaces", "Namespace"},
    {"configmaps", "ConfigMap"},
    {"secrets", "Secret"},
    {"services", "Service"},
    {"serviceaccounts", "ServiceAccount"},
    {"persistentvolumeclaims", "PersistentVolumeClaim"},
    {"persistentvolumes", "PersistentVolume"},
    {"resourcequotas", "ResourceQuota"},
    {"limitranges", "LimitRange"},
    {"replicationcontrollers", "ReplicationController"},
    {"deployments.apps", "Deployment"},
    {"replicasets.apps", "ReplicaSet"},
    {"statefulsets.apps", "StatefulSet"},
    {"daemonsets.apps", "DaemonSet"},
    {"jobs.batch", "Job"},
    {"cronjobs.batch", "CronJob"},
    {"storageclasses.storage.k8s.io", "StorageClass"},
    {"endpointslices.discovery.k8s.io", "EndpointSlice"},
    {"ingresses.networking.k8s.io", "Ingress"},
    {"ingressclasses.networking.k8s.io", "IngressClass"},
    {"networkpolicies.networking.k8s.io", "NetworkPolicy"},
    {"horizontalpodautoscalers.autoscaling", "HorizontalPodAutoscaler"},
    {"poddisruptionbudgets.policy", "PodDisruptionBudget"},
    {"validatingwebhookconfigurations.admissionregistration.k8s.io", "ValidatingWebhookConfiguration"},
    {"mutatingwebhookconfigurations.admissionregistration.k8s.io", "MutatingWebhookConfiguration"},
    {"priorityclasses.scheduling.k8s.io", "PriorityClass"},
    {"taskruns.tekton.dev", "TaskRun"},
    {"pipelineruns.tekton.dev", "PipelineRun"},
    {"tasks.tekton.dev", "Task"},
    {"pipelines.tekton.dev", "Pipeline"},
}};

constexpr std::array<std::string_view, 2> event_resources{"events", "events.events.k8s.io"};

std::string_view first_of(const Json& json, std::string_view path, std::string_view otherwise) {
  const std::string_view value = text(json, path);
  return value.empty() ? text(json, otherwise) : value;
}

/// "spec.containers{app}" names a container.
std::string_view part_of(std::string_view field_path) {
  const std::size_t open = field_path.find('{');
  if (open == std::string_view::npos || !field_path.ends_with('}')) return {};
  return field_path.substr(open + 1, field_path.size() - open - 2);
}

std::optional<std::chrono::sys_seconds> last_seen(const Json& json) {
  for (const std::string_view path : {"series/lastObservedTime", "lastTimestamp", "deprecatedLastTimestamp",
                                      "eventTime", "firstTimestamp", "metadata/creationTimestamp"})
    if (const auto at = timestamp(text(json, path))) return at;
  return std::nullopt;
}

/// Core v1 says involvedObject, message, count; events.k8s.io says regarding, note, deprecatedCount.
Event event_of(const Json& json) {
  Event event;
  const Json& about = at(json, "involvedObject").is_object() ? at(json, "involvedObject") : at(json, "regarding");
  event.type = text(json, "type");
  event.reason = text(json, "reason");
  event.message = first_of(json, "message", "note");
  event.kind = text(about, "kind");
  event.name_space = text(about, "namespace");
  event.name = text(about, "name");
  event.part = part_of(text(about, "fieldPath"));
  event.count = std::max({count(json, "count"), count(json, "deprecatedCount"), count(json, "series/count"),
                          static_cast<std::int64_t>(1)});
  event.last = last_seen(json);
  return event;
}

/// Newest first; of the same second, in an order that does not depend on the list's.
bool newer(const Event& a, const Event& b) {
  return std::tie(b.last, a.reason, a.message) < std::tie(a.last, b.reason, b.message);
}

}  // namespace

std::string_view resource_of(std::string_view kind) {
  const auto* const found = std::ranges::find(kinds, kind, &KnownKind::kind);
  return found == kinds.end() ? std::string_view() : found->resource;
}

std::string kind_of(std::string_view resource) {
  const auto* const found = std::ranges::find(kinds, resource, &KnownKind::resource);
  return std::string(found == kinds.end() ? resource : found->kind);
}

std::string spoken(const ObjectRef& object) {
  const std::string kind = kind_of(object.resource);
  return fmt::format("{} `{}`", kind == "Pod" || kind == "Node" ? object.resource.substr(0, kind.size()) : kind,
                     object.name);
}

Cluster::Cluster(const ClusterView& view) : view_(view) {
  for (const auto& [resource, list] : view.objects) {
    for (const Json& object : list) {
      const ObjectRef self = ref(resource, object);
      by_name_.emplace(self, &object);
      if (const auto above = owner(self, object)) owned_[*above].push_back(self);
    }
  }
  add_events();
}

void Cluster::add_events() {
  std::set<std::tuple<ObjectRef, std::string_view, std::string_view>> seen;  // both groups list the same events
  for (const std::string_view resource : event_resources) {
    for (const Json& json : all(resource)) {
      const Event event = event_of(json);
      const ObjectRef about{std::string(resource_of(event.kind)), std::string(event.name_space),
                            std::string(event.name)};
      if (seen.emplace(about, event.reason, event.message).second) events_[about].push_back(event);
    }
  }
  for (auto& [about, known] : events_) std::ranges::sort(known, newer);
}

std::chrono::sys_seconds Cluster::now() const { return std::chrono::floor<std::chrono::seconds>(view_.now); }

std::span<const Json> Cluster::all(std::string_view resource) const {
  const auto found = view_.objects.find(std::string(resource));
  return found == view_.objects.end() ? std::span<const Json>() : std::span<const Json>(found->second);
}

bool Cluster::was_read(std::string_view resource) const {
  const std::string key(resource);
  return view_.objects.contains(key) && !view_.unread.contains(key);
}

const Json* Cluster::find(const ObjectRef& object) const {
  const auto found = by_name_.find(object);
  return found == by_name_.end() ? nullptr : found->second;
}

bool Cluster::is_missing(const ObjectRef& object) const { return was_read(object.resource) && find(object) == nullptr; }

ObjectRef Cluster::ref(std::string_view resource, const Json& object) {
  return {std::string(resource), std::string(text(object, "metadata/namespace")),
          std::string(text(object, "metadata/name"))};
}

std::optional<ObjectRef> Cluster::owner(const ObjectRef& self, const Json& object) {
  const auto owners = items(object, "metadata/ownerReferences");
  if (owners.empty()) return std::nullopt;
  const auto controller = std::ranges::find_if(owners, [](const Json& one) { return flag(one, "controller"); });
  const Json& above = controller == owners.end() ? owners.front() : *controller;
  const std::string_view resource = resource_of(text(above, "kind"));
  if (resource.empty()) return std::nullopt;
  // A static pod is owned by its node, which has no namespace.
  return ObjectRef{std::string(resource), resource == "nodes" ? std::string() : self.name_space,
                   std::string(text(above, "name"))};
}

const std::vector<ObjectRef>& Cluster::owned(const ObjectRef& object) const {
  static const std::vector<ObjectRef> none;
  const auto found = owned_.find(object);
  return found == owned_.end() ? none : found->second;
}

const std::vector<Event>& Cluster::events(const ObjectRef& object) const {
  static const std::vector<Event> none;
  const auto found = events_.find(object);
  return found == events_.end() ? none : found->second;
}

const Event* Cluster::event(const ObjectRef& object, std::string_view reason) const {
  const auto& known = events(object);
  const auto found = std::ranges::find(known, reason, &Event::reason);
  return found == known.end() ? nullptr : &*found;
}

}  // namespace agent::evidence
