// Claims that find no volume: the provisioner's words, and how each volume misses.
#include "evidence/cluster_family.hpp"
#include "evidence/cluster_units.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

constexpr std::string_view claims = "persistentvolumeclaims", volumes = "persistentvolumes",
                           classes = "storageclasses.storage.k8s.io";
constexpr std::size_t max_misses = 3;  // volumes in one headline

std::string_view class_of(const Json& object) { return text(object, "spec/storageClassName"); }

bool has_modes(const Json& volume, const Json& claim) {
  return std::ranges::all_of(items(claim, "spec/accessModes"), [&](const Json& mode) {
    const auto has = items(volume, "spec/accessModes");
    return std::ranges::find(has, mode) != has.end();
  });
}

std::string modes_of(const Json& object) {
  std::string words;
  for (const Json& mode : items(object, "spec/accessModes"))
    words += fmt::format("{}{}", words.empty() ? "" : ", ", text(mode, ""));
  return words;
}

/// Why a volume is not for this claim; empty when it fits. The order is the controller's:
/// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/volume/persistentvolume/pv_controller.go
std::string miss(const Json& volume, const Json& claim) {
  const std::string_view bound = text(volume, "spec/claimRef/name");
  if (!bound.empty() && (bound != text(claim, "metadata/name") ||
                         text(volume, "spec/claimRef/namespace") != text(claim, "metadata/namespace")))
    return fmt::format("belongs to claim `{}/{}`", text(volume, "spec/claimRef/namespace"), bound);
  const std::string_view has = text(volume, "spec/capacity/storage"),
                         wants = text(claim, "spec/resources/requests/storage");
  if (quantity(has).value_or(0) < quantity(wants).value_or(0))
    return fmt::format("has {} of the {} asked for", has, wants);
  if (class_of(volume) != class_of(claim)) return fmt::format("is of storage class `{}`", class_of(volume));
  if (!has_modes(volume, claim)) return fmt::format("allows {}, not {}", modes_of(volume), modes_of(claim));
  if (!selects(at(claim, "spec/selector"), at(volume, "metadata/labels"))) return "does not match the claim's selector";
  return {};
}

struct Told {
  std::string id, words, remedy, command;
  const Json* proof = nullptr;  ///< A volume.
};

std::string id_of(std::string_view words) {
  if (words.starts_with("belongs")) return "bound-elsewhere";
  if (words.starts_with("has")) return "capacity";
  if (words.starts_with("is of")) return "class";
  if (words.starts_with("allows")) return "access-mode";
  return "selector";
}

Told misses(const Cluster& cluster, const Json& claim) {
  Told told;
  const std::string_view wanted = text(claim, "spec/volumeName");
  std::size_t others = 0;
  for (const Json& volume : cluster.all(volumes)) {
    const std::string_view name = text(volume, "metadata/name");
    if (!wanted.empty() && wanted != name) continue;
    const std::string why = miss(volume, claim);
    if (why.empty()) continue;
    if (others++ >= max_misses) continue;
    if (told.id.empty())
      told = {id_of(why), "", "make a PersistentVolume that fits, or correct the claim", "", &volume};
    told.words += fmt::format("{}`{}` {}", told.words.empty() ? "" : ", ", name, why);
  }
  if (others > max_misses) told.words += fmt::format(", and {} more do not fit", others - max_misses);
  return told;
}

const Event* failed_event(const Cluster& cluster, const ObjectRef& claim) {
  for (const std::string_view reason : {"ProvisioningFailed", "VolumeMismatch", "FailedBinding"})
    if (const Event* event = cluster.event(claim, reason)) return event;
  return nullptr;
}

std::string default_classes(const Cluster& cluster) {
  std::string names;
  for (const Json& one : cluster.all(classes))
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", text(one, "metadata/name"));
  return names.empty() ? "the cluster has none" : "the cluster has " + names;
}

Told tell(const Cluster& cluster, const Json& claim, const ObjectRef& ref, const Event* event) {
  const std::string storage_class(class_of(claim));
  const std::string_view message = event == nullptr ? std::string_view() : event->message;
  const bool named_missing = message.find("storageclass.storage.k8s.io") != std::string_view::npos &&
                             message.find("not found") != std::string_view::npos;
  if (!storage_class.empty() && (named_missing || cluster.is_missing({std::string(classes), "", storage_class}))) {
    const std::string known = cluster.was_read(classes) ? fmt::format(" ({})", default_classes(cluster)) : "";
    return {"class-missing", fmt::format("StorageClass `{}` does not exist{}", storage_class, known),
            "name a StorageClass that exists; a claim's class cannot be changed, so make it anew",
            "kubectl get storageclass"};
  }
  if (event == nullptr)
    if (const Event* waits = cluster.event(ref, "ExternalProvisioning"))
      return {"provisioner",
              fmt::format("it waits for provisioner `{}` to make its volume",
                          between(waits->message, "provisioner '", "'")),
              "see that the provisioner runs and is registered (CSIDriver), and what its log says",
              fmt::format("kubectl describe storageclass {}", storage_class)};
  const bool by_class = event != nullptr && event->reason == "ProvisioningFailed";
  if (Told told = misses(cluster, claim); !by_class && !told.id.empty())
    return {told.id, "no volume fits: " + told.words, told.remedy, "", told.proof};
  if (!message.empty())
    return {by_class ? "provisioning" : "binding", said(message), "correct what the message names",
            describe_command(ref)};
  return {};
}

}  // namespace

void judge_claims(const Cluster& cluster, Clues& clues) {
  for (const Json& claim : cluster.all(claims)) {
    const ObjectRef ref = Cluster::ref(claims, claim);
    const std::string_view phase = text(claim, "status/phase");
    if (phase == "Bound" || (phase != "Pending" && phase != "Lost")) continue;
    const Event* event = failed_event(cluster, ref);
    Told told = tell(cluster, claim, ref, event);
    if (phase == "Lost")
      told = {"lost", fmt::format("its volume `{}` is gone", text(claim, "spec/volumeName")),
              "restore the volume, or make the claim anew", "", nullptr};
    if (told.id.empty()) continue;  // it waits for its first pod
    Clue clue = make_clue("claim." + told.id, Severity::error, Category::configuration, ref,
                          fmt::format("PersistentVolumeClaim `{}` cannot be bound: {}", ref.name, told.words));
    cite(clue, ref, claim, "status/phase");
    if (told.id == "class-missing") clue.same = fmt::format("storage-class/{}", class_of(claim));
    if (told.id == "provisioner") {
      event = cluster.event(ref, "ExternalProvisioning");
      clue.finding.confidence = Confidence::medium;  // it may be at work
    }
    if (event != nullptr) cite(clue, *event);
    cite(clue, ref, claim, "spec/storageClassName");
    if (told.id == "capacity") cite(clue, ref, claim, "spec/resources/requests/storage");
    if (told.id == "access-mode") cite(clue, ref, claim, "spec/accessModes/0");
    if (told.proof != nullptr && told.id == "capacity")
      cite(clue, Cluster::ref(volumes, *told.proof), *told.proof, "spec/capacity/storage");
    remedy(clue, told.remedy, told.command.empty() ? describe_command(ref) : told.command);
    clues.push_back(std::move(clue));
  }
}

}  // namespace agent::evidence
