// Pods as a whole: how they ended, and their containers one by one.
#include "evidence/cluster_pod_rules.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace agent::evidence {
namespace {

const Json& condition(const PodCase& pod, std::string_view type) {
  return named(items(pod.json, "status/conditions"), type, "type");
}

std::string condition_path(const PodCase& pod, std::string_view type) {
  return fmt::format("status/conditions/{}", index_of(items(pod.json, "status/conditions"), type, "type"));
}

void add(const PodCase& pod, Clues& clues, std::string rule, Category category, std::string words,
         std::string_view pointer, std::string advice) {
  Clue clue = make_clue(std::move(rule), Severity::error, category, pod.ref,
                        fmt::format("{} {}", spoken_pod(pod.cluster, pod.ref), words));
  cite(clue, pod.ref, pod.json, "status/reason");
  cite(clue, pod.ref, pod.json, pointer);
  remedy(clue, std::move(advice), describe_command(pod.ref));
  clues.push_back(std::move(clue));
}

/// "; container `main` used 21Gi and requests 0" of "Container main was using 21Gi, request is 0, has larger …".
std::string consumer(std::string_view message) {
  const std::string_view name = between(message, "Container ", " was using ");
  const std::string_view used = between(message, " was using ", ", request is ");
  const std::string_view asked = between(message, ", request is ", ", ");
  if (name.empty() || used.empty() || asked.empty()) return {};
  return fmt::format("; container `{}` used {} and requests {}", name, used, asked);
}

/// The kubelet: "The node was low on resource: ephemeral-storage. Threshold quantity: …",
/// "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi."
/// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/eviction/helpers.go
void judge_evicted(const PodCase& pod, Clues& clues) {
  const std::string_view message = text(pod.json, "status/message");
  const std::string_view low = between(message, "low on resource: ", ".");
  const bool storage = message.find("ephemeral") != std::string_view::npos;
  const std::string words = low.empty() ? fmt::format("was evicted: {}", said(message))
                                        : fmt::format("was evicted: its node was low on {}{}", low, consumer(message));
  add(pod, clues, "pod.evicted", Category::resource, words, "status/message",
      storage ? "request the ephemeral-storage it needs, or write to a volume"
              : "request what it needs, so that others are evicted first");
}

void judge_deadline(const PodCase& pod, Clues& clues) {
  const auto limit = number(pod.json, "spec/activeDeadlineSeconds");
  add(pod, clues, "pod.deadline", Category::timeout,
      limit ? fmt::format("ran longer than its activeDeadlineSeconds of {} (DeadlineExceeded)", *limit)
            : "ran longer than its deadline (DeadlineExceeded)",
      limit ? "spec/activeDeadlineSeconds" : "status/message", "raise the deadline, or find out what it waits for");
}

/// https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
void judge_disruption(const PodCase& pod, Clues& clues) {
  const Json& target = condition(pod, "DisruptionTarget");
  if (text(target, "status") != "True") return;
  const std::string_view reason = text(target, "reason"), message = text(target, "message");
  const std::string pointer = condition_path(pod, "DisruptionTarget") + "/message";
  const std::size_t before = clues.size();
  if (reason == "PreemptionByScheduler")
    add(pod, clues, "pod.preempted", Category::resource,
        fmt::format("was preempted: a pod with a higher priority took its place ({})", said(message)), pointer,
        "give it a higher priorityClassName, or add nodes");
  else if (reason == "DeletionByTaintManager")
    add(pod, clues, "pod.taint", Category::infrastructure,
        fmt::format("was deleted: its node got a taint that it does not tolerate ({})", said(message)), pointer,
        "look at the node's state");
  else if (text(pod.json, "status/reason") != "Evicted")
    add(pod, clues, "pod.disrupted", Category::infrastructure, fmt::format("was ended: {}", said(message)), pointer,
        "run it again; the program did not fail by itself");
  // The node's own state, where it is known, is the cause.
  if (reason == "DeletionByTaintManager" && clues.size() > before) {
    clues.back().consequence = true;
    clues.back().because.push_back({"nodes", "", std::string(text(pod.json, "spec/nodeName"))});
  }
}

/// A waiting container, an ended one, or one that crashed before and is not ready yet.
void judge_container(const PodCase& pod, const Container& container, Clues& clues) {
  const Json& status = *container.status;
  if (at(status, "state/waiting").is_object()) return judge_waiting(pod, container, clues);
  if (at(status, "state/terminated").is_object()) return judge_exit(pod, container, "state", clues);
  const bool crashed = count(status, "lastState/terminated/exitCode") != 0;
  if (crashed && !flag(status, "ready")) judge_exit(pod, container, "lastState", clues);
}

}  // namespace

void judge_pod_phase(const PodCase& pod, Clues& clues) {
  const std::string_view reason = text(pod.json, "status/reason");
  if (reason == "Evicted") judge_evicted(pod, clues);
  if (reason == "DeadlineExceeded") judge_deadline(pod, clues);
  if (reason == "NodeLost")
    add(pod, clues, "pod.node-lost", Category::infrastructure, "was lost with its node (NodeLost)", "status/message",
        "look at the node's state");
  if (reason.starts_with("OutOf") || reason == "NodeAffinity" || reason == "UnexpectedAdmissionError")
    add(pod, clues, "pod.rejected", Category::resource,
        fmt::format("was refused by its node's kubelet ({}): {}", reason, said(text(pod.json, "status/message"))),
        "status/message", "let the scheduler choose the node: no spec.nodeName");
  judge_disruption(pod, clues);
}

void judge_containers(const PodCase& pod, Clues& clues) {
  // The kubelet's own ending of the pod explains what became of its containers.
  const bool ended_from_outside = !clues.empty() && clues.back().subject == pod.ref;
  const std::size_t before = clues.size();
  for (const Container& container : containers_of(pod.json)) judge_container(pod, container, clues);
  if (ended_from_outside)
    for (std::size_t i = before; i < clues.size(); ++i) clues[i].consequence = true;
}

}  // namespace agent::evidence
