#pragma once

#include "base/tokens.hpp"
#include "evidence/cluster_rules.hpp"
#include "evidence/rules.hpp"
#include "flows/cluster_reader.hpp"
#include "flows/report_parts.hpp"
#include "flows/shared_redactor.hpp"
#include "kube/source.hpp"
#include "loop/library.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::flows {

/// A container whose log may explain a failure, and which of its runs are read.
struct WantedLog {
  std::string name_space, pod, container;
  bool previous_first = false;  ///< The run before is read first.
  bool has_other = false;       ///< There is another run than the one that is read first.
  bool both = false;            ///< The other run is read even when the first one said something.
};

/// The containers of a pod that failed, wait after a failure, are not ready or hang, init containers and sidecars
/// included. With a name, only that container, in whatever state it is.
[[nodiscard]] std::vector<WantedLog> wanted_logs(const nlohmann::json& pod, const std::string& container,
                                                 std::chrono::system_clock::time_point now);

/// The steps that failed of a TaskRun whose pod can't be read, though its logs may be.
[[nodiscard]] std::vector<WantedLog> wanted_logs_of_task_run(const nlohmann::json& run);

/// What is kept of one log after it was read and judged.
struct KeptLog {
  std::string source;  ///< pod/NS/NAME/CONTAINER (/previous)
  std::size_t lines_total = 0;
  std::uint64_t bytes_total = 0;
  std::size_t first_level = 0;               ///< levels[0] has the evidence budget halved that often.
  std::vector<std::vector<Excerpt>> levels;  ///< Extracts, each of half the one before.
  NumberedLines cited;                       ///< The lines that citations may point to.
  evidence::ContainerLog judged;
};

struct LogParts {
  kube::Source& source;
  const evidence::RuleSet& rules;
  SharedRedactor& redactor;  ///< Also keeps one thread at a time at work on what was read.
  TimeLimits& limits;
  loop::Library* library = nullptr;  ///< Where the texts are kept; may be null.
};

struct LogLimits {
  Tokens evidence_tokens{2000};
  std::optional<std::chrono::steady_clock::time_point> until;  ///< When `--timeout` ends all.
  std::size_t most_threads = 16;
};

struct ReadLogs {
  std::vector<KeptLog> logs;  ///< In order of `wanted`; empty logs are left out.
  std::vector<NotChecked> not_checked;
};

/// Reads the logs, at most two runs of each container and one at a time, each through a distiller of its own whose
/// memory is given back at once; of large ones, four at a time. A log that does not end is cut off after two minutes,
/// at the deadline, or where others wait for their turn at its share of the time that is left, and is "not checked"
/// from there on. `done` is told how many containers are done.
[[nodiscard]] ReadLogs read_logs(const std::vector<WantedLog>& wanted, const LogParts& parts, const LogLimits& limits,
                                 const std::function<void(std::size_t)>& done);

/// How many of the extracts of levels[0], [1], … may be shown together: 1, 2, 4, …
inline constexpr std::size_t log_levels = 5;

}  // namespace agent::flows
