#pragma once

#include "kube/kinds.hpp"
#include "kube/source.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace agent::test {

/// A cluster in memory. It counts what it is asked, and refuses what it is told to refuse.
class FakeCluster final : public kube::Source {
 public:
  using Json = nlohmann::json;

  /// Objects need `kind` and `metadata.name`; `apiVersion` is taken from the table of kinds.
  void add(Json object) {
    for (const kube::KindInfo& row : kube::known_kinds())
      if (row.name == object.value("kind", "")) {
        object["apiVersion"] = row.api_version();
        objects_[row.kind.resource].push_back(std::move(object));
        return;
      }
  }
  void add_log(const std::string& source, std::string text) { logs_[source] = std::move(text); }
  void remove(const std::string& resource, const std::string& name) {
    const std::lock_guard lock(guard_);
    std::erase_if(objects_[resource], [&](const Json& one) { return one["metadata"]["name"] == name; });
  }
  void refuse(const std::string& resource, Error error) {
    const std::lock_guard lock(guard_);
    refused_[resource] = std::move(error);
  }
  void refuse_all(Error error) { refused_all_ = std::move(error); }
  /// The log begins and then goes on without saying anything, until it is stopped.
  void never_ends(const std::string& source) { endless_.push_back(source); }
  /// The kind is answered only when its request is stopped.
  void hang(const std::string& resource) { hanging_.push_back(resource); }

  [[nodiscard]] std::vector<std::string> asked() const {
    const std::lock_guard lock(guard_);
    return asked_;
  }

  Result<Json> get(const kube::Kind& kind, const std::string& name_space, const std::string& name,
                   std::stop_token stop) override {
    TRY(ask("get " + kind.resource + " " + name, kind, stop));
    const std::lock_guard lock(guard_);
    for (const Json& object : objects_[kind.resource])
      if (object["metadata"]["name"] == name && in(object, name_space)) return object;
    return fail(ErrorKind::target_not_found, "there is no " + kind.resource + " '" + name + "'", "", "");
  }

  Result<std::vector<Json>> list(const kube::Kind& kind, const kube::ListOptions& options,
                                 std::stop_token stop) override {
    TRY(ask("list " + kind.resource, kind, stop));
    const std::lock_guard lock(guard_);
    std::vector<Json> found;
    for (const Json& object : objects_[kind.resource])
      if (in(object, options.name_space) && meets(object, options)) found.push_back(object);
    return found;
  }

  Result<std::unique_ptr<ByteStream>> open_log(const std::string& name_space, const std::string& pod,
                                               const kube::LogOptions& options, std::stop_token stop) override {
    const std::string source =
        "pod/" + name_space + "/" + pod + "/" + options.container + (options.previous ? "/previous" : "");
    const std::lock_guard lock(guard_);
    asked_.push_back("log " + source);
    const auto log = logs_.find(source);
    if (log == logs_.end()) return fail(ErrorKind::target_not_found, "there is no log of " + source);
    const bool endless = std::ranges::count(endless_, source) > 0;
    return std::make_unique<Text>(log->second, endless ? std::optional(std::move(stop)) : std::nullopt);
  }

  std::string describe() const override { return "fake cluster"; }

 private:
  class Text final : public ByteStream {
   public:
    Text(std::string text, std::optional<std::stop_token> endless)
        : text_(std::move(text)), endless_(std::move(endless)) {}
    Result<std::string_view> read() override {
      if (!std::exchange(given_, true)) return text_;
      if (!endless_) return std::string_view();
      wait_for_stop(*endless_);
      return fail(ErrorKind::interrupted, "stopped");
    }

   private:
    std::string text_;
    std::optional<std::stop_token> endless_;
    bool given_ = false;
  };

  static void wait_for_stop(const std::stop_token& stop);

  Result<void> ask(std::string what, const kube::Kind& kind, const std::stop_token& stop) {
    {
      const std::lock_guard lock(guard_);
      asked_.push_back(std::move(what));
      if (refused_all_) return std::unexpected(*refused_all_);
      if (const auto refused = refused_.find(kind.resource); refused != refused_.end())
        return std::unexpected(refused->second);
      if (std::ranges::count(hanging_, kind.resource) == 0) return {};
    }
    wait_for_stop(stop);
    return fail(ErrorKind::interrupted, "stopped");
  }

  static bool in(const Json& object, const std::string& name_space) {
    return name_space.empty() || object["metadata"].value("namespace", "") == name_space;
  }
  static bool meets(const Json& object, const kube::ListOptions& options) {
    return options.field_selector != "status.phase=Failed" || object["status"].value("phase", "") == "Failed";
  }

  mutable std::mutex guard_;
  std::map<std::string, std::vector<Json>> objects_;
  std::map<std::string, std::string> logs_;
  std::map<std::string, Error> refused_;
  std::optional<Error> refused_all_;
  std::vector<std::string> asked_, endless_, hanging_;
};

inline void FakeCluster::wait_for_stop(const std::stop_token& stop) {
  std::promise<void> stopped;
  const std::stop_callback tell(stop, [&] { stopped.set_value(); });
  stopped.get_future().wait();
}

}  // namespace agent::test
