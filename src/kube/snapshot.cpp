#include "kube/snapshot.hpp"

#include "base/text.hpp"
#include "kube/document.hpp"
#include "kube/kinds.hpp"
#include "kube/log_window.hpp"
#include "kube/selectors.hpp"
#include "kube/snapshot_index.hpp"
#include "kube/snapshot_layout.hpp"

#include <algorithm>

namespace agent::kube {
namespace {

using nlohmann::json;

std::string object_words(const Kind& kind, const std::string& name_space, const std::string& name) {
  return display_name(kind) + " '" + clean_line(name) + "'" +
         (name_space.empty() ? "" : " in namespace '" + clean_line(name_space) + "'");
}

bool same_kind(const Kind& a, const Kind& b) { return a.group == b.group && a.resource == b.resource; }

/// True when a list in `part`'s namespace says all about `name_space`.
bool covers(const ListOptions& part, const std::string& name_space) {
  return part.name_space.empty() || part.name_space == name_space;
}

bool is_whole(const ListOptions& options) { return options.label_selector.empty() && options.field_selector.empty(); }

/// A log, and how long it was before secrets were hidden.
class SavedLog final : public ByteStream {
 public:
  SavedLog(std::unique_ptr<ByteStream> log, std::optional<std::uint64_t> bytes) : log_(std::move(log)), bytes_(bytes) {}
  Result<std::string_view> read() override { return log_->read(); }
  std::optional<std::uint64_t> original_bytes() const override { return bytes_; }

 private:
  std::unique_ptr<ByteStream> log_;
  std::optional<std::uint64_t> bytes_;
};

/// Reads an index; nothing in it changes, so that threads need no lock.
class Snapshot final : public Source {
 public:
  Snapshot(std::string path, SnapshotIndex index) : path_(std::move(path)), index_(std::move(index)) {}

  Result<json> get(const Kind& kind, const std::string& name_space, const std::string& name,
                   std::stop_token stop) override {
    if (const SavedObject* object = find(kind, name_space, name)) return load(*object, stop);
    return absent(kind, name_space, name);
  }

  Result<std::vector<json>> list(const Kind& kind, const ListOptions& options, std::stop_token stop) override {
    const Selector selector = TRY(Selector::parse(options.label_selector, options.field_selector));
    TRY(check_listed(kind, options));
    std::vector<json> objects;
    for (const SavedObject* saved : all(kind, options.name_space)) {
      json object = TRY(load(*saved, stop));
      if (selector.matches(object)) objects.push_back(std::move(object));
    }
    return objects;
  }

  Result<std::unique_ptr<ByteStream>> open_log(const std::string& name_space, const std::string& pod,
                                               const LogOptions& options, std::stop_token stop) override {
    for (const std::string& stem : stems(name_space, pod, options))
      if (const auto found = index_.logs.find(stem); found != index_.logs.end())
        return std::make_unique<SavedLog>(TRY(open_window(found->second, options, stop)),
                                          bytes_of(name_space, pod, options));
    return no_log(name_space, pod, options);
  }

  std::string describe() const override {
    return "snapshot " + path_ + (index_.about.captured_at.empty() ? "" : " of " + index_.about.captured_at);
  }

 private:
  [[nodiscard]] const SavedObject* find(const Kind& kind, const std::string& name_space,
                                        const std::string& name) const {
    const auto objects = index_.objects.find(index_key(kind));
    if (objects == index_.objects.end()) return nullptr;
    const auto found = objects->second.find({name_space, name});
    return found == objects->second.end() ? nullptr : &found->second;
  }

  [[nodiscard]] std::vector<const SavedObject*> all(const Kind& kind, const std::string& name_space) const {
    std::vector<const SavedObject*> found;
    const auto objects = index_.objects.find(index_key(kind));
    if (objects == index_.objects.end()) return found;
    for (const auto& [key, saved] : objects->second)
      if (name_space.empty() || key.first == name_space) found.push_back(&saved);
    return found;
  }

  static Result<json> load(const SavedObject& saved, const std::stop_token& stop) {
    if (!saved.value.is_null()) return saved.value;
    json value;
    if (!parse_json(TRY(read_snapshot_file(saved.path, stop)), value) || !value.is_object())
      return fail(ErrorKind::unreadable, "the snapshot's file '" + saved.path + "' is damaged", saved.path);
    return value;
  }

  [[nodiscard]] std::string near_name(const Kind& kind, const std::string& name_space, const std::string& name) const {
    std::vector<std::string_view> known;
    for (const SavedObject* saved : all(kind, name_space)) known.emplace_back(saved->name);
    const std::string_view near = nearest(name, known);
    return near.empty() ? "" : "did you mean '" + clean_line(near) + "'?";
  }

  [[nodiscard]] std::unexpected<Error> absent(const Kind& kind, const std::string& name_space,
                                              const std::string& name) const {
    const std::string words = object_words(kind, name_space, name), near = near_name(kind, name_space, name);
    for (const SavedPart& part : index_.parts) {
      if (part.log || !same_kind(part.kind, kind)) continue;
      if (part.name == name && part.options.name_space == name_space && part.error) return std::unexpected(*part.error);
      if (!part.name.empty() || !covers(part.options, name_space) || !is_whole(part.options)) continue;
      if (part.error) return std::unexpected(*part.error);
      return fail(ErrorKind::target_not_found, "there is no " + words, describe(), near);
    }
    return fail(ErrorKind::unreadable, words + " is not in this snapshot", describe(), near);
  }

