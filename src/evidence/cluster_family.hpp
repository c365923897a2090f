#pragma once

#include "evidence/cluster_clue.hpp"
#include "evidence/cluster_pod_rules.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace agent::evidence {

// The rules over other objects than pods; each adds what it finds. Rules of pods: cluster_pod_rules.hpp.

void judge_probes(const Cluster& cluster, Clues& clues);         ///< Liveness, readiness and startup probes.
void judge_preparation(const Cluster& cluster, Clues& clues);    ///< Volumes to mount, sandboxes to set up.
void judge_vanished(const Cluster& cluster, Clues& clues);       ///< A target pod that is gone: its events.
void judge_claims(const Cluster& cluster, Clues& clues);         ///< PersistentVolumeClaims.
void judge_creation(const Cluster& cluster, Clues& clues);       ///< Pods and claims that were not admitted.
void judge_quotas(const Cluster& cluster, Clues& clues);         ///< ResourceQuotas that are used up.
void judge_jobs(const Cluster& cluster, Clues& clues);           ///< Jobs.
void judge_cron_jobs(const Cluster& cluster, Clues& clues);      ///< CronJobs.
void judge_deployments(const Cluster& cluster, Clues& clues);    ///< Deployments.
void judge_stateful_sets(const Cluster& cluster, Clues& clues);  ///< StatefulSets.
void judge_daemon_sets(const Cluster& cluster, Clues& clues);    ///< DaemonSets.
void judge_services(const Cluster& cluster, Clues& clues);       ///< Services without endpoints, wrong ports.
void judge_ingresses(const Cluster& cluster, Clues& clues);      ///< Ingresses: class, backends, TLS secrets.
void judge_policies(const Cluster& cluster, Clues& clues);       ///< NetworkPolicies that deny.
void judge_nodes(const Cluster& cluster, Clues& clues);          ///< Nodes not ready or under pressure.
void judge_autoscalers(const Cluster& cluster, Clues& clues);    ///< HorizontalPodAutoscalers.
void judge_budgets(const Cluster& cluster, Clues& clues);        ///< PodDisruptionBudgets.
void judge_webhooks(const Cluster& cluster, Clues& clues);       ///< Admission webhooks that cannot be called.
void judge_task_runs(const Cluster& cluster, Clues& clues);      ///< TaskRuns of Tekton.
void judge_pipeline_runs(const Cluster& cluster, Clues& clues);  ///< PipelineRuns of Tekton.

/// Why the API server refused to create something.
struct Refusal {
  std::string id, words;  ///< "quota", "quota `compute` is used up: …".
  Category category = Category::configuration;
  std::string remedy, command;
  std::string same;  ///< Key of the cause: a quota keeps several objects from being made.
};

/// Reads an admission message: "pods "web-1" is forbidden: exceeded quota: compute, requested: …".
[[nodiscard]] std::optional<Refusal> refusal_of(std::string_view message, const std::string& name_space);

}  // namespace agent::evidence
