#include "flows/cluster_reader.hpp"

#include "evidence/cluster_json.hpp"
#include "kube/object.hpp"

#include <fmt/format.h>
#include <cassert>

namespace agent::flows {
namespace {

using evidence::Json;
using evidence::text;

void drop_what_says_nothing(const std::string& resource, Json& object) {
  if (!object.is_object()) return;
  if (resource == "configmaps" || resource == "secrets")
    for (const char* member : {"data", "binaryData", "stringData"}) kube::clear_values(object, member);
  kube::drop_bookkeeping(object);
}

}  // namespace

std::string resource_key(const kube::Kind& kind) {
  return kind.group.empty() ? kind.resource : kind.resource + "." + kind.group;
}

const kube::KindInfo& kind_of_key(std::string_view resource) {
  const kube::KindInfo* kind = kube::find_kind(resource);
  assert(kind != nullptr);
  return *kind;
}

ClusterReader::ClusterReader(kube::Source& source, std::chrono::milliseconds patience,
                             std::function<void(const Json&)> seen, std::stop_token stop)
    : source_(source), patience_(patience), seen_(std::move(seen)), limits_(std::move(stop)) {}

void ClusterReader::list(const kube::KindInfo& kind, const std::string& name_space) {
  const std::string resource = resource_key(kind.kind);
  {
    const std::lock_guard lock(guard_);
    if (!listed_.insert(resource).second) return;
    if (const auto why = hopeless()) return note(resource, *why);
  }
  const auto limit = limits_.start(patience_);
  auto objects = source_.list(kind.kind, {kind.scope == kube::Scope::cluster ? "" : name_space, "", ""}, limit.token());
  const std::lock_guard lock(guard_);
  if (!objects) {
    const Error error = told(limit, std::move(objects).error());
    // The cluster does not have the kind: Tekton is not installed.
    if (error.kind == ErrorKind::target_not_found)
      saw_anything_ = true;
    else
      note(resource, error);
    return;
  }
  saw_anything_ = true;
  objects_[resource];
  for (Json& object : *objects) add(resource, std::move(object));
}

Result<void> ClusterReader::get(const kube::KindInfo& kind, const std::string& name_space, const std::string& name) {
  const std::string resource = resource_key(kind.kind);
  {
    const std::lock_guard lock(guard_);
    if (auto why = hopeless()) {
      note(resource, *why);
      return std::unexpected(*std::move(why));
    }
  }
  const auto limit = limits_.start(patience_);
  auto object = source_.get(kind.kind, kind.scope == kube::Scope::cluster ? "" : name_space, name, limit.token());
  const std::lock_guard lock(guard_);
  if (object) {
    saw_anything_ = true;
    add(resource, *std::move(object));
    return {};
  }
  Error error = told(limit, std::move(object).error());
  if (error.kind == ErrorKind::target_not_found) {
    saw_anything_ = true;
    objects_[resource];
  } else {
    note(resource, error);
  }
  missing_[resource].try_emplace(Name(name_space, name), error);
  return std::unexpected(std::move(error));
}

const Json* ClusterReader::find(std::string_view resource, const std::string& name_space,
                                const std::string& name) const {
  const std::lock_guard lock(guard_);
  const auto objects = objects_.find(resource);
  if (objects == objects_.end()) return nullptr;
  const auto found = objects->second.find(Name(name_space, name));
  return found == objects->second.end() ? nullptr : &found->second;
}

std::vector<const Json*> ClusterReader::all(std::string_view resource) const {
  const std::lock_guard lock(guard_);
  std::vector<const Json*> found;
  if (const auto objects = objects_.find(resource); objects != objects_.end())
    for (const auto& [name, object] : objects->second) found.push_back(&object);
  return found;
}

std::optional<Error> ClusterReader::failure(std::string_view resource) const {
  const std::lock_guard lock(guard_);
  const auto found = failures_.find(resource);
  return found == failures_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Error> ClusterReader::missing(std::string_view resource, const std::string& name_space,
                                            const std::string& name) const {
  const std::lock_guard lock(guard_);
  const auto objects = missing_.find(resource);
  if (objects == missing_.end()) return std::nullopt;
  const auto found = objects->second.find(Name(name_space, name));
  return found == objects->second.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Error> ClusterReader::worst_failure() const {
  const std::lock_guard lock(guard_);
  for (const ErrorKind kind : {ErrorKind::unauthorised, ErrorKind::unreachable, ErrorKind::forbidden})
    for (const auto& [resource, error] : failures_)
      if (error.kind == kind) return error;
  return failures_.empty() ? std::nullopt : std::optional(failures_.begin()->second);
}

bool ClusterReader::was_listed(std::string_view resource) const {
  const std::lock_guard lock(guard_);
  return listed_.contains(resource);
}

bool ClusterReader::saw_anything() const {
  const std::lock_guard lock(guard_);
  return saw_anything_;
}

void ClusterReader::take(evidence::ClusterView& view) {
  const std::lock_guard lock(guard_);
  for (auto& [resource, objects] : objects_) {
    auto& list = view.objects[resource];
    list.reserve(objects.size());
    for (auto& [name, object] : objects) list.push_back(std::move(object));
  }
  objects_.clear();
  for (const auto& [resource, error] : failures_) view.unread[resource] = error.what;
}

void ClusterReader::add(const std::string& resource, Json object) {
  drop_what_says_nothing(resource, object);
  seen_(object);
  Name name{text(object, "metadata/namespace"), text(object, "metadata/name")};
  objects_[resource].try_emplace(std::move(name), std::move(object));  // the first answer holds
}

std::optional<Error> ClusterReader::hopeless() const {
  if (saw_anything_) return std::nullopt;
  for (const auto& [resource, error] : failures_)
    if (error.kind == ErrorKind::unreachable || error.kind == ErrorKind::unauthorised) return error;
  return std::nullopt;
}

void ClusterReader::note(const std::string& resource, const Error& error) { failures_.try_emplace(resource, error); }

Error ClusterReader::told(const TimeLimits::Limit& limit, Error error) const {
  if (!limit.ran_out()) return error;
  return {ErrorKind::deadline, fmt::format("no answer within {} ms", patience_.count()), error.where,
          "a longer --timeout"};
}

}  // namespace agent::flows
