#include "cli/analyze.hpp"

#include "base/byte_stream.hpp"
#include "base/process.hpp"
#include "base/signals.hpp"
#include "base/text.hpp"
#include "cli/analyze_cluster.hpp"
#include "cli/analyze_output.hpp"
#include "cli/delivery.hpp"
#include "cli/explainer.hpp"
#include "cli/github_run.hpp"
#include "cli/progress.hpp"
#include "cli/rules.hpp"
#include "cli/show_report.hpp"
#include "cli/wiring.hpp"
#include "flows/analyze.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>

namespace agent::cli {
namespace {

bool is_standard_input(const std::string& path) { return path == "-"; }

/// True when something was piped or redirected into us, rather than a terminal or nothing at all (/dev/null).
bool input_is_given() {
  struct stat status{};
  if (fstat(STDIN_FILENO, &status) != 0) return false;
  return S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode) || S_ISSOCK(status.st_mode);
}

/// The logs that were asked for. Errors: `usage` when none was.
Result<std::vector<std::string>> named_logs(const Context& context) {
  std::vector<std::string> paths = context.all("--log");
  if (paths.empty() && input_is_given()) paths.emplace_back("-");
  if (paths.empty())
    return fail(ErrorKind::usage, "nothing to analyse", "agent analyze",
                "name a log (--log FILE), pipe one in, run the command (agent analyze -- make test), or name what "
                "fails in a cluster (--pod NAME, -n NAMESPACE, --kubeconfig FILE, --snapshot DIR)");
  if (std::ranges::count_if(paths, is_standard_input) > 1)
    return fail(ErrorKind::usage, "standard input was named more than once", "--log -", "name each log once");
  return paths;
}

Result<std::optional<evidence::Baseline>> load_baseline(const Settings& settings, const std::stop_token& stop) {
  const std::string& path = settings.text("analyze.baseline_log");
  if (path.empty()) return std::nullopt;
  auto stream = TRY(open_log(path, stop));
  return TRY(flows::read_baseline(*stream, stop));
}

/// What the distillers of all logs share, and where the texts are kept for a model.
struct Shared {
  const evidence::Baseline* baseline;
  Redactor* redactor;
  Explainer* explainer = nullptr;
};

flows::LogEvidence evidence_of(const std::string& source, const Shared& shared) {
  flows::LogEvidence log{source, evidence::Distiller(shared.baseline, shared.redactor), {}};
  if (shared.explainer != nullptr) log.text = shared.explainer->library().open(source);
  return log;
}

const evidence::Baseline* pointer_to(const std::optional<evidence::Baseline>& baseline) {
  return baseline ? &*baseline : nullptr;
}

/// A path as it is told: it may hold anything, a secret as well.
std::string told(const std::string& path, Redactor& redactor) { return clean_line(redactor.redact(path)); }

LogInput input_of(const std::string& path, Redactor& redactor) {
  const std::string name = told(path, redactor);
  return {name, "log " + name, "log/" + (is_standard_input(path) ? "stdin" : name),
          [path](const std::stop_token& stop) { return open_log(path, stop); }};
}

std::string target_of(const std::vector<std::string>& paths, Redactor& redactor) {
  std::string target = paths.size() == 1 ? "log " : "logs ";
  for (const std::string& path : paths) {
    if (&path != &paths.front()) target += ", ";
    target += is_standard_input(path) ? "standard input" : told(path, redactor);
  }
  return target;
}

Result<void> read_one(Context& context, const LogInput& input, const std::stop_token& stop, flows::LogEvidence& log) {
  auto stream = TRY(input.open(stop));
  Progress progress(context.err, progress_shown(context.settings), input.name);
  return flows::read_log(*stream, log, stop, [&](std::uint64_t bytes) { progress.read(bytes); });
}

/// Reads every log. One of several that can't be read is "not checked"; a single one is an error.
Result<std::vector<flows::LogEvidence>> read_all(Context& context, const std::vector<LogInput>& inputs,
                                                 const Shared& shared, const std::stop_token& stop) {
  std::vector<flows::LogEvidence> logs;
  std::vector<NotChecked> unread;
  for (const LogInput& input : inputs) {
    flows::LogEvidence log = evidence_of(input.source, shared);
    const Result<void> done = read_one(context, input, stop, log);
    if (done)
      logs.push_back(std::move(log));
    else if (inputs.size() == 1)
      return std::unexpected(done.error());
    else
      unread.push_back({input.what, told(done.error().what, *shared.redactor)});
  }
  if (logs.empty())
    return fail(ErrorKind::target_not_found, "none of the " + std::to_string(inputs.size()) + " logs can be read",
                unread.front().why, "check the paths after --log");
  logs.front().not_checked.insert(logs.front().not_checked.end(), unread.begin(), unread.end());
  return logs;
}

/// What of the logs could not be read; an extract has no place for it.
Result<void> say_not_checked(Context& context, const std::vector<flows::LogEvidence>& logs) {
  if (context.settings.enabled("output.quiet")) return {};
  for (const flows::LogEvidence& log : logs)
    for (const NotChecked& part : log.not_checked)
      TRY(context.err.write("agent: not checked: " + clean_line(part.what + ": " + part.why) + "\n"));
  return {};
}

Result<int> show_evidence(Context& context, Output& out, std::vector<flows::LogEvidence>& logs) {
  const flows::Extracted extracted =
      flows::extract(logs, evidence_tokens(context.settings), line_numbers(context.settings));
  TRY(out.write(extracted.text));
  TRY(say_not_checked(context, logs));
  TRY(show_redactions(context, extracted.redactions));
  return 0;
}

/// What is to be read, and what the report calls it.
RunLogs logs_of(const std::vector<std::string>& paths, Redactor& redactor) {
  RunLogs all{.pipeline = {}, .target = target_of(paths, redactor), .logs = {}};
  for (const std::string& path : paths) all.logs.push_back(input_of(path, redactor));
  return all;
}

Result<int> explain_logs(Context& context, const std::vector<std::string>& paths, const std::stop_token& stop) {
  const bool only_evidence = wants_only_evidence(context.settings);
  const bool no_report = only_evidence && context.settings.list("analyze.report").empty();
  const evidence::RuleSet rules = no_report ? evidence::RuleSet() : TRY(load_rules(context.settings));
  const std::optional<evidence::Baseline> baseline = TRY(load_baseline(context.settings, stop));
  flows::SharedRedactor shared;
  const auto explainer = TRY(Explainer::make(context, shared));
  const auto deliverer = TRY(Deliverer::make(context, shared));
  Redactor& redactor = shared.redactor;
  const RunLogs asked =
      asks_for_github_run(context) ? TRY(open_github_run(context, shared, stop)) : logs_of(paths, redactor);
  std::vector<flows::LogEvidence> logs =
      TRY(read_all(context, asked.logs, {pointer_to(baseline), &redactor, explainer.get()}, stop));
  if (no_report) return show_evidence(context, context.out, logs);
  Report report =
      flows::analyze({asked.target, evidence_tokens(context.settings), std::nullopt}, logs, {rules, system_clock()});
  if (!asked.pipeline.system.empty()) report.pipeline = asked.pipeline;
  if (explainer && explainer->is_dry_run()) return explainer->show_request(report, {}, stop);
  const std::string explained = deliverer->look_up(report, stop);
  report = TRY(conclude(context, explainer.get(), std::move(report), {}, explained, stop));
  if (only_evidence) {
    TRY(write_report_files(context, report));
    return show_evidence(context, context.out, logs);
  }
  const Result<void> shown = show_report(context, context.out, report);
  const Result<void> delivered = deliverer->deliver(report, stop);
  const Result<void> explained_well = explainer ? explainer->ended() : Result<void>();
  TRY(first_failure(context, first_failure(context, shown, explained_well), delivered));
  TRY(check_model(context, report));
  return exit_code(context.settings, report);
}

Result<int> analyze_logs(Context& context) {
  std::vector<std::string> paths;
  if (!asks_for_github_run(context)) paths = TRY(named_logs(context));
  const Interrupts interrupts({.timeout = context.timeout(), .grace = std::chrono::seconds(5)});
  Result<int> done = explain_logs(context, paths, interrupts.token());
  return ended(context, done, interrupts);
}

std::string command_target(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& word : argv) text += (text.empty() ? "" : " ") + word;
  return "command '" + text + "'";
}

