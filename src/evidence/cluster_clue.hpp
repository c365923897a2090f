#pragma once

#include "base/report.hpp"
#include "evidence/cluster_index.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::evidence {

/// A finding, and what it is about: what join_causes() needs to tell a cause from its consequences.
struct Clue {
  Finding finding;
  ObjectRef subject;
  std::string part;                ///< The container, where it is about one.
  bool consequence = false;        ///< Says that something failed, not why: the cause only when no other is found.
  std::vector<ObjectRef> because;  ///< Objects, besides the subject and what it owns, whose clues explain this one.
  std::string same;                ///< Clues with the same key have one cause; empty: by owner, rule and container.
};

using Clues = std::vector<Clue>;

/// A clue without evidence yet.
[[nodiscard]] Clue make_clue(std::string rule, Severity severity, Category category, ObjectRef subject,
                             std::string headline);

/// object/GVK/NS/NAME#/POINTER with the value that stands there; GVK as kubectl writes it ("Pod.v1", "Job.v1.batch").
/// Nothing is added when there is no value.
void cite(Clue& clue, const ObjectRef& object, const Json& json, std::string_view pointer);

/// events/NS/KIND/NAME with the event's message.
void cite(Clue& clue, const Event& event);

void remedy(Clue& clue, std::string text, std::string command = {});

/// A message of the cluster in a headline: one line, without a closing dot or colon, at most 240 code points.
[[nodiscard]] std::string said(std::string_view message);

/// Folds consequences under their causes and the same cause of several objects into one, leaves out what does not
/// concern the target, and sorts: by severity, the target's own, then confidence.
[[nodiscard]] std::vector<Finding> join_causes(const Cluster& cluster, Clues clues);

}  // namespace agent::evidence
