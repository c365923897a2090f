// What the API server refused to create, as controllers report it in FailedCreate events.
#include "evidence/cluster_family.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

bool says(std::string_view message, std::string_view words) { return message.find(words) != std::string_view::npos; }

/// "limits.cpu=2,pods=1": the pair of each resource; "" when the text has none.
std::string_view value_in(std::string_view pairs, std::string_view resource) {
  while (!pairs.empty()) {
    const std::string_view pair = pairs.substr(0, pairs.find(','));
    if (pair.starts_with(resource) && pair.size() > resource.size() && pair[resource.size()] == '=')
      return pair.substr(resource.size() + 1);
    pairs.remove_prefix(std::min(pair.size() + 1, pairs.size()));
  }
  return {};
}

/// "exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2"
/// https://github.com/kubernetes/apiserver/blob/v0.36.0/pkg/admission/plugin/resourcequota/controller.go
std::optional<Refusal> quota_exceeded(std::string_view message, const std::string& name_space) {
  const std::string_view name = between(message, "exceeded quota: ", ",");
  if (name.empty()) return std::nullopt;
  const std::string_view requested = between(message, "requested: ", ", used:");
  const std::string_view used = between(message, "used: ", ", limited:");
  std::string_view limited = word_after(message, "limited: ");
  while (limited.ends_with('.')) limited.remove_suffix(1);
  std::string words;
  for (std::string_view rest = requested; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find(','));
    const std::string_view resource = pair.substr(0, pair.find('='));
    words += fmt::format("{}{}: {} asked for, {} of {} used", words.empty() ? "" : "; ", resource,
                         value_in(requested, resource), value_in(used, resource), value_in(limited, resource));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
  }
  return Refusal{"quota",
                 fmt::format("ResourceQuota `{}` is used up ({})", name, words.empty() ? said(message) : words),
                 Category::resource,
                 "raise the quota, ask for less, or remove what is no longer needed",
                 fmt::format("kubectl describe resourcequota {} -n {}", name, name_space),
                 fmt::format("quota/{}/{}", name_space, name)};
}

/// "failed quota: compute: must specify limits.cpu for: app; limits.memory for: app"
std::optional<Refusal> limits_required(std::string_view message, const std::string& name_space) {
  const std::string_view name = between(message, "failed quota: ", ":");
  if (name.empty()) return std::nullopt;
  const std::size_t at = message.find("must specify ");
  const std::string_view what = at == std::string_view::npos ? message : message.substr(at + 13);
  return Refusal{"quota-limits",
                 fmt::format("ResourceQuota `{}` wants every container to set {}", name, said(what)),
                 Category::configuration,
                 "set these requests and limits, or give the namespace a LimitRange with defaults",
                 fmt::format("kubectl describe resourcequota {} -n {}", name, name_space),
                 fmt::format("quota-limits/{}/{}", name_space, name)};
}

/// `error looking up service account ci/builder: serviceaccount "builder" not found`
std::optional<Refusal> no_account(std::string_view message, const std::string& name_space) {
  const std::string_view name = between(message, "serviceaccount \"", "\" not found");
  if (name.empty()) return std::nullopt;
  return Refusal{"service-account",
                 fmt::format("ServiceAccount `{}` does not exist in namespace `{}`", name, name_space),
                 Category::configuration,
                 "create the service account, or correct its name",
                 fmt::format("kubectl create serviceaccount {} -n {}", shell_quoted(name), name_space),
                 fmt::format("account/{}/{}", name_space, name)};
}

std::optional<Refusal> webhook(std::string_view message) {
  if (const auto name = between(message, "failed calling webhook \"", "\""); !name.empty()) {
    const std::size_t at = message.find("failed to call webhook: ");
    const std::string_view why = at == std::string_view::npos ? message : message.substr(at + 24);
    return Refusal{"webhook-down",
                   fmt::format("admission webhook `{}` could not be called: {}", name, said(why)),
                   Category::infrastructure,
                   "bring the webhook's service back, or remove its configuration",
                   "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",
                   fmt::format("webhook/{}", name)};
  }
  const std::string_view name = between(message, "admission webhook \"", "\" denied the request");
  if (name.empty()) return std::nullopt;
  const std::size_t at = message.find("denied the request: ");
  const std::string_view why = at == std::string_view::npos ? "no reason is given" : message.substr(at + 20);
  return Refusal{"webhook",
                 fmt::format("admission webhook `{}` denied it: {}", name, said(why)),
                 Category::permission,
                 "change what the webhook objects to",
                 "",
                 fmt::format("webhook/{}/{}", name, why)};
}

