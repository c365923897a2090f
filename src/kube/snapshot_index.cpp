#include "kube/snapshot_index.hpp"

#include "base/byte_stream.hpp"
#include "base/text.hpp"
#include "kube/document.hpp"
#include "kube/kinds.hpp"
#include "kube/object.hpp"
#include "kube/snapshot_layout.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace agent::kube {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t largest_file = std::size_t{64} << 20U;
constexpr std::size_t most_files = 100'000;
constexpr int most_levels = 8;

/// The plural of a kind that is not in our table, as API machinery guesses it (meta.UnsafeGuessKindToResource).
std::string guessed_plural(std::string_view kind_name) {
  std::string word = lower(kind_name);
  if (word.ends_with('s')) return word + "es";
  if (word.ends_with('y')) return word.substr(0, word.size() - 1) + "ies";
  return word + "s";
}

Kind kind_of(const std::string& api_version, const std::string& kind_name) {
  if (const KindInfo* row = find_kind(api_version, kind_name)) return row->kind;
  const auto slash = api_version.find('/');
  const bool is_core = slash == std::string::npos;
  return {is_core ? "" : api_version.substr(0, slash), is_core ? api_version : api_version.substr(slash + 1),
          guessed_plural(kind_name)};
}

void add_object(SnapshotIndex& index, json object) {
  const std::string kind_name = text_of(object, "kind"), api_version = text_of(object, "apiVersion");
  const auto metadata = object.find("metadata");
  if (kind_name.empty() || api_version.empty() || metadata == object.end() || !metadata->is_object()) return;
  SavedObject saved{text_of(*metadata, "namespace"), text_of(*metadata, "name"), {}, {}};
  if (saved.name.empty()) return;
  saved.value = std::move(object);
  std::pair key(saved.name_space, saved.name);
  index.objects[index_key(kind_of(api_version, kind_name))].insert_or_assign(std::move(key), std::move(saved));
}

ErrorKind error_kind(std::string_view name) {
  for (const ErrorKind kind : {ErrorKind::target_not_found, ErrorKind::unreachable, ErrorKind::unauthorised,
                               ErrorKind::forbidden, ErrorKind::deadline})
    if (traits(kind).name == name) return kind;
  return ErrorKind::unreadable;
}

SavedPart part_of(const json& entry, const std::string& path) {
  SavedPart part{{text_of(entry, "group"), text_of(entry, "version"), text_of(entry, "resource")},
                 text_of(entry, "name"),
                 {text_of(entry, "namespace"), text_of(entry, "labels"), text_of(entry, "fields")},
                 std::nullopt,
                 std::nullopt,
                 std::nullopt};
  if (const std::string container = text_of(entry, "container"); !container.empty())
    part.log = LogOptions{container, entry.contains("previous") && entry["previous"] == json(true), {}, {}};
  if (const auto bytes = entry.find("bytes"); bytes != entry.end() && bytes->is_number_unsigned())
    part.log_bytes = bytes->get<std::uint64_t>();
  const std::string status = text_of(entry, "status");
  if (status != "complete" && status != "truncated")
    part.error =
        Error{error_kind(status), clean_line(text_of(entry, "error")), path, clean_line(text_of(entry, "fix"))};
  return part;
}

bool has_extension(const std::string& name, std::initializer_list<std::string_view> extensions) {
  return std::ranges::any_of(extensions, [&](std::string_view one) { return name.ends_with(one); });
}

/// "ci/web" of "ci/web.log.zst".
std::string stem_of(std::string path) {
  for (const std::string_view extension : {".zst", ".gz", ".log", ".txt"})
    if (path.ends_with(extension)) path.resize(path.size() - extension.size());
  return path;
}

void add_log(SnapshotIndex& index, const std::string& relative, const std::string& path) {
  const std::string stem = stem_of(relative);
  for (std::size_t from = 0; from != std::string::npos;) {
    index.logs.try_emplace(stem.substr(from), path);
    const auto slash = stem.find('/', from);
    from = slash == std::string::npos ? slash : slash + 1;
  }
}

/// "objects/core/v1/pods/ci/web.json": what it holds is told by its path. False when it is cut, or not of this form.
bool add_by_path(SnapshotIndex& index, const std::string& relative, const std::string& path) {
  std::array<std::string, 5> names;
  std::size_t at = relative.find('/') + 1;
  for (std::string& name : names) {
    const bool is_last = &name == &names.back();
    const auto end = is_last ? relative.size() - std::string_view(".json").size() : relative.find('/', at);
    if (end == std::string::npos || end <= at || !snapshot::unescape(relative.substr(at, end - at), name)) return false;
    at = end + 1;
  }
  if (names[0] == snapshot::core_group) names[0].clear();
  if (names[3] == snapshot::no_namespace) names[3].clear();
  std::pair key(names[3], names[4]);
  index.objects[index_key({names[0], names[1], names[2]})].try_emplace(std::move(key),
                                                                       SavedObject{names[3], names[4], {}, path});
  return true;
}

