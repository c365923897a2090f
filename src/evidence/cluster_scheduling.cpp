// Why no node takes a pod: the scheduler's message taken apart, and what the nodes say of it.
#include "evidence/cluster_pod_rules.hpp"

#include <fmt/format.h>

namespace agent::evidence {

void judge_scheduling(const PodCase& pod, Clues& clues) {
  const auto conditions = items(pod.json, "status/conditions");
  const Json& scheduled = named(conditions, "PodScheduled", "type");
  if (text(scheduled, "status") != "False" || !text(pod.json, "spec/nodeName").empty()) return;
  const std::string_view reason = text(scheduled, "reason");
  if (reason != "Unschedulable" && reason != "SchedulingGated") return;
  Clue clue = make_clue(
      "pod.unschedulable", Severity::error, Category::resource, pod.ref,
      fmt::format("no node can take {}: {}", spoken_pod(pod.cluster, pod.ref), said(text(scheduled, "message"))));
  const std::string path = fmt::format("status/conditions/{}", index_of(conditions, "PodScheduled", "type"));
  cite(clue, pod.ref, pod.json, path + "/reason");
  cite(clue, pod.ref, pod.json, path + "/message");
  remedy(clue, "ask for less, or add a node that fits", describe_command(pod.ref));
  clues.push_back(std::move(clue));
}

}  // namespace agent::evidence
