#include "sinks/markdown_sections.hpp"

#include "sinks/display.hpp"
#include "sinks/explained.hpp"
#include "sinks/facts.hpp"
#include "sinks/proof.hpp"
#include "sinks/render_markdown.hpp"

#include <algorithm>
#include <span>

namespace agent::sinks {
namespace {

constexpr std::size_t most_digits = 10;  // of a line's number

constexpr std::size_t most_proof_lines = 15;
constexpr std::size_t most_findings = 20;
constexpr std::size_t most_columns = 400;  // Of one log line; an issue is no place for a minified file.
constexpr std::size_t most_cause_columns = 250;
constexpr std::size_t most_section_bytes = 10'000;  // Of what a model wrote.

/// Words of a model, which have no limit of their own.
std::string shortened(std::string_view text) { return cut(one_line(text), most_columns); }

std::string gutter_lines(const std::vector<ProofLine>& lines) {
  std::size_t digits = 1;
  for (const ProofLine& line : lines) digits = std::max(digits, std::to_string(line.number).size());
  std::string text;
  std::size_t last = 0;
  for (const ProofLine& line : lines) {
    if (last != 0 && line.number != 0 && line.number != last + 1) text += "…\n";
    last = line.number;
    const std::string number = line.number > 0 ? std::to_string(line.number) : "";
    text += (line.key ? "> " : "  ") + std::string(digits - number.size(), ' ') + number + " | " +
            cut(line.text, most_columns) + "\n";
  }
  if (!text.empty()) text.pop_back();
  return text;
}

std::string block(const std::string& where, const std::vector<ProofLine>& lines, std::size_t folded) {
  std::string text = gutter_lines(lines);
  if (folded > 0) text += "\n" + more_like_this(folded);
  return where + "\n\n" + markdown_fence(text, "text", 0);
}

/// " (`a.log:7`)"; "not verified" in it where the proof is missing or wrong.
std::string proof_in_words(const Claim& claim) {
  std::string text;
  for (const std::string& where : places_of(claim)) text += (text.empty() ? "" : ", ") + markdown_code(where);
  if (!claim.verified) text += text.empty() ? "not verified" : ", not verified";
  return " (" + text + ")";
}

/// Rows of a model, or that they are too long where they would leave too little room for the rest.
std::string bounded(const std::string& rows) {
  return rows.size() <= most_section_bytes ? rows : "… too long for this place\n";
}

std::string with_heading(std::string_view title, const std::string& rows) {
  return rows.empty() ? "" : markdown_heading(title) + bounded(rows);
}

}  // namespace

std::string markdown_heading(std::string_view title) { return "\n### " + std::string(title) + "\n\n"; }

std::string markdown_summary(const Report& report) {
  return std::string(verdict_word(report.verdict)) + ": " +
         markdown_prose(cut(one_line(summary(report)), most_cause_columns));
}

std::string markdown_seen(const Report& report) {
  const std::string words = seen_before(report);
  if (words.empty()) return "";
  const std::string& issue = report.seen->issue_url;
  return "\n" + markdown_prose(capitalised(words)) + (issue.empty() ? "" : ", issue " + markdown_code(issue)) + "\n";
}

std::string markdown_proof(const Report& report) {
  if (report.verdict == Verdict::healthy) return "";
  const Finding* cause = cause_finding(report);
  const bool cited = cause != nullptr && !cause->evidence.empty();
  const Proof shown = cited ? proof_of(*cause, report.evidence, most_proof_lines)
                            : likeliest_excerpt(report.evidence, most_proof_lines);
  std::string out;
  for (const ProofBlock& lines : shown.blocks) {
    const auto key = std::ranges::find(lines.lines, true, &ProofLine::key);
    const std::size_t number = key != lines.lines.end() ? key->number : lines.lines.front().number;
    out += (out.empty() ? "" : "\n") + block(markdown_code(place(lines.source, number)), lines.lines, lines.folded);
  }
  if (shown.left_out > 0) out += "\n… " + with_thousands(shown.left_out) + " more cited lines\n";
  return out;
}

std::string markdown_chain(const Report& report) {
  if (!report.explanation) return "";
  std::string out;
  std::size_t number = 0;
  for (const Claim& claim : report.explanation->chain)
    out += std::to_string(++number) + ". " + markdown_prose(shortened(claim.text)) + proof_in_words(claim) + "\n";
  return bounded(out);
}

std::string markdown_doubts(const Report& report) {
  if (!report.explanation) return "";
  std::string others, disagreements;
  for (const RuledOut& other : report.explanation->ruled_out)
    others += "- " + markdown_prose(shortened(other.what) + ": " + shortened(other.why)) + "\n";  // as one: ":x" + ":"
  for (const Disagreement& disagreement : report.explanation->disagreements)
    disagreements +=
        "- " + markdown_code(disagreement.rule) + ": " + markdown_prose(shortened(disagreement.why)) + "\n";
  return with_heading("Ruled out", others) + with_heading("The model doubts", disagreements);
}

std::string markdown_remedies(const Report& report) {
  if (report.verdict == Verdict::healthy) return "";
  std::string out;
  for (const Remedy& remedy : marked_remedies(report)) {
    if (out.ends_with("`\n")) out += "\n";  // the end of a fence
    out += "- " + markdown_prose(remedy.text) + "\n";
    if (!remedy.command.empty()) out += "\n" + markdown_fence(remedy.command, "sh", 2);
  }
  return out;
}

std::string markdown_other_findings(const Report& report) {
  const std::span<const Finding> others = other_findings(report);
  std::string out;
  for (const Finding& finding : others.first(std::min(others.size(), most_findings))) {
    out += "- **" + std::string(name(finding.severity)) + "** · " +
           markdown_prose(with_category(finding.category, cut(one_line(finding.headline), most_cause_columns)));
    if (!finding.evidence.empty())
      out += " (" + markdown_code(place(finding.evidence.front().source, finding.evidence.front().line)) + ")";
    const std::string said = said_by(report, finding);
    const std::string standing = said.empty() && !finding.verified ? "not verified" : markdown_prose(said);
    out += (standing.empty() ? "" : ", " + standing) + "\n";
  }
  if (others.size() > most_findings) out += "- … and " + std::to_string(others.size() - most_findings) + " more\n";
  return out;
}

std::string markdown_not_checked(const Report& report) {
  std::string out;
  for (const NotChecked& part : report.not_checked) out += "- " + markdown_prose(part.what + ": " + part.why) + "\n";
  return out;
}

std::string markdown_excerpts(const Report& report, std::size_t room) {
  constexpr std::size_t around = 40;  // a source's fence, besides its name
  std::string out;
  std::size_t left_out = 0;
  for (const SourceEvidence& source : report.evidence) {
    const std::string where = markdown_code(place(source.source, 0));
    room -= std::min(room, count_code_points(where) + around);
    std::vector<ProofLine> lines;
    for (const Excerpt& excerpt : source.excerpts) {
      std::vector<ProofLine> more = numbered_lines(excerpt);
      if (excerpt.folded > 0) more.push_back({.number = 0, .text = more_like_this(excerpt.folded)});
      const std::size_t needed = count_code_points(gutter_lines(more)) + most_digits * more.size();
      if (needed > room) {
        ++left_out;
        continue;
      }
      room -= needed;
      std::ranges::move(more, std::back_inserter(lines));
    }
    if (!lines.empty()) out += "\n" + block(where, lines, 0);
  }
  if (left_out > 0) out += "\n… " + std::to_string(left_out) + " more, too long for this place\n";
  return out;
}

std::string markdown_folded(std::string_view title, const std::string& content) {
  if (content.empty()) return "";
  return "\n<details>\n<summary>" + std::string(title) + "</summary>\n" + content + "\n</details>\n";
}

std::vector<std::string> markdown_how_made(const Report& report) {
  std::vector<std::string> parts{markdown_prose(degraded(report))};
  if (const Finding* cause = cause_finding(report)) parts.push_back("cause found by " + markdown_code(cause->rule));
  if (const std::string model = model_use(report); !model.empty()) parts.push_back("model " + markdown_prose(model));
  parts.push_back(markdown_prose(explained_earlier(report)));
  if (const std::string hidden = hidden_secrets(report); !hidden.empty())
    parts.push_back(markdown_prose(hidden) + " hidden");
  if (!report.fingerprint.empty()) parts.push_back("fingerprint " + markdown_code(report.fingerprint));
  std::erase(parts, "");
  return parts;
}

}  // namespace agent::sinks
