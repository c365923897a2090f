#include "cli/analyze_cluster.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/signals.hpp"
#include "cli/analyze_output.hpp"
#include "cli/delivery.hpp"
#include "cli/explainer.hpp"
#include "cli/progress.hpp"
#include "cli/rules.hpp"
#include "cli/show_report.hpp"
#include "cli/wiring.hpp"
#include "flows/analyze_cluster.hpp"
#include "flows/await_end.hpp"
#include "flows/find_target.hpp"
#include "flows/remote_first.hpp"
#include "kube/kinds.hpp"

#include <algorithm>
#include <array>

namespace agent::cli {
namespace {

constexpr std::string_view all_namespaces = "-A,--all-namespaces", container_flag = "-c,--container",
                           selector_flag = "-l,--selector";

/// A flag that names a target of one kind.
struct TargetFlag {
  std::string_view flag, kind;
};
constexpr std::array<TargetFlag, 5> target_flags{{{"--pod", "pod"},
                                                  {"--job", "job"},
                                                  {"--deployment", "deployment"},
                                                  {"--taskrun", "taskrun"},
                                                  {"--pipelinerun", "pipelinerun"}}};

constexpr std::array<std::string_view, 4> cluster_settings{"cluster.kubeconfig", "cluster.context", "cluster.namespace",
                                                           "cluster.as"};

bool is_given(const Context& context, std::string_view name) { return !context.all(name).empty(); }

std::unexpected<Error> two_targets() {
  return fail(ErrorKind::usage, "more than one target was named", "agent analyze",
              "name one, or none for all of a namespace");
}

/// The word "kind/name". Without a slash it is more likely a command that lacks its '--'.
Result<kube::Target> target_of_word(const std::string& word) {
  if (word.find('/') == std::string::npos)
    return fail(ErrorKind::usage, "unexpected word '" + word + "'", "",
                "agent analyze -- " + word + " …, to run a command; pod/NAME, for a target; agent analyze --help");
  return kube::parse_target(word);
}

Result<std::optional<kube::Target>> named_target(const Context& context) {
  std::vector<std::string> words = context.all("TARGET");
  for (const TargetFlag& row : target_flags)
    for (const std::string& name : context.all(row.flag)) words.push_back(std::string(row.kind) + "/" + name);
  if (words.size() > 1 || (!words.empty() && is_given(context, "--latest-failed"))) return two_targets();
  if (words.empty()) return std::nullopt;
  return TRY(target_of_word(words.front()));
}

Result<void> check_flags(const Context& context, const std::optional<kube::Target>& target) {
  const bool picks = is_given(context, "--latest-failed");
  if (is_given(context, "--log"))
    return fail(ErrorKind::usage, "a log and a cluster were both named", "--log", "give one of them");
  if (!context.settings.text("analyze.baseline_log").empty() &&
      context.settings.at("analyze.baseline_log").origin == Origin::flag)
    return fail(ErrorKind::usage, "a baseline is for logs", "--baseline-log", "leave it out");
  if (is_given(context, selector_flag) && !picks)
    return fail(ErrorKind::usage, "a selector was given without what it selects from", "-l", "add --latest-failed");
  if (is_given(context, container_flag) && !target && !picks)
    return fail(ErrorKind::usage, "a container was named without its pod", "-c", "add --pod NAME");
  if (is_given(context, "--wait") && (!target || is_given(context, "--snapshot")))
    return fail(ErrorKind::usage, "there is nothing to wait for", "--wait",
                "name a target of a cluster, such as --job NAME");
  if (is_given(context, all_namespaces) && target && target->kind->scope == kube::Scope::name_space)
    return fail(ErrorKind::usage, "a target was named in all namespaces", "-A", "say which one by -n");
  return {};
}

/// "pod/ci/web", "node/n1", "namespace/ci", "": what a snapshot says that it is of.
std::string saved_name(const flows::ClusterQuestion& question) {
  if (!question.target) return question.name_space.empty() ? "" : "namespace/" + question.name_space;
  const std::string where = question.target->kind->scope == kube::Scope::cluster ? "" : question.name_space + "/";
  return question.target->kind->singular() + "/" + where + question.target->name;
}

/// What a snapshot is of.
struct Saved {
  std::string name_space;
  std::optional<kube::Target> target;
};

Saved parse_saved(const std::string& name) {
  const std::size_t slash = name.find('/'), second = name.find('/', slash + 1);
  if (slash == std::string::npos) return {};
  const std::string kind = name.substr(0, slash), rest = name.substr(slash + 1);
  const kube::KindInfo* row = kube::find_kind(kind);
  if (second == std::string::npos && kind == "namespace") return {rest, std::nullopt};
  if (row == nullptr) return {};
  if (second == std::string::npos) return {"", kube::Target{row, rest}};
  return {name.substr(slash + 1, second - slash - 1), kube::Target{row, name.substr(second + 1)}};
}

/// Of a snapshot: what it is of, where nothing else is asked for, and where a target is, when no namespace is named.
Result<void> ask_snapshot(const Saved& saved, kube::Source& source, const std::stop_token& stop,
                          flows::ClusterQuestion& question) {
  if (!question.name_space.empty()) return {};
  question.name_space = saved.name_space;
  if (!question.target) question.target = saved.target;
  if (question.target && question.name_space.empty())
    question.name_space = TRY(flows::place(source, *question.target, stop)).name_space;
  return {};
}

Result<void> find_question(const Context& context, const std::optional<kube::Target>& target,
                           const OpenedCluster& cluster, const std::stop_token& stop,
                           flows::ClusterQuestion& question) {
  question.name_space = is_given(context, all_namespaces) ? "" : cluster.name_space;
  question.target = target;
  if (is_given(context, "--latest-failed")) {
    flows::PlacedTarget found =
        TRY(flows::latest_failed(*cluster.source, question.name_space, context.one(selector_flag), stop));
    question.name_space = std::move(found.name_space);
    question.target = std::move(found.target);
  } else if (is_given(context, "--snapshot") && !is_given(context, all_namespaces)) {
    return ask_snapshot(parse_saved(cluster.target), *cluster.source, stop, question);
  }
  return {};
}

/// Ages are told to the second, so that a snapshot, whose time is written down so, tells the same.
std::chrono::system_clock::time_point whole_second(std::chrono::system_clock::time_point at) {
  return std::chrono::floor<std::chrono::seconds>(at);
}

/// The namespace that we would ask ourselves; a server has one of its own, but does not tell.
std::string name_space_through_server(const Context& context) {
  if (const auto choice = cluster_choice(context); choice && !choice->name_space.empty()) return choice->name_space;
  const std::string named = context.settings.text("cluster.namespace");
  return named.empty() ? "default" : named;
}

/// A report is kept, also when its snapshot could not be written.
struct Looked {
  Report report;
  Result<void> saved;
};

/// One question, looked at by one way or another.
class Looking {
 public:
  Looking(Context& context, std::optional<kube::Target> target, flows::SharedRedactor& redactor, Explainer* explainer,
          std::stop_token stop, std::optional<std::chrono::steady_clock::time_point> until)
      : context_(context),
        target_(std::move(target)),
        redactor_(redactor),
        explainer_(explainer),
        stop_(std::move(stop)),
        until_(until) {}

