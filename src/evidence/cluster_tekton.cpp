// TaskRuns and PipelineRuns of Tekton: condition, steps, retries. Pods are pruned, so what the TaskRun keeps must do.
// Reasons: https://github.com/tektoncd/pipeline/blob/v1.0.0/pkg/apis/pipeline/v1/taskrun_types.go
#include "evidence/cluster_family.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

constexpr std::string_view task_runs = "taskruns.tekton.dev", pipeline_runs = "pipelineruns.tekton.dev";

enum class Depth { cause, effect };  ///< effect: the pod or the TaskRuns below say why.

struct Reason {
  std::string_view reason, id, words;
  Category category;
  Depth depth;
  std::string_view remedy;
};

constexpr std::array<Reason, 17> task_reasons{{
    {"Failed", "failed", "failed", Category::unknown, Depth::effect, "read the log of the step that failed"},
    {"TaskRunTimeout", "timeout", "ran out of time", Category::timeout, Depth::effect,
     "raise spec.timeout, or find the step that hangs"},
    {"TaskRunCancelled", "cancelled", "was cancelled", Category::infrastructure, Depth::effect,
     "see who cancelled it, or why its PipelineRun ended"},
    {"TaskRunImagePullFailed", "image", "could not pull an image", Category::configuration, Depth::effect,
     "use an image that exists and that the cluster may pull"},
    {"TaskRunResultLargerThanAllowedLimit", "result-size", "wrote more results than fit", Category::configuration,
     Depth::cause, "write large data to a workspace, or let results go through sidecar logs"},
    {"TaskRunStopSidecarFailed", "sidecar", "could not stop its sidecars", Category::infrastructure, Depth::cause,
     "look at the sidecars; the controller needs the right to patch pods"},
    {"InvalidParamValue", "param", "got a parameter value that its Task does not allow", Category::configuration,
     Depth::cause, "pass one of the values that the Task allows"},
    {"TaskRunResolutionFailed", "resolution", "could not resolve its Task", Category::configuration, Depth::cause,
     "correct taskRef: resolver, name, revision, path and credentials"},
    {"TaskRunValidationFailed", "validation", "is not valid", Category::configuration, Depth::cause,
     "correct what the message names: parameters, workspaces or fields"},
    {"TaskValidationFailed", "task-validation", "names a Task that is not valid", Category::configuration, Depth::cause,
     "correct the Task"},
    {"ResourceVerificationFailed", "verification", "names a Task whose signature could not be verified",
     Category::permission, Depth::cause, "sign the Task, or correct the VerificationPolicy"},
    {"CreateContainerConfigError", "config", "has a container that cannot be configured", Category::configuration,
     Depth::effect, "provide the Secret or ConfigMap that it names"},
    {"PodCreationFailed", "pod-creation", "could not make its pod", Category::configuration, Depth::cause,
     "correct what the message names"},
    {"CouldntGetTask", "no-task", "names a Task that does not exist", Category::configuration, Depth::cause,
     "create the Task, or correct taskRef"},
    {"ExceededResourceQuota", "quota", "waits for room in a ResourceQuota", Category::resource, Depth::cause,
     "raise the quota, or end what no longer needs to run"},
    {"ExceededNodeResources", "node-resources", "waits for a node with enough resources", Category::resource,
     Depth::effect, "ask for less, or add a node"},
    {"PodEvicted", "evicted", "lost its pod to an eviction", Category::resource, Depth::effect,
     "request what it needs"},
}};

constexpr std::array<Reason, 12> pipeline_reasons{{
    {"Failed", "failed", "failed", Category::unknown, Depth::effect, "see the TaskRun that failed"},
    {"PipelineRunTimeout", "timeout", "ran out of time", Category::timeout, Depth::effect,
     "raise spec.timeouts.pipeline, or find the task that hangs"},
    {"Cancelled", "cancelled", "was cancelled", Category::infrastructure, Depth::effect, "see who cancelled it"},
    {"CancelledRunningFinally", "cancelled", "was cancelled", Category::infrastructure, Depth::effect,
     "see who cancelled it"},
    {"CouldntGetPipeline", "no-pipeline", "names a Pipeline that could not be read", Category::configuration,
     Depth::cause, "create the Pipeline, or correct pipelineRef"},
    {"CouldntGetTask", "no-task", "has a task whose Task could not be read", Category::configuration, Depth::cause,
     "create the Task, or correct taskRef"},
    {"PipelineValidationFailed", "validation", "names a Pipeline that is not valid", Category::configuration,
     Depth::cause, "correct the Pipeline"},
    {"PipelineInvalidGraph", "graph", "has tasks that wait for each other or for none", Category::configuration,
     Depth::cause, "correct runAfter and the results that tasks pass on"},
    {"ParameterMissing", "param-missing", "lacks a parameter", Category::configuration, Depth::cause,
     "pass the parameter, or give it a default"},
    {"InvalidWorkspaceBindings", "workspace", "lacks a workspace", Category::configuration, Depth::cause,
     "bind the workspace that the Pipeline asks for"},
    {"InvalidParamValue", "param", "got a parameter value that its Pipeline does not allow", Category::configuration,
     Depth::cause, "pass one of the values that are allowed"},
    {"CreateRunFailed", "create", "could not make a TaskRun", Category::configuration, Depth::cause,
     "correct what the message names"},
}};

