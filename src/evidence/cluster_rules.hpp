#pragma once

#include "base/report.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// What is asked about: one object, or all failing ones.
struct ClusterTarget {
  std::string resource;    ///< "pods", "jobs.batch", "taskruns.tekton.dev": a key of ClusterView::objects.
  std::string name_space;  ///< Empty for objects without one.
  std::string name;
};

/// What the log rules said of one container's log.
struct ContainerLog {
  std::vector<Finding> findings;  ///< The cause first.
  std::optional<Citation> last;   ///< The last line that tells something.
};

/// What was gathered of a cluster, at one time.
struct ClusterView {
  /// Objects by resource ("pods", "events", "jobs.batch", "taskruns.tekton.dev", …), as the API gives them; the
  /// elements of a list need no `kind`. A resource that was read and is empty has an empty list.
  std::map<std::string, std::vector<nlohmann::json>> objects;
  std::map<std::string, std::string> unread;  ///< Resources that could not be read, and why.
  std::map<std::string, ContainerLog> logs;   ///< By source id: pod/NS/NAME/CONTAINER (/previous).
  std::chrono::system_clock::time_point now;
  std::optional<ClusterTarget> target;  ///< None: every failing object of the view.
};

struct ClusterJudgement {
  std::vector<Finding> findings;        ///< Causes: by severity, then the target's own, then by confidence.
  std::vector<NotChecked> not_checked;  ///< What could not be judged, as its resource could not be read.
};

/// What the objects, their events and logs say is wrong: consequences are folded under their cause, the same cause of
/// several pods is said once, and with a target only what concerns it is said. Objects may have any form; what is
/// missing or of a wrong type is as if it were not there. Method: src/evidence/README.md, "Cluster rules".
[[nodiscard]] ClusterJudgement judge_cluster(const ClusterView& view);

struct ClusterRuleInfo {
  std::string_view id;                  ///< Start of its findings' rule ids: "pod.container".
  std::string_view title;               ///< "containers that wait or ended".
  std::vector<std::string_view> needs;  ///< Resources without which it says nothing.
};

/// The built-in cluster rules, in the order in which they are asked.
[[nodiscard]] std::vector<ClusterRuleInfo> cluster_rules();

}  // namespace agent::evidence
