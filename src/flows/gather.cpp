#include "flows/gather.hpp"

#include "base/text.hpp"
#include "evidence/cluster_container.hpp"
#include "evidence/cluster_index.hpp"
#include "flows/cluster_needs.hpp"
#include "flows/cluster_reader.hpp"
#include "flows/fan_out.hpp"
#include "flows/gather_family.hpp"
#include "flows/pod_secrets.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>

namespace agent::flows {
namespace {

using evidence::ClusterTarget;
using evidence::Json;
using evidence::ObjectRef;

constexpr std::size_t most_threads = 16;
constexpr std::size_t most_gets = 6;     // Of one kind and namespace; more are one LIST.
constexpr std::size_t most_logs = 2000;  // Containers whose logs are read.
constexpr std::chrono::milliseconds longest_request{30'000};
constexpr std::chrono::milliseconds shortest_request{200};

/// All kinds that rules look at, for every failing workload. ConfigMaps, Secrets and service accounts are read when
/// something refers to them.
constexpr std::array<std::string_view, 26> kinds_of_namespace{
    "pods",
    "events",
    "replicasets.apps",
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "taskruns.tekton.dev",
    "pipelineruns.tekton.dev",
    "services",
    "endpointslices.discovery.k8s.io",
    "ingresses.networking.k8s.io",
    "networkpolicies.networking.k8s.io",
    "persistentvolumeclaims",
    "resourcequotas",
    "limitranges",
    "horizontalpodautoscalers.autoscaling",
    "poddisruptionbudgets.policy",
    "nodes",
    "persistentvolumes",
    "storageclasses.storage.k8s.io",
    "ingressclasses.networking.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "replicationcontrollers"};

std::chrono::milliseconds patience(const ClusterQuestion& question) {
  if (!question.until) return longest_request;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(*question.until - std::chrono::steady_clock::now());
  return std::clamp(left / 3, shortest_request, longest_request);
}

/// One gathering: stages that follow from each other.
class Gathering {
 public:
  Gathering(const ClusterQuestion& question, const GatherParts& parts, const std::stop_token& stop)
      : question_(question),
        parts_(parts),
        stop_(stop),
        reader_(
            parts.source, patience(question), [this](const Json& object) { learn_secrets(object, parts_.redactor); },
            stop) {}

  Result<Gathered> run() {
    const auto start = parts_.clock.ticks();
    TRY(question_.target && is_workload(question_.target->kind->kind) ? read_family() : read_namespace());
    const auto objects_done = parts_.clock.ticks();
    read_failing_logs();
    gathered_.timings_ms.emplace_back("objects", milliseconds(objects_done - start));
    gathered_.timings_ms.emplace_back("logs", milliseconds(parts_.clock.ticks() - objects_done));
    return take();
  }

 private:
  static double milliseconds(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
  }

  void read(const std::vector<Need>& needs) {
    std::size_t done = 0;
    std::mutex guard;
    fan_out(needs.size(), most_threads, [&](std::size_t index) {
      const Need& need = needs[index];
      const kube::KindInfo& kind = kind_of_key(need.resource);
      if (need.name.empty())
        reader_.list(kind, need.name_space);
      else
        // What is wrong with it is noted by the reader.
        static_cast<void>(reader_.get(kind, need.name_space, need.name));
      const std::lock_guard lock(guard);
      say("objects", ++done, needs.size());
    });
  }

  void say(std::string_view what, std::size_t done, std::size_t of) const {
    if (parts_.progress) parts_.progress(what, done, of);
  }

  /// Many objects of a kind are one LIST; what was listed is not read again.
  [[nodiscard]] std::vector<Need> bundled(const Needs& needs) const {
    std::map<std::pair<std::string, std::string>, std::vector<Need>> groups;
    for (const Need& need : needs) groups[{need.resource, need.name_space}].push_back(need);
    std::vector<Need> requests;
    for (auto& [key, group] : groups) {
      if (reader_.was_listed(key.first)) continue;
      std::erase_if(group, [&](const Need& need) {
        return !need.name.empty() && reader_.find(need.resource, need.name_space, need.name) != nullptr;
      });
      const bool whole =
          group.size() > most_gets || std::ranges::any_of(group, [](const Need& need) { return need.name.empty(); });
      if (whole)
        requests.push_back({key.first, question_.name_space.empty() ? "" : key.second, ""});
      else
        std::ranges::move(group, std::back_inserter(requests));
    }
    return requests;
  }

  // A namespace, or all

  Result<void> read_namespace() {
    std::vector<Need> needs;
    for (const std::string_view resource : kinds_of_namespace)
      needs.push_back({std::string(resource), question_.name_space, ""});
    if (question_.target) {
      const ClusterTarget target = target_of_question();
      needs.insert(needs.begin(), {target.resource, target.name_space, target.name});
    }
    read(needs);
    TRY(check_anything_was_seen());
    for (const Json* pod : reader_.all("pods"))
      if (is_failing(*pod)) failing_.push_back(pod);
    Needs more;
    for (const Json* pod : failing_) add_needs_of_pod(*pod, more);
    for (const Json* ingress : reader_.all("ingresses.networking.k8s.io")) add_needs_of_ingress(*ingress, more);
    read(bundled(more));
    check_target();
    return {};
  }

  // One workload, with what owns it and what it owns

  Result<void> read_family() {
    const kube::Target& target = *question_.target;
    const std::string resource = resource_key(target.kind->kind);
    std::vector<Need> needs{{resource, question_.name_space, target.name}, {"events", question_.name_space, ""}};
    for (const std::string_view below : kinds_below(resource))
      needs.push_back({std::string(below), question_.name_space, ""});
    read(needs);
    TRY(check_anything_was_seen());
    check_target();
    if (gathered_.target_missing) find_maker();
    const ObjectRef top = gathered_.instead ? ref_of(*gathered_.instead) : ref_of(target_of_question());
    const Family family = Family::of(reader_, top);
    TRY(check_container(family));
    for (const Json* pod : family.pods(reader_))
      if (is_failing(*pod) || !question_.container.empty()) failing_.push_back(pod);
    const std::vector<Need> more = bundled(needs_of(reader_, family, failing_));
    // The chain of owners is read one by one, beside the rest.
    fan_out(2, 2, [&](std::size_t part) { part == 0 ? read(more) : read_owners_of(top); });
    return {};
  }

  void read_owners_of(const ObjectRef& top) {
    constexpr int most_levels = 4;
    const Json* object = reader_.find(top.resource, top.name_space, top.name);
    for (int level = 0; object != nullptr && level < most_levels; ++level) {
      const Need owner = owner_of(*object);
      if (owner.resource.empty() || owner.resource == "nodes") return;
      object = reader_.find(owner.resource, owner.name_space, owner.name);
      if (object != nullptr) continue;
      if (reader_.was_listed(owner.resource)) return;
      if (!reader_.get(kind_of_key(owner.resource), owner.name_space, owner.name)) return;
      object = reader_.find(owner.resource, owner.name_space, owner.name);
    }
  }

  /// Events and TaskRuns remember who made a pod that is gone.
  void find_maker() {
    if (question_.target->kind->kind.resource != "pods") return;
    reader_.list(kind_of_key("taskruns.tekton.dev"), question_.name_space);
    const ObjectRef maker = maker_of(reader_, question_.name_space, question_.target->name);
    if (maker.name.empty()) return;
    if (reader_.find(maker.resource, maker.name_space, maker.name) == nullptr &&
        !reader_.get(kind_of_key(maker.resource), maker.name_space, maker.name))
      return;
    gathered_.instead = ClusterTarget{maker.resource, maker.name_space, maker.name};
  }

  Result<void> check_container(const Family& family) {
    if (question_.container.empty()) return {};
    std::set<std::string> names;
    for (const Json* pod : family.pods(reader_))
      for (const auto& one : evidence::containers_of(*pod)) names.insert(one.name);
    if (names.empty() || names.contains(question_.container)) return {};
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view near = nearest(question_.container, known);
    return fail(
        ErrorKind::target_not_found,
        fmt::format("there is no container '{}' in {} '{}'", question_.container, question_.target->kind->singular(),
                    question_.target->name),
        parts_.source.describe(),
        near.empty() ? fmt::format("one of {}", fmt::join(names, ", ")) : fmt::format("did you mean '{}'?", near));
  }

  // Common to both

  /// Only with a target.
  [[nodiscard]] ClusterTarget target_of_question() const {
    const kube::Target& target = *question_.target;
    const bool of_cluster = target.kind->scope == kube::Scope::cluster;
    return {resource_key(target.kind->kind), of_cluster ? "" : question_.name_space, target.name};
  }

  static ObjectRef ref_of(const ClusterTarget& target) { return {target.resource, target.name_space, target.name}; }

  Result<void> check_anything_was_seen() const {
    if (reader_.saw_anything()) return {};
    if (const auto error = reader_.worst_failure()) return std::unexpected(*error);
    return fail(ErrorKind::interrupted, "stopped before anything was read", parts_.source.describe());
  }

  void check_target() {
    if (!question_.target) return;
    const ClusterTarget target = target_of_question();
    if (reader_.find(target.resource, target.name_space, target.name) != nullptr) return;
    gathered_.target_missing =
        reader_.missing(target.resource, target.name_space, target.name)
            .value_or(Error{ErrorKind::target_not_found, "there is no " + target.name, parts_.source.describe(), ""});
  }

  void read_failing_logs() {
    std::vector<WantedLog> wanted;
    for (const Json* pod : failing_)
      std::ranges::move(wanted_logs(*pod, question_.container, question_.now), std::back_inserter(wanted));
    if (reader_.failure("pods"))
      for (const Json* run : reader_.all("taskruns.tekton.dev"))
        std::ranges::move(wanted_logs_of_task_run(*run), std::back_inserter(wanted));
    if (wanted.size() > most_logs) {
      gathered_.not_checked.push_back(
          {fmt::format("logs of {} further containers", wanted.size() - most_logs), "there are too many"});
      wanted.resize(most_logs);
    }
    std::mutex guard;
    ReadLogs logs = read_logs(wanted, {parts_.source, parts_.rules, parts_.redactor, reader_.limits(), parts_.library},
                              {question_.evidence_tokens, question_.until, most_threads}, [&](std::size_t done) {
                                const std::lock_guard lock(guard);
                                say("logs", done, wanted.size());
                              });
    gathered_.logs = std::move(logs.logs);
    std::ranges::move(logs.not_checked, std::back_inserter(gathered_.not_checked));
    for (const KeptLog& log : gathered_.logs) gathered_.view.logs[log.source] = log.judged;
    read_network();
  }

  /// A log that speaks of the network asks for what stands between pods.
  void read_network() {
    const auto of_network = [](const Finding& finding) {
      return finding.category == Category::network || finding.category == Category::timeout;
    };
    const bool asked = std::ranges::any_of(
        gathered_.logs, [&](const KeptLog& log) { return std::ranges::any_of(log.judged.findings, of_network); });
    if (!asked || stop_.stop_requested()) return;
    Needs needs;
    for (const char* resource : {"networkpolicies.networking.k8s.io", "services", "pods"})
      needs.insert({resource, question_.name_space, ""});
    read(bundled(needs));
  }

  Result<Gathered> take() {
    reader_.take(gathered_.view);
    for (const auto& [resource, why] : gathered_.view.unread)
      if (reader_.failure(resource)->kind == ErrorKind::forbidden) gathered_.forbidden.insert(resource);
    if (parts_.source_notes) std::ranges::move(parts_.source_notes(), std::back_inserter(gathered_.not_checked));
    gathered_.view.now = question_.now;
    if (question_.target) gathered_.view.target = target_of_question();
    return std::move(gathered_);
  }

  const ClusterQuestion& question_;
  const GatherParts& parts_;
  std::stop_token stop_;
  ClusterReader reader_;
  Gathered gathered_;
  std::vector<const Json*> failing_;
};

}  // namespace

Result<Gathered> gather(const ClusterQuestion& question, const GatherParts& parts, std::stop_token stop) {
  return Gathering(question, parts, stop).run();
}

}  // namespace agent::flows
