// How containers end: exit codes, signals, memory, and what their logs say of it.
#include "evidence/cluster_family.hpp"
#include "evidence/cluster_pod_rules.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

struct SignalName {
  std::int64_t number;
  std::string_view name, words;
};

// Numbers of Linux on x86 and arm: https://man7.org/linux/man-pages/man7/signal.7.html
constexpr std::array<SignalName, 13> signals{{{1, "SIGHUP", "was ended by SIGHUP"},
                                              {2, "SIGINT", "was interrupted"},
                                              {3, "SIGQUIT", "was ended by SIGQUIT"},
                                              {4, "SIGILL", "ran an instruction that its processor does not know"},
                                              {5, "SIGTRAP", "was ended by SIGTRAP"},
                                              {6, "SIGABRT", "aborted"},
                                              {7, "SIGBUS", "crashed with a bus error"},
                                              {8, "SIGFPE", "crashed with an arithmetic error"},
                                              {9, "SIGKILL", "was killed by SIGKILL"},
                                              {11, "SIGSEGV", "crashed with a segmentation fault"},
                                              {13, "SIGPIPE", "wrote to a closed pipe"},
                                              {15, "SIGTERM", "was ended by SIGTERM"},
                                              {25, "SIGXFSZ", "wrote a file beyond its size limit"}}};

struct Exit {
  std::int64_t code = 0;
  std::string_view reason, message;
  const SignalName* signal = nullptr;
  std::int64_t restarts = 0;
  std::string_view limit;  ///< Of memory.
  const ContainerLog* log = nullptr;
  bool previous = false;
};

const SignalName* signal_of(std::int64_t code, std::int64_t signal) {
  const std::int64_t number = signal != 0 ? signal : code - 128;
  const auto* const found = std::ranges::find(signals, number, &SignalName::number);
  return found == signals.end() ? nullptr : found;
}

const ContainerLog* log_of(const PodCase& pod, const Container& container, bool previous) {
  const auto& logs = pod.cluster.view().logs;
  const std::string id = fmt::format("pod/{}/{}/{}", pod.ref.name_space, pod.ref.name, container.name);
  auto found = logs.find(previous ? id + "/previous" : id);
  // One that has not restarted since may have its only log under either name.
  if (found == logs.end() && previous) found = logs.find(id);
  return found == logs.end() ? nullptr : &found->second;
}

Exit exit_of(const PodCase& pod, const Container& container, std::string_view state) {
  const Json& ended = at(*container.status, std::string(state) + "/terminated");
  Exit exit;
  exit.code = count(ended, "exitCode");
  exit.reason = text(ended, "reason");
  exit.message = text(ended, "message");
  exit.signal = signal_of(exit.code, count(ended, "signal"));
  exit.restarts = count(*container.status, "restartCount");
  exit.limit = text(*container.spec, "resources/limits/memory");
  exit.previous = state == "lastState";
  exit.log = log_of(pod, container, exit.previous);
  return exit;
}

/// "(exit 137, OOMKilled), 7 restarts"
std::string details(const Exit& exit, std::string_view reason) {
  std::string words = fmt::format("(exit {}", exit.code);
  if (!reason.empty()) words += fmt::format(", {}", reason);
  words += ')';
  if (exit.restarts > 0) words += fmt::format(", {} restart{}", exit.restarts, exit.restarts == 1 ? "" : "s");
  return words;
}

struct Told {
  std::string rule, words;
  Category category = Category::unknown;
  Confidence confidence = Confidence::high;
  std::string same = {};  ///< Key of the cause, where it is none of the container's own.
};

Told told_oom(const Exit& exit) {
  const std::string how = exit.limit.empty() ? "was killed as its node ran out of memory; it has no memory limit"
                                             : fmt::format("was killed at its memory limit of {}", exit.limit);
  return {"pod.oom", fmt::format("{} {}", how, details(exit, exit.reason)), Category::resource};
}

Told told_signal(const Exit& exit) {
  std::string words = fmt::format("{} {}", exit.signal->words, details(exit, exit.signal->name));
  if (exit.signal->number == 9)
    words += exit.limit.empty() ? "; it has no memory limit" : fmt::format("; its memory limit is {}", exit.limit);
  const bool from_outside = exit.signal->number == 9 || exit.signal->number == 15;
  return {"pod.signal", words, from_outside ? Category::infrastructure : Category::unknown, Confidence::medium};
}

