#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/report.hpp"
#include "base/tokens.hpp"
#include "evidence/cluster_rules.hpp"
#include "evidence/rules.hpp"
#include "flows/container_logs.hpp"
#include "flows/shared_redactor.hpp"
#include "kube/kinds.hpp"
#include "kube/source.hpp"
#include "loop/library.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::flows {

/// What is asked of a cluster.
struct ClusterQuestion {
  std::string name_space;              ///< Empty: all namespaces; only without a target, or for one that has none.
  std::optional<kube::Target> target;  ///< None: every failing workload.
  std::string container;               ///< Only this container's logs, whatever its state; empty: those that failed.
  Tokens evidence_tokens{2000};        ///< What the report's evidence may take, all logs together.
  std::chrono::system_clock::time_point now;                   ///< Ages are told from here.
  std::optional<std::chrono::steady_clock::time_point> until;  ///< When `--timeout` ends all.
};

/// Told how far things are: "objects", "logs".
using GatherProgress = std::function<void(std::string_view what, std::size_t done, std::size_t of)>;

struct GatherParts {
  kube::Source& source;
  const evidence::RuleSet& rules;
  const Clock& clock;
  SharedRedactor& redactor;  ///< Learns what pods hold in variables with secret names.
  GatherProgress progress;   ///< Called by several threads, one at a time. May be empty.
  /// What the source itself could not give; asked when all is read. May be empty.
  std::function<std::vector<NotChecked>()> source_notes = {};
  /// Keeps the texts of logs, for a model to read on in; its numbers of placeholders then stay as they are, and
  /// explain() or whoever ends the report makes them canonical. May be null.
  loop::Library* library = nullptr;
};

/// What was read of a cluster, and what could not be.
struct Gathered {
  evidence::ClusterView view;       ///< With the target, and the logs judged.
  std::set<std::string> forbidden;  ///< Keys of view.unread that we may not read.
  std::vector<KeptLog> logs;
  std::vector<NotChecked> not_checked;             ///< Of logs; of objects: view.unread.
  std::optional<Error> target_missing;             ///< Why the target itself is not in the view.
  std::optional<evidence::ClusterTarget> instead;  ///< What made a target that is gone, when that is known.
  std::vector<std::pair<std::string, double>> timings_ms;
};

/// Reads what explains the state of the target, or of all that fails in the namespace: kinds in parallel (16 threads at
/// most), one LIST a kind and namespace; then the logs of containers that failed. For a single target only what its
/// state asks for. What is refused, or slower than its share of the time, is left out and told. Errors: `unreachable`,
/// `unauthorised`, `forbidden` and others of the source when nothing could be looked at; `target_not_found`: the pod
/// has no such container.
[[nodiscard]] Result<Gathered> gather(const ClusterQuestion& question, const GatherParts& parts, std::stop_token stop);

}  // namespace agent::flows
