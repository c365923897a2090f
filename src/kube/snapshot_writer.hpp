#pragma once

#include "base/byte_stream.hpp"
#include "base/error.hpp"
#include "base/redactor.hpp"
#include "kube/source.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agent::kube {

/// What a snapshot is of.
struct SnapshotAbout {
  std::string target;       ///< "pod/ci/web"
  std::string source;       ///< Source::describe() of what it was taken from.
  std::string captured_at;  ///< RFC 3339, UTC.
};

/// Gives a text (whole lines) with its secrets hidden.
using Redact = std::function<std::string(std::string_view)>;

/// Saves what was asked of a cluster, and how that went, as a folder that open_snapshot() reads. Nothing stands at
/// `folder` until finish(): all is written beside it (0700, files 0600) and renamed. All passes the redactor; a
/// Secret's data, the values of ConfigMaps, `managedFields` and what kubectl last applied are left out. Any number of
/// threads at once.
class SnapshotWriter {
 public:
  /// `redact` is called by one thread at a time. Errors: `delivery_failed`: `folder` holds something, or nothing can be
  /// written beside it.
  [[nodiscard]] static Result<std::unique_ptr<SnapshotWriter>> create(const std::string& folder, SnapshotAbout about,
                                                                      Redact redact);
  /// The same with a redactor that outlives the writer and is used by nobody else.
  [[nodiscard]] static Result<std::unique_ptr<SnapshotWriter>> create(const std::string& folder, SnapshotAbout about,
                                                                      Redactor& redactor);
  ~SnapshotWriter();  ///< Removes what was not finished.
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  void add_list(const Kind& kind, const ListOptions& options, const Result<std::vector<nlohmann::json>>& objects);
  void add_object(const Kind& kind, const std::string& name_space, const std::string& name,
                  const Result<nlohmann::json>& object);
  /// A log that could not be opened.
  void add_missing_log(const std::string& name_space, const std::string& pod, const LogOptions& options,
                       const Error& error);
  /// The same bytes as `log` gives, saved as they are read, up to 64 MiB of them, compressed. Dropped before its end,
  /// what was read is the log. It must not outlive the writer.
  [[nodiscard]] std::unique_ptr<ByteStream> tee(const std::string& name_space, const std::string& pod,
                                                const LogOptions& options, std::unique_ptr<ByteStream> log);

  /// Writes the manifest and puts the folder in its place. Errors: `delivery_failed`: the first thing that could not be
  /// written; there is no folder then.
  [[nodiscard]] Result<void> finish();

 private:
  struct State;
  class Tee;
  explicit SnapshotWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// `source`, with all that it answers saved by `writer`. Both outlive it.
[[nodiscard]] std::unique_ptr<Source> record(Source& source, SnapshotWriter& writer);

}  // namespace agent::kube