  /// Whether what list() finds is what there was.
  [[nodiscard]] Result<void> check_listed(const Kind& kind, const ListOptions& options) const {
    const Error* error = nullptr;
    for (const SavedPart& part : index_.parts) {
      if (part.log || !part.name.empty() || !same_kind(part.kind, kind)) continue;
      const bool same_selectors = part.options.label_selector == options.label_selector &&
                                  part.options.field_selector == options.field_selector;
      // Of all namespaces, a snapshot knows its own.
      if (!same_selectors && !is_whole(part.options)) continue;
      if (!options.name_space.empty() && !covers(part.options, options.name_space)) continue;
      if (!part.error) return {};
      error = &*part.error;
    }
    if (error != nullptr) return std::unexpected(*error);
    if (!index_.has_manifest && !all(kind, options.name_space).empty()) return {};
    return fail(ErrorKind::unreadable,
                kind.resource + (options.name_space.empty() ? "" : " of namespace '" + options.name_space + "'") +
                    " are not in this snapshot",
                describe(), index_.has_manifest ? "" : "save them there: kubectl get " + kind.resource + " -o yaml");
  }

  [[nodiscard]] bool has_one_container(const std::string& name_space, const std::string& pod) const {
    const SavedObject* saved = find({"", "v1", "pods"}, name_space, pod);
    if (saved == nullptr || saved->value.is_null()) return saved == nullptr;
    const auto count = [&](const char* pointer) {
      const json::json_pointer at(pointer);
      return saved->value.contains(at) && saved->value[at].is_array() ? saved->value[at].size() : 0;
    };
    return count("/spec/containers") + count("/spec/initContainers") <= 1;
  }

  /// The names that a log's file may have, without extension.
  [[nodiscard]] std::vector<std::string> stems(const std::string& name_space, const std::string& pod,
                                               const LogOptions& options) const {
    if (index_.has_manifest) return {snapshot::log_stem(name_space, pod, options)};
    const std::string& container = options.container;
    std::vector<std::string> names{name_space + "/" + pod + "/" + container,
                                   name_space + "_" + pod + "_" + container,
                                   pod + "_" + name_space + "_" + container,
                                   pod + "/" + container,
                                   pod + "_" + container,
                                   pod + "-" + container,
                                   pod + "." + container};
    if (has_one_container(name_space, pod)) names.insert(names.end(), {name_space + "/" + pod, pod});
    if (!options.previous) return names;
    std::vector<std::string> previous;
    for (const std::string& name : names)
      for (const char* mark : {".previous", "-previous", "_previous"}) previous.push_back(name + mark);
    return previous;
  }

  /// What the manifest says of a whole log's size.
  [[nodiscard]] std::optional<std::uint64_t> bytes_of(const std::string& name_space, const std::string& pod,
                                                      const LogOptions& options) const {
    if (options.tail_lines || options.limit_bytes) return std::nullopt;
    for (const SavedPart& part : index_.parts)
      if (is_log(part, name_space, pod, options)) return part.log_bytes;
    return std::nullopt;
  }

  static bool is_log(const SavedPart& part, const std::string& name_space, const std::string& pod,
                     const LogOptions& options) {
    return part.log && part.name == pod && part.options.name_space == name_space &&
           part.log->container == options.container && part.log->previous == options.previous;
  }

  [[nodiscard]] std::unexpected<Error> no_log(const std::string& name_space, const std::string& pod,
                                              const LogOptions& options) const {
    for (const SavedPart& part : index_.parts)
      if (part.error && is_log(part, name_space, pod, options)) return std::unexpected(*part.error);
    const std::string kind_of_log = options.previous ? "previous log" : "log";
    const std::string fix = "save it there: kubectl logs " + pod + " -c " + options.container +
                            (options.previous ? " --previous" : "") + " > " + pod + "_" + options.container +
                            (options.previous ? ".previous.log" : ".log");
    return fail(ErrorKind::unreadable,
                "the " + kind_of_log + " of container '" + options.container + "' of " +
                    object_words({"", "v1", "pods"}, name_space, pod) + " is not in this snapshot",
                describe(), index_.has_manifest ? "" : fix);
  }

  std::string path_;
  SnapshotIndex index_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_snapshot(const std::string& path, const std::stop_token& stop) {
  std::string folder = path;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  SnapshotIndex index = TRY(read_snapshot(folder, stop));
  return std::unique_ptr<Source>(std::make_unique<Snapshot>(std::move(folder), std::move(index)));
}

Result<SnapshotAbout> about_snapshot(const std::string& path, const std::stop_token& stop) {
  SnapshotIndex index;
  TRY(read_manifest(index, path + "/manifest.json", stop));
  return std::move(index.about);
}

}  // namespace agent::kube
