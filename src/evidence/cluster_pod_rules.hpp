#pragma once

#include "evidence/cluster_clue.hpp"
#include "evidence/cluster_container.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace agent::evidence {

/// A pod under judgement.
struct PodCase {
  const Cluster& cluster;
  const Json& json;
  ObjectRef ref;
};

// The rules over pods; each adds what it finds.

void judge_pod_phase(const PodCase& pod, Clues& clues);   ///< Evicted, deadline, preempted, lost with its node.
void judge_scheduling(const PodCase& pod, Clues& clues);  ///< Why no node takes it.
void judge_containers(const PodCase& pod, Clues& clues);  ///< Waiting and ended containers.

// Parts of judge_containers().

/// A container that waits: its reason and message, and what its events add.
void judge_waiting(const PodCase& pod, const Container& container, Clues& clues);

/// How a container ended; `state` is "state" or "lastState", the member of its status that says `terminated`.
void judge_exit(const PodCase& pod, const Container& container, std::string_view state, Clues& clues);

/// Why an image could not be pulled: from the reason, the message and the events of the pod.
void judge_image(const PodCase& pod, const Container& container, Clues& clues);

/// Why a program could not be started, by the runtime's message; nothing when the message says nothing known.
struct StartFailure {
  std::string words;  ///< "cannot start: `serve` is not in the image".
  Category category = Category::configuration;
  std::string remedy, command;
};
[[nodiscard]] std::optional<StartFailure> start_failure(std::string_view message);

/// The part of `text` between the first `before` and the next `after`; empty when they are not there.
[[nodiscard]] std::string_view between(std::string_view text, std::string_view before, std::string_view after);

/// The word of `text` behind the first `before`; empty when it is not there.
[[nodiscard]] std::string_view word_after(std::string_view text, std::string_view before);

}  // namespace agent::evidence
