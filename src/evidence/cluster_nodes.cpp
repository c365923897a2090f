// Nodes, autoscalers, disruption budgets and admission webhooks.
#include "evidence/cluster_family.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

struct Pressure {
  std::string_view type, words;
};

constexpr std::array<Pressure, 4> pressures{{{"MemoryPressure", "is short of memory"},
                                             {"DiskPressure", "is short of disk"},
                                             {"PIDPressure", "is short of process ids"},
                                             {"NetworkUnavailable", "has no network"}}};

std::size_t pods_on(const Cluster& cluster, std::string_view node) {
  return static_cast<std::size_t>(
      std::ranges::count_if(cluster.all("pods"), [&](const Json& pod) { return text(pod, "spec/nodeName") == node; }));
}

/// Pods that the node's kubelet evicted for want of what it is short of: their own words say who used it.
std::vector<ObjectRef> evicted_from(const Cluster& cluster, std::string_view node, std::string_view pressure) {
  const std::string_view what = pressure == "MemoryPressure" ? "memory"
                                : pressure == "DiskPressure" ? "ephemeral-storage"
                                                             : "pids";
  std::vector<ObjectRef> pods;
  for (const Json& pod : cluster.all("pods"))
    if (text(pod, "spec/nodeName") == node && text(pod, "status/reason") == "Evicted" &&
        text(pod, "status/message").find(what) != std::string_view::npos)
      pods.push_back(Cluster::ref("pods", pod));
  return pods;
}

void add_node(const ObjectRef& ref, const Json& node, std::string rule, std::size_t condition, std::string words,
              Severity severity, Clues& clues) {
  Clue clue = make_clue(std::move(rule), severity, Category::infrastructure, ref, std::move(words));
  const std::string path = fmt::format("status/conditions/{}", condition);
  cite(clue, ref, node, path + "/reason");
  cite(clue, ref, node, path + "/message");
  cite(clue, ref, node, path + "/status");
  remedy(clue, "look at the node and its kubelet", describe_command(ref));
  clues.push_back(std::move(clue));
}

/// https://kubernetes.io/docs/reference/node/node-status/#condition
void judge_node(const Cluster& cluster, const Json& node, Clues& clues) {
  const ObjectRef ref{"nodes", "", std::string(text(node, "metadata/name"))};
  const auto conditions = items(node, "status/conditions");
  const std::size_t ready = index_of(conditions, "Ready", "type");
  if (ready < conditions.size() && text(conditions[ready], "status") != "True") {
    const bool silent = text(conditions[ready], "status") == "Unknown";
    const std::size_t pods = pods_on(cluster, ref.name);
    add_node(ref, node, silent ? "node.down" : "node.not-ready", ready,
             fmt::format("{} {} ({}); {} of the pods looked at {} on it", spoken(ref),
                         silent ? "is down: its kubelet no longer reports" : "is not ready",
                         said(text(conditions[ready], "message")), pods, pods == 1 ? "is" : "are"),
             Severity::critical, clues);
  }
  for (const Pressure& pressure : pressures) {
    const std::size_t index = index_of(conditions, pressure.type, "type");
    if (index >= conditions.size() || text(conditions[index], "status") != "True") continue;
    add_node(ref, node, "node.pressure", index, fmt::format("{} {} ({})", spoken(ref), pressure.words, pressure.type),
             Severity::error, clues);
    clues.back().because = evicted_from(cluster, ref.name, pressure.type);
    clues.back().consequence = !clues.back().because.empty();
  }
}

/// https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions
void judge_autoscaler(const Cluster& cluster, const ObjectRef& ref, const Json& scaler, Clues& clues) {
  const std::string target_kind(text(scaler, "spec/scaleTargetRef/kind")),
      target(text(scaler, "spec/scaleTargetRef/name"));
  const std::string resource(resource_of(target_kind));
  const ObjectRef scaled{resource, ref.name_space, target};
  if (!resource.empty() && cluster.is_missing(scaled)) {
    Clue clue = make_clue("hpa.target", Severity::error, Category::configuration, ref,
                          fmt::format("{} scales {} `{}`, which does not exist", spoken(ref), target_kind, target));
    cite(clue, ref, scaler, "spec/scaleTargetRef/name");
    remedy(clue, "correct scaleTargetRef", describe_command(ref));
    clues.push_back(std::move(clue));
    return;
  }
  const auto conditions = items(scaler, "status/conditions");
  for (const std::string_view type : {"AbleToScale", "ScalingActive"}) {
    const std::size_t index = index_of(conditions, type, "type");
    if (index >= conditions.size() || text(conditions[index], "status") != "False") continue;
    if (text(conditions[index], "reason") == "ScalingDisabled") continue;  // scaled to zero by hand
    Clue clue = make_clue("hpa.inactive", Severity::warning, Category::configuration, ref,
                          fmt::format("{} cannot scale {} `{}`: {}", spoken(ref), target_kind, target,
                                      said(text(conditions[index], "message"))));
    clue.because.push_back(scaled);
    cite(clue, ref, scaler, fmt::format("status/conditions/{}/reason", index));
    cite(clue, ref, scaler, fmt::format("status/conditions/{}/message", index));
    remedy(clue, "see that the metrics server runs and that all containers set requests", describe_command(ref));
    clues.push_back(std::move(clue));
    return;
  }
}

