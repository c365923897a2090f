#include "flows/analyze.hpp"

#include "evidence/fingerprint.hpp"
#include "evidence/rule_headline.hpp"
#include "flows/report_parts.hpp"

#include <algorithm>
#include <string_view>

namespace agent::flows {
namespace {

constexpr Tokens judged_tokens{16000};  // What the rules see of a log.

/// A claim holds when each of its quotes stands where it points.
bool verified(const Finding& finding, const std::string& source, const NumberedLines& lines) {
  return !finding.evidence.empty() && std::ranges::all_of(finding.evidence, [&](const Citation& citation) {
    return citation.source == source && stands_in(lines, citation);
  });
}

std::vector<evidence::JudgedLine> judged_lines(const NumberedLines& lines, const std::vector<std::size_t>& known) {
  std::vector<evidence::JudgedLine> judged;
  judged.reserve(lines.size());
  for (const auto& [number, text] : lines) judged.push_back({number, text, std::ranges::binary_search(known, number)});
  return judged;
}

/// The strongest sign of failure in a log that no rule knows.
struct Sign {
  std::string source, text;
  std::size_t line = 0;
};

/// What is known of all logs together.
struct Assessed {
  std::size_t logs = 0;
  Sign sign;
  bool known_signs = false;  // A passing run had signs of failure, too.
  evidence::LogEnd end;      // Of the log that ends least well.
};

void take_sign(Sign& sign, const evidence::Extract& seen, const std::string& source, const NumberedLines& lines) {
  if (sign.line != 0 || seen.key_line == 0) return;
  const auto found = lines.find(seen.key_line);
  if (found != lines.end()) sign = {source, found->second, seen.key_line};
}

/// Judges one log: its findings go into the report, the rest into `all`.
void assess(const std::string& source, const evidence::Extract& seen, const evidence::RuleSet& rules, Report& report,
            Assessed& all) {
  const NumberedLines lines = numbered(seen.excerpts), tail = numbered(seen.tail);
  evidence::LogVerdict verdict =
      rules.judge_log(source, judged_lines(lines, seen.known), judged_lines(tail, seen.known), report.exit_code);
  for (Finding& finding : verdict.findings) finding.verified = verified(finding, source, lines);
  std::ranges::move(verdict.findings, std::back_inserter(report.findings));
  take_sign(all.sign, seen, source, lines);
  all.known_signs = all.known_signs || seen.known_signs;
  if (all.logs++ == 0 || verdict.end.ending < all.end.ending) all.end = std::move(verdict.end);
}

std::string without_a_sign(const Report& report, const Assessed& all) {
  if (report.exit_code)
    return "the command ended with exit code " + std::to_string(*report.exit_code) + " and its output does not say why";
  return all.known_signs ? "every sign of a failure in this log stands in the passing run, too"
                         : "no sign of a failure in this log";
}

/// What the report says where no rule knew the log.
void say_unknown(Report& report, const Assessed& all) {
  report.category = Category::unknown;
  report.confidence = Confidence::low;
  report.verdict = report.exit_code || all.sign.line != 0 ? Verdict::failing : Verdict::unknown;
  if (all.sign.line == 0) {
    report.cause = without_a_sign(report, all);
    return;
  }
  const std::string headline = evidence::headline_of(all.sign.text);
  report.cause = "not a failure that the rules know; its strongest sign: " + headline;
  report.findings.push_back({.rule = "unknown",
                             .severity = Severity::error,
                             .category = Category::unknown,
                             .confidence = Confidence::low,
                             .headline = headline,
                             .evidence = {{all.sign.source, all.sign.line, "", evidence::quote_of(all.sign.text)}},
                             .remedies = {},
                             .verified = true});
}

/// True when nothing failed in the end, whatever the logs speak of: so the exit code says, or where it is not known the
/// end of every log.
bool is_survived(const Report& report, const Assessed& all) {
  if (report.exit_code) return report.exit_code == 0;
  return all.end.ending != evidence::Ending::open;
}

/// Says so; what the findings are about was survived, so they are warnings at most.
void say_survived(Report& report, const evidence::LogEnd& end) {
  const bool well = report.exit_code || end.ending == evidence::Ending::well;
  report.verdict = well ? Verdict::healthy : Verdict::unknown;
  report.category = Category::unknown;
  report.confidence = well ? Confidence::medium : Confidence::low;
  report.remedies.clear();
  report.cause = report.exit_code ? "the command ended with exit code 0"
                                  : "line " + std::to_string(end.line) + " says '" + evidence::headline_of(end.words) +
                                        "', and no failure follows";
  for (Finding& finding : report.findings) {
    finding.severity = std::max(finding.severity, Severity::warning);
    finding.confidence = Confidence::low;
  }
}

double milliseconds_since(const Clock& clock, std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(clock.ticks() - start).count();
}

Tokens share_of(Tokens budget, std::size_t logs) { return {budget.count / std::max<std::size_t>(logs, 1)}; }

}  // namespace

void LogEvidence::feed(std::string_view bytes) {
  distiller.feed(bytes);
  if (text) text->feed(bytes);
}

Result<void> read_log(ByteStream& stream, LogEvidence& log, std::stop_token stop, const ReadProgress& progress) {
  std::uint64_t bytes = 0;
  while (!stop.stop_requested()) {
    const Result<std::string_view> piece = stream.read();
    if (!piece) {
      const bool stopped = piece.error().kind == ErrorKind::interrupted || piece.error().kind == ErrorKind::deadline;
      if (bytes == 0 && !stopped) return std::unexpected(piece.error());
      log.not_checked.push_back({log.source + " behind byte " + std::to_string(bytes), piece.error().what});
      return {};
    }
    if (piece->empty()) return {};
    log.feed(*piece);
    bytes += piece->size();
    if (progress) progress(bytes);
  }
  log.not_checked.push_back({log.source + " behind byte " + std::to_string(bytes), "stopped"});
  return {};
}

Result<evidence::Baseline> read_baseline(ByteStream& stream, std::stop_token stop) {
  evidence::Baseline baseline;
  while (!stop.stop_requested()) {
    const std::string_view piece = TRY(stream.read());
    if (piece.empty()) break;
    baseline.feed(piece);
  }
  baseline.finish();
  return baseline;
}

Report analyze(const AnalyzeRequest& request, std::vector<LogEvidence>& logs, const AnalyzeParts& parts) {
  const auto start = parts.clock.ticks();
  Report report;
  report.target = request.target;
  report.created_at = rfc3339(parts.clock.now());
  report.exit_code = request.exit_code;
  Assessed all;
  for (LogEvidence& log : logs) {
    if (log.text) log.text->finish();
    const evidence::Extract seen = log.distiller.finish(judged_tokens);
    assess(log.source, seen, parts.rules, report, all);
    evidence::Extract shown = log.distiller.finish(share_of(request.evidence_tokens, logs.size()));
    report.evidence.push_back({log.source, seen.lines_total, seen.bytes_total, std::move(shown.excerpts)});
    report.not_checked.insert(report.not_checked.end(), log.not_checked.begin(), log.not_checked.end());
  }
  if (logs.size() > 1) report.findings = by_severity(std::move(report.findings));
  if (report.findings.empty())
    say_unknown(report, all);
  else
    say_cause(report);
  if (is_survived(report, all)) say_survived(report, all.end);
  report.fingerprint = evidence::fingerprint(report);
  const PlaceholderCounts hidden = hidden_in(report.evidence);
  report.redactions.assign(hidden.begin(), hidden.end());
  report.timings_ms.emplace_back("judge", milliseconds_since(parts.clock, start));
  return report;
}

Extracted extract(std::vector<LogEvidence>& logs, Tokens budget, LineNumbers numbers) {
  Extracted all;
  PlaceholderCounts counts;
  for (LogEvidence& log : logs) {
    const std::string heading = logs.size() > 1 ? "… " + log.source + "\n" : "";
    const std::size_t limit = share_of(budget, logs.size()).code_points();
    const std::size_t room = limit - std::min(limit, count_code_points(heading));
    const std::vector<Excerpt> excerpts = log.distiller.finish({room / 4}).excerpts;
    const std::string text = evidence::print_extract(excerpts);
    count_placeholders(text, counts);
    all.text += heading + (numbers == LineNumbers::yes ? evidence::print_numbered(excerpts) : text);
  }
  all.redactions.assign(counts.begin(), counts.end());
  return all;
}

}  // namespace agent::flows
