#pragma once

#include "evidence/cluster_json.hpp"
#include "evidence/cluster_rules.hpp"

#include <chrono>
#include <compare>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// An object by its resource ("pods", "jobs.batch"), namespace (empty: none) and name.
struct ObjectRef {
  std::string resource, name_space, name;
  auto operator<=>(const ObjectRef&) const = default;
};

/// "pods" for "Pod"; empty for a kind that no rule looks at.
[[nodiscard]] std::string_view resource_of(std::string_view kind);

/// "Pod" for "pods"; the resource itself when it is not known.
[[nodiscard]] std::string kind_of(std::string_view resource);

/// "pod `app-1`", "TaskRun `build`": for headlines.
[[nodiscard]] std::string spoken(const ObjectRef& object);

/// One event, of either API group.
struct Event {
  std::string_view type, reason, message, kind, name_space, name;
  std::string_view part;  ///< The container's name, when it is about one.
  std::int64_t count = 1;
  std::optional<std::chrono::sys_seconds> last;
};

/// The view's objects by name, owner and event. Points into the view, which must outlive it.
class Cluster {
 public:
  explicit Cluster(const ClusterView& view);

  [[nodiscard]] const ClusterView& view() const { return view_; }
  [[nodiscard]] std::chrono::sys_seconds now() const;

  /// All objects of a resource; none when it was not read.
  [[nodiscard]] std::span<const Json> all(std::string_view resource) const;
  /// True when absence from all() means that there is none.
  [[nodiscard]] bool was_read(std::string_view resource) const;
  [[nodiscard]] const Json* find(const ObjectRef& object) const;
  /// True when the resource was read and has no such object.
  [[nodiscard]] bool is_missing(const ObjectRef& object) const;

  /// The object's reference, as an element of all(resource).
  [[nodiscard]] static ObjectRef ref(std::string_view resource, const Json& object);
  /// Its controller, or its first owner; of a kind that no rule looks at: none.
  [[nodiscard]] static std::optional<ObjectRef> owner(const ObjectRef& self, const Json& object);
  /// The objects that have it as owner.
  [[nodiscard]] const std::vector<ObjectRef>& owned(const ObjectRef& object) const;

  /// Events about an object, newest first.
  [[nodiscard]] const std::vector<Event>& events(const ObjectRef& object) const;
  /// The newest event with that reason; null when none.
  [[nodiscard]] const Event* event(const ObjectRef& object, std::string_view reason) const;

 private:
  void add_events();

  const ClusterView& view_;
  std::map<ObjectRef, const Json*> by_name_;
  std::map<ObjectRef, std::vector<ObjectRef>> owned_;
  std::map<ObjectRef, std::vector<Event>> events_;
};

}  // namespace agent::evidence