bool selects_any(const Cluster& cluster, const ObjectRef& budget, const Json& json, std::vector<ObjectRef>& pods) {
  for (const Json& pod : cluster.all("pods")) {
    const ObjectRef ref = Cluster::ref("pods", pod);
    if (ref.name_space == budget.name_space && selects(at(json, "spec/selector"), at(pod, "metadata/labels")))
      pods.push_back(ref);
  }
  return !pods.empty();
}

void judge_budget(const Cluster& cluster, const ObjectRef& ref, const Json& budget, Clues& clues) {
  std::vector<ObjectRef> pods;
  const bool any = selects_any(cluster, ref, budget, pods);
  const std::int64_t allowed = count(budget, "status/disruptionsAllowed");
  const std::int64_t expected = count(budget, "status/expectedPods");
  if (allowed > 0 || (!any && expected == 0)) return;
  const std::int64_t healthy = count(budget, "status/currentHealthy"), wanted = count(budget, "status/desiredHealthy");
  Clue clue =
      make_clue("pdb.blocked", healthy < wanted ? Severity::warning : Severity::info, Category::configuration, ref,
                fmt::format("{} allows no disruption: {} of {} pods are healthy and {} must be", spoken(ref), healthy,
                            expected, wanted));
  clue.consequence = healthy < wanted;
  clue.because = std::move(pods);
  cite(clue, ref, budget, "status/disruptionsAllowed");
  cite(clue, ref, budget, "status/desiredHealthy");
  remedy(clue, "let one more pod run, or lower minAvailable, before a node is drained", describe_command(ref));
  clues.push_back(std::move(clue));
}

bool is_up(const Json& pod) {
  const Json& ready = named(items(pod, "status/conditions"), "Ready", "type");
  return text(pod, "status/phase") == "Running" && (ready.is_null() || text(ready, "status") == "True");
}

/// Why a webhook's service cannot answer; empty when it can, or when that is not known.
std::string silence(const Cluster& cluster, const ObjectRef& service) {
  if (cluster.is_missing(service)) return "does not exist";
  const Json* json = cluster.find(service);
  if (json == nullptr || !cluster.was_read("pods") || members(*json, "spec/selector").empty()) return {};
  const auto pods = cluster.all("pods");
  const bool namespace_read =
      std::ranges::any_of(pods, [&](const Json& pod) { return text(pod, "metadata/namespace") == service.name_space; });
  const bool active = std::ranges::any_of(pods, [&](const Json& pod) {
    return text(pod, "metadata/namespace") == service.name_space &&
           has_labels(at(*json, "spec/selector"), at(pod, "metadata/labels")) && is_up(pod);
  });
  return namespace_read && !active ? "has no pod that is ready" : "";
}

void judge_webhook(const Cluster& cluster, const ObjectRef& ref, const Json& json, Clues& clues) {
  std::size_t index = 0;
  for (const Json& hook : items(json, "webhooks")) {
    const std::string path = fmt::format("webhooks/{}/", index++);
    const ObjectRef service{"services", std::string(text(hook, "clientConfig/service/namespace")),
                            std::string(text(hook, "clientConfig/service/name"))};
    if (service.name.empty()) continue;
    // Services of other namespaces are often not gathered: what was not looked at is not missing.
    const bool looked_at = std::ranges::any_of(cluster.all("services"), [&](const Json& one) {
      return text(one, "metadata/namespace") == service.name_space;
    });
    const std::string why = looked_at ? silence(cluster, service) : "";
    if (why.empty()) continue;
    const bool blocks = text(hook, "failurePolicy") != "Ignore";
    Clue clue = make_clue(
        "webhook.silent", blocks ? Severity::error : Severity::warning, Category::infrastructure, ref,
        fmt::format("admission webhook `{}` cannot be called: Service `{}/{}` {}{}", text(hook, "name"),
                    service.name_space, service.name, why, blocks ? "; what it watches over cannot be created" : ""));
    clue.same = fmt::format("webhook/{}", text(hook, "name"));
    cite(clue, ref, json, path + "clientConfig/service/name");
    cite(clue, ref, json, path + "failurePolicy");
    remedy(clue, "bring its service back, or remove the configuration", describe_command(ref));
    clues.push_back(std::move(clue));
  }
}

}  // namespace

void judge_nodes(const Cluster& cluster, Clues& clues) {
  for (const Json& node : cluster.all("nodes")) judge_node(cluster, node, clues);
}

void judge_autoscalers(const Cluster& cluster, Clues& clues) {
  constexpr std::string_view resource = "horizontalpodautoscalers.autoscaling";
  for (const Json& json : cluster.all(resource)) judge_autoscaler(cluster, Cluster::ref(resource, json), json, clues);
}

void judge_budgets(const Cluster& cluster, Clues& clues) {
  constexpr std::string_view resource = "poddisruptionbudgets.policy";
  for (const Json& json : cluster.all(resource))
    if (at(json, "status").is_object()) judge_budget(cluster, Cluster::ref(resource, json), json, clues);
}

void judge_webhooks(const Cluster& cluster, Clues& clues) {
  for (const std::string_view resource : {"validatingwebhookconfigurations.admissionregistration.k8s.io",
                                          "mutatingwebhookconfigurations.admissionregistration.k8s.io"})
    for (const Json& json : cluster.all(resource)) judge_webhook(cluster, Cluster::ref(resource, json), json, clues);
}

}  // namespace agent::evidence
