#pragma once

#include "base/byte_stream.hpp"
#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::kube {

/// Group, version and plural resource, as in a request's path: {"", "v1", "pods"}, {"tekton.dev", "v1", "taskruns"}.
struct Kind {
  std::string group, version, resource;
  auto operator<=>(const Kind&) const = default;
};

struct ListOptions {
  std::string name_space;  ///< Empty: all namespaces.
  std::string label_selector;
  std::string field_selector;
};

struct LogOptions {
  std::string container;  ///< Never empty: the API refuses a choice of several.
  bool previous = false;
  std::optional<std::int64_t> tail_lines;
  std::optional<std::int64_t> limit_bytes;
};

/// The one way to look at a cluster: the API, a snapshot folder, or tools of a remote server. Never changes anything.
/// Every call may be made from several threads at once and ends at its deadline or when `stop` is asked.
/// Errors: `target_not_found`, `unreachable`, `unauthorised`, `forbidden`, `deadline`.
class Source {
 public:
  virtual ~Source() = default;

  [[nodiscard]] virtual Result<nlohmann::json> get(const Kind& kind, const std::string& name_space,
                                                   const std::string& name, std::stop_token stop) = 0;
  /// All pages, as one array of objects.
  [[nodiscard]] virtual Result<std::vector<nlohmann::json>> list(const Kind& kind, const ListOptions& options,
                                                                 std::stop_token stop) = 0;
  /// A pull stream of one container's log, from its first line.
  [[nodiscard]] virtual Result<std::unique_ptr<ByteStream>> open_log(const std::string& name_space,
                                                                     const std::string& pod, const LogOptions& options,
                                                                     std::stop_token stop) = 0;
  /// "cluster https://10.0.0.1 as ci:agent", "snapshot ./snap": for reports and errors.
  [[nodiscard]] virtual std::string describe() const = 0;
};

}  // namespace agent::kube