  Result<Looked> look() {
    rules_ = TRY(load_rules(context_.settings));
    const std::string snapshot = context_.one("--snapshot");
    if (!snapshot.empty()) return look_alone(TRY(open_snapshot(context_, snapshot, stop_)));
    const std::optional<ClusterServer> server = TRY(cluster_server(context_));
    if (server) return look_through(*server);
    return look_alone(TRY(open_cluster(context_, redactor_)));
  }

  /// Where a model may look further: where the report is from.
  [[nodiscard]] const Surroundings& around() const { return around_; }

 private:
  Result<Looked> look_alone(OpenedCluster cluster) {
    Looked looked = TRY(look_at(cluster, {}));
    around_.source = std::move(cluster.source);
    return looked;
  }

  Result<Looked> look_at(const OpenedCluster& cluster, const flows::SourceNotes& notes) {
    if (is_given(context_, "--wait")) TRY(flows::await_end(*cluster.source, {cluster.name_space, *target_}, {}, stop_));
    flows::ClusterQuestion question{.name_space = {},
                                    .target = {},
                                    .container = context_.one(container_flag),
                                    .evidence_tokens = evidence_tokens(context_.settings),
                                    .now = whole_second(cluster.taken_at.value_or(system_clock().now())),
                                    .until = until_};
    TRY(find_question(context_, target_, cluster, stop_, question));
    around_.name_space = question.name_space;
    const std::string folder = context_.one("--save-snapshot");
    std::unique_ptr<Recording> recording;
    if (!folder.empty())
      recording = TRY(record_to(folder, saved_name(question), question.now, *cluster.source, redactor_));
    Progress progress(context_.err, progress_shown(context_.settings), flows::spoken(question));
    const flows::GatherParts parts{
        recording ? recording->source() : *cluster.source,
        *rules_,
        system_clock(),
        redactor_,
        [&](std::string_view what, std::size_t done, std::size_t of) {
          progress.say(std::string(what) + " " + std::to_string(done) + " of " + std::to_string(of));
        },
        notes,
        explainer_ == nullptr ? nullptr : &explainer_->library()};
    Looked looked{TRY(flows::analyze_cluster(question, parts, stop_)), {}};
    if (recording) looked.saved = recording->finish();
    return looked;
  }

