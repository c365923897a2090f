#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>

namespace agent::store {

/// What is remembered, in one SQLite file; ":memory:" forgets with the process. The file is opened, and made, at the
/// first use, so errors of it come then; any threads. Schema: src/store/README.md.
///
/// Kept are the newest 20 reports of a failure, and the newest that a model explained, and 2,000 in all. A report of
/// more than 1 MiB is counted, but not kept. For each sink, 1,000 reports may wait.
/// Errors: `settings`: no path.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                               const Clock& clock = system_clock(),
                                                               const SqliteOptions& options = {});

}  // namespace agent::store
