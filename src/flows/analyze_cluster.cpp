#include "flows/analyze_cluster.hpp"

#include "evidence/cluster_index.hpp"
#include "evidence/cluster_json.hpp"
#include "evidence/fingerprint.hpp"
#include "flows/cluster_needs.hpp"
#include "flows/cluster_proof.hpp"
#include "flows/cluster_state.hpp"
#include "flows/report_parts.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <bit>
#include <map>
#include <span>

namespace agent::flows {
namespace {

using evidence::Json;
using evidence::text;

constexpr std::size_t most_logs_shown = std::size_t{1} << (log_levels - 1);
constexpr std::size_t most_uncited_logs = 4;
constexpr std::size_t most_named_together = 3;

// Findings

bool is_failing_source(const evidence::ClusterView& view, const std::string& source) {
  const auto pods = view.objects.find("pods");
  return pods != view.objects.end() && std::ranges::any_of(pods->second, [&](const Json& pod) {
           return source.starts_with(
                      fmt::format("pod/{}/{}/", text(pod, "metadata/namespace"), text(pod, "metadata/name"))) &&
                  is_failing(pod);
         });
}

/// What logs say where the objects say nothing: of a container that is not ready, or that was asked for by name.
void add_said_by_logs(const Gathered& gathered, std::vector<Finding>& findings) {
  const auto is_error = [](const Finding& finding) { return finding.severity <= Severity::error; };
  if (std::ranges::any_of(findings, is_error)) return;
  for (const KeptLog& log : gathered.logs) {
    if (log.judged.findings.empty()) continue;
    Finding finding = log.judged.findings.front();
    if (!is_failing_source(gathered.view, log.source)) finding.severity = std::max(finding.severity, Severity::warning);
    if (std::ranges::count(findings, finding.headline, &Finding::headline) == 0) findings.push_back(std::move(finding));
  }
}

/// Of a target that is gone and of which nothing is told, what made it may tell.
evidence::ClusterJudgement judge(Gathered& gathered) {
  evidence::ClusterJudgement judged = judge_cluster(gathered.view);
  if (judged.findings.empty() && gathered.instead) {
    gathered.view.target = gathered.instead;
    judged = judge_cluster(gathered.view);
  }
  add_said_by_logs(gathered, judged.findings);
  judged.findings = by_severity(std::move(judged.findings));
  for (Finding& finding : judged.findings)
    finding.verified = !finding.evidence.empty() && std::ranges::all_of(finding.evidence, [&](const Citation& one) {
      return is_proven(one, gathered.view, gathered.logs);
    });
  return judged;
}

// Not checked

bool is_not_in_snapshot(std::string_view why) { return why.ends_with("not in this snapshot"); }

/// "nodes, services, pods and 4 more"
std::string short_list(const std::vector<std::string>& names) {
  constexpr std::size_t most = 4;
  const auto shown = std::span(names).first(std::min(names.size(), most));
  const std::string words = fmt::format("{}", fmt::join(shown, ", "));
  return names.size() > most ? fmt::format("{} and {} more", words, names.size() - most) : words;
}

/// Kinds that a snapshot does not have are one entry, and so are many that are forbidden; other kinds are told with the
/// rules that had to do without them.
std::vector<NotChecked> unread_kinds(const Gathered& gathered, const std::vector<NotChecked>& by_rules) {
  std::vector<NotChecked> parts;
  std::vector<std::string> not_saved;
  const bool many_forbidden = gathered.forbidden.size() > most_named_together;
  for (const auto& [resource, why] : gathered.view.unread) {
    if (is_not_in_snapshot(why)) not_saved.push_back(resource);
    if (is_not_in_snapshot(why) || (many_forbidden && gathered.forbidden.contains(resource))) continue;
    const std::string mark = fmt::format("({} could not be read)", resource);
    const auto told = std::ranges::find_if(by_rules, [&](const NotChecked& one) { return one.what.ends_with(mark); });
    parts.push_back(told == by_rules.end() ? NotChecked{resource, why} : *told);
  }
  if (many_forbidden)
    parts.push_back({fmt::format("{}", fmt::join(gathered.forbidden, ", ")), "the cluster forbids us to read them"});
  if (!not_saved.empty()) parts.push_back({short_list(not_saved), "not in this snapshot"});
  return parts;
}

/// Many logs with the same trouble are one entry.
std::vector<NotChecked> together(std::vector<NotChecked> parts) {
  for (NotChecked& part : parts)
    if (is_not_in_snapshot(part.why)) part.why = "not in this snapshot";
  std::map<std::string, std::size_t> count;
  for (const NotChecked& part : parts) ++count[part.why];
  std::vector<NotChecked> joined;
  std::map<std::string, std::size_t> told;
  for (const NotChecked& part : parts) {
    const std::size_t nth = ++told[part.why], all = count[part.why];
    if (nth < most_named_together || all <= most_named_together)
      joined.push_back(part);
    else if (nth == most_named_together)
      joined.push_back({fmt::format("{}, and {} more", part.what, all - nth), part.why});
  }
  return joined;
}

// Evidence

/// The logs to show: those that findings cite, the cause's first; beside few, others as well.
std::vector<const KeptLog*> logs_to_show(const std::vector<KeptLog>& logs, const std::vector<Finding>& findings) {
  std::vector<const KeptLog*> shown;
  const auto add = [&](const KeptLog& log, std::size_t most) {
    if (shown.size() < most && std::ranges::find(shown, &log) == shown.end()) shown.push_back(&log);
  };
  for (const Finding& finding : findings)
    for (const Citation& citation : finding.evidence)
      if (const auto log = std::ranges::find(logs, citation.source, &KeptLog::source); log != logs.end())
        add(*log, most_logs_shown);
  for (const KeptLog& log : logs) add(log, most_uncited_logs);
  return shown;
}

/// Each gets an equal share of the budget, halved until all fit; the first one twice that where there is room.
std::vector<SourceEvidence> evidence_of(const std::vector<const KeptLog*>& logs) {
  std::vector<SourceEvidence> evidence;
  const std::size_t level =
      static_cast<std::size_t>(std::bit_width(logs.size() - std::min<std::size_t>(logs.size(), 1)));
  for (const KeptLog* log : logs) {
    const bool has_more = evidence.empty() && level > 0 && logs.size() + 1 <= (std::size_t{1} << level);
    const std::size_t wanted = std::max(has_more ? level - 1 : level, log->first_level) - log->first_level;
    const std::size_t index = std::min(wanted, log->levels.size() - 1);
    evidence.push_back({log->source, log->lines_total, log->bytes_total, log->levels[index]});
  }
  return evidence;
}

// The report

void say_state(const Gathered& gathered, Report& report) {
  const ClusterState state = state_of(gathered.view);
  report.verdict = state.verdict;
  report.cause = state.words;
  report.confidence = state.verdict == Verdict::healthy ? Confidence::high : Confidence::low;
}

void say_what_is_found(const Gathered& gathered, Report& report) {
  if (report.findings.empty()) return say_state(gathered, report);
  say_cause(report);
  // Warnings alone are no failure.
  const ClusterState state = state_of(gathered.view);
  if (report.findings.front().severity > Severity::error && state.verdict == Verdict::healthy)
    report.verdict = Verdict::healthy;
}

/// Twice: what the last text teaches is hidden in the first, too.
void redact(Report& report, SharedRedactor& shared) {
  const std::lock_guard lock(shared.guard);
  for (int pass = 0; pass < 2; ++pass)
    each_text(report, [&](std::string& text) { text = shared.redactor.redact(text); });
}

std::vector<std::pair<std::string, std::size_t>> redactions_of(const Report& report) {
  PlaceholderCounts counts = hidden_in(report.evidence);
  for (const Finding& finding : report.findings)
    for (const Citation& citation : finding.evidence)
      if (citation.line == 0) count_placeholders(citation.quote, counts);
  return {counts.begin(), counts.end()};
}

}  // namespace

std::string spoken(const ClusterQuestion& question) {
  if (!question.target) return question.name_space.empty() ? "all namespaces" : "namespace " + question.name_space;
  const kube::KindInfo& kind = *question.target->kind;
  const std::string where = kind.scope == kube::Scope::cluster ? "" : question.name_space + "/";
  return kind.singular() + " " + where + question.target->name;
}

Result<Report> analyze_cluster(const ClusterQuestion& question, const GatherParts& parts, std::stop_token stop) {
  Gathered gathered = TRY(gather(question, parts, std::move(stop)));
  const auto start = parts.clock.ticks();
  evidence::ClusterJudgement judged = judge(gathered);
  if (gathered.target_missing && judged.findings.empty()) return std::unexpected(*gathered.target_missing);
  Report report;
  report.target = spoken(question);
  report.created_at = rfc3339(parts.clock.now());
  report.findings = std::move(judged.findings);
  report.not_checked = unread_kinds(gathered, judged.not_checked);
  std::ranges::move(together(std::move(gathered.not_checked)), std::back_inserter(report.not_checked));
  report.evidence = evidence_of(logs_to_show(gathered.logs, report.findings));
  redact(report, parts.redactor);
  say_what_is_found(gathered, report);
  Report canonical = report;
  renumber_placeholders(canonical);
  report.fingerprint = evidence::fingerprint(canonical);
  if (parts.library == nullptr) report = std::move(canonical);
  report.redactions = redactions_of(report);
  report.timings_ms = std::move(gathered.timings_ms);
  report.timings_ms.emplace_back("judge",
                                 std::chrono::duration<double, std::milli>(parts.clock.ticks() - start).count());
  return report;
}

Extracted extract(const Report& report, LineNumbers numbers) {
  Extracted all;
  PlaceholderCounts counts;
  for (const SourceEvidence& source : report.evidence) {
    const std::string heading = report.evidence.size() > 1 ? "… " + source.source + "\n" : "";
    const std::string text = evidence::print_extract(source.excerpts);
    count_placeholders(text, counts);
    all.text += heading + (numbers == LineNumbers::yes ? evidence::print_numbered(source.excerpts) : text);
  }
  all.redactions.assign(counts.begin(), counts.end());
  return all;
}

}  // namespace agent::flows
