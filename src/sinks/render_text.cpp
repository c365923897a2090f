#include "sinks/render_text.hpp"

#include "base/text.hpp"
#include "sinks/display.hpp"
#include "sinks/explained.hpp"
#include "sinks/facts.hpp"
#include "sinks/text_writer.hpp"

#include <algorithm>
#include <span>

namespace agent::sinks {
namespace {

constexpr std::size_t most_proof_lines = 15;
constexpr std::size_t most_other_findings = 5;
constexpr std::size_t most_remedies = 3;
constexpr std::size_t most_links = 8;
constexpr std::size_t most_claim_columns = 250;
constexpr std::size_t most_ruled_out = 3;
constexpr std::size_t narrow = 60;  // Columns; below, indentation and categories give way to the text.

std::string_view verdict_color(Verdict verdict) {
  switch (verdict) {
    case Verdict::failing: return "\x1b[1;31m";
    case Verdict::healthy: return "\x1b[1;32m";
    case Verdict::unknown: return "\x1b[1;33m";
  }
  return "";
}

std::size_t columns_before_text(const TextWriter& writer, Verdict verdict) {
  return writer.width() < narrow ? 2 : verdict_word(verdict).size() + 2;
}

void write_head(const Report& report, TextWriter& writer) {
  const std::size_t hang = columns_before_text(writer, report.verdict);
  writer.prose(std::string(verdict_word(report.verdict)) + "  ", summary(report), hang);
  writer.prose(std::string(hang, ' '), facts(report), hang);
  if (const std::string seen = seen_before(report); !seen.empty()) {
    const std::string& issue = report.seen->issue_url;
    writer.prose(std::string(hang, ' '), capitalised(seen) + (issue.empty() ? "" : ", issue " + issue), hang);
  }
  if (report.degraded) writer.prose("", capitalised(degraded(report)) + ".", 0);
}

void write_proof(const Report& report, TextWriter& writer) {
  if (report.verdict == Verdict::healthy) return;
  const Finding* cause = cause_finding(report);
  const bool cited = cause != nullptr && !cause->evidence.empty();
  const Proof proof = cited ? proof_of(*cause, report.evidence, most_proof_lines)
                            : likeliest_excerpt(report.evidence, most_proof_lines);
  if (proof.blocks.empty()) return;
  writer.line("");
  writer.proof(proof);
}

/// " (a.log:7)"; ", not verified" in it where the proof is missing or wrong.
std::string proof_in_words(const Claim& claim) {
  std::string text;
  for (const std::string& where : places_of(claim)) text += (text.empty() ? "" : ", ") + where;
  if (!claim.verified) text += text.empty() ? "not verified" : ", not verified";
  return " (" + text + ")";
}

void write_chain(const Report& report, bool verbose, TextWriter& writer) {
  if (!report.explanation || report.explanation->chain.empty()) return;
  const std::vector<Claim>& chain = report.explanation->chain;
  writer.section("Why:");
  const std::size_t shown = verbose ? chain.size() : std::min(chain.size(), most_links);
  for (std::size_t i = 0; i < shown; ++i)
    writer.prose("  " + std::to_string(i + 1) + ". ", one_line(chain[i].text) + proof_in_words(chain[i]), 5);
  if (chain.size() > shown) writer.row("  … and " + std::to_string(chain.size() - shown) + " more: -v shows them");
}

void write_remedies(const Report& report, TextWriter& writer) {
  static const Remedy none_known{
      "Read the lines above. A rule of your own will name this cause next time: --rules FILE", ""};
  if (report.verdict == Verdict::healthy) return;
  std::vector<Remedy> remedies = marked_remedies(report);
  if (remedies.empty()) remedies.push_back(none_known);
  remedies.resize(std::min(remedies.size(), most_remedies));
  writer.section("Do this:");
  for (const Remedy& remedy : remedies) writer.remedy(remedy, 2);
}

std::string padded(std::string_view word, std::size_t columns) {
  return std::string(word) + std::string(columns - std::min(columns, word.size()), ' ');
}

void write_finding_row(const Report& report, const Finding& finding, TextWriter& writer) {
  const std::string lead = "  " + padded(name(finding.severity), 8) + "  ", said = said_by(report, finding);
  const std::string text =
      (said.empty() ? "" : said + " · ") +
      (writer.width() < narrow ? finding.headline : with_category(finding.category, finding.headline));
  // Nothing of a claim without proof is hidden at the end of a row.
  if (!said.empty() && !finding.verified) return writer.prose(lead, cut(one_line(text), most_claim_columns), 4);
  const std::string where = finding.evidence.empty()
                                ? ""
                                : "  (" + place(finding.evidence.front().source, finding.evidence.front().line) + ")";
  const std::string safe = one_line(lead + text);
  const bool both_fit = columns_of(safe) + columns_of(where) <= writer.width();
  writer.row(both_fit ? safe + where : safe);
}

void write_other_findings(const Report& report, TextWriter& writer) {
  const std::span<const Finding> others = other_findings(report);
  if (others.empty()) return;
  writer.section("Also found:");
  const std::size_t shown = std::min(others.size(), most_other_findings);
  for (const Finding& finding : others.first(shown)) write_finding_row(report, finding, writer);
  if (others.size() > shown) writer.row("  … and " + std::to_string(others.size() - shown) + " more: -v shows them");
}

void write_findings_in_full(const Report& report, TextWriter& writer) {
  const std::span<const Finding> others = other_findings(report);
  if (others.empty()) return;
  writer.section("Also found:");
  for (const Finding& finding : others) {
    writer.line("");
    writer.prose("  " + std::string(name(finding.severity)) + "  ", with_category(finding.category, finding.headline),
                 4);
    writer.prose("  ",
                 "rule " + finding.rule + ", confidence " + std::string(name(finding.confidence)) +
                     (finding.verified ? "" : ", not verified"),
                 4);
    writer.proof(proof_of(finding, report.evidence, most_proof_lines));
    for (const Remedy& remedy : finding.remedies) writer.remedy(remedy, 4);
  }
}

void write_ruled_out(const Report& report, bool verbose, TextWriter& writer) {
  if (!report.explanation || report.explanation->ruled_out.empty()) return;
  const std::vector<RuledOut>& all = report.explanation->ruled_out;
  writer.section("Ruled out:");
  const std::size_t shown = verbose ? all.size() : std::min(all.size(), most_ruled_out);
  for (const RuledOut& other : std::span(all).first(shown)) {
    const std::string text = one_line(other.what) + ": " + one_line(other.why);
    verbose ? writer.prose("  ", text, 4) : writer.row("  " + text);
  }
  if (all.size() > shown) writer.row("  … and " + std::to_string(all.size() - shown) + " more: -v shows them");
}

void write_disagreements(const Report& report, TextWriter& writer) {
  if (!report.explanation || report.explanation->disagreements.empty()) return;
  writer.section("The model doubts:");
  for (const Disagreement& disagreement : report.explanation->disagreements)
    writer.prose("  ", disagreement.rule + ": " + disagreement.why, 4);
}

void write_evidence(const Report& report, TextWriter& writer) {
  if (report.evidence.empty()) return;
  writer.section("Evidence:");
  for (const SourceEvidence& source : report.evidence) {
    for (const Excerpt& excerpt : source.excerpts) {
      writer.row("  --> " + place(source.source, excerpt.first_line) + "  kept for: " + excerpt.why);
      writer.numbered(numbered_lines(excerpt));
      if (excerpt.folded > 0) writer.row("   " + more_like_this(excerpt.folded));
    }
  }
}

void write_how_made(const Report& report, TextWriter& writer) {
  writer.section("How this was made:");
  if (const Finding* cause = cause_finding(report)) writer.row("  cause found by: " + cause->rule);
  for (const auto& [stage, value] : report.timings_ms) writer.row("  " + stage + ": " + milliseconds(value));
  if (report.explanation)
    for (const Proposal& proposal : report.explanation->proposals)
      writer.row("  the model wanted to file an issue: " + proposal.title);
  if (!report.fingerprint.empty()) writer.row("  fingerprint: " + report.fingerprint);
  if (!report.created_at.empty()) writer.row("  at: " + report.created_at);
}

void write_not_checked(const Report& report, TextWriter& writer) {
  if (report.not_checked.empty()) return;
  writer.section("Not checked:");
  for (const NotChecked& part : report.not_checked) writer.prose("  ", part.what + ": " + part.why, 4);
}

/// The command that reads the same logs again; empty when not all of them are files that can be read a second time.
std::string same_command(const Report& report) {
  constexpr std::string_view log_prefix = "log/";
  if (report.evidence.empty() || report.exit_code) return "";
  std::string command = "agent analyze";
  for (const SourceEvidence& source : report.evidence) {
    if (!source.source.starts_with(log_prefix) || source.source == "log/stdin") return "";
    command += " --log " + shell_quoted(one_line(source.source.substr(log_prefix.size())));
  }
  return command;
}

void write_where_the_rest_is(const Report& report, bool verbose, TextWriter& writer) {
  const std::string command = same_command(report);
  if (command.empty()) {
    writer.prose("More: ", verbose ? "--print evidence or -o json" : "-v, --print evidence or -o json", 2);
    return;
  }
  const std::string whole = command + (verbose ? " --print evidence" : " -v");
  const std::string others = verbose ? "   (or -o json)" : "   (or --print evidence, -o json)";
  const std::string lead = "More: ";
  if (lead.size() + columns_of(whole + others) <= writer.width()) return writer.line(lead + whole + others);
  if (lead.size() + columns_of(whole) <= writer.width()) return writer.line(lead + whole);
  writer.line("More:");
  writer.line("  " + whole);
}

void write_tail(const Report& report, bool verbose, TextWriter& writer) {
  const std::string hidden = hidden_secrets(report);
  const std::string model = model_use(report);
  const std::string earlier = explained_earlier(report);
  writer.line("");
  if (!hidden.empty()) writer.prose("Hidden: ", hidden, 2);
  if (!model.empty()) writer.prose("Model: ", model, 2);
  if (!earlier.empty()) writer.prose("", capitalised(earlier), 2);
  write_where_the_rest_is(report, verbose, writer);
}

}  // namespace

std::string render_text(const Report& report, const TextStyle& style) {
  TextWriter writer(style);
  write_head(report, writer);
  write_proof(report, writer);
  write_chain(report, style.verbose, writer);
  write_remedies(report, writer);
  if (style.verbose)
    write_findings_in_full(report, writer);
  else
    write_other_findings(report, writer);
  write_ruled_out(report, style.verbose, writer);
  write_disagreements(report, writer);
  if (style.verbose) write_evidence(report, writer);
  write_not_checked(report, writer);
  if (style.verbose) write_how_made(report, writer);
  write_tail(report, style.verbose, writer);

  std::string text = writer.take();
  const std::string_view word = verdict_word(report.verdict);
  if (style.color)
    text.replace(0, word.size(), std::string(verdict_color(report.verdict)) + std::string(word) + "\x1b[0m");
  return text;
}

}  // namespace agent::sinks