/// As a shell tells of a command that could not be started; another error as it is.
Result<int> say_not_started(Context& context, const Error& error) {
  if (error.kind != ErrorKind::target_not_found && error.kind != ErrorKind::unreadable) return std::unexpected(error);
  TRY(context.err.write(safe_description(error)));
  return error.kind == ErrorKind::target_not_found ? 127 : 126;
}

/// The command is over, and with it `--timeout`: a model has the time of its own settings. Ctrl-C ends it; what the
/// rules know is shown.
Result<void> conclude_command(Context& context, Explainer* explainer, Deliverer& deliverer, Report report,
                              std::vector<flows::LogEvidence>& logs) {
  const Interrupts interrupts({.timeout = std::nullopt, .grace = std::chrono::seconds(5)});
  const std::stop_token stop = interrupts.token();
  const std::string explained = deliverer.look_up(report, stop);
  Result<Report> concluded = conclude(context, explainer, report, {}, explained, stop);
  if (concluded)
    report = *std::move(concluded);
  else
    TRY(context.err.write(safe_description(concluded.error())));
  if (wants_only_evidence(context.settings)) {
    TRY(write_report_files(context, report));
    TRY(show_evidence(context, context.err, logs));
    return {};
  }
  const Result<void> shown = show_report(context, context.err, report);
  const Result<void> all = first_failure(context, shown, deliverer.deliver(report, stop));
  return all ? Result<void>() : context.err.write(safe_description(all.error()));
}

