#include "kube/snapshot_writer.hpp"

#include "base/descriptor.hpp"
#include "kube/object.hpp"
#include "kube/snapshot_layout.hpp"
#include "kube/zstd_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>

namespace agent::kube {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t most_log_bytes = std::size_t{64} << 20U;
constexpr std::size_t longest_line = std::size_t{1} << 20U;

std::unexpected<Error> cannot_write(const std::string& path, int code) {
  return fail(ErrorKind::delivery_failed, "cannot write the snapshot", path + ": " + std::strerror(code),
              "name a folder that can be written by --save-snapshot");
}

// Bytes that are not UTF-8 (a hostile source) are replaced: dump() would throw.
std::string printed(const json& value) { return value.dump(1, ' ', false, json::error_handler_t::replace) + "\n"; }

void drop_what_is_not_saved(const Kind& kind, json& object) {
  if (!object.is_object()) return;
  if (kind.resource == "configmaps")
    for (const char* member : {"data", "binaryData"}) clear_values(object, member);
  if (kind.resource == "secrets") {
    object.erase("data");
    object.erase("stringData");
  }
  drop_bookkeeping(object);
}

/// Every text in `value` by itself.
void redact_texts(json& value, const Redact& redact) {
  if (value.is_string()) value = redact(value.get<std::string>());
  if (value.is_structured())
    for (json& child : value) redact_texts(child, redact);
}

/// The object's text. As a whole first, as a name beside a value tells a secret; by each text where that harmed the
/// JSON.
std::string redacted(const json& object, const Redact& redact) {
  std::string text = redact(printed(object));
  if (json::accept(text)) return text;
  json copy = object;
  redact_texts(copy, redact);
  return printed(copy);
}

json entry_of(const Kind& kind, const ListOptions& options) {
  json entry{{"group", kind.group},
             {"version", kind.version},
             {"resource", kind.resource},
             {"namespace", options.name_space},
             {"status", "complete"}};
  if (!options.label_selector.empty()) entry["labels"] = options.label_selector;
  if (!options.field_selector.empty()) entry["fields"] = options.field_selector;
  return entry;
}

json log_entry(const std::string& name_space, const std::string& pod, const LogOptions& options) {
  json entry = entry_of({"", "v1", "pods"}, {name_space, "", ""});
  entry["name"] = pod;
  entry["container"] = options.container;
  entry["previous"] = options.previous;
  return entry;
}

std::string name_in(const json& object, const char* key) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return {};
  const auto name = metadata->find(key);
  return name != metadata->end() && name->is_string() ? name->get<std::string>() : std::string();
}

}  // namespace

struct SnapshotWriter::State {
  std::mutex guard;  ///< Of all below.
  std::string folder, temporary;
  SnapshotAbout about;
  Redact redact;
  std::map<std::string, json> parts;  ///< By what they are of, so that the order of threads does not show.
  std::map<std::pair<std::string, std::string>, std::string> events;  ///< Texts, by namespace and name.
  std::set<std::string> written;
  std::optional<Error> failure;
  bool finished = false;

  void note(json entry) {
    json key = entry;
    for (const char* detail : {"status", "error", "fix", "bytes"}) key.erase(detail);
    // What was answered once is known, whatever a later try says.
    const auto [place, is_new] = parts.try_emplace(printed(key), entry);
    if (!is_new && place->second["status"] != "complete") place->second = std::move(entry);
  }

  void note_error(json entry, const Error& error) {
    entry["status"] = traits(error.kind).name;
    entry["error"] = redact(error.what);
    if (!error.fix.empty()) entry["fix"] = redact(error.fix);
    note(std::move(entry));
  }

  void keep(Result<void> result) {
    if (!result && !failure) failure = std::move(result).error();
  }

  /// A new file for writing under the temporary folder.
  Result<Descriptor> create_file(const std::string& relative) {
    const fs::path path = fs::path(temporary) / relative;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return cannot_write(path.string(), error.value());
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return cannot_write(path.string(), errno);
    return file;
  }

