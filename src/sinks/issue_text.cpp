#include "sinks/issue_text.hpp"

#include "base/text.hpp"
#include "sinks/display.hpp"
#include "sinks/explained.hpp"
#include "sinks/facts.hpp"
#include "sinks/markdown_sections.hpp"
#include "sinks/proof.hpp"
#include "sinks/render_markdown.hpp"

#include <algorithm>
#include <utility>

namespace agent::sinks {
namespace {

constexpr std::size_t most_columns = 250;
constexpr std::size_t most_new_findings = 10;

/// The cause in one paragraph, with how sure it is.
std::string cause(const Report& report) {
  if (report.verdict != Verdict::failing) return markdown_prose(cut(one_line(summary(report)), most_columns)) + "\n";
  // The headline is cut, not the whole: news() looks for it.
  std::string text = markdown_prose(with_category(report.category, cut(one_line(report.cause), most_columns)));
  text += " (confidence " + std::string(name(report.confidence));
  const Finding* found = cause_finding(report);
  if (found != nullptr && !found->verified) text += ", not verified";
  return text + ")\n";
}

/// "Run: [build / test](URL) · `owner/repo` · branch `main` · commit `0123abc`"; empty where nothing is known.
std::string run_line(const std::optional<PipelineRun>& run) {
  if (!run) return "";
  std::string out;
  const auto add = [&out](std::string_view word, const std::string& text) {
    if (!text.empty()) out += (out.empty() ? "" : " · ") + std::string(word) + text;
  };
  const std::string title = run->name.empty() ? run->system : run->name;
  add("run ", markdown_link(cut(one_line(title.empty() ? "log" : title), most_columns), run->url));
  add("", markdown_code(cut(one_line(run->repository), most_columns)));
  add("branch ", markdown_code(cut(one_line(run->branch), most_columns)));
  add("commit ", markdown_code(cut(one_line(run->commit), most_columns)));
  return out.empty() ? "" : "\n" + capitalised(out) + "\n";
}

/// The line that tells of the failure, as it stood in its source.
std::string first_quote(const Report& report) {
  const Finding* found = cause_finding(report);
  if (found == nullptr || found->evidence.empty() || report.verdict == Verdict::healthy) return "";
  const std::string quote = cut(one_line(found->evidence.front().quote), most_columns);
  return quote.empty() ? "" : "\n" + markdown_fence(quote, "text", 0);
}

std::string error_summary(const Report& report) {
  return std::string(verdict_word(report.verdict)) + ": " + markdown_prose(cut(one_line(facts(report)), most_columns)) +
         "\n" + first_quote(report) + run_line(report.pipeline) + markdown_seen(report);
}

std::string how_made(const Report& report, const std::string& version) {
  std::string out;
  const auto add = [&out](const std::string& part) {
    if (!part.empty()) out += "- " + part + "\n";
  };
  add("agent" + (version.empty() ? "" : " " + markdown_code(version)) +
      (report.created_at.empty() ? "" : ", " + markdown_prose(report.created_at)));
  for (const std::string& part : markdown_how_made(report)) add(part);
  return out;
}

std::string section(std::string_view title, const std::string& content) {
  return content.empty() ? "" : markdown_heading(title) + content;
}

std::string solutions(const Report& report) {
  const std::string known = markdown_remedies(report);
  return known.empty() && report.verdict != Verdict::healthy ? "None is known to the rules.\n" : known;
}

/// `before`, the evidence folded, and `after`; of the evidence as much as fits.
std::string around_evidence(const Report& report, const std::string& before, const std::string& after,
                            std::size_t limit) {
  constexpr std::size_t headings = 200;
  const std::string lines = markdown_proof(report);
  const std::string proof = markdown_folded("The lines that prove it", lines.empty() ? "" : "\n" + lines);
  const std::size_t used = std::min(limit, count_code_points(before + proof + after) + headings);
  const std::string all = markdown_folded("All the evidence that was kept", markdown_excerpts(report, limit - used));
  const std::string folded = proof + all;  // begins with an empty line, as a heading ends with one
  return cut_markdown(before + section("Evidence", folded.substr(std::min<std::size_t>(folded.size(), 1))) + after,
                      limit);
}

Marker marker_of(Marker::Of of, const Parcel& parcel) {
  Marker marker{.of = of, .fingerprint = parcel.report.fingerprint, .parcels = {parcel.id}};
  marker.explained = parcel.report.explanation.has_value();
  if (of == Marker::Of::pull_request) marker.last_at = parcel.report.created_at;
  if (of == Marker::Of::pull_request && parcel.report.pipeline) marker.job = job_id(parcel.report.pipeline->name);
  return marker;
}

/// What the newest report has that the issue's body does not say.
std::string news(const Report& report, std::string_view issue_body) {
  const auto is_new = [issue_body](const std::string& text) {
    return !text.empty() && issue_body.find(text) == std::string_view::npos;
  };
  std::string out;
  std::size_t findings = 0;
  for (const Finding& finding : report.findings) {
    const std::string headline = markdown_prose(cut(one_line(finding.headline), most_columns));
    if (is_new(headline) && ++findings <= most_new_findings) out += "- " + headline + "\n";
  }
  if (findings > most_new_findings) out += "- … and " + std::to_string(findings - most_new_findings) + " more\n";
  const auto add = [&](std::string_view word, const std::string& value) {
    const std::string row = std::string(word) + markdown_code(cut(one_line(value), most_columns));
    if (!value.empty() && is_new(row)) out += "- " + row + "\n";
  };
  if (report.pipeline) {
    add("branch ", report.pipeline->branch);
    add("commit ", report.pipeline->commit);
  }
  if (is_new(markdown_prose(report.target))) add("found in ", report.target);
  return out;
}

std::string last_runs(const std::vector<std::string>& runs) {
  std::string out;
  for (const std::string& run : runs) out += "- " + markdown_link(run, run) + "\n";
  return out;
}

/// "Seen at least 4 times more, first at …, last at …": a repeat that comes soon after another is not counted.
std::string times_line(const Marker& marker) {
  std::string out = marker.times == 1 ? "**Seen at least once more**"
                                      : "**Seen at least " + with_thousands(static_cast<std::uint64_t>(marker.times)) +
                                            " times more**";
  if (marker.times > 1 && !marker.first_at.empty()) out += ", first at " + markdown_prose(marker.first_at);
  if (!marker.last_at.empty()) out += (marker.times > 1 ? ", last at " : " at ") + markdown_prose(marker.last_at);
  return out + "\n";
}

}  // namespace

std::string issue_body(const Parcel& parcel, const IssueStyle& style) {
  const Report& report = parcel.report;
  const std::string before = to_line(marker_of(Marker::Of::issue, parcel)) + "\n" +
                             section("Error summary", error_summary(report)) + section("Cause", cause(report)) +
                             section("Why", markdown_chain(report));
  const std::string after = section("Potential solutions", solutions(report)) +
                            section("Also found", markdown_other_findings(report)) + markdown_doubts(report) +
                            section("Not checked", markdown_not_checked(report)) +
                            section("How this was made", how_made(report, style.version));
  return around_evidence(report, before, after, style.limits.body_code_points);
}

std::string repeats_comment(const Marker& marker, const Parcel& newest, std::string_view issue_body,
                            const ForgeLimits& limits) {
  Marker told = marker;
  if (newest.report.pipeline && !newest.report.pipeline->url.empty()) {
    std::erase(told.runs, newest.report.pipeline->url);
    told.runs.insert(told.runs.begin(), newest.report.pipeline->url);
  }
  const std::string line = to_line(told);
  const std::optional<Marker> kept = read_marker(line);  // what the marker takes of it
  return cut_markdown(line + "\n\n" + times_line(told) +
                          section("New in the last run", news(newest.report, issue_body)) +
                          section("The last runs", last_runs(kept ? kept->runs : std::vector<std::string>{})),
                      limits.body_code_points);
}

std::string pull_request_text(const Parcel& parcel, const ForgeLimits& limits) {
  const Report& report = parcel.report;
  const std::string issue =
      parcel.issue_url.empty() ? "" : "\nIssue: " + markdown_link(parcel.issue_url, parcel.issue_url) + "\n";
  const std::string before =
      to_line(marker_of(Marker::Of::pull_request, parcel)) + "\n\n### " + markdown_summary(report) + "\n\n" +
      markdown_prose(cut(one_line(facts(report)), most_columns)) + "\n" + run_line(report.pipeline) + issue;
  const std::string after =
      section("Potential solutions", markdown_remedies(report)) + section("Not checked", markdown_not_checked(report));
  return around_evidence(report, before, after, limits.body_code_points);
}

std::string passing_text(const Marker& marker, const Parcel& passed) {
  const Report& report = passed.report;
  Marker now = marker;
  now.passes = true;
  now.last_at = report.created_at;
  const std::string job = report.pipeline ? cut(one_line(report.pipeline->name), most_columns) : "";
  const std::string title = (job.empty() ? "This job" : job) + " passes now";
  const std::string at = report.created_at.empty() ? "" : "\nSeen at " + markdown_prose(report.created_at) + "\n";
  return to_line(now) + "\n\n### " + markdown_prose(title) + "\n" + run_line(report.pipeline) + at;
}

}  // namespace agent::sinks