/// Codes of POSIX shells: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_08_02
std::string_view meaning(std::int64_t code) {
  switch (code) {
    case 1: return "reported a failure of its own";
    case 2: return "reported wrong usage or a failure of its own";
    case 124: return "ran out of the time that timeout(1) gave it";
    case 125: return "could not run its inner command";
    case 126: return "found its command but could not run it";
    case 127: return "did not find a command";
    case 128: return "could not be started";
    default: return "ended with an error";
  }
}

/// What the API server refused the program, where its log says so.
std::optional<Refusal> refused(const Finding& finding, const std::string& name_space) {
  for (const Citation& citation : finding.evidence)
    if (auto refusal = refusal_of(citation.quote, name_space); refusal && refusal->id.starts_with("quota"))
      return refusal;
  return std::nullopt;
}

Told told_code(const Exit& exit, const std::string& name_space) {
  const std::string end = details(exit, exit.reason == "Error" ? "" : exit.reason);
  if (exit.log != nullptr && !exit.log->findings.empty()) {
    const Finding& cause = exit.log->findings.front();
    if (const auto refusal = refused(cause, name_space))
      return {cause.rule, fmt::format("failed {}: {}", end, refusal->words), refusal->category, Confidence::high,
              refusal->same};
    return {cause.rule, fmt::format("failed {}: {}", end, cause.headline), cause.category, cause.confidence};
  }
  const Category category = exit.code >= 125 && exit.code <= 128 ? Category::configuration : Category::unknown;
  Told told{"pod.exit", fmt::format("{} {}", meaning(exit.code), end), category, Confidence::medium};
  if (exit.log != nullptr && exit.log->last)
    told.words += fmt::format("; its last line: {}", said(exit.log->last->quote));
  else if (!exit.message.empty() && !exit.message.starts_with("[{"))  // Tekton's own notes
    told.words += fmt::format("; it said: {}", said(exit.message));
  return told;
}

Told told(const Exit& exit, const std::string& name_space) {
  if (exit.reason == "OOMKilled") return told_oom(exit);
  if (exit.reason == "ContainerStatusUnknown")
    return {"pod.lost", fmt::format("was lost when its pod ended {}", details(exit, exit.reason)),
            Category::infrastructure, Confidence::medium};
  // The log of a program that a signal ended still says more than the signal, but for those sent from outside.
  const bool from_outside = exit.signal != nullptr && (exit.signal->number == 9 || exit.signal->number == 15);
  if (exit.signal != nullptr && (from_outside || exit.log == nullptr || exit.log->findings.empty()))
    return told_signal(exit);
  return told_code(exit, name_space);
}

/// The runtime's message, or the last line where runc itself says that the program is for another processor.
std::optional<StartFailure> start_of(const Exit& exit) {
  if (exit.log != nullptr && exit.log->last && exit.log->last->quote.starts_with("exec ") &&
      exit.log->last->quote.ends_with("exec format error"))
    return start_failure(exit.log->last->quote);
  return start_failure(exit.message);
}

void advise(const PodCase& pod, const Container& container, const Exit& exit, Clue& clue) {
  const bool log_tells = exit.log != nullptr && !exit.log->findings.empty();
  if (exit.reason == "OOMKilled") {
    const std::string target = workload_of(pod.cluster, pod.ref);
    remedy(clue, fmt::format("raise the memory limit of `{}`, or make it use less memory", container.name),
           target.starts_with("deployment/") || target.starts_with("statefulset/")
               ? fmt::format("kubectl set resources {} -n {} -c {} --limits=memory=SIZE", target, pod.ref.name_space,
                             container.name)
               : describe_command(pod.ref));
  }
  if (log_tells)
    for (const Remedy& one : exit.log->findings.front().remedies) clue.finding.remedies.push_back(one);
  if (clue.finding.remedies.empty())
    remedy(clue, "read the end of its log", logs_command(pod.ref, container, exit.previous));
}

void prove(const PodCase& pod, const Container& container, std::string_view state, const Exit& exit, Clue& clue) {
  if (exit.log != nullptr && !exit.log->findings.empty())
    for (const Citation& citation : exit.log->findings.front().evidence) clue.finding.evidence.push_back(citation);
  else if (exit.log != nullptr && exit.log->last)
    clue.finding.evidence.push_back(*exit.log->last);
  const std::string ended = fmt::format("{}/{}/terminated/", container.status_path, state);
  cite(clue, pod.ref, pod.json, ended + "exitCode");
  cite(clue, pod.ref, pod.json, ended + "reason");
  if (exit.reason == "OOMKilled" || (exit.signal != nullptr && exit.signal->number == 9))
    cite(clue, pod.ref, pod.json, container.spec_path + "/resources/limits/memory");
  if (exit.restarts > 0) cite(clue, pod.ref, pod.json, container.status_path + "/restartCount");
}

