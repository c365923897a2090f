// Containers that wait: the kubelet's reasons, and what stands behind them.
#include "evidence/cluster_pod_rules.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/images/types.go
constexpr std::array<std::string_view, 7> image_reasons{
    "ImagePullBackOff",  "ErrImagePull",        "ErrImageNeverPull",        "InvalidImageName",
    "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"};

struct Words {
  std::string_view reason, words;
  Category category;
  std::string_view remedy;
};

constexpr std::array<Words, 7> refusals{{
    {"CreateContainerConfigError", "cannot be configured", Category::configuration, "correct what the message names"},
    {"CreateContainerError", "cannot be created", Category::configuration, "correct what the runtime's message names"},
    {"RunContainerError", "cannot be started", Category::configuration, "correct what the runtime's message names"},
    {"PreCreateHookError", "is kept from being created by a hook", Category::infrastructure,
     "look at the node's agent"},
    {"PreStartHookError", "is kept from being started by a hook", Category::infrastructure, "look at the node's agent"},
    {"PostStartHookError", "was killed as its postStart hook failed", Category::configuration,
     "correct the hook's command; it runs beside the container's own"},
    {"StartError", "cannot be started", Category::configuration, "correct what the runtime's message names"},
}};

/// What the kubelet says when something that the container's environment refers to is not there:
/// `secret "db" not found`, `configmap "app" not found`, `couldn't find key url in Secret ci/db`.
/// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)
struct Missing {
  std::string kind, name, key;
};

std::optional<Missing> missing_of(std::string_view message) {
  for (const auto& [word, kind] : {std::pair{"secret \"", "Secret"}, std::pair{"configmap \"", "ConfigMap"}}) {
    const std::string_view name = between(message, word, "\"");
    if (!name.empty() && message.find("not found") != std::string_view::npos)
      return Missing{kind, std::string(name), ""};
  }
  const std::string_view key = between(message, "couldn't find key ", " in ");
  if (key.empty()) return std::nullopt;
  for (const std::string_view kind : {"Secret", "ConfigMap"}) {
    const std::string_view place = word_after(message, fmt::format(" in {} ", kind));
    if (!place.empty())
      return Missing{std::string(kind), std::string(place.substr(place.find('/') + 1)), std::string(key)};
  }
  return std::nullopt;
}

void judge_missing(const PodCase& pod, const Container& container, const Missing& missing, Clues& clues) {
  const std::string who = spoken(pod.cluster, pod.ref, container);
  const std::string what =
      missing.key.empty()
          ? fmt::format("{} `{}` does not exist in namespace `{}`", missing.kind, missing.name, pod.ref.name_space)
          : fmt::format("{} `{}` has no key `{}`", missing.kind, missing.name, missing.key);
  Clue clue = make_clue(missing.key.empty() ? "pod.missing-config" : "pod.missing-key", Severity::error,
                        Category::configuration, pod.ref, fmt::format("{} cannot start: {}", who, what));
  clue.part = container.name;
  clue.same = fmt::format("missing/{}/{}/{}/{}", pod.ref.name_space, missing.kind, missing.name, missing.key);
  cite(clue, pod.ref, pod.json, container.status_path + "/state/waiting/message");
  const bool secret = missing.kind == "Secret";
  const std::string create = secret ? "create secret generic" : "create configmap";
  if (missing.key.empty())
    remedy(clue, fmt::format("create the {}, or mark the reference optional", missing.kind),
           fmt::format("kubectl {} {} -n {} --from-literal=KEY=VALUE", create, shell_quoted(missing.name),
                       pod.ref.name_space));
  else
    remedy(clue, fmt::format("add key `{}` to the {}, or correct the reference", missing.key, missing.kind),
           !is_shell_safe(missing.key)
               ? ""
               : fmt::format("kubectl patch {} {} -n {} --type=merge -p '{{\"{}\":{{\"{}\":\"VALUE\"}}}}'",
                             secret ? "secret" : "configmap", shell_quoted(missing.name), pod.ref.name_space,
                             secret ? "stringData" : "data", missing.key));
  clues.push_back(std::move(clue));
}

std::string_view message_of(const PodCase& pod, const Container& container) {
  const std::string_view message = text(*container.status, "state/waiting/message");
  if (!message.empty()) return message;
  const Event* failed = pod.cluster.event(pod.ref, "Failed");
  return failed == nullptr ? std::string_view() : failed->message;
}

void judge_refusal(const PodCase& pod, const Container& container, const Words& words, Clues& clues) {
  const std::string_view message = message_of(pod, container);
  if (const auto missing = missing_of(message)) return judge_missing(pod, container, *missing, clues);
  const std::string who = spoken(pod.cluster, pod.ref, container);
  const auto start = start_failure(message);
  std::string headline = start             ? fmt::format("{} {}", who, start->words)
                         : message.empty() ? fmt::format("{} {} ({})", who, words.words, words.reason)
                                           : fmt::format("{} {}: {}", who, words.words, said(message));
  Clue clue = make_clue(start ? "pod.start" : "pod.refused", Severity::error, start ? start->category : words.category,
                        pod.ref, std::move(headline));
  clue.part = container.name;
  cite(clue, pod.ref, pod.json, container.status_path + "/state/waiting/reason");
  cite(clue, pod.ref, pod.json, container.status_path + "/state/waiting/message");
  if (start)
    remedy(clue, start->remedy, start->command);
  else
    remedy(clue, std::string(words.remedy), describe_command(pod.ref));
  clues.push_back(std::move(clue));
}

/// A crash loop whose last end is not told: the back-off is all that is known.
void judge_untold_crash(const PodCase& pod, const Container& container, Clues& clues) {
  Clue clue = make_clue("pod.crash-loop", Severity::error, Category::unknown, pod.ref,
                        fmt::format("{} crashes again and again, {} restarts (CrashLoopBackOff)",
                                    spoken(pod.cluster, pod.ref, container), count(*container.status, "restartCount")));
  clue.finding.confidence = Confidence::medium;
  clue.part = container.name;
  cite(clue, pod.ref, pod.json, container.status_path + "/state/waiting/reason");
  cite(clue, pod.ref, pod.json, container.status_path + "/restartCount");
  remedy(clue, "read the log of the run before", logs_command(pod.ref, container, true));
  clues.push_back(std::move(clue));
}

}  // namespace

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t start = text.find(before);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = text.substr(start + before.size());
  const std::size_t end = rest.find(after);
  return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

std::string_view word_after(std::string_view text, std::string_view before) {
  const std::size_t start = text.find(before);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = text.substr(start + before.size());
  return rest.substr(0, rest.find(' '));
}

void judge_waiting(const PodCase& pod, const Container& container, Clues& clues) {
  const std::string_view reason = text(*container.status, "state/waiting/reason");
  const bool ended = at(*container.status, "lastState/terminated").is_object();
  if (std::ranges::find(image_reasons, reason) != image_reasons.end()) return judge_image(pod, container, clues);
  if (reason == "CrashLoopBackOff")
    return ended ? judge_exit(pod, container, "lastState", clues) : judge_untold_crash(pod, container, clues);
  const auto* const refusal = std::ranges::find(refusals, reason, &Words::reason);
  if (refusal != refusals.end()) judge_refusal(pod, container, *refusal, clues);
}

}  // namespace agent::evidence
