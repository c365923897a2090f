#pragma once

#include "base/error.hpp"
#include "kube/snapshot_writer.hpp"
#include "kube/source.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::kube {

/// One object of a snapshot: read, or still in a file.
struct SavedObject {
  std::string name_space, name;
  nlohmann::json value;  ///< Null: it is in `path`.
  std::string path;
};

/// One thing that was asked for when the snapshot was made, and how that went.
struct SavedPart {
  Kind kind;
  std::string name;  ///< Of a get or a log; empty: a list.
  ListOptions options;
  std::optional<LogOptions> log;
  std::optional<std::uint64_t> log_bytes;  ///< Of the log, before secrets were hidden.
  std::optional<Error> error;              ///< Why it is missing.
};

/// What stands in a snapshot's files.
struct SnapshotIndex {
  bool has_manifest = false;
  SnapshotAbout about;  ///< As the manifest says.
  std::vector<SavedPart> parts;
  /// By "GROUP/RESOURCE", whatever the version; then by namespace and name.
  std::map<std::string, std::map<std::pair<std::string, std::string>, SavedObject>, std::less<>> objects;
  /// Log files by each end of their path without extensions: "web" and "ci/web" of "ci/web.log".
  std::map<std::string, std::string, std::less<>> logs;

  /// Adds the objects of one document: a list's items, or itself. What is no object of Kubernetes is left out.
  void add_document(nlohmann::json document);

  /// Adds what a manifest says. False when it is not of the schema that is known.
  [[nodiscard]] bool add_manifest(const nlohmann::json& manifest, const std::string& path);
};

/// "apps/deployments", "/pods".
[[nodiscard]] std::string index_key(const Kind& kind);

/// The index of the snapshot at `path`. Errors: those of open_snapshot().
[[nodiscard]] Result<SnapshotIndex> read_snapshot(const std::string& path, const std::stop_token& stop);

/// Adds the manifest at `path`, if there is one of ours. Errors: `unreadable`.
[[nodiscard]] Result<void> read_manifest(SnapshotIndex& index, const std::string& path, const std::stop_token& stop);

/// The bytes of a file (unpacked), at most 64 MiB. Errors: `unreadable`, `target_not_found`, `interrupted`.
[[nodiscard]] Result<std::string> read_snapshot_file(const std::string& path, const std::stop_token& stop);

}  // namespace agent::kube