std::optional<Refusal> policy(std::string_view message, const std::string& name_space) {
  if (const auto level = between(message, "violates PodSecurity \"", "\""); !level.empty()) {
    const std::size_t at = message.find("\": ");
    return Refusal{"pod-security",
                   fmt::format("namespace `{}` enforces PodSecurity `{}`: {}", name_space, level,
                               said(at == std::string_view::npos ? message : message.substr(at + 3))),
                   Category::permission,
                   "set the securityContext fields that it names",
                   fmt::format("kubectl get namespace {} -o yaml", name_space),
                   ""};
  }
  // LimitRange: "maximum memory usage per Container is 1Gi, but limit is 2Gi"
  // https://github.com/kubernetes/kubernetes/blob/v1.36.0/plugin/pkg/admission/limitranger/admission.go
  if (says(message, " usage per ") || says(message, "limit to request ratio")) {
    const std::size_t at = message.find("is forbidden: ");
    return Refusal{"limit-range",
                   fmt::format("a LimitRange refuses it: {}",
                               said(at == std::string_view::npos ? message : message.substr(at + 14))),
                   Category::configuration,
                   "stay within the LimitRange, or change it",
                   fmt::format("kubectl describe limitrange -n {}", name_space),
                   ""};
  }
  // "ValidatingAdmissionPolicy 'registry' with binding 'all' denied request: images must come from …"
  if (const auto name = between(message, "ValidatingAdmissionPolicy '", "'"); !name.empty()) {
    const std::size_t at = message.find(" denied request: ");
    return Refusal{"policy",
                   fmt::format("ValidatingAdmissionPolicy `{}` denied it: {}", name,
                               said(at == std::string_view::npos ? message : message.substr(at + 17))),
                   Category::permission,
                   "change what the policy objects to",
                   fmt::format("kubectl describe validatingadmissionpolicy {}", name),
                   fmt::format("policy/{}", name)};
  }
  if (const auto name = between(message, "no PriorityClass with name ", " was found"); !name.empty())
    return Refusal{"priority-class",
                   fmt::format("PriorityClass `{}` does not exist", name),
                   Category::configuration,
                   "create the PriorityClass, or correct its name",
                   "kubectl get priorityclasses",
                   ""};
  return std::nullopt;
}

std::optional<Refusal> forbidden(std::string_view message) {
  const std::size_t at = message.find("is forbidden: ");
  if (at == std::string_view::npos) return std::nullopt;
  return Refusal{"forbidden",
                 fmt::format("the API server refuses it: {}", said(message.substr(at + 14))),
                 Category::permission,
                 "change what it objects to",
                 "",
                 ""};
}

constexpr std::array<std::string_view, 5> makers{"replicasets.apps", "jobs.batch", "statefulsets.apps",
                                                 "daemonsets.apps", "cronjobs.batch"};

bool reports_creation(std::string_view reason) { return reason == "FailedCreate" || reason == "FailedCreatePod"; }

void judge_maker(const Cluster& cluster, const ObjectRef& maker, const Json& json, Clues& clues) {
  const auto& events = cluster.events(maker);
  const auto event = std::ranges::find_if(events, [](const Event& one) { return reports_creation(one.reason); });
  // Without events, the condition of the object itself says the same.
  const auto conditions = items(json, "status/conditions");
  const Json& failure = named(conditions, "ReplicaFailure", "type");
  const bool by_condition = text(failure, "status") == "True";
  if (event == events.end() && !by_condition) return;
  const std::string_view message = event != events.end() ? event->message : text(failure, "message");
  auto refusal = refusal_of(message, maker.name_space);
  if (!refusal)
    refusal = Refusal{"other", said(message), Category::configuration, "correct what the message names", "", ""};
  const std::string_view what = says(message, "persistentvolumeclaims \"") ? "volume claims"
                                : maker.resource == "cronjobs.batch"       ? "jobs"
                                                                           : "pods";
  Clue clue = make_clue("create." + refusal->id, Severity::error, refusal->category, maker,
                        fmt::format("{} cannot make its {}: {}", spoken(maker), what, refusal->words));
  clue.same = refusal->same;
  if (event != events.end()) cite(clue, *event);
  if (by_condition)
    cite(clue, maker, json,
         fmt::format("status/conditions/{}/message", index_of(conditions, "ReplicaFailure", "type")));
  remedy(clue, refusal->remedy, refusal->command.empty() ? describe_command(maker) : refusal->command);
  clues.push_back(std::move(clue));
}

}  // namespace

std::optional<Refusal> refusal_of(std::string_view message, const std::string& name_space) {
  if (auto found = quota_exceeded(message, name_space)) return found;
  if (auto found = limits_required(message, name_space)) return found;
  if (auto found = no_account(message, name_space)) return found;
  if (auto found = webhook(message)) return found;
  if (auto found = policy(message, name_space)) return found;
  return forbidden(message);
}

void judge_creation(const Cluster& cluster, Clues& clues) {
  for (const std::string_view resource : makers)
    for (const Json& json : cluster.all(resource)) {
      const std::int64_t wanted = number(json, "spec/replicas").value_or(1);
      // What was refused once and made later is no failure any more.
      const bool complete = resource == "replicasets.apps" && count(json, "status/replicas") >= wanted;
      if (json.is_object() && !complete) judge_maker(cluster, Cluster::ref(resource, json), json, clues);
    }
}

void judge_quotas(const Cluster& cluster, Clues& clues) {
  for (const Json& quota : cluster.all("resourcequotas")) {
    const ObjectRef ref = Cluster::ref("resourcequotas", quota);
    for (const auto& [resource, hard] : members(quota, "status/hard")) {
      const auto& used = members(quota, "status/used");
      const auto found = used.find(resource);
      if (found == used.end() || found->second != hard || text(hard, "") == "0") continue;
      Clue clue = make_clue("quota.full", Severity::warning, Category::resource, ref,
                            fmt::format("ResourceQuota `{}` is used up: {} {} of {}", ref.name, resource,
                                        text(found->second, ""), text(hard, "")));
      clue.same = fmt::format("quota/{}/{}", ref.name_space, ref.name);
      cite(clue, ref, quota, "status/used/" + pointer_token(resource));
      remedy(clue, "raise the quota, or remove what is no longer needed", describe_command(ref));
      clues.push_back(std::move(clue));
    }
  }
}

}  // namespace agent::evidence
