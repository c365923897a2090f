#include "base/text.hpp"
#include "evidence/select.hpp"
#include "loop/submission.hpp"
#include "loop/submission_parts.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace agent::loop {
namespace {

constexpr std::size_t told_points = 200;  ///< Of a line, to the model.
constexpr std::size_t most_told = 20;

/// A text of the model in one line.
std::string one_line(const Library& library, std::string_view text) {
  std::string line = library.redacted(text);
  std::ranges::replace(line, '\n', ' ');
  return std::string(trim(line));
}

/// A command or patch: its lines stay.
std::string lines(const Library& library, std::string_view text) { return library.redacted(text); }

std::string told(std::string_view text) { return evidence::cut(text, told_points); }

/// Why the citation can't be right, as the model is told.
std::string wrong(const Library& library, const Citation& citation) {
  const std::string source = one_line(library, citation.source), quote = told(one_line(library, citation.quote));
  const auto line = library.read(citation.source, citation.line, 1);
  if (!line) return fmt::format("{} line {} '{}': {}", source, citation.line, quote, line.error().what);
  if (citation.line == 0 || line->empty()) return fmt::format("{} nowhere says '{}'", source, quote);
  const std::string& text = line->front().text;
  if (text.contains(citation.quote) && !citation.quote.empty())
    return fmt::format("{} line {}: '{}' is too short to prove anything; quote more of '{}'", source, citation.line,
                       quote, told(text));
  return fmt::format("{} line {} does not say '{}'; it says '{}'", source, citation.line, quote, told(text));
}

/// Looks citations up and remembers which places were counted.
class Lookup {
 public:
  Lookup(const Library& library, Checked& checked) : library_(library), checked_(checked) {}

  /// Leaves those that hold, each place once, mended.
  void check(std::vector<Citation>& citations) {
    std::vector<Citation> held;
    for (const Citation& citation : citations) {
      auto found = library_.locate(citation);
      if (!found) {
        refuse(citation);
        continue;
      }
      const bool is_same = std::ranges::any_of(held, [&](const Citation& one) { return place(one) == place(*found); });
      count(*found);
      if (!is_same) held.push_back(*std::move(found));
    }
    citations = std::move(held);
  }

  /// The lines that were found, with their neighbours.
  [[nodiscard]] std::vector<SourceEvidence> cited() const;

 private:
  using Place = std::tuple<std::string, std::size_t, std::string>;

  /// A source without lines has many places: its quotes tell them apart.
  static Place place(const Citation& found) { return {found.source, found.line, found.line == 0 ? found.quote : ""}; }

  void count(const Citation& found) {
    if (!places_.insert(place(found)).second) return;
    ++checked_.given;
    ++checked_.verified;
    if (found.line > 0) lines_[found.source].insert(found.line);
  }

  void refuse(const Citation& citation) {
    if (!refused_.emplace(citation.source, citation.line, citation.quote).second) return;
    ++checked_.given;
    if (checked_.wrong.size() < most_told) checked_.wrong.push_back(wrong(library_, citation));
  }

  const Library& library_;
  Checked& checked_;
  std::set<Place> places_, refused_;
  std::map<std::string, std::set<std::size_t>> lines_;
};

/// The lines around `line`: what the library has of them.
std::map<std::size_t, std::string> around(const Library& library, const std::string& source, std::size_t line) {
  std::map<std::size_t, std::string> found;
  for (const std::size_t first : {std::max<std::size_t>(line, 2) - 1, line}) {
    const auto lines = library.read(source, first, line + 2 - first);
    if (!lines) continue;
    for (const LibraryLine& one : *lines) found.emplace(one.number, one.text);
  }
  return found;
}

std::vector<SourceEvidence> Lookup::cited() const {
  std::vector<SourceEvidence> all;
  for (const auto& [source, cited] : lines_) {
    SourceEvidence evidence{.source = source, .excerpts = {}};
    for (const LibrarySource& one : library_.sources())
      if (one.id == source) std::tie(evidence.lines_total, evidence.bytes_total) = std::tie(one.lines, one.bytes);
    std::map<std::size_t, std::string> lines;
    for (const std::size_t line : cited) lines.merge(around(library_, source, line));
    evidence.excerpts = excerpts_of(lines, "cited by the model");
    all.push_back(std::move(evidence));
  }
  return all;
}

void clean(const Library& library, Submission& submission) {
  submission.cause = one_line(library, submission.cause);
  for (Claim& claim : submission.chain) claim.text = one_line(library, claim.text);
  for (Remedy& remedy : submission.remedies) {
    remedy.text = one_line(library, remedy.text);
    remedy.command = lines(library, remedy.command);
  }
  for (RuledOut& one : submission.ruled_out) {
    one.what = one_line(library, one.what);
    one.why = one_line(library, one.why);
  }
  for (Disagreement& one : submission.disagreements) {
    one.rule = one_line(library, one.rule);
    one.why = one_line(library, one.why);
  }
}

}  // namespace

Checked check(Submission submission, const Library& library) {
  Checked checked;
  Lookup lookup(library, checked);
  lookup.check(submission.evidence);
  for (Claim& claim : submission.chain) {
    lookup.check(claim.evidence);
    claim.verified = !claim.evidence.empty();
  }
  clean(library, submission);
  checked.cited = lookup.cited();
  checked.submission = std::move(submission);
  return checked;
}

}  // namespace agent::loop