Result<void> add_objects_file(SnapshotIndex& index, const std::string& path, const std::stop_token& stop) {
  const std::string text = TRY(read_snapshot_file(path, stop));
  for (Document& document : TRY(parse_documents(text, path, ErrorKind::unreadable)))
    index.add_document(std::move(document.value));
  return {};
}

Result<void> add_file(SnapshotIndex& index, const std::string& relative, const std::string& path,
                      const std::stop_token& stop) {
  if (relative == "manifest.json") return {};
  const bool is_ours = index.has_manifest && relative.starts_with("objects/") && relative.ends_with(".json");
  if (is_ours && add_by_path(index, relative, path)) return {};
  if (has_extension(relative, {".json", ".yaml", ".yml"})) return add_objects_file(index, path, stop);
  if (has_extension(relative, {".log", ".txt", ".log.gz", ".txt.gz", ".log.zst", ".txt.zst"}))
    add_log(index, relative, path);
  return {};
}

Result<void> walk(SnapshotIndex& index, const std::string& folder, const std::stop_token& stop) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at.depth() >= most_levels) at.disable_recursion_pending();
    if (at->symlink_status().type() != fs::file_type::regular) continue;
    files.push_back(at->path().string());
    if (files.size() > most_files)
      return fail(ErrorKind::unreadable, "more than 100000 files are in the snapshot", folder, "name a folder in it");
  }
  if (error) return fail(ErrorKind::unreadable, "cannot read the snapshot's folder", folder + ": " + error.message());
  std::ranges::sort(files);  // the same answer on every file system
  for (const std::string& path : files)
    TRY(add_file(index, fs::path(path).lexically_relative(folder).string(), path, stop));
  return {};
}

}  // namespace

std::string index_key(const Kind& kind) { return kind.group + "/" + kind.resource; }

void SnapshotIndex::add_document(json document) {
  if (!document.is_object()) return;
  const auto items = document.find("items");
  if (items == document.end() || !items->is_array()) return add_object(*this, std::move(document));
  std::string item_kind = text_of(document, "kind"), api_version = text_of(document, "apiVersion");
  if (item_kind.ends_with("List")) item_kind.resize(item_kind.size() - 4);
  for (json& item : *items) {
    if (!item.is_object()) continue;
    // The API leaves these out of a typed list's items.
    if (!item.contains("kind")) item["kind"] = item_kind;
    if (!item.contains("apiVersion")) item["apiVersion"] = api_version;
    add_object(*this, std::move(item));
  }
}

bool SnapshotIndex::add_manifest(const json& manifest, const std::string& path) {
  if (!manifest.is_object() || text_of(manifest, "schema") != snapshot::schema) return false;
  const auto entries = manifest.find("parts");
  if (entries == manifest.end() || !entries->is_array()) return false;
  for (const json& entry : *entries)
    if (entry.is_object()) parts.push_back(part_of(entry, path));
  about = {clean_line(text_of(manifest, "target")), clean_line(text_of(manifest, "source")),
           clean_line(text_of(manifest, "captured_at"))};
  has_manifest = true;
  return true;
}

Result<void> read_manifest(SnapshotIndex& index, const std::string& path, const std::stop_token& stop) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::regular) return {};
  json manifest;
  const bool is_json = parse_json(TRY(read_snapshot_file(path, stop)), manifest);
  // A folder of others may have a manifest.json of its own.
  if (is_json && manifest.is_object() && !manifest.contains("schema")) return {};
  if (!is_json || !index.add_manifest(manifest, path))
    return fail(ErrorKind::unreadable, "the snapshot's manifest is damaged, or of a newer agent", path,
                "read it with the agent that made it");
  return {};
}

Result<std::string> read_snapshot_file(const std::string& path, const std::stop_token& stop) {
  const auto stream = TRY(open_log(path, stop));
  std::string text;
  while (true) {
    const std::string_view piece = TRY(stream->read());
    if (piece.empty()) return text;
    text += piece;
    if (text.size() > largest_file) return fail(ErrorKind::unreadable, "'" + path + "' is larger than 64 MiB", path);
  }
}

Result<SnapshotIndex> read_snapshot(const std::string& path, const std::stop_token& stop) {
  SnapshotIndex index;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    return fail(ErrorKind::target_not_found, "there is no snapshot '" + path + "'", "", "check the path");
  if (fs::is_directory(status)) {
    TRY(read_manifest(index, path + "/manifest.json", stop));
    TRY(walk(index, path, stop));
  } else {
    TRY(add_objects_file(index, path, stop));
  }
  if (!index.has_manifest && index.objects.empty())
    return fail(ErrorKind::unreadable, "no object is in the snapshot '" + path + "'", "",
                "save some there: kubectl get pods,events -o yaml");
  return index;
}

}  // namespace agent::kube