  Result<void> write_file(const std::string& relative, std::string_view text) {
    const Descriptor file = TRY(create_file(relative));
    while (!text.empty()) {
      const ssize_t size = ::write(file.get(), text.data(), text.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return cannot_write(relative, errno);
      text.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
  }

  void save(const Kind& kind, json object) {
    const std::string name_space = name_in(object, "namespace"), name = name_in(object, "name");
    const std::string path = snapshot::object_path(kind, name_space, name);
    if (name.empty() || !written.insert(path).second) return;
    drop_what_is_not_saved(kind, object);
    const std::string text = redacted(object, redact);
    if (kind.group.empty() && kind.resource == "events")
      events.emplace(std::pair(name_space, name), text);
    else
      keep(write_file(path, text));
  }

  /// One list of texts that are JSON already.
  [[nodiscard]] std::string events_text() const {
    std::string text = "{\n\"apiVersion\": \"v1\",\n\"kind\": \"EventList\",\n\"items\": [";
    bool is_first = true;
    for (const auto& [key, event] : events) text += (std::exchange(is_first, false) ? "\n" : ",\n") + event;
    return text + "]}\n";
  }

  [[nodiscard]] std::string manifest() const {
    json all{{"schema", snapshot::schema},
             {"target", about.target},
             {"source", about.source},
             {"captured_at", about.captured_at},
             {"parts", json::array()}};
    for (const auto& [key, entry] : parts) all["parts"].push_back(entry);
    return printed(all);
  }
};

/// Passes a log through and saves its whole lines, redacted.
class SnapshotWriter::Tee final : public ByteStream {
 public:
  Tee(State& state, json entry, const std::string& stem, std::unique_ptr<ByteStream> log)
      : state_(state), entry_(std::move(entry)), log_(std::move(log)) {
    const std::lock_guard lock(state_.guard);
    if (!state_.written.insert(stem).second) return;
    auto file = state_.create_file(stem + ".log.zst");
    if (file)
      file_.emplace(*std::move(file));
    else
      state_.keep(std::unexpected(std::move(file).error()));
  }
  Tee(const Tee&) = delete;
  Tee& operator=(const Tee&) = delete;
  ~Tee() override { end(); }  // NOLINT(bugprone-exception-escape): only for want of memory

  Result<std::string_view> read() override {
    auto piece = log_->read();
    if (!piece) return piece;
    seen_ += piece->size();
    if (piece->empty())
      end();
    else
      save(*piece);
    return piece;
  }

 private:
  void save(std::string_view piece) {
    if (!file_ || is_cut_) return;
    held_ += piece;
    const auto end = held_.rfind('\n');
    if (end != std::string::npos) write(end + 1);
    if (held_.size() > longest_line) write(held_.size());
  }

  void write(std::size_t size) {
    const std::lock_guard lock(state_.guard);
    bytes_ += size;
    state_.keep(file_->write(state_.redact(held_.substr(0, size))));
    held_.erase(0, size);
    is_cut_ = bytes_ >= most_log_bytes;
  }

  void end() {
    if (!file_) return;
    if (!held_.empty() && !is_cut_) write(held_.size());
    const std::lock_guard lock(state_.guard);
    state_.keep(file_->finish());
    file_.reset();
    if (is_cut_)
      entry_["status"] = "truncated";
    else
      entry_["bytes"] = seen_;  // a placeholder is not as long as what it hides
    state_.note(entry_);
  }

  State& state_;
  json entry_;
  std::unique_ptr<ByteStream> log_;
  std::optional<ZstdFile> file_;
  std::string held_;
  std::size_t bytes_ = 0;   ///< Saved.
  std::uint64_t seen_ = 0;  ///< Passed through.
  bool is_cut_ = false;
};

SnapshotWriter::SnapshotWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

SnapshotWriter::~SnapshotWriter() {
  std::error_code error;
  if (!state_->finished) fs::remove_all(state_->temporary, error);
}

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::create(const std::string& folder, SnapshotAbout about,
                                                               Redactor& redactor) {
  return create(folder, std::move(about), [&redactor](std::string_view text) { return redactor.redact(text); });
}

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::create(const std::string& folder, SnapshotAbout about,
                                                               Redact redact) {
  auto state = std::make_unique<State>();
  state->folder = folder;
  while (state->folder.size() > 1 && state->folder.ends_with('/')) state->folder.pop_back();
  std::error_code error;
  if (fs::exists(fs::symlink_status(state->folder, error)) &&
      !(fs::is_directory(fs::symlink_status(state->folder, error)) && fs::is_empty(state->folder, error)))
    return fail(ErrorKind::delivery_failed, "cannot save the snapshot: '" + state->folder + "' exists", "",
                "name a new folder, or an empty one");
  const fs::path parent = fs::path(state->folder).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  state->temporary = state->folder + ".tmp-" + std::to_string(::getpid());
  if (::mkdir(state->temporary.c_str(), 0700) != 0) return cannot_write(state->temporary, errno);
  state->about = std::move(about);
  state->redact = std::move(redact);
  return std::unique_ptr<SnapshotWriter>(new SnapshotWriter(std::move(state)));
}

void SnapshotWriter::add_list(const Kind& kind, const ListOptions& options, const Result<std::vector<json>>& objects) {
  const std::lock_guard lock(state_->guard);
  if (!objects) return state_->note_error(entry_of(kind, options), objects.error());
  for (const json& object : *objects) state_->save(kind, object);
  state_->note(entry_of(kind, options));
}

void SnapshotWriter::add_object(const Kind& kind, const std::string& name_space, const std::string& name,
                                const Result<json>& object) {
  const std::lock_guard lock(state_->guard);
  json entry = entry_of(kind, {name_space, "", ""});
  entry["name"] = name;
  if (!object) return state_->note_error(std::move(entry), object.error());
  state_->save(kind, *object);
  state_->note(std::move(entry));
}

void SnapshotWriter::add_missing_log(const std::string& name_space, const std::string& pod, const LogOptions& options,
                                     const Error& error) {
  const std::lock_guard lock(state_->guard);
  state_->note_error(log_entry(name_space, pod, options), error);
}

std::unique_ptr<ByteStream> SnapshotWriter::tee(const std::string& name_space, const std::string& pod,
                                                const LogOptions& options, std::unique_ptr<ByteStream> log) {
  return std::make_unique<Tee>(*state_, log_entry(name_space, pod, options),
                               snapshot::log_stem(name_space, pod, options), std::move(log));
}

Result<void> SnapshotWriter::finish() {
  const std::lock_guard lock(state_->guard);
  if (!state_->events.empty()) state_->keep(state_->write_file("events.json", state_->events_text()));
  state_->keep(state_->write_file("manifest.json", state_->manifest()));
  if (state_->failure) return std::unexpected(*state_->failure);
  if (::rename(state_->temporary.c_str(), state_->folder.c_str()) != 0) return cannot_write(state_->folder, errno);
  state_->finished = true;
  return {};
}

namespace {

class Recording final : public Source {
 public:
  Recording(Source& source, SnapshotWriter& writer) : source_(source), writer_(writer) {}

  Result<json> get(const Kind& kind, const std::string& name_space, const std::string& name,
                   std::stop_token stop) override {
    auto object = source_.get(kind, name_space, name, std::move(stop));
    writer_.add_object(kind, name_space, name, object);
    return object;
  }

  Result<std::vector<json>> list(const Kind& kind, const ListOptions& options, std::stop_token stop) override {
    auto objects = source_.list(kind, options, std::move(stop));
    writer_.add_list(kind, options, objects);
    return objects;
  }

  Result<std::unique_ptr<ByteStream>> open_log(const std::string& name_space, const std::string& pod,
                                               const LogOptions& options, std::stop_token stop) override {
    auto log = source_.open_log(name_space, pod, options, std::move(stop));
    if (log) return writer_.tee(name_space, pod, options, *std::move(log));
    writer_.add_missing_log(name_space, pod, options, log.error());
    return log;
  }

  std::string describe() const override { return source_.describe(); }

 private:
  Source& source_;
  SnapshotWriter& writer_;
};

}  // namespace

std::unique_ptr<Source> record(Source& source, SnapshotWriter& writer) {
  return std::make_unique<Recording>(source, writer);
}

}  // namespace agent::kube
