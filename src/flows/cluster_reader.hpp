#pragma once

#include "base/error.hpp"
#include "evidence/cluster_rules.hpp"
#include "flows/time_limits.hpp"
#include "kube/kinds.hpp"
#include "kube/source.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::flows {

/// "pods", "jobs.batch": a kind's key in ClusterView::objects.
[[nodiscard]] std::string resource_key(const kube::Kind& kind);

/// The row of a kind that rules know by this key. Never null: the key must be one of known_kinds().
[[nodiscard]] const kube::KindInfo& kind_of_key(std::string_view resource);

/// Objects as they are read from a Source, from several threads at once. What is large and says nothing is dropped at
/// once: `managedFields`, what kubectl last applied, the values of ConfigMaps and Secrets.
class ClusterReader {
 public:
  using Json = nlohmann::json;

  /// `seen` is told of each object, by one thread at a time. A request that takes longer than `patience` ends as an
  /// error. `source` outlives the reader.
  ClusterReader(kube::Source& source, std::chrono::milliseconds patience, std::function<void(const Json&)> seen,
                std::stop_token stop);

  /// Reads all objects of a kind, once; `name_space` is left out for kinds that have none. Of a kind that the cluster
  /// does not have, there are none. What goes wrong is kept for view() and failure().
  void list(const kube::KindInfo& kind, const std::string& name_space);

  /// Reads one object. That it does not exist is an answer, too. Errors: the source's.
  Result<void> get(const kube::KindInfo& kind, const std::string& name_space, const std::string& name);

  /// The object, when it was read; null otherwise. Stays where it is.
  [[nodiscard]] const Json* find(std::string_view resource, const std::string& name_space,
                                 const std::string& name) const;
  /// What was read of a kind so far, by namespace and name.
  [[nodiscard]] std::vector<const Json*> all(std::string_view resource) const;
  /// Why a kind could not be read; none when it could, or was not asked for.
  [[nodiscard]] std::optional<Error> failure(std::string_view resource) const;
  /// Why an object that was asked for by its name is not there; none when it is, or was not asked for.
  [[nodiscard]] std::optional<Error> missing(std::string_view resource, const std::string& name_space,
                                             const std::string& name) const;
  /// The failure that says most of why nothing could be read.
  [[nodiscard]] std::optional<Error> worst_failure() const;
  [[nodiscard]] bool was_listed(std::string_view resource) const;
  /// True when at least one request was answered.
  [[nodiscard]] bool saw_anything() const;

  /// Moves all objects, sorted, and what could not be read into `view`.
  void take(evidence::ClusterView& view);

  [[nodiscard]] TimeLimits& limits() { return limits_; }

 private:
  using Name = std::pair<std::string, std::string>;

  void add(const std::string& resource, Json object);
  void note(const std::string& resource, const Error& error);
  /// Why nothing more is asked: nobody answers, or nobody lets us in. None once anything was answered.
  [[nodiscard]] std::optional<Error> hopeless() const;
  [[nodiscard]] Error told(const TimeLimits::Limit& limit, Error error) const;

  kube::Source& source_;
  std::chrono::milliseconds patience_;
  std::function<void(const Json&)> seen_;
  TimeLimits limits_;
  mutable std::mutex guard_;  // of all below
  std::map<std::string, std::map<Name, Json>, std::less<>> objects_;
  std::map<std::string, Error, std::less<>> failures_;
  std::map<std::string, std::map<Name, Error>, std::less<>> missing_;
  std::set<std::string, std::less<>> listed_;
  bool saw_anything_ = false;
};

}  // namespace agent::flows
