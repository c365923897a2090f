// Why no node takes a pod: the scheduler's message taken apart, and what the nodes say of it.
#include "evidence/cluster_pod_rules.hpp"
#include "evidence/cluster_units.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace agent::evidence {
namespace {

constexpr std::size_t max_parts = 4;  // of the message, in the headline

/// "2 node(s) had untolerated taint(s)" of "0/3 nodes are available: …".
struct Part {
  std::int64_t nodes = 0;
  std::string_view reason;
};

struct Parts {
  std::int64_t total = 0;
  std::vector<Part> parts;
};

/// "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s). no new claims to deallocate,
/// preemption: …": what follows the first sentence is what the scheduler tried against it.
/// https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/scheduler/framework/types.go (FitError.Error)
Parts parts_of(std::string_view message) {
  Parts parts;
  constexpr std::string_view mark = " nodes are available: ";
  const std::size_t at = message.find(mark);
  const std::size_t slash = message.find('/');
  if (at == std::string_view::npos || slash >= at) return parts;
  std::from_chars(message.data() + slash + 1, message.data() + at, parts.total);
  std::string_view rest = message.substr(at + mark.size());
  rest = rest.substr(0, std::min({rest.find(". "), rest.find(" preemption:"), rest.size()}));
  while (!rest.empty() && (rest.back() == '.' || rest.back() == ' ')) rest.remove_suffix(1);
  while (!rest.empty()) {
    std::size_t end = rest.find(", ");
    while (end != std::string_view::npos && end + 2 < rest.size() && (rest[end + 2] < '0' || rest[end + 2] > '9'))
      end = rest.find(", ", end + 2);
    end = std::min(end, rest.size());
    const std::string_view reason = rest.substr(0, end);
    Part part{parts.total, reason};
    const auto [after, error] = std::from_chars(reason.data(), reason.data() + reason.size(), part.nodes);
    const auto digits = static_cast<std::size_t>(after - reason.data());
    if (error == std::errc{}) part.reason.remove_prefix(std::min(digits + 1, reason.size()));
    parts.parts.push_back(part);
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return parts;
}

/// What a pod asks for of one resource: the larger of its containers together and its largest init container.
/// https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
double request_of(const Json& pod, const std::string& resource) {
  const std::string path = "resources/requests/" + resource;
  double together = 0, largest = 0;
  for (const Json& one : items(pod, "spec/containers")) together += quantity(text(one, path)).value_or(0);
  for (const Json& one : items(pod, "spec/initContainers"))
    largest = std::max(largest, quantity(text(one, path)).value_or(0));
  return std::max(together, largest);
}

std::string amount(std::string_view resource, double value) {
  if (resource == "cpu") return fmt::format("{:g} CPU{}", value, value == 1 ? "" : "s");
  if (resource == "memory" || resource == "ephemeral-storage") {
    const std::string_view what = resource == "memory" ? "memory" : "disk";
    constexpr double mib = 1024.0 * 1024.0;
    if (value >= 1024 * mib) return fmt::format("{:.4g}Gi {}", value / (1024 * mib), what);
    return fmt::format("{:.4g}Mi {}", value / mib, what);
  }
  return fmt::format("{:g} `{}`", value, resource);
}

/// "it requests 6 CPUs, more than any node has (4 CPUs at most)", "…; 2 of 3 nodes have less free than that".
std::string insufficient(const PodCase& pod, std::string_view resource, std::int64_t nodes, std::int64_t total) {
  const double wanted = request_of(pod.json, pointer_token(resource));
  double largest = -1;
  for (const Json& node : pod.cluster.all("nodes"))
    largest = std::max(largest, quantity(text(node, "status/allocatable/" + pointer_token(resource))).value_or(0));
  const std::string asks = fmt::format("it requests {}", amount(resource, wanted));
  if (largest == 0) return fmt::format("{}, which no node has", asks);
  if (largest > 0 && largest < wanted)
    return fmt::format("{}, more than any node has (at most {})", asks, amount(resource, largest));
  const std::string what = nodes == total
                               ? "no node has that free"
                               : fmt::format("{} of {} nodes {} less free", nodes, total, nodes == 1 ? "has" : "have");
  const std::string most = largest > 0 ? fmt::format(" (the largest has {} in all)", amount(resource, largest)) : "";
  return fmt::format("{}, {}{}", asks, what, most);
}

/// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
bool tolerates(const Json& pod, const Json& taint) {
  return std::ranges::any_of(items(pod, "spec/tolerations"), [&](const Json& one) {
    const std::string_view effect = text(one, "effect"), key = text(one, "key");
    const bool exists = text(one, "operator") == "Exists";
    return (effect.empty() || effect == text(taint, "effect")) &&
           (key == text(taint, "key") || (key.empty() && exists)) &&
           (exists || text(one, "value") == text(taint, "value"));
  });
}

std::string shown_taint(const Json& taint) {
  const std::string_view value = text(taint, "value");
  return fmt::format("`{}{}{}:{}`", text(taint, "key"), value.empty() ? "" : "=", value, text(taint, "effect"));
}

/// Each taint that keeps the pod away, once; Kubernetes 1.36 does not name them. A cordon is told by itself.
std::vector<std::string> untolerated(const PodCase& pod) {
  std::vector<std::string> taints;
  for (const Json& node : pod.cluster.all("nodes"))
    for (const Json& taint : items(node, "spec/taints")) {
      const bool cordon = text(taint, "key") == "node.kubernetes.io/unschedulable";
      if (cordon || text(taint, "effect") == "PreferNoSchedule" || tolerates(pod.json, taint)) continue;
      const std::string shown = shown_taint(taint);
      if (std::ranges::find(taints, shown) == taints.end()) taints.push_back(shown);
    }
  return taints;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::string selector_of(const Json& pod) {
  std::vector<std::string> labels;
  for (const auto& [key, value] : members(pod, "spec/nodeSelector"))
    labels.push_back(fmt::format("`{}={}`", key, text(value, "")));
  if (!labels.empty()) return "its node selector " + joined(labels);
  // Terms are alternatives; the first says enough.
  const std::string first =
      "spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0";
  for (const Json& one : items(pod, first + "/matchExpressions")) {
    std::string values;
    for (const Json& value : items(one, "values")) values += (values.empty() ? "" : ", ") + quoted(value);
    labels.push_back(fmt::format("`{} {}{}`", text(one, "key"), text(one, "operator"),
                                 values.empty() ? "" : fmt::format(" ({})", values)));
  }
  return labels.empty() ? "its node affinity" : "its node affinity " + joined(labels);
}

/// "2 of 3 nodes have", "1 of 3 nodes has"
std::string nodes_with(const Part& part, std::int64_t total, std::string_view one, std::string_view many) {
  return fmt::format("{} of {} node{} {}", part.nodes, total, total == 1 ? "" : "s", part.nodes == 1 ? one : many);
}

struct Reason {
  std::string_view sign, id, one, many, remedy;
};

// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/scheduler/framework/plugins: ErrReason… of each plugin
constexpr std::array<Reason, 18> reasons{{
    {"untolerated taint", "taint", "has a taint that it does not tolerate", "have taints that it does not tolerate",
     "add a toleration, or remove the taint"},
    {"were unschedulable", "cordoned", "is cordoned", "are cordoned", "uncordon a node: kubectl uncordon NODE"},
    {"node affinity/selector", "selector", "does not match", "do not match",
     "label a node so, or correct the selector"},
    {"pod anti-affinity", "anti-affinity", "runs a pod that its anti-affinity keeps it from",
     "run pods that its anti-affinity keeps it from", "add a node, or make the rule a preference"},
    {"existing pods anti-affinity", "anti-affinity", "runs a pod whose anti-affinity keeps it away",
     "run pods whose anti-affinity keeps it away", "add a node, or make the rule a preference"},
    {"pod affinity", "affinity", "does not run the pod that its affinity asks for",
     "do not run the pod that its affinity asks for", "correct the affinity's labels"},
    {"topology spread", "spread", "would break its topology spread", "would break its topology spread",
     "label the nodes, or let whenUnsatisfiable be ScheduleAnyway"},
    {"free ports", "host-port", "has its host port in use", "have its host port in use",
     "do without hostPort, or add a node"},
    {"Too many pods", "pod-count", "runs as many pods as it may", "run as many pods as they may", "add a node"},
    {"PersistentVolume's node affinity", "volume-zone", "cannot reach its volume", "cannot reach their volume",
     "run it where the volume is, or make the volume there"},
    {"available volume zone", "volume-zone", "is in another zone than its volume",
     "are in another zone than its volume", "run it where the volume is, or make the volume there"},
    {"ReadWriteOncePod", "volume-in-use", "finds its ReadWriteOncePod claim used by another pod",
     "find its ReadWriteOncePod claim used by another pod", "end the other pod, or let the claim be ReadWriteMany"},
    {"non-existent pv", "volume", "misses the volume that its claim is bound to",
     "miss the volume that its claim is bound to", "restore the volume, or make the claim anew"},
    {"requested node name", "node-name", "is not the node that it names", "are not the node that it names",
     "do without spec.nodeName, or correct it"},
    {"volume node affinity", "volume-zone", "cannot reach its volume", "cannot reach its volume",
     "run it where the volume is, or make the volume there"},
    {"max volume count", "volume-count", "has as many volumes as it may", "have as many volumes as they may",
     "add a node"},
    {"persistent volumes to bind", "volume", "finds no volume for its claim", "find no volume for its claim",
     "make a PersistentVolume that fits, or name a StorageClass that provisions"},
    {"enough free storage", "volume", "has too little storage for its claim", "have too little storage for its claim",
     "ask for less, or add storage"},
}};

const Reason* reason_of(std::string_view words) {
  const auto* const found =
      std::ranges::find_if(reasons, [&](const Reason& one) { return words.find(one.sign) != std::string_view::npos; });
  return found == reasons.end() ? nullptr : found;
}

struct Explained {
  std::string id, words, remedy;
};

Explained explain(const PodCase& pod, const Part& part, std::int64_t total) {
  constexpr std::string_view lacks = "Insufficient ";
  if (part.reason.starts_with(lacks)) {
    const std::string_view resource = part.reason.substr(lacks.size());
    const bool device = resource.find('/') != std::string_view::npos;
    return {device ? "device" : std::string(resource), insufficient(pod, resource, part.nodes, total),
            "lower the request, or add a node"};
  }
  const Reason* reason = reason_of(part.reason);
  if (reason == nullptr)
    return {"other", fmt::format("{} node(s): {}", part.nodes, part.reason), "add a node that fits"};
  std::string words = nodes_with(part, total, reason->one, reason->many);
  if (reason->id == "selector") words += " " + selector_of(pod.json);
  if (reason->id == "taint")
    if (const auto taints = untolerated(pod); !taints.empty()) words += fmt::format(" ({})", joined(taints));
  return {std::string(reason->id), std::move(words), std::string(reason->remedy)};
}

/// `persistentvolumeclaim "data" not found`; "pod has unbound immediate PersistentVolumeClaims".
std::vector<ObjectRef> claims_of(const PodCase& pod) {
  std::vector<ObjectRef> claims;
  for (const Json& volume : items(pod.json, "spec/volumes")) {
    const std::string_view name = text(volume, "persistentVolumeClaim/claimName");
    if (!name.empty()) claims.push_back({"persistentvolumeclaims", pod.ref.name_space, std::string(name)});
  }
  return claims;
}

Explained explain_all(const PodCase& pod, std::string_view message, const Parts& parts) {
  if (const auto claim = between(message, "persistentvolumeclaim \"", "\" not found"); !claim.empty())
    return {"claim", fmt::format("PersistentVolumeClaim `{}` does not exist", claim),
            "create the claim, or correct its name in the pod"};
  if (message.find("unbound immediate PersistentVolumeClaims") != std::string_view::npos)
    return {"unbound-claim", "a PersistentVolumeClaim of it is not bound", "look at the claim's events"};
  if (parts.parts.empty()) return {"other", said(message), "add a node that fits"};
  std::vector<Part> by_nodes = parts.parts;
  std::ranges::sort(
      by_nodes, [](const Part& a, const Part& b) { return std::tie(b.nodes, a.reason) < std::tie(a.nodes, b.reason); });
  if (by_nodes.size() > max_parts) by_nodes.resize(max_parts);
  Explained all;
  for (const Part& part : by_nodes) {
    Explained one = explain(pod, part, parts.total);
    if (all.id.empty()) all.id = one.id;
    all.words += (all.words.empty() ? "" : "; ") + one.words;
    if (all.remedy.find(one.remedy) == std::string::npos) all.remedy += (all.remedy.empty() ? "" : "; ") + one.remedy;
  }
  return all;
}

void judge_gated(const PodCase& pod, Clues& clues) {
  std::vector<std::string> gates;
  for (const Json& gate : items(pod.json, "spec/schedulingGates"))
    gates.push_back(fmt::format("`{}`", text(gate, "name")));
  Clue clue =
      make_clue("pod.gated", Severity::warning, Category::configuration, pod.ref,
                fmt::format("{} waits behind scheduling gates ({})", spoken_pod(pod.cluster, pod.ref), joined(gates)));
  cite(clue, pod.ref, pod.json, "spec/schedulingGates/0/name");
  remedy(clue, "see why the controller that set the gate has not removed it", describe_command(pod.ref));
  clues.push_back(std::move(clue));
}

/// A pod that was given a node by name waits for ever when there is none: no scheduler looks at it.
void judge_no_such_node(const PodCase& pod, Clues& clues) {
  const std::string node(text(pod.json, "spec/nodeName"));
  if (text(pod.json, "status/phase") != "Pending" || node.empty() || !pod.cluster.is_missing({"nodes", "", node}))
    return;
  Clue clue =
      make_clue("pod.no-such-node", Severity::error, Category::configuration, pod.ref,
                fmt::format("{} waits for node `{}`, which does not exist", spoken_pod(pod.cluster, pod.ref), node));
  cite(clue, pod.ref, pod.json, "spec/nodeName");
  remedy(clue, "do without spec.nodeName, or correct it", "kubectl get nodes");
  clues.push_back(std::move(clue));
}

}  // namespace

void judge_scheduling(const PodCase& pod, Clues& clues) {
  judge_no_such_node(pod, clues);
  const auto conditions = items(pod.json, "status/conditions");
  const Json& scheduled = named(conditions, "PodScheduled", "type");
  if (text(scheduled, "status") != "False") return;
  if (text(scheduled, "reason") == "SchedulingGated") return judge_gated(pod, clues);
  const std::string_view message = text(scheduled, "message");
  const Explained explained = explain_all(pod, message, parts_of(message));
  const bool storage = explained.id == "claim" || explained.id == "unbound-claim" || explained.id.starts_with("volume");
  Clue clue = make_clue("pod.unschedulable." + explained.id, Severity::error,
                        storage || explained.id == "selector" ? Category::configuration : Category::resource, pod.ref,
                        fmt::format("no node can take {}: {}", spoken_pod(pod.cluster, pod.ref), explained.words));
  clue.consequence = explained.id == "unbound-claim" || explained.id == "volume";
  if (clue.consequence) clue.because = claims_of(pod);
  const std::string path = fmt::format("status/conditions/{}", index_of(conditions, "PodScheduled", "type"));
  cite(clue, pod.ref, pod.json, path + "/reason");
  cite(clue, pod.ref, pod.json, path + "/message");
  remedy(clue, explained.remedy, describe_command(pod.ref));
  clues.push_back(std::move(clue));
}

}  // namespace agent::evidence