  Result<Looked> look_through(const ClusterServer& server) {
    OpenedCluster remote, own;
    std::vector<std::shared_ptr<tools::Tool>> server_tools;
    const auto connect = [&]() -> Result<tools::RemoteSource*> {
      auto opened = TRY(open_cluster_server(context_, redactor_, until_.value_or(net::Deadline::max()), stop_));
      tools::RemoteSource* seen = opened.source.get();
      log(LogLevel::debug, "cluster.way", {{"by", seen->describe()}});
      remote.source = std::move(opened.source);
      server_tools = std::move(opened.tools);
      remote.name_space = name_space_through_server(context_);
      return seen;
    };
    const auto connect_ourselves = [&]() -> Result<kube::Source*> {
      own = TRY(open_cluster(context_, redactor_));
      return own.source.get();
    };
    flows::RemoteFirst ways{.server = server.name, .connect = connect, .own = {}, .required = server.required};
    if (cluster_is_named(context_)) ways.own = connect_ourselves;
    Result<void> saved;
    Report report = TRY(
        flows::look_remote_first(ways, [&](kube::Source& source, const flows::SourceNotes& notes) -> Result<Report> {
          const bool is_own = &source == own.source.get();
          Looked looked = TRY(look_at(is_own ? own : remote, notes));
          around_.source = is_own ? own.source : nullptr;
          around_.server_tools = is_own ? std::vector<std::shared_ptr<tools::Tool>>() : server_tools;
          saved = std::move(looked.saved);
          return std::move(looked.report);
        }));
    return Looked{std::move(report), std::move(saved)};
  }

  Context& context_;
  std::optional<kube::Target> target_;
  flows::SharedRedactor& redactor_;
  Explainer* explainer_;
  Surroundings around_;
  std::stop_token stop_;
  std::optional<std::chrono::steady_clock::time_point> until_;
  std::optional<evidence::RuleSet> rules_;
};

Result<int> show(Context& context, const Looked& looked, Deliverer& deliverer, const std::stop_token& stop) {
  const Report& report = looked.report;
  if (!wants_only_evidence(context.settings)) {
    const Result<void> shown = show_report(context, context.out, report);
    const Result<void> delivered = deliverer.deliver(report, stop);
    TRY(first_failure(context, first_failure(context, shown, looked.saved), delivered));
    TRY(check_model(context, report));
    return exit_code(context.settings, report);
  }
  TRY(write_report_files(context, report));
  const flows::Extracted extracted = flows::extract(report, line_numbers(context.settings));
  TRY(context.out.write(extracted.text));
  TRY(show_redactions(context, extracted.redactions));
  TRY(looked.saved);
  return 0;
}

Result<int> explain(Context& context, Looking looking, Explainer* explainer, Deliverer& deliverer,
                    const std::stop_token& stop) {
  Looked looked = TRY(looking.look());
  if (explainer != nullptr && explainer->is_dry_run())
    return explainer->show_request(looked.report, looking.around(), stop);
  const std::string explained = deliverer.look_up(looked.report, stop);
  looked.report = TRY(conclude(context, explainer, std::move(looked.report), looking.around(), explained, stop));
  if (explainer != nullptr && looked.saved) looked.saved = explainer->ended();
  return show(context, looked, deliverer, stop);
}

}  // namespace

std::vector<Argument> cluster_arguments() {
  return {
      {.name = "--pod", .value = "NAME", .help = "Pod to explain"},
      {.name = container_flag, .value = "NAME", .help = "Only this container's log, whatever its state"},
      {.name = "--job", .value = "NAME", .help = "Job to explain; beside --github-run, a job of that run"},
      {.name = "--deployment", .value = "NAME", .help = "Deployment to explain"},
      {.name = "--taskrun", .value = "NAME", .help = "TaskRun of Tekton to explain"},
      {.name = "--pipelinerun", .value = "NAME", .help = "PipelineRun of Tekton to explain"},
      {.name = "--latest-failed", .value = "", .help = "The pod in phase Failed that started last"},
      {.name = selector_flag, .value = "SELECTOR", .help = "Labels of the pods among which --latest-failed chooses"},
      {.name = all_namespaces, .value = "", .help = "Every failing workload of all namespaces"},
      {.name = "--wait", .value = "", .help = "Wait until the target has ended; --timeout limits it"},
      {.name = "--snapshot",
       .value = "DIR",
       .help = "Look at a saved cluster, or at what 'kubectl get -o yaml' printed"},
      {.name = "--save-snapshot", .value = "DIR", .help = "Save all that is looked at, with secrets hidden"}};
}

bool asks_for_cluster(const Context& context) {
  const auto arguments = cluster_arguments();
  return is_given(context, "TARGET") ||
         std::ranges::any_of(arguments, [&](const Argument& one) { return is_given(context, one.name); }) ||
         std::ranges::any_of(cluster_settings,
                             [&](std::string_view key) { return context.settings.at(key).origin == Origin::flag; });
}

Result<int> analyze_cluster(Context& context) {
  const std::optional<kube::Target> target = TRY(named_target(context));
  TRY(check_flags(context, target));
  const auto timeout = context.timeout();
  const Interrupts interrupts({.timeout = timeout, .grace = std::chrono::seconds(5)});
  std::optional<std::chrono::steady_clock::time_point> until;
  if (timeout) until = std::chrono::steady_clock::now() + *timeout;
  flows::SharedRedactor redactor;
  const auto explainer = TRY(Explainer::make(context, redactor));
  const auto deliverer = TRY(Deliverer::make(context, redactor));
  Result<int> done = explain(context, {context, target, redactor, explainer.get(), interrupts.token(), until},
                             explainer.get(), *deliverer, interrupts.token());
  return ended(context, done, interrupts);
}

}  // namespace agent::cli