/// The kubelet's Killing event says that a probe, not the program, ended the container:
/// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kuberuntime/kuberuntime_container.go
bool killed_by_probe(const PodCase& pod, const Container& container) {
  const std::string liveness = fmt::format("Container {} failed liveness probe", container.name);
  const std::string startup = fmt::format("Container {} failed startup probe", container.name);
  return std::ranges::any_of(pod.cluster.events(pod.ref), [&](const Event& event) {
    const bool unhealthy = event.reason == "Unhealthy" && event.part == container.name &&
                           (event.message.starts_with("Liveness") || event.message.starts_with("Startup"));
    const bool killing =
        event.reason == "Killing" && (event.message.starts_with(liveness) || event.message.starts_with(startup));
    return killing || unhealthy;
  });
}

/// Tekton's entrypoint ends the steps after a failed one with 1, and says so in its termination message, as it says
/// that a step's failure does not count (onError: continue).
/// https://github.com/tektoncd/pipeline/blob/v1.0.0/pkg/entrypoint/entrypointer.go
bool is_passed_over(std::string_view message) {
  return message.find(R"("Reason","value":"Skipped")") != std::string_view::npos ||
         message.find(R"("Reason","value":"Continued")") != std::string_view::npos;
}

/// True when a finding was made of the log's last line alone.
bool is_of_last_line(const ContainerLog& log, const Finding& finding) {
  return log.last && std::ranges::all_of(finding.evidence, [&](const Citation& one) {
           return one.line == log.last->line || one.quote == log.last->quote;
         });
}

/// The log's findings besides its cause, each a clue of its own.
void add_further(const PodCase& pod, const Container& container, const ContainerLog& log, std::size_t first,
                 bool last_line_is_told, Clues& clues) {
  for (std::size_t i = first; i < log.findings.size(); ++i) {
    if (last_line_is_told && is_of_last_line(log, log.findings[i])) continue;
    Clue clue;
    clue.finding = log.findings[i];
    clue.subject = pod.ref;
    clue.part = container.name;
    clues.push_back(std::move(clue));
  }
}

/// A service that ends with 0 is started again: it should have kept running.
void judge_completed(const PodCase& pod, const Container& container, const Exit& exit, Clues& clues) {
  Clue clue =
      make_clue("pod.completed", Severity::error, Category::configuration, pod.ref,
                fmt::format("{} ends by itself (exit 0) although it should keep running, {} restart{}",
                            spoken(pod.cluster, pod.ref, container), exit.restarts, exit.restarts == 1 ? "" : "s"));
  clue.part = container.name;
  cite(clue, pod.ref, pod.json, container.status_path + "/lastState/terminated/exitCode");
  cite(clue, pod.ref, pod.json, container.status_path + "/restartCount");
  remedy(clue, "keep its process in the foreground, or run it as a Job",
         logs_command(pod.ref, container, exit.previous));
  clues.push_back(std::move(clue));
}

}  // namespace

void judge_exit(const PodCase& pod, const Container& container, std::string_view state, Clues& clues) {
  const Exit exit = exit_of(pod, container, state);
  if (container.role == Role::step && is_passed_over(exit.message)) return;
  if (exit.code == 0) {
    if (exit.previous) judge_completed(pod, container, exit, clues);
    return;
  }
  const std::string who = spoken(pod.cluster, pod.ref, container);
  const auto start = exit.reason == "OOMKilled" ? std::nullopt : start_of(exit);
  Told how = start ? Told{"pod.start", fmt::format("{} {}", start->words, details(exit, exit.reason)), start->category}
                   : told(exit, pod.ref.name_space);
  Clue clue = make_clue(how.rule, Severity::error, how.category, pod.ref, fmt::format("{} {}", who, how.words));
  clue.finding.confidence = how.confidence;
  clue.part = container.name;
  clue.same = how.same;
  const bool killed = exit.signal != nullptr && (exit.signal->number == 9 || exit.signal->number == 15);
  clue.consequence = killed && exit.reason != "OOMKilled" && killed_by_probe(pod, container);
  prove(pod, container, state, exit, clue);
  if (start) {
    cite(clue, pod.ref, pod.json, fmt::format("{}/{}/terminated/message", container.status_path, state));
    remedy(clue, start->remedy, start->command);
  } else {
    advise(pod, container, exit, clue);
  }
  clues.push_back(std::move(clue));
  if (exit.log != nullptr) {
    const bool told_by_log = !exit.log->findings.empty() && how.rule == exit.log->findings.front().rule;
    add_further(pod, container, *exit.log, told_by_log ? 1 : 0, start.has_value(), clues);
  }
}

}  // namespace agent::evidence
