// Jobs, CronJobs, Deployments, StatefulSets and DaemonSets: what their own status says.
#include "evidence/cluster_family.hpp"

#include "base/text.hpp"
#include "evidence/cluster_units.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace agent::evidence {
namespace {

/// "status/conditions/1" of the condition that is True (or `status`); empty when there is none.
std::string condition_path(const Json& object, std::string_view type, std::string_view status = "True") {
  const auto conditions = items(object, "status/conditions");
  const std::size_t index = index_of(conditions, type, "type");
  if (index >= conditions.size() || text(conditions[index], "status") != status) return {};
  return fmt::format("status/conditions/{}", index);
}

Clue effect(std::string rule, const ObjectRef& ref, Category category, std::string words) {
  Clue clue = make_clue(std::move(rule), Severity::error, category, ref, std::move(words));
  clue.consequence = true;
  clue.finding.confidence = Confidence::medium;
  return clue;
}

void add_suspended(std::string rule, const ObjectRef& ref, const Json& json, Clues& clues) {
  Clue clue = make_clue(std::move(rule), Severity::warning, Category::configuration, ref,
                        fmt::format("{} is suspended: it starts nothing", spoken(ref)));
  cite(clue, ref, json, "spec/suspend");
  const std::string kind = ref.resource == "jobs.batch" ? "job" : "cronjob";
  remedy(
      clue, "resume it",
      fmt::format("kubectl patch {} {} -n {} -p '{{\"spec\":{{\"suspend\":false}}}}'", kind, ref.name, ref.name_space));
  clues.push_back(std::move(clue));
}

/// Reasons: https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
void judge_job(const ObjectRef& ref, const Json& job, Clues& clues) {
  if (flag(job, "spec/suspend")) return add_suspended("job.suspended", ref, job, clues);
  std::string path = condition_path(job, "Failed");
  if (path.empty()) path = condition_path(job, "FailureTarget");
  if (path.empty()) return;
  const std::string_view reason = text(job, path + "/reason");
  const std::int64_t failed = count(job, "status/failed");
  std::string id = "failed", words, advice = "see why its pods failed", proof;
  Category category = Category::unknown;
  if (reason == "BackoffLimitExceeded") {
    id = "backoff-limit";
    words = fmt::format("{} failed {} time{} and has reached its backoffLimit of {}", spoken(ref), failed,
                        failed == 1 ? "" : "s", number(job, "spec/backoffLimit").value_or(6));
    proof = "spec/backoffLimit";
  } else if (reason == "DeadlineExceeded") {
    id = "deadline";
    category = Category::timeout;
    words = fmt::format("{} ran longer than its activeDeadlineSeconds of {} (DeadlineExceeded)", spoken(ref),
                        count(job, "spec/activeDeadlineSeconds"));
    proof = "spec/activeDeadlineSeconds";
    advice = "raise the deadline, or find out what it waits for";
  } else {
    words = fmt::format("{} failed ({}): {}", spoken(ref), reason, said(text(job, path + "/message")));
  }
  Clue clue = effect("job." + id, ref, category, std::move(words));
  cite(clue, ref, job, path + "/reason");
  cite(clue, ref, job, path + "/message");
  if (!proof.empty()) cite(clue, ref, job, proof);
  remedy(clue, std::move(advice), describe_command(ref));
  clues.push_back(std::move(clue));
}

/// Five fields, or a macro such as @daily; what the controller cannot parse it reports itself.
bool is_schedule(std::string_view schedule) {
  if (schedule.starts_with("TZ=") || schedule.starts_with("CRON_TZ="))
    schedule.remove_prefix(std::min(schedule.find(' '), schedule.size()));
  while (schedule.starts_with(' ')) schedule.remove_prefix(1);
  if (schedule.starts_with('@')) return true;
  std::size_t fields = 0;
  for (std::size_t i = 0; i < schedule.size(); ++i) fields += schedule[i] != ' ' && (i == 0 || schedule[i - 1] == ' ');
  return fields == 5;
}

void judge_schedule(const Cluster& cluster, const ObjectRef& ref, const Json& job, Clues& clues) {
  if (flag(job, "spec/suspend")) return add_suspended("cronjob.suspended", ref, job, clues);
  const Event* event = cluster.event(ref, "UnparseableSchedule");
  if (event == nullptr) event = cluster.event(ref, "UnParseableCronJobSchedule");
  if (event == nullptr) event = cluster.event(ref, "InvalidSchedule");
  if (event == nullptr && is_schedule(text(job, "spec/schedule"))) return;
  Clue clue = make_clue(
      "cronjob.schedule", Severity::error, Category::configuration, ref,
      fmt::format("{} never runs: its schedule `{}` cannot be read", spoken(ref), text(job, "spec/schedule")));
  cite(clue, ref, job, "spec/schedule");
  if (event != nullptr) cite(clue, *event);
  remedy(clue, "write five fields (minute, hour, day, month, weekday) or a macro such as @daily",
         describe_command(ref));
  clues.push_back(std::move(clue));
}

void judge_deployment(const ObjectRef& ref, const Json& deployment, Clues& clues) {
  const std::int64_t wanted = number(deployment, "spec/replicas").value_or(1);
  const std::int64_t available = count(deployment, "status/availableReplicas");
  if (wanted == 0) {
    Clue clue = make_clue("deployment.zero", Severity::warning, Category::configuration, ref,
                          fmt::format("{} is scaled to zero: it runs no pod", spoken(ref)));
    cite(clue, ref, deployment, "spec/replicas");
    remedy(clue, "scale it up",
           fmt::format("kubectl scale deployment {} -n {} --replicas=1", ref.name, ref.name_space));
    clues.push_back(std::move(clue));
    return;
  }
  const std::string stalled = condition_path(deployment, "Progressing", "False");
  if (available >= wanted && stalled.empty()) return;
  std::string words = fmt::format("{} has {} of {} pods available", spoken(ref), available, wanted);
  if (!stalled.empty()) words += fmt::format(": {}", said(text(deployment, stalled + "/message")));
  Clue clue =
      effect(stalled.empty() ? "deployment.replicas" : "deployment.stalled", ref, Category::unknown, std::move(words));
  cite(clue, ref, deployment, "spec/replicas");
  if (!stalled.empty()) cite(clue, ref, deployment, stalled + "/reason");
  cite(clue, ref, deployment, stalled + "/message");
  remedy(clue, "see why its pods do not become available",
         fmt::format("kubectl rollout status deployment/{} -n {}", ref.name, ref.name_space));
  clues.push_back(std::move(clue));
}

void judge_replicas(const ObjectRef& ref, const Json& json, Clues& clues) {
  const bool daemons = ref.resource == "daemonsets.apps";
  const std::string_view wanted_path = daemons ? "status/desiredNumberScheduled" : "spec/replicas";
  const std::int64_t wanted = number(json, wanted_path).value_or(daemons ? 0 : 1);
  const std::int64_t ready = count(json, daemons ? "status/numberReady" : "status/readyReplicas");
  if (ready >= wanted) return;
  Clue clue = effect(daemons ? "daemonset.replicas" : "statefulset.replicas", ref, Category::unknown,
                     fmt::format("{} has {} of {} pods ready", spoken(ref), ready, wanted));
  cite(clue, ref, json, wanted_path);
  remedy(clue, "see why its pods do not become ready", describe_command(ref));
  clues.push_back(std::move(clue));
}

void judge_stateful_set(const Cluster& cluster, const ObjectRef& ref, const Json& set, Clues& clues) {
  const std::string service(text(set, "spec/serviceName"));
  if (!service.empty() && cluster.is_missing({"services", ref.name_space, service})) {
    Clue clue = make_clue(
        "statefulset.service", Severity::error, Category::configuration, ref,
        fmt::format("{} names Service `{}`, which does not exist: its pods get no DNS names", spoken(ref), service));
    cite(clue, ref, set, "spec/serviceName");
    remedy(clue, "create the headless Service",
           fmt::format("kubectl create service clusterip {} -n {} --clusterip=None", shell_quoted(service),
                       ref.name_space));
    clues.push_back(std::move(clue));
  }
  std::size_t index = 0;
  for (const Json& claim : items(set, "spec/volumeClaimTemplates")) {
    const std::size_t at_index = index++;
    const std::string name(text(claim, "spec/storageClassName"));
    if (name.empty() || !cluster.is_missing({"storageclasses.storage.k8s.io", "", name})) continue;
    Clue clue = make_clue("statefulset.storage-class", Severity::error, Category::configuration, ref,
                          fmt::format("{} asks for StorageClass `{}`, which does not exist", spoken(ref), name));
    clue.same = fmt::format("storage-class/{}", name);
    cite(clue, ref, set, fmt::format("spec/volumeClaimTemplates/{}/spec/storageClassName", at_index));
    remedy(clue, "name a StorageClass that exists", "kubectl get storageclass");
    clues.push_back(std::move(clue));
  }
}

}  // namespace

void judge_jobs(const Cluster& cluster, Clues& clues) {
  for (const Json& job : cluster.all("jobs.batch")) judge_job(Cluster::ref("jobs.batch", job), job, clues);
}

void judge_cron_jobs(const Cluster& cluster, Clues& clues) {
  for (const Json& job : cluster.all("cronjobs.batch"))
    if (job.is_object()) judge_schedule(cluster, Cluster::ref("cronjobs.batch", job), job, clues);
}

void judge_deployments(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all("deployments.apps"))
    if (json.is_object()) judge_deployment(Cluster::ref("deployments.apps", json), json, clues);
}

void judge_stateful_sets(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all("statefulsets.apps")) {
    if (!json.is_object()) continue;
    const ObjectRef ref = Cluster::ref("statefulsets.apps", json);
    judge_stateful_set(cluster, ref, json, clues);
    judge_replicas(ref, json, clues);
  }
}

void judge_daemon_sets(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all("daemonsets.apps"))
    judge_replicas(Cluster::ref("daemonsets.apps", json), json, clues);
}

}  // namespace agent::evidence
