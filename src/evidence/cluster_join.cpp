#include "evidence/cluster_clue.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace agent::evidence {
namespace {

constexpr std::size_t max_citations = 6;  // of one finding, those of its consequences included

using Refs = std::set<ObjectRef>;

/// The objects and all that they own, at any depth.
Refs reach(const Cluster& cluster, std::vector<ObjectRef> open) {
  Refs seen;
  while (!open.empty()) {
    const ObjectRef next = std::move(open.back());
    open.pop_back();
    if (!seen.insert(next).second) continue;
    const auto& owned = cluster.owned(next);
    open.insert(open.end(), owned.begin(), owned.end());
  }
  return seen;
}

void add_owners(const Cluster& cluster, const ObjectRef& of, Refs& refs) {
  ObjectRef self = of;
  for (const Json* json = cluster.find(self); json != nullptr; json = cluster.find(self)) {
    const auto above = Cluster::owner(self, *json);
    if (!above || !refs.insert(*above).second) return;
    self = *above;
  }
}

/// What a pod stands on: its node, its claims and their volumes.
void add_ground(const Cluster& cluster, const ObjectRef& pod, Refs& refs) {
  const Json* json = cluster.find(pod);
  if (json == nullptr) return;
  if (const auto node = text(*json, "spec/nodeName"); !node.empty()) refs.insert({"nodes", "", std::string(node)});
  for (const Json& volume : items(*json, "spec/volumes")) {
    const auto claim = text(volume, "persistentVolumeClaim/claimName");
    if (!claim.empty()) refs.insert({"persistentvolumeclaims", pod.name_space, std::string(claim)});
  }
}

struct Scope {
  Refs own;      ///< The target, what it owns, and its owners.
  Refs related;  ///< Those, and what their pods stand on.
};

Scope scope_of(const Cluster& cluster, const ClusterTarget& target) {
  const ObjectRef self{target.resource, target.name_space, target.name};
  Scope scope;
  scope.own = reach(cluster, {self});
  add_owners(cluster, self, scope.own);
  scope.related = scope.own;
  for (const ObjectRef& one : scope.own)
    if (one.resource == "pods") add_ground(cluster, one, scope.related);
  return scope;
}

/// What the target's own consequences name as their cause concerns it, too: a Service's Deployment.
void add_causes(const Cluster& cluster, const Clues& clues, Scope& scope) {
  for (const Clue& clue : clues)
    if (clue.consequence && scope.own.contains(clue.subject)) scope.related.merge(reach(cluster, clue.because));
}

bool concerns(const Scope& scope, const Clue& clue) {
  return scope.related.contains(clue.subject) ||
         std::ranges::any_of(clue.because, [&](const ObjectRef& one) { return scope.own.contains(one); });
}

auto rank(const Clue& clue) { return std::tuple(clue.consequence, clue.finding.severity, clue.finding.confidence); }

/// True when `cause` may be the cause of `effect`, which names nothing but its own container.
bool same_part(const Clue& cause, const Clue& effect) {
  return cause.subject != effect.subject || cause.part.empty() || effect.part.empty() || cause.part == effect.part;
}

/// The strongest clue that explains `effect`; null when none does.
Clue* cause_of(const Cluster& cluster, Clues& clues, const Clue& effect) {
  std::vector<ObjectRef> open = effect.because;
  open.push_back(effect.subject);
  const Refs below = reach(cluster, std::move(open));
  Clue* best = nullptr;
  for (Clue& clue : clues) {
    if (&clue == &effect || !below.contains(clue.subject) || !same_part(clue, effect)) continue;
    if (clue.consequence && clue.subject == effect.subject && &clue > &effect) continue;
    if (best == nullptr || rank(clue) < rank(*best)) best = &clue;
  }
  return best;
}

void add_evidence(Finding& to, const Finding& from) {
  for (const Citation& citation : from.evidence) {
    const bool known = std::ranges::any_of(to.evidence, [&](const Citation& other) {
      return other.source == citation.source && other.quote == citation.quote;
    });
    if (!known && to.evidence.size() < max_citations) to.evidence.push_back(citation);
  }
}

/// Each consequence's evidence goes to its cause, and through it to the cause's own cause.
Clues fold_consequences(const Cluster& cluster, Clues clues) {
  std::vector<Clue*> cause(clues.size(), nullptr);
  for (std::size_t i = 0; i < clues.size(); ++i)
    if (clues[i].consequence) cause[i] = cause_of(cluster, clues, clues[i]);
  for (std::size_t i = 0; i < clues.size(); ++i) {
    Clue* root = cause[i];
    for (std::size_t steps = 0; root != nullptr && steps < clues.size(); ++steps) {
      Clue* const above = cause[static_cast<std::size_t>(root - clues.data())];
      if (above == nullptr) break;
      root = above;
    }
    if (root != nullptr && root != &clues[i]) add_evidence(root->finding, clues[i].finding);
  }
  Clues roots;
  for (std::size_t i = 0; i < clues.size(); ++i)
    if (cause[i] == nullptr) roots.push_back(std::move(clues[i]));
  return roots;
}

std::string key_of(const Cluster& cluster, const Clue& clue) {
  if (!clue.same.empty()) return clue.same;
  const Json* json = cluster.find(clue.subject);
  const auto owner = json == nullptr ? std::nullopt : Cluster::owner(clue.subject, *json);
  const ObjectRef& unit = owner && clue.subject.resource == "pods" ? *owner : clue.subject;
  return fmt::format("{}/{}/{}/{}/{}", unit.resource, unit.name_space, unit.name, clue.finding.rule, clue.part);
}

struct Group {
  Clue clue;
  Refs others;  ///< Further objects with the same cause.
};

std::string with_others(const Group& group) {
  if (group.others.empty()) return group.clue.finding.headline;
  const bool plural = group.others.size() > 1;
  const std::string resource = group.others.begin()->resource;
  const std::string noun = resource == "pods" ? (plural ? "pods" : "pod") : kind_of(resource) + (plural ? "s" : "");
  return fmt::format("{} (and {} more {})", group.clue.finding.headline, group.others.size(), noun);
}

Clues merge_same(const Cluster& cluster, Clues clues) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> by_key;
  for (Clue& clue : clues) {
    const auto [place, is_new] = by_key.emplace(key_of(cluster, clue), groups.size());
    if (is_new) {
      groups.push_back({std::move(clue), {}});
      continue;
    }
    Group& group = groups[place->second];
    add_evidence(group.clue.finding, clue.finding);
    if (clue.subject != group.clue.subject && clue.subject.resource == group.clue.subject.resource)
      group.others.insert(clue.subject);
  }
  Clues merged;
  for (Group& group : groups) {
    group.clue.finding.headline = with_others(group);
    merged.push_back(std::move(group.clue));
  }
  return merged;
}

}  // namespace

std::vector<Finding> join_causes(const Cluster& cluster, Clues clues) {
  Scope scope;
  if (const auto& target = cluster.view().target) {
    scope = scope_of(cluster, *target);
    add_causes(cluster, clues, scope);
    std::erase_if(clues, [&](const Clue& clue) { return !concerns(scope, clue); });
  }
  clues = merge_same(cluster, fold_consequences(cluster, std::move(clues)));
  using Order = std::tuple<Severity, bool, Confidence, std::size_t>;
  std::vector<Order> order;
  for (const Clue& clue : clues)
    order.emplace_back(clue.finding.severity, !scope.own.contains(clue.subject), clue.finding.confidence, order.size());
  std::ranges::sort(order);
  std::vector<Finding> findings;
  for (const Order& place : order) {
    Clue& clue = clues[std::get<3>(place)];
    if (clue.finding.evidence.size() > max_citations) clue.finding.evidence.resize(max_citations);
    // Each quote was read where its citation points.
    clue.finding.verified = !clue.finding.evidence.empty();
    findings.push_back(std::move(clue.finding));
  }
  return findings;
}

}  // namespace agent::evidence
