#include "flows/await_end.hpp"

#include "evidence/cluster_json.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string_view>

namespace agent::flows {
namespace {

using evidence::count;
using evidence::items;
using evidence::Json;
using evidence::named;
using evidence::text;

constexpr int most_failures = 5;

std::string_view condition(const Json& object, std::string_view type, std::string_view member = "status") {
  return text(named(items(object, "status/conditions"), type, "type"), member);
}

bool deployment_ended(const Json& object) {
  const bool seen = count(object, "status/observedGeneration") >= count(object, "metadata/generation");
  const auto wanted = evidence::number(object, "spec/replicas").value_or(1);
  const bool done = count(object, "status/updatedReplicas") >= wanted &&
                    count(object, "status/availableReplicas") >= wanted && count(object, "status/replicas") <= wanted;
  return seen && (done || condition(object, "Progressing", "reason") == "ProgressDeadlineExceeded");
}

/// False when the stop came first.
bool sleep_for(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex guard;
  std::condition_variable_any never;
  std::unique_lock lock(guard);
  static_cast<void>(never.wait_for(lock, stop, time, [] { return false; }));
  return !stop.stop_requested();
}

bool may_pass(ErrorKind kind) { return kind == ErrorKind::unreachable || kind == ErrorKind::unreadable; }

}  // namespace

bool has_ended(const kube::Kind& kind, const Json& object) {
  if (kind.resource == "pods") {
    const std::string_view phase = text(object, "status/phase");
    return phase == "Succeeded" || phase == "Failed";
  }
  if (kind.resource == "jobs") return condition(object, "Complete") == "True" || condition(object, "Failed") == "True";
  if (kind.resource == "taskruns" || kind.resource == "pipelineruns") {
    const std::string_view succeeded = condition(object, "Succeeded");
    return succeeded == "True" || succeeded == "False";
  }
  return kind.resource != "deployments" || deployment_ended(object);
}

Result<void> await_end(kube::Source& source, const PlacedTarget& target, const AwaitPace& pace,
                       const std::stop_token& stop) {
  const kube::Kind& kind = target.target.kind->kind;
  bool seen = false;
  int failures = 0;
  for (auto wait = pace.first;; wait = std::min(wait * 3 / 2, pace.longest)) {
    const Result<Json> object = source.get(kind, target.name_space, target.target.name, stop);
    if (object && has_ended(kind, *object)) return {};
    if (!object) {
      const Error& error = object.error();
      if (seen && error.kind == ErrorKind::target_not_found) return {};  // what is left of it is explained
      if (!seen || !may_pass(error.kind) || ++failures >= most_failures) return std::unexpected(error);
    } else {
      seen = true;
      failures = 0;
    }
    if (!sleep_for(wait, stop))
      return fail(
          ErrorKind::interrupted,
          "stopped while waiting for the end of " + target.target.kind->singular() + " '" + target.target.name + "'",
          source.describe());
  }
}

}  // namespace agent::flows