/// Reasons that newer versions add are told in their own words.
constexpr Reason other{"", "other", "failed", Category::unknown, Depth::cause, "correct what the message names"};

template <std::size_t size>
const Reason& reason_of(const std::array<Reason, size>& reasons, std::string_view word) {
  const auto* const found = std::ranges::find(reasons, word, &Reason::reason);
  return found == reasons.end() ? other : *found;
}

struct Run {
  const Cluster& cluster;
  const Json& json;
  ObjectRef ref;
  std::string condition;  ///< "status/conditions/0"
  std::string_view status, reason, message;
};

Run run_of(const Cluster& cluster, std::string_view resource, const Json& json) {
  const auto conditions = items(json, "status/conditions");
  const std::string path = fmt::format("status/conditions/{}", index_of(conditions, "Succeeded", "type"));
  return {cluster,
          json,
          Cluster::ref(resource, json),
          path,
          text(json, path + "/status"),
          text(json, path + "/reason"),
          text(json, path + "/message")};
}

/// The first step that failed by itself: later ones are skipped and end with 1.
std::size_t failed_step(const Json& run) {
  const auto steps = items(run, "status/steps");
  const auto failed = std::ranges::find_if(steps, [](const Json& step) {
    const std::string_view why = text(step, "terminationReason");
    return count(step, "terminated/exitCode") != 0 && why != "Skipped" && why != "Continued";
  });
  return static_cast<std::size_t>(failed - steps.begin());
}

std::string limit_of(const Json& run, std::string_view step) {
  const Json& spec = named(items(run, "status/taskSpec/steps"), step);
  for (const std::string_view path : {"computeResources/limits/memory", "resources/limits/memory"})
    if (const auto limit = text(spec, path); !limit.empty()) return std::string(limit);
  return {};
}

const ContainerLog* step_log(const Run& run, const Json& step) {
  std::string container(text(step, "container"));
  if (container.empty()) container = fmt::format("step-{}", text(step, "name"));
  const auto& logs = run.cluster.view().logs;
  const auto found =
      logs.find(fmt::format("pod/{}/{}/{}", run.ref.name_space, text(run.json, "status/podName"), container));
  return found == logs.end() || found->second.findings.empty() ? nullptr : &found->second;
}

/// "step `test` exited with code 2", "step `build` was killed at its memory limit of 1Gi (exit 137, OOMKilled)"
std::string step_words(const Run& run, const Json& step) {
  const std::string_view name = text(step, "name"), reason = text(step, "terminated/reason");
  const std::int64_t code = count(step, "terminated/exitCode");
  if (reason == "OOMKilled") {
    const std::string limit = limit_of(run.json, name);
    return fmt::format("step `{}` was killed at its memory limit{}{} (exit {}, OOMKilled)", name,
                       limit.empty() ? "" : " of ", limit, code);
  }
  std::string words = fmt::format("step `{}` exited with code {}", name, code);
  if (const ContainerLog* log = step_log(run, step)) words += ": " + log->findings.front().headline;
  return words;
}

std::string retries_of(const Json& run) {
  const std::size_t retries = items(run, "status/retriesStatus").size();
  return retries == 0 ? "" : fmt::format(", after {} {}", retries, retries == 1 ? "retry" : "retries");
}

void cite_condition(Clue& clue, const Run& run) {
  cite(clue, run.ref, run.json, run.condition + "/reason");
  cite(clue, run.ref, run.json, run.condition + "/message");
}

/// What the step itself says, of a TaskRun whose pod may be gone.
void add_step(Clue& clue, const Run& run, std::size_t index) {
  const auto steps = items(run.json, "status/steps");
  if (index >= steps.size()) return;
  const Json& step = steps[index];
  cite(clue, run.ref, run.json, fmt::format("status/steps/{}/terminated/exitCode", index));
  if (text(step, "terminated/reason") == "OOMKilled") {
    clue.finding.category = Category::resource;
    cite(clue, run.ref, run.json, fmt::format("status/steps/{}/terminated/reason", index));
    remedy(clue, fmt::format("raise the memory limit of step `{}` (computeResources)", text(step, "name")));
  }
  if (const ContainerLog* log = step_log(run, step)) {
    const Finding& cause = log->findings.front();
    clue.finding.category = cause.category;
    clue.finding.evidence.insert(clue.finding.evidence.begin(), cause.evidence.begin(), cause.evidence.end());
    for (const Remedy& one : cause.remedies) clue.finding.remedies.push_back(one);
  }
}

std::string describe_run(const Run& run) {
  return fmt::format("tkn {} describe {} -n {}", run.ref.resource == task_runs ? "taskrun" : "pipelinerun",
                     run.ref.name, run.ref.name_space);
}

