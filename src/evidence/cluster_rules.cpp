#include "evidence/cluster_rules.hpp"

#include "evidence/cluster_family.hpp"
#include "evidence/cluster_pod_rules.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <set>

namespace agent::evidence {
namespace {

/// What a rule is: its name, what it cannot do without, and what it does.
struct ClusterRule {
  std::string_view id, title;
  std::array<std::string_view, 3> needs;  ///< Resources; empty ones do not count.
  void (*judge)(const Cluster&, Clues&);
};

template <void (*judge)(const PodCase&, Clues&)>
void each_pod(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all("pods"))
    if (json.is_object()) judge({cluster, json, Cluster::ref("pods", json)}, clues);
}

void judge_pod(const PodCase& pod, Clues& clues) {
  judge_pod_phase(pod, clues);
  judge_scheduling(pod, clues);
  judge_containers(pod, clues);
}

constexpr std::string_view quotas = "resourcequotas", claims = "persistentvolumeclaims";

// Pods before TaskRuns: a TaskRun whose failure is ignored softens what its pod says.
constexpr std::array<ClusterRule, 21> rules{{
    {"pod", "pods and their containers", {"pods"}, each_pod<judge_pod>},
    {"pod.prepare", "volumes and networks of pods", {"pods", "events"}, judge_preparation},
    {"pod.gone", "pods that are gone", {"events"}, judge_vanished},
    {"probe", "probes", {"pods", "events"}, judge_probes},
    {"claim", "volume claims", {claims}, judge_claims},
    {"create", "what was not admitted", {"events"}, judge_creation},
    {"quota", "quotas", {quotas}, judge_quotas},
    {"job", "jobs", {"jobs.batch"}, judge_jobs},
    {"cronjob", "cron jobs", {"cronjobs.batch"}, judge_cron_jobs},
    {"deployment", "deployments", {"deployments.apps"}, judge_deployments},
    {"statefulset", "stateful sets", {"statefulsets.apps"}, judge_stateful_sets},
    {"daemonset", "daemon sets", {"daemonsets.apps"}, judge_daemon_sets},
    {"service", "services and their pods", {"services", "pods"}, judge_services},
    {"ingress", "ingresses", {"ingresses.networking.k8s.io"}, judge_ingresses},
    {"policy", "network policies", {"networkpolicies.networking.k8s.io", "pods"}, judge_policies},
    {"node", "nodes", {"nodes"}, judge_nodes},
    {"hpa", "autoscalers", {"horizontalpodautoscalers.autoscaling"}, judge_autoscalers},
    {"pdb", "disruption budgets", {"poddisruptionbudgets.policy"}, judge_budgets},
    {"webhook", "admission webhooks", {"services"}, judge_webhooks},
    {"taskrun", "TaskRuns", {"taskruns.tekton.dev"}, judge_task_runs},
    {"pipelinerun", "PipelineRuns", {"pipelineruns.tekton.dev"}, judge_pipeline_runs},
}};

std::vector<std::string_view> needs_of(const ClusterRule& rule) {
  std::vector<std::string_view> needs(rule.needs.begin(), rule.needs.end());
  std::erase(needs, std::string_view());
  return needs;
}

/// One entry for each resource that could not be read: which rules had to do without it.
std::vector<NotChecked> not_checked(const ClusterView& view) {
  std::vector<NotChecked> missed;
  for (const auto& [resource, why] : view.unread) {
    std::string titles;
    for (const ClusterRule& rule : rules)
      if (std::ranges::find(rule.needs, resource) != rule.needs.end())
        titles += fmt::format("{}{}", titles.empty() ? "" : ", ", rule.title);
    if (!titles.empty()) missed.push_back({fmt::format("{} ({} could not be read)", titles, resource), why});
  }
  return missed;
}

}  // namespace

ClusterJudgement judge_cluster(const ClusterView& view) {
  const Cluster cluster(view);
  Clues clues;
  for (const ClusterRule& rule : rules) {
    const auto needs = needs_of(rule);
    if (std::ranges::none_of(needs, [&](auto one) { return view.unread.contains(std::string(one)); }))
      rule.judge(cluster, clues);
  }
  return {join_causes(cluster, std::move(clues)), not_checked(view)};
}

std::vector<ClusterRuleInfo> cluster_rules() {
  std::vector<ClusterRuleInfo> infos;
  for (const ClusterRule& rule : rules) infos.push_back({rule.id, rule.title, needs_of(rule)});
  return infos;
}

}  // namespace agent::evidence
