// Pods that wait for their volumes or their network, init containers that hang, and pods that are gone.
#include "evidence/cluster_family.hpp"

#include "base/text.hpp"
#include "evidence/cluster_units.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <chrono>

namespace agent::evidence {
namespace {

constexpr std::chrono::minutes init_patience{5};  // an init container that runs longer is said to hang

bool says(std::string_view message, std::string_view words) { return message.find(words) != std::string_view::npos; }

struct Told {
  std::string id, words, remedy, command;
  Category category = Category::configuration;
  std::string same;
};

/// `MountVolume.SetUp failed for volume "config" : configmap "settings" not found`
/// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/volume/configmap/configmap.go
std::optional<Told> missing_source(const ObjectRef& pod, std::string_view message) {
  for (const auto& [word, kind] : {std::pair{"configmap \"", "ConfigMap"}, std::pair{"secret \"", "Secret"}}) {
    const std::string_view name = between(message, word, "\"");
    if (name.empty() || !says(message, "not found")) continue;
    const std::string create = std::string_view(kind) == "Secret" ? "secret generic" : "configmap";
    return Told{"source",
                fmt::format("{} `{}` does not exist in namespace `{}`", kind, name, pod.name_space),
                fmt::format("create the {}, or mark the volume optional", kind),
                fmt::format("kubectl create {} {} -n {} --from-file=FILE", create, shell_quoted(name), pod.name_space),
                Category::configuration,
                fmt::format("missing/{}/{}/{}/", pod.name_space, kind, name)};
  }
  const std::string_view key = word_after(message, "references non-existent config key: ");
  const std::string_view secret = word_after(message, "references non-existent secret key: ");
  if (key.empty() && secret.empty()) return std::nullopt;
  return Told{"key",
              fmt::format("the {} has no key `{}`", key.empty() ? "Secret" : "ConfigMap", key.empty() ? secret : key),
              "add the key, or correct `items` of the volume",
              "",
              Category::configuration,
              ""};
}

Told mount_failure(const ObjectRef& pod, std::string_view message) {
  if (auto missing = missing_source(pod, message)) return *missing;
  if (says(message, "Multi-Attach error"))
    return {"multi-attach",
            fmt::format("its volume can be attached to one node at a time and is in use: {}", said(message)),
            "end the other pod, or use a ReadWriteMany volume",
            "",
            Category::configuration,
            ""};
  if (says(message, "access denied") || says(message, "ermission denied") || says(message, "not permitted"))
    return {"denied",
            fmt::format("the volume may not be mounted: {}", said(message)),
            "let the storage server admit the node, or set fsGroup",
            "",
            Category::permission,
            ""};
  if (says(message, "hostPath type check failed"))
    return {"host-path",
            fmt::format("the host path is not what it should be: {}", said(message)),
            "make it on the node, or use type DirectoryOrCreate",
            "",
            Category::configuration,
            ""};
  if (says(message, "no space left"))
    return {"disk", "its node's disk is full", "free space on the node", "", Category::resource, ""};
  return {"mount", said(message), "correct what the message names", "", Category::infrastructure, ""};
}

Told sandbox_failure(std::string_view message) {
  if (says(message, "runtime handler") || says(message, "RuntimeHandler"))
    return {"runtime-class",
            fmt::format("the node has no such runtime: {}", said(message)),
            "correct runtimeClassName, or choose nodes that have it",
            "",
            Category::configuration,
            ""};
  if (says(message, "assign an IP") || says(message, "no IP addresses available") || says(message, "no available IP"))
    return {"addresses",
            fmt::format("the node has no address left for it: {}", said(message)),
            "free addresses, or enlarge the pod network",
            "",
            Category::infrastructure,
            ""};
  return {"network",
          fmt::format("its network cannot be set up: {}", said(message)),
          "look at the network plug-in's pods on the node",
          "kubectl get pods -n kube-system -o wide",
          Category::infrastructure,
          ""};
}

void add(const PodCase& pod, const Event& event, Told told, Clues& clues) {
  Clue clue = make_clue("pod.prepare." + told.id, Severity::error, told.category, pod.ref,
                        fmt::format("{} cannot start: {}", spoken_pod(pod.cluster, pod.ref), told.words));
  clue.same = told.same;
  cite(clue, event);
  remedy(clue, std::move(told.remedy), told.command.empty() ? describe_command(pod.ref) : std::move(told.command));
  clues.push_back(std::move(clue));
}

bool is_preparing(const Json& pod) {
  return std::ranges::any_of(containers_of(pod), [](const Container& one) {
    const std::string_view reason = text(*one.status, "state/waiting/reason");
    return reason == "ContainerCreating" || reason == "PodInitializing";
  });
}

void judge_pod(const PodCase& pod, Clues& clues) {
  const auto& events = pod.cluster.events(pod.ref);
  // "timed out waiting for the condition" only says that another event has the reason.
  const auto tells = [](const Event& one) { return !says(one.message, "timed out waiting"); };
  const Event* mount = nullptr;
  for (const Event& one : events)
    if ((one.reason == "FailedMount" || one.reason == "FailedAttachVolume") && (mount == nullptr || !tells(*mount)))
      mount = &one;
  if (mount != nullptr) return add(pod, *mount, mount_failure(pod.ref, mount->message), clues);
  if (const Event* box = pod.cluster.event(pod.ref, "FailedCreatePodSandBox"))
    add(pod, *box, sandbox_failure(box->message), clues);
}

void judge_hanging_init(const PodCase& pod, Clues& clues) {
  for (const Container& container : containers_of(pod.json)) {
    const auto started = timestamp(text(*container.status, "state/running/startedAt"));
    if (container.role != Role::init || !started || pod.cluster.now() - *started < init_patience) continue;
    Clue clue = make_clue("pod.init-hangs", Severity::error, Category::timeout, pod.ref,
                          fmt::format("{} has not ended for {}; the others wait for it",
                                      spoken(pod.cluster, pod.ref, container), spoken(pod.cluster.now() - *started)));
    clue.finding.confidence = Confidence::medium;
    clue.part = container.name;
    cite(clue, pod.ref, pod.json, container.status_path + "/state/running/startedAt");
    remedy(clue, "see in its log what it waits for", logs_command(pod.ref, container, false));
    clues.push_back(std::move(clue));
  }
}

/// Reasons of events that say why a pod that is gone failed.
constexpr std::array<std::pair<std::string_view, Category>, 10> telling{{
    {"FailedScheduling", Category::resource},
    {"FailedMount", Category::configuration},
    {"FailedAttachVolume", Category::configuration},
    {"Evicted", Category::resource},
    {"Preempted", Category::resource},
    {"TaintManagerEviction", Category::infrastructure},
    {"OOMKilling", Category::resource},
    {"Failed", Category::unknown},
    {"FailedCreatePodSandBox", Category::infrastructure},
    {"BackOff", Category::unknown},
}};

}  // namespace

void judge_preparation(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all("pods")) {
    const PodCase pod{cluster, json, Cluster::ref("pods", json)};
    if (is_preparing(json)) judge_pod(pod, clues);
    if (json.is_object()) judge_hanging_init(pod, clues);
  }
}

void judge_vanished(const Cluster& cluster, Clues& clues) {
  const auto& target = cluster.view().target;
  if (!target || target->resource != "pods") return;
  const ObjectRef ref{target->resource, target->name_space, target->name};
  if (!cluster.is_missing(ref)) return;
  for (const auto& [reason, category] : telling) {
    const Event* event = cluster.event(ref, reason);
    if (event == nullptr) continue;
    Clue clue = make_clue("pod.gone", Severity::error, category, ref,
                          fmt::format("the pod is gone; before, it said {}: {}", reason,
                                      said(event->message.substr(0, event->message.find(". ")))));
    clue.finding.confidence = Confidence::medium;
    cite(clue, *event);
    remedy(clue, "look at what owned it",
           fmt::format("kubectl get events -n {} --field-selector involvedObject.name={}", ref.name_space, ref.name));
    clues.push_back(std::move(clue));
    return;
  }
}

}  // namespace agent::evidence
