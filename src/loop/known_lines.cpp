#include "evidence/rule_headline.hpp"
#include "loop/library_parts.hpp"

#include <algorithm>

namespace agent::loop {
namespace {

/// The longest text of a line is the most of it that is known.
void keep_longer(std::string& text, std::string_view other) {
  if (other.size() > text.size()) text = other;
}

}  // namespace

void KnownLines::add(const Report& report) {
  for (const SourceEvidence& source : report.evidence) {
    Source& known = sources_[source.source];
    known.lines_total = std::max(known.lines_total, source.lines_total);
    known.bytes_total = std::max(known.bytes_total, source.bytes_total);
    for (const Excerpt& excerpt : source.excerpts) {
      std::string_view rest = excerpt.text;
      for (std::size_t number = excerpt.first_line; number <= excerpt.last_line; ++number) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        keep_longer(known.lines[number].text, rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (rest.empty()) break;
      }
    }
  }
  for (const Finding& finding : report.findings)
    for (const Citation& citation : finding.evidence) {
      Source& known = sources_[citation.source];
      if (citation.line == 0) {
        known.texts.push_back(citation.quote);
        continue;
      }
      Line& line = known.lines[citation.line];
      keep_longer(line.text, citation.quote);
      keep_longer(line.timestamp, citation.timestamp);
    }
}

const KnownLines::Source* KnownLines::find(const std::string& id) const {
  const auto found = sources_.find(id);
  return found == sources_.end() ? nullptr : &found->second;
}

std::optional<Citation> KnownLines::locate(const std::string& id, const Quote& quote, std::size_t near) const {
  const Source* source = find(id);
  if (source == nullptr) return std::nullopt;
  for (const std::string& text : source->texts)
    if (const auto place = quote.find_in(std::span(&text, 1)))
      return Citation{id, 0, "", evidence::quote_of(std::string_view(text).substr(place->begin, place->size))};
  std::vector<std::string> texts;
  std::vector<std::size_t> numbers;
  for (const auto& [number, line] : source->lines) {
    texts.push_back(line.text);
    numbers.push_back(number);
  }
  std::optional<Citation> best;
  std::size_t best_distance = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t away = numbers[i] > near ? numbers[i] - near : near - numbers[i];
    if (best && away >= best_distance) continue;
    const auto place = quote.find_in(std::span(texts).subspan(i));
    if (!place) continue;
    best =
        Citation{id, numbers[i], "", evidence::quote_of(std::string_view(texts[i]).substr(place->begin, place->size))};
    best_distance = away;
  }
  return best;
}

}  // namespace agent::loop
