#pragma once

#include "base/error.hpp"
#include "kube/snapshot_writer.hpp"
#include "kube/source.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace agent::kube {

/// The cluster as it was saved at `path`: a folder that SnapshotWriter made (it has a manifest.json), or any folder or
/// file with what `kubectl get -o yaml|json` printed (lists and single objects; .json, .yaml, .yml) and, beside it,
/// texts of `kubectl logs`: POD.log, POD_CONTAINER.log, POD/CONTAINER.log, NAMESPACE/POD/CONTAINER.log and the like,
/// `.previous` before the extension for the run before (src/kube/README.md, "Snapshots").
///
/// Selectors are honoured; a version other than the saved one is answered with what there is. What the manifest says
/// could not be read gives the same error again. An object that a complete list does not have is `target_not_found`,
/// with the nearest name; what was never looked at is `unreadable`: "… is not in this snapshot". Of a folder without a
/// manifest nobody knows what is missing, so there it is always the latter.
/// Symbolic links are not followed. Limits: 100000 files, 8 levels, 64 MiB a file of objects.
/// Errors: `target_not_found`, `unreadable`: nothing there, or nothing that can be read.
[[nodiscard]] Result<std::unique_ptr<Source>> open_snapshot(const std::string& path, const std::stop_token& stop = {});

/// What the manifest of the snapshot at `path` says it is of; empty where there is no manifest. Errors: `unreadable`.
[[nodiscard]] Result<SnapshotAbout> about_snapshot(const std::string& path, const std::stop_token& stop = {});

}  // namespace agent::kube
