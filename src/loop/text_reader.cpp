#include "base/text.hpp"
#include "evidence/select.hpp"
#include "loop/library_parts.hpp"

#include <algorithm>
#include <array>

namespace agent::loop {
namespace {

constexpr std::size_t compared_bytes = std::size_t{64} * 1024;
constexpr std::size_t shown_points = 2000;
constexpr std::size_t near_lines = 8;   ///< A label may stand some lines above its secret.
constexpr std::size_t far_lines = 500;  ///< As long as a key or a Secret may be: base/redact_blocks.cpp.
constexpr std::size_t far_bytes = std::size_t{128} * 1024;  ///< Either side.
constexpr std::size_t most_readings = 200;  ///< Of lines that looked like it, before a search is given up.

std::string_view up_to(std::string_view line, std::size_t limit) {
  if (line.size() <= limit) return line;
  while (limit > 0 && (static_cast<unsigned char>(line[limit]) & 0xC0) == 0x80) --limit;
  return line.substr(0, limit);
}

/// What spans many lines and is only known by its first or last one.
bool may_be_inside_of_more(const std::vector<std::string>& lines) {
  constexpr std::array<std::string_view, 2> marks{"PRIVATE KEY", "Secret"};
  return std::ranges::any_of(lines, [&](const std::string& line) {
    return std::ranges::any_of(marks, [&](std::string_view mark) { return line.contains(mark); });
  });
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) (text += line) += '\n';
  return text;
}

/// Lines `skip` to `skip + count` of `text`.
std::vector<std::string> cut_out(std::string_view text, std::size_t skip, std::size_t count) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; !text.empty() && lines.size() < count; ++i) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (i >= skip) lines.emplace_back(up_to(text.substr(0, end), compared_bytes));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t distance(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

std::size_t distance(const TextBlock& block, std::size_t line) {
  if (line < block.first_line) return block.first_line - line;
  return line < block.behind() ? 0 : line - (block.behind() - 1);
}

bool holds_all(std::string_view lower_line, const std::vector<std::string>& words) {
  return std::ranges::all_of(words, [&](const std::string& word) { return lower_line.contains(word); });
}

/// The longest word that no placeholder may hold; empty: none is sure to stand in the raw text.
std::string surest(const std::vector<std::string>& words) {
  std::string longest;
  for (const std::string& word : words)
    if (word.find_first_of("[]#") == std::string::npos && !std::string_view("redacted").contains(word) &&
        word.size() > longest.size())
      longest = word;
  return longest;
}

}  // namespace

std::string shown_line(std::string_view line) { return evidence::cut(line, shown_points); }

/// The first of up to `margin` lines before `first` that are kept, without a gap, and of at most far_bytes.
std::size_t TextReader::window_before(std::size_t first, std::size_t margin) const {
  auto block = std::ranges::find_if(blocks_, [&](const BlockPtr& one) { return first < one->behind(); });
  if (block == blocks_.end() || first < (*block)->first_line) return first;
  for (std::size_t bytes = 0; margin > 0 && first > 1; --margin, --first) {
    if (first == (*block)->first_line) {
      if (block == blocks_.begin() || (*std::prev(block))->behind() != first) break;
      --block;
    }
    bytes += std::min(cache_.lines(*block)->line(first - 1).size(), kept_line_bytes);
    if (bytes > far_bytes) break;
  }
  return first;
}

/// Cleaned lines from `first` up to `needed`, as far as they are kept without a gap; then up to `behind`, of at most
/// far_bytes. Long ones are cut.
std::vector<std::string> TextReader::raw(std::size_t first, std::size_t needed, std::size_t behind) const {
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  auto block = std::ranges::find_if(blocks_, [&](const BlockPtr& one) { return first < one->behind(); });
  for (; block != blocks_.end() && first < behind && (*block)->first_line <= first; ++block) {
    const LinesPtr opened = cache_.lines(*block);
    for (; first < behind && first < opened->behind(); ++first) {
      const std::string_view line = up_to(opened->line(first), kept_line_bytes);
      if (first >= needed) bytes += line.size();
      if (bytes > far_bytes) return lines;
      lines.emplace_back(line);
    }
  }
  return lines;
}

std::vector<std::string> TextReader::lines(std::size_t first, std::size_t count) const {
  const std::size_t behind = first + count, far_from = window_before(first, far_lines);
  std::vector<std::string> window = raw(far_from, behind, behind + far_lines);
  if (window.size() <= first - far_from) return {};
  if (may_be_inside_of_more(window)) return cut_out(redact_(joined(window)), first - far_from, count);
  const std::size_t from = std::max(far_from, first - std::min(first, near_lines));
  window.erase(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(from - far_from));
  window.resize(std::min(window.size(), behind + near_lines - from));
  return cut_out(redact_(joined(window)), first - from, count);
}

