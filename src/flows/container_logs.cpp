#include "flows/container_logs.hpp"

#include "evidence/cluster_container.hpp"
#include "evidence/cluster_units.hpp"
#include "evidence/distiller.hpp"
#include "flows/analyze.hpp"
#include "flows/fan_out.hpp"
#include "flows/permits.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <ranges>

namespace agent::flows {
namespace {

using evidence::at;
using evidence::Container;
using evidence::count;
using evidence::flag;
using evidence::Json;
using evidence::text;

constexpr Tokens judged_tokens{16000};                          // What the rules see of a log.
constexpr std::size_t many_logs = 16;                           // From here on, only small extracts are kept.
constexpr std::size_t kept_tokens_of_all = 1'000'000;           // Of each level of all logs together: about 4 MB.
constexpr std::uint64_t small_log = std::uint64_t{256} << 10U;  // Bytes; a distiller takes little more than that.
constexpr std::size_t large_logs = 4;                           // At once: about 12 MiB each.
constexpr std::chrono::milliseconds longest_log{120'000};       // Without --timeout.
constexpr std::chrono::milliseconds shortest_share{1000};
constexpr std::chrono::minutes patience_with_init{5};

/// Tekton's entrypoint passes over the steps after a failed one.
bool was_skipped(const Json& ended) {
  return text(ended, "message").find(R"("Reason","value":"Skipped")") != std::string_view::npos;
}

bool hangs(const Container& container, std::chrono::system_clock::time_point now) {
  const auto started = evidence::timestamp(text(*container.status, "state/running/startedAt"));
  return container.role == evidence::Role::init && started && now - *started > patience_with_init;
}

/// Nothing for a container whose log has nothing to explain.
std::optional<WantedLog> wanted_of(const Container& container, std::chrono::system_clock::time_point now) {
  const Json& status = *container.status;
  const Json& ended = at(status, "state/terminated");
  const bool ended_before = at(status, "lastState/terminated").is_object();
  WantedLog wanted{{}, {}, container.name, false, ended_before, false};
  if (ended.is_object())
    return count(ended, "exitCode") != 0 && !was_skipped(ended) ? std::optional(wanted) : std::nullopt;
  if (at(status, "state/waiting").is_object()) {
    wanted.previous_first = true;  // the run before is the only one
    return ended_before ? std::optional(wanted) : std::nullopt;
  }
  if (!at(status, "state/running").is_object()) return std::nullopt;
  const bool unready = container.role != evidence::Role::init && !flag(status, "ready");
  if (!unready && !hangs(container, now)) return std::nullopt;
  wanted.previous_first = wanted.both = ended_before;
  return wanted;
}

WantedLog wanted_by_name(const Container& container) {
  const bool ended_before = at(*container.status, "lastState/terminated").is_object();
  const bool ended = at(*container.status, "state/terminated").is_object();
  return {{}, {}, container.name, ended_before && !ended, ended_before, ended_before};
}

std::string source_of(const WantedLog& log, bool previous) {
  return fmt::format("pod/{}/{}/{}{}", log.name_space, log.pod, log.container, previous ? "/previous" : "");
}

std::string spoken(const WantedLog& log, bool previous) {
  return fmt::format("{}log of container '{}' of pod '{}'", previous ? "previous " : "", log.container, log.pod);
}

/// The extracts that a report may show, from the largest that may be needed on.
void keep_extracts(evidence::Distiller& distiller, Tokens budget, std::size_t logs, KeptLog& kept) {
  kept.first_level = logs > many_logs ? 2 : 0;
  const std::size_t most = logs > many_logs ? kept_tokens_of_all / logs : kept_tokens_of_all;
  for (std::size_t level = kept.first_level; level < log_levels; ++level) {
    // Beside others, an extract has a heading of its own.
    const std::size_t heading = level == 0 ? 0 : count_code_points(kept.source) / 4 + 2;
    const std::size_t tokens = std::min(budget.count >> level, most);
    kept.levels.push_back(distiller.finish({tokens - std::min(tokens, heading)}).excerpts);
  }
}

/// The last line up to `most` that says something.
std::optional<Citation> last_line(const std::string& source, const NumberedLines& lines, std::size_t most) {
  for (const auto& [number, text] : std::views::reverse(lines))
    if (number <= most && text.find_first_not_of(" \t\r") != std::string::npos)
      return Citation{source, number, "", text};
  return std::nullopt;
}

enum class Ending { whole, cut };

void judge(const NumberedLines& lines, Ending ending, const evidence::RuleSet& rules, KeptLog& kept) {
  std::vector<evidence::JudgedLine> judged;
  judged.reserve(lines.size());
  for (const auto& [number, text] : lines) judged.push_back({number, text});
  // Where reading ended midway, so did a line.
  const std::size_t whole_lines = kept.lines_total - (ending == Ending::cut ? 1 : 0);
  kept.judged = {rules.judge(kept.source, judged, std::nullopt), last_line(kept.source, lines, whole_lines)};
  const auto keep = [&](const Citation& citation) {
    if (const auto line = lines.find(citation.line); line != lines.end()) kept.cited.insert(*line);
  };
  for (const Finding& finding : kept.judged.findings) std::ranges::for_each(finding.evidence, keep);
  if (kept.judged.last) keep(*kept.judged.last);
}

/// One run of the whole: what all its logs share.
class Reading {
 public:
  Reading(const std::vector<WantedLog>& wanted, const LogParts& parts, const LogLimits& limits)
      : wanted_(wanted), parts_(parts), limits_(limits), results_(wanted.size()) {}

  void read(std::size_t index) {
    const WantedLog& log = wanted_[index];
    Results& results = results_[index];
    const bool told = read_run(log, log.previous_first, results);
    if (log.has_other && (log.both || !told)) read_run(log, !log.previous_first, results);
    // A run that is gone is no loss when the other one spoke; when neither did, one of them is enough to tell of.
    if (!results.logs.empty()) std::erase_if(results.missing, [](const Missing& one) { return one.gone; });
    if (results.logs.empty() && results.missing.size() > 1) results.missing.erase(results.missing.begin());
    ++done_;
  }

  [[nodiscard]] std::size_t done() const { return done_; }

  ReadLogs take() {
    ReadLogs all;
    for (Results& results : results_) {
      std::ranges::move(results.logs, std::back_inserter(all.logs));
      for (Missing& one : results.missing) all.not_checked.push_back(std::move(one.part));
    }
    return all;
  }

 private:
  struct Missing {
    NotChecked part;
    bool gone = false;  ///< Nothing of it could be read.
  };
  struct Results {
    std::vector<KeptLog> logs;
    std::vector<Missing> missing;
  };

  /// True when the log said anything.
  bool read_run(const WantedLog& log, bool previous, Results& results) {
    const auto share = time_share();
    const auto limit = parts_.limits.start(share);
    Permits::Permit large(large_);  // outlives the distiller
    LogEvidence evidence{source_of(log, previous), evidence::Distiller(nullptr, &parts_.redactor.redactor), {}};
    if (parts_.library != nullptr) evidence.text = parts_.library->open(evidence.source);
    auto stream = parts_.source.open_log(log.name_space, log.pod, {log.container, previous, {}, {}}, limit.token());
    const auto watch_size = [&](std::uint64_t bytes) {
      if (bytes > small_log) large.take(limit.token());
    };
    Result<void> done = stream ? read_log(**stream, evidence, limit.token(), watch_size)
                               : Result<void>(std::unexpected(stream.error()));
    if (!done) {
      results.missing.push_back({{spoken(log, previous), done.error().what}, true});
      return false;
    }
    for (NotChecked part : evidence.not_checked) {
      part.what.replace(0, evidence.source.size(), spoken(log, previous));
      if (limit.ran_out()) part.why = fmt::format("it did not end within {} ms", share.count());
      results.missing.push_back({std::move(part), false});
    }
    return keep(evidence, (*stream)->original_bytes(), results);
  }

  bool keep(LogEvidence& evidence, std::optional<std::uint64_t> original_bytes, Results& results) {
    const std::lock_guard lock(parts_.redactor.guard);
    KeptLog kept;
    kept.source = evidence.source;
    const evidence::Extract seen = evidence.distiller.finish(judged_tokens);
    kept.lines_total = seen.lines_total;
    kept.bytes_total = original_bytes.value_or(seen.bytes_total);
    if (seen.bytes_total == 0) return false;
    if (evidence.text) evidence.text->finish();
    judge(numbered(seen.excerpts), evidence.not_checked.empty() ? Ending::whole : Ending::cut, parts_.rules, kept);
    keep_extracts(evidence.distiller, limits_.evidence_tokens, wanted_.size(), kept);
    results.logs.push_back(std::move(kept));
    return true;
  }

  /// Where others wait: four fifths of what is left, for each of the rounds in which the rest is read.
  [[nodiscard]] std::chrono::milliseconds time_share() const {
    if (!limits_.until) return longest_log;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*limits_.until - std::chrono::steady_clock::now());
    const std::size_t logs = wanted_.size() - std::min(done_.load(), wanted_.size() - 1);
    const auto rounds = static_cast<std::int64_t>((logs + limits_.most_threads - 1) / limits_.most_threads);
    if (rounds <= 1) return longest_log;
    return std::min(longest_log, std::max(shortest_share, left * 4 / (5 * rounds)));
  }

  const std::vector<WantedLog>& wanted_;
  const LogParts& parts_;
  const LogLimits& limits_;
  std::vector<Results> results_;
  Permits large_{large_logs};
  std::atomic<std::size_t> done_{0};
};

}  // namespace

std::vector<WantedLog> wanted_logs(const Json& pod, const std::string& container,
                                   std::chrono::system_clock::time_point now) {
  std::vector<WantedLog> wanted;
  for (const Container& one : evidence::containers_of(pod)) {
    if (!container.empty() && one.name != container) continue;
    std::optional<WantedLog> log = container.empty() ? wanted_of(one, now) : wanted_by_name(one);
    if (!log) continue;
    log->name_space = text(pod, "metadata/namespace");
    log->pod = text(pod, "metadata/name");
    wanted.push_back(*std::move(log));
  }
  return wanted;
}

std::vector<WantedLog> wanted_logs_of_task_run(const Json& run) {
  std::vector<WantedLog> wanted;
  for (const Json& step : evidence::items(run, "status/steps")) {
    const std::string_view why = text(step, "terminationReason");
    if (count(step, "terminated/exitCode") == 0 || why == "Skipped" || why == "Continued") continue;
    std::string container(text(step, "container"));
    if (container.empty()) container = "step-" + std::string(text(step, "name"));
    wanted.push_back({std::string(text(run, "metadata/namespace")), std::string(text(run, "status/podName")),
                      std::move(container), false, false, false});
  }
  return wanted;
}

ReadLogs read_logs(const std::vector<WantedLog>& wanted, const LogParts& parts, const LogLimits& limits,
                   const std::function<void(std::size_t)>& done) {
  Reading reading(wanted, parts, limits);
  fan_out(wanted.size(), limits.most_threads, [&](std::size_t index) {
    reading.read(index);
    if (done) done(reading.done());
  });
  return reading.take();
}

}  // namespace agent::flows