Clue failure(const Run& run, const Reason& known, std::string prefix, std::string words) {
  Clue clue =
      make_clue(fmt::format("{}.{}", prefix, known.id), Severity::error, known.category, run.ref, std::move(words));
  clue.consequence = known.depth == Depth::effect;
  cite_condition(clue, run);
  return clue;
}

void judge_failed_task(const Run& run, Clues& clues) {
  const Reason& known = reason_of(task_reasons, run.reason);
  const auto steps = items(run.json, "status/steps");
  const std::size_t step = failed_step(run.json);
  const auto refusal = refusal_of(run.message, run.ref.name_space);
  std::string words = fmt::format("{} {}", spoken(run.ref), known.words);
  if (step < steps.size() && known.id == "failed")
    words += ": " + step_words(run, steps[step]);
  else if (refusal)
    words += ": " + refusal->words;
  else if (!run.message.empty())
    words += ": " + said(run.message);
  Clue clue = failure(run, known, "taskrun", words + retries_of(run.json));
  if (known.id == "failed") add_step(clue, run, step);
  if (refusal) {
    clue.finding.category = refusal->category;
    clue.same = refusal->same;
    remedy(clue, refusal->remedy, refusal->command);
  }
  cite(clue, run.ref, run.json, "status/retriesStatus/0/conditions/0/message");
  if (const std::string_view pod = text(run.json, "status/podName"); !pod.empty())
    clue.because.push_back({"pods", run.ref.name_space, std::string(pod)});
  remedy(clue, std::string(known.remedy), describe_run(run));
  clues.push_back(std::move(clue));
}

/// Clues of a TaskRun's pod weigh less when the run goes on without it.
void soften(const Run& run, Severity severity, Clues& clues) {
  const std::string_view pod = text(run.json, "status/podName");
  for (Clue& clue : clues)
    if (clue.subject.resource == "pods" && clue.subject.name == pod && clue.subject.name_space == run.ref.name_space)
      clue.finding.severity = std::max(clue.finding.severity, severity);
}

void judge_survived(const Run& run, Clues& clues) {
  const bool retried = run.reason == "ToBeRetried";
  const Severity severity = retried ? Severity::warning : Severity::info;
  soften(run, severity, clues);
  const std::size_t step = failed_step(run.json);
  const auto steps = items(run.json, "status/steps");
  const std::string why = step < steps.size() ? ": " + step_words(run, steps[step]) : "";
  Clue clue = make_clue(retried ? "taskrun.to-be-retried" : "taskrun.ignored", severity, Category::unknown, run.ref,
                        fmt::format("{} failed and {}{}", spoken(run.ref),
                                    retried ? "is tried again" : "its Pipeline goes on without it", why));
  clue.consequence = true;
  cite_condition(clue, run);
  add_step(clue, run, step);
  remedy(clue, retried ? "see why the attempt failed" : "nothing, if the failure is expected", describe_run(run));
  clues.push_back(std::move(clue));
}

void judge_task_run(const Run& run, Clues& clues) {
  if (run.reason == "FailureIgnored" || run.reason == "ToBeRetried") return judge_survived(run, clues);
  const bool stuck =
      run.status == "Unknown" && (run.reason.starts_with("Exceeded") || run.reason == "CreateContainerConfigError");
  if (run.status == "False" || stuck) judge_failed_task(run, clues);
}

std::string failed_tasks(const Run& run) {
  std::string names;
  for (const Json& child : items(run.json, "status/childReferences")) {
    const ObjectRef ref{std::string(task_runs), run.ref.name_space, std::string(text(child, "name"))};
    const Json* json = run.cluster.find(ref);
    if (json == nullptr || run_of(run.cluster, task_runs, *json).status != "False") continue;
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", text(child, "pipelineTaskName"));
  }
  return names;
}

void judge_pipeline_run(const Run& run, Clues& clues) {
  if (run.status != "False") return;
  const Reason& known = reason_of(pipeline_reasons, run.reason);
  std::string words = fmt::format("{} {}", spoken(run.ref), known.words);
  const std::string tasks = failed_tasks(run);
  const auto refusal = refusal_of(run.message, run.ref.name_space);
  if (known.id == "failed" && !tasks.empty())
    words += " in " + tasks;
  else if (!run.message.empty())
    words += ": " + (refusal ? refusal->words : said(run.message));
  Clue clue = failure(run, known, "pipelinerun", std::move(words));
  for (const Json& child : items(run.json, "status/childReferences"))
    clue.because.push_back(
        {std::string(resource_of(text(child, "kind"))), run.ref.name_space, std::string(text(child, "name"))});
  remedy(clue, std::string(known.remedy), describe_run(run));
  clues.push_back(std::move(clue));
}

}  // namespace

void judge_task_runs(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all(task_runs)) judge_task_run(run_of(cluster, task_runs, json), clues);
}

void judge_pipeline_runs(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all(pipeline_runs)) judge_pipeline_run(run_of(cluster, pipeline_runs, json), clues);
}

}  // namespace agent::evidence
