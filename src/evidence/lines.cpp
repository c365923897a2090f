#include "base/text.hpp"
#include "evidence/select.hpp"

#include <algorithm>

namespace agent::evidence {
namespace {

Drawn how_drawn(std::string_view raw) {
  Drawn drawn = Drawn::no;
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const auto byte = static_cast<unsigned char>(raw[at]);
    if (byte == '\b') return Drawn::surely;
    if (byte == 0x1B && raw.substr(at).starts_with("\x1b[")) {
      const std::size_t end = raw.find_first_not_of("0123456789;:?<=>", at + 2);
      if (end != std::string_view::npos && raw[end] != 'm' && raw[end] != 'K') drawn = Drawn::perhaps;
    } else if (byte < 0x20 && byte != '\t' && byte != '\r' && byte != 0x1B) {
      drawn = Drawn::perhaps;
    }
  }
  return drawn;
}

LineScore settled_score(LineScore score, Drawn drawn) {
  const bool hidden = drawn == Drawn::surely || (drawn == Drawn::perhaps && score.weight < names_a_failure);
  return hidden ? LineScore{0, LineKind::drawn} : score;
}

/// A segment's lines, cleaned, each with its '\n'. Adds one Line a line, with its number and how it was drawn.
std::string cleaned(const Segment& segment, std::vector<Line>& lines) {
  std::string text;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < segment.lines; ++i) {
    const std::size_t end = std::min(segment.text.find('\n', begin), segment.text.size());
    const std::string_view raw = std::string_view(segment.text).substr(begin, end - begin);
    text += clean_line(raw) + "\n";
    lines.push_back({.number = segment.first_line + i, .text = {}, .drawn = how_drawn(raw)});
    begin = end + 1;
  }
  return text;
}

/// Where to cut `text` so that no placeholder of a secret is cut in two: at `at` or before it.
std::size_t outside_placeholder(std::string_view text, std::size_t at) {
  const std::size_t open = text.substr(0, at).rfind("[REDACTED:");
  if (open == std::string_view::npos) return at;
  const std::size_t close = text.find(']', open);
  return close != std::string_view::npos && close < at ? at : open;
}

}  // namespace

std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  std::size_t points = 0, last = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (points == limit - 1) last = at;
    if (++points > limit) return std::string(text.substr(0, outside_placeholder(text, last))) + "…";
  }
  return std::string(text);
}

std::vector<Line> lines_of(const std::vector<Segment>& segments, Redactor* redactor) {
  std::vector<std::string> texts;
  std::vector<Line> lines;
  for (const Segment& segment : segments) texts.push_back(cleaned(segment, lines));
  if (redactor != nullptr) {
    for (const std::string& text : texts) redactor->harvest(text);
    for (std::string& text : texts) text = redactor->redact(text);
  }
  auto line = lines.begin();
  for (const std::string& text : texts) {
    for (std::size_t begin = 0; begin < text.size(); ++line) {
      const std::size_t end = text.find('\n', begin);
      const std::string_view bare = without_ci_stamp(std::string_view(text).substr(begin, end - begin));
      line->score = settled_score(score_line(bare), line->drawn);
      line->text = cut(bare, longest_kept);
      begin = end + 1;
    }
  }
  return lines;
}

}  // namespace agent::evidence