/// The command's output is its own; what we have to say of its failure goes to standard error.
Result<int> analyze_command(Context& context) {
  if (context.child.empty())
    return fail(ErrorKind::usage, "no command after '--'", "agent analyze --", "agent analyze -- make test");
  if (!context.all("--log").empty())
    return fail(ErrorKind::usage, "a log and a command were both given", "--log and --", "give one of them");
  if (asks_for_cluster(context))
    return fail(ErrorKind::usage, "a cluster and a command were both named", "--", "give one of them");
  if (!context.all("--dry-run").empty())
    return fail(ErrorKind::usage, "a command has to run before a model can be asked", "--dry-run",
                "give its output by --log, or leave --dry-run out");
  const evidence::RuleSet rules = TRY(load_rules(context.settings));
  const std::optional<evidence::Baseline> baseline = TRY(load_baseline(context.settings, {}));
  flows::SharedRedactor shared;
  const auto explainer = TRY(Explainer::make(context, shared));
  const auto deliverer = TRY(Deliverer::make(context, shared));
  Redactor& redactor = shared.redactor;
  std::vector<flows::LogEvidence> logs;
  logs.push_back(evidence_of("log/command", {pointer_to(baseline), &redactor, explainer.get()}));
  const Result<CommandEnd> end = run_command(context.child, {.timeout = context.timeout()},
                                             [&](std::string_view bytes) { logs.front().feed(bytes); });
  if (!end) return say_not_started(context, end.error());
  const int code = end->timed_out ? traits(ErrorKind::deadline).exit_code : end->exit_code;
  if (code == 0) TRY(deliverer->passed(redactor.redact(command_target(context.child)), {}));
  // Who pressed Ctrl-C, or left the pipe, knows why it ended.
  if (code == 0 || end->signal == SIGINT || end->output_closed) return code;
  Report report = flows::analyze({command_target(context.child), evidence_tokens(context.settings), code}, logs,
                                 {rules, system_clock()});
  report.target = redactor.redact(report.target);
  TRY(conclude_command(context, explainer.get(), *deliverer, std::move(report), logs));
  return code;
}

/// As kubectl: without a target, the namespace of the current context. A log that is named or piped in comes first.
bool means_cluster(const Context& context) {
  if (asks_for_cluster(context)) return true;
  if (!context.all("--log").empty() || input_is_given()) return false;
  const auto server = cluster_server(context);
  return cluster_is_named(context) || (server && server->has_value());
}

/// A transcript holds all that it is about.
Result<int> replay_alone(Context& context) {
  if (context.has_child || !context.all("--log").empty() || asks_for_cluster(context))
    return fail(ErrorKind::usage, "a transcript and something else to analyse were both named", "--replay",
                "give one of them");
  return replay(context);
}

Result<int> analyze(Context& context) {
  TRY(check_report_files(context));
  if (asks_for_github_run(context)) {
    TRY(check_alone(context));
    return analyze_logs(context);
  }
  if (!context.all("--replay").empty()) return replay_alone(context);
  if (context.has_child) return analyze_command(context);
  return means_cluster(context) ? analyze_cluster(context) : analyze_logs(context);
}

/// Logs first, then clusters.
std::vector<Argument> analyze_arguments() {
  std::vector<Argument> all{
      {.name = "TARGET",
       .value = "",
       .help = "What fails in a cluster, as pod/NAME, job/NAME, taskrun/NAME, …; without target, log and "
               "command: all that fails in the namespace of the current context",
       .occurs = Occurs::at_most_once},
      {.name = "--log",
       .value = "FILE",
       .help = "Log to explain, plain, gzip or zstd; - is standard input",
       .occurs = Occurs::any_number},
      github_run_argument()};
  std::ranges::move(cluster_arguments(), std::back_inserter(all));
  std::ranges::move(model_arguments(), std::back_inserter(all));
  return all;
}

}  // namespace

std::vector<Command> analyze_commands() {
  return {{.path = "analyze",
           .summary = "Explain a failure: the cause, the lines that prove it, and what to do",
           .examples = "  agent analyze --log build.log\n"
                       "  agent analyze --log unit.log --log integration.log.gz -o json\n"
                       "  make test 2>&1 | agent analyze\n"
                       "  agent analyze -- make test\n"
                       "  agent analyze --log build.log --print evidence --evidence-tokens 500\n"
                       "  agent analyze --log build.log --baseline-log last-good.log --fail-on error\n"
                       "  agent analyze -n ci --pod web-0\n"
                       "  agent analyze pipelinerun/release -n ci --wait --timeout 30m\n"
                       "  agent analyze -n ci --latest-failed -l app=web -o json\n"
                       "  agent analyze -n ci --save-snapshot ./what-failed\n"
                       "  agent analyze --snapshot ./what-failed\n"
                       "  agent analyze --log build.log --file-issue gitea --repo team/app --label ci\n"
                       "  agent analyze --log build.log --notify slack --report build.sarif\n"
                       "  agent analyze --github-run 7 --job build --comment-pr auto\n"
                       "  agent analyze --log build.log --model sonnet -v\n"
                       "  agent analyze --log build.log --model-url http://127.0.0.1:8080/v1 --dry-run\n",
           .arguments = analyze_arguments(),
           .run = analyze,
           .takes_child = TakesChild::yes,
           .section = Section::main,
           .formats = "text markdown json yaml sarif junit"}};
}

}  // namespace agent::cli