std::vector<LibraryLine> TextReader::read(std::size_t first, std::size_t count) const {
  std::vector<LibraryLine> given;
  for (std::string& line : lines(first, count)) given.push_back({first + given.size(), std::move(line)});
  if (tell_) tell_(given);
  for (LibraryLine& line : given) line.text = shown_line(line.text);
  return given;
}

std::vector<LibraryLine> TextReader::search(const std::vector<std::string>& words, std::size_t most) const {
  std::vector<LibraryLine> found;
  const std::string sure = surest(words);
  std::size_t readings = 0;
  for (const BlockPtr& block : blocks_) {
    const LinesPtr opened = cache_.lines(block);
    const std::string text = lower(opened->text());
    for (std::size_t line = opened->first_line(); line < opened->behind(); ++line) {
      const std::size_t at = sure.empty() ? opened->start(line) : text.find(sure, opened->start(line));
      if (at == std::string::npos) break;
      line = opened->line_at(at);
      const std::string_view raw_line = std::string_view(text).substr(opened->start(line), opened->line(line).size());
      if (!sure.empty() && !holds_all(raw_line, words) && !text.contains("redacted")) continue;
      if (++readings > most_readings + most) return found;
      const std::vector<std::string> redacted = lines(line, 1);
      if (redacted.empty() || !holds_all(lower(redacted.front()), words)) continue;
      if (tell_) tell_({{line, redacted.front()}});
      found.push_back({line, shown_line(redacted.front())});
      if (found.size() >= most) return found;
    }
  }
  return found;
}

/// Lines of the block that may hold the quote.
std::vector<std::size_t> TextReader::candidates(const Quote& quote, const BlockPtr& block) const {
  const LinesPtr opened = cache_.lines(block);
  const std::string& sure = quote.sure_part();
  std::vector<std::size_t> found;
  for (std::size_t line = opened->first_line(); line < opened->behind(); ++line) {
    const std::size_t at = sure.empty() ? opened->start(line) : opened->text().find(sure, opened->start(line));
    if (at == std::string::npos) break;
    line = opened->line_at(at);
    if (quote.may_stand_in(up_to(opened->line(line), kept_line_bytes))) found.push_back(line);
  }
  return found;
}

std::optional<TextReader::Hit> TextReader::hit_at(const Quote& quote, std::size_t line) const {
  const std::vector<std::string> redacted = lines(line, quote.has_more_pieces() ? quote_lines : 1);
  const auto place = quote.find_in(redacted);
  if (!place) return std::nullopt;
  std::vector<LibraryLine> told;
  for (const std::string& one : redacted) told.push_back({line + told.size(), one});
  if (tell_) tell_(std::move(told));
  return Hit{line, redacted.front().substr(place->begin, place->size)};
}

std::optional<TextReader::Hit> TextReader::find(const Quote& quote, std::size_t near) const {
  std::vector<BlockPtr> by_distance = blocks_;
  std::ranges::sort(by_distance, {}, [&](const BlockPtr& block) { return distance(*block, near); });
  const auto is_farther = [&](std::size_t away, std::size_t line, const Hit& hit) {
    return std::pair(away, line) > std::pair(distance(hit.line, near), hit.line);
  };
  std::optional<Hit> best;
  std::size_t readings = 0;
  for (const BlockPtr& block : by_distance) {
    if (best && is_farther(distance(*block, near), block->first_line, *best)) continue;
    std::vector<std::size_t> lines = candidates(quote, block);
    std::ranges::sort(lines, {}, [&](std::size_t line) { return std::pair(distance(line, near), line); });
    for (const std::size_t line : lines) {
      if (best && is_farther(distance(line, near), line, *best)) break;
      if (++readings > most_readings) return best;
      if (auto hit = hit_at(quote, line)) best = std::move(hit);
    }
  }
  return best;
}

std::vector<LibraryLine> SparseText::read(std::size_t first, std::size_t count) const {
  std::vector<LibraryLine> given;
  for (auto line = lines.find(first); line != lines.end() && given.size() < count; ++line) {
    if (line->first != first + given.size()) break;
    given.push_back({line->first, shown_line(line->second)});
  }
  return given;
}

std::vector<LibraryLine> SparseText::search(const std::vector<std::string>& words, std::size_t most) const {
  std::vector<LibraryLine> found;
  for (const auto& [number, text] : lines)
    if (found.size() < most && holds_all(lower(text), words)) found.push_back({number, shown_line(text)});
  return found;
}

std::optional<TextReader::Hit> SparseText::find(const Quote& quote, std::size_t near) const {
  std::optional<TextReader::Hit> best;
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    if (best && distance(line->first, near) >= distance(best->line, near)) continue;
    std::vector<std::string> window;
    for (auto next = line; next != lines.end() && window.size() < quote_lines; ++next) {
      if (next->first != line->first + window.size()) break;
      window.push_back(next->second);
      if (!quote.has_more_pieces()) break;
    }
    if (const auto place = quote.find_in(window))
      best = TextReader::Hit{line->first, window.front().substr(place->begin, place->size)};
  }
  return best;
}

}  // namespace agent::loop
