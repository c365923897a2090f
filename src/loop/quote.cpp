#include "loop/quote.hpp"

#include "base/text.hpp"
#include "base/tokens.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace agent::loop {
namespace {

constexpr std::size_t shortest_proof = 8;  ///< Code points.
constexpr std::size_t shortest_piece = 4;  ///< Of several; a shorter one stands in most lines.
constexpr std::string_view ellipsis = "…", placeholder = "[REDACTED:";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Mark {
  std::string_view written;
  char stands_for;
};
/// '‹' and '［' stand for '<' and '[' in what a model is shown: loop/marks.hpp.
constexpr std::array<Mark, 10> typographic{{{"‘", '\''},
                                            {"’", '\''},
                                            {"“", '"'},
                                            {"”", '"'},
                                            {"`", '\''},
                                            {"‹", '<'},
                                            {"›", '>'},
                                            {"＜", '<'},
                                            {"﹤", '<'},
                                            {"［", '['}}};

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

struct Placeholder {
  std::size_t size = 0, number = 0;
};

/// Length of the placeholder that `text` starts with, "[REDACTED:kind#n]", and where its number begins; 0: none.
Placeholder placeholder_at(std::string_view text) {
  if (!text.starts_with(placeholder)) return {};
  const std::size_t end = text.find(']');
  if (end > 100) return {};
  return {end + 1, std::min(text.find('#'), end)};
}

/// One pair of the same marks around the whole text: "…", '…', `…`.
std::string_view without_marks(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> pairs{
      {{"```", "```"}, {"`", "`"}, {"\"", "\""}, {"'", "'"}, {"“", "”"}, {"‘", "’"}}};
  for (const auto& [open, close] : pairs)
    if (text.size() >= open.size() + close.size() && text.starts_with(open) && text.ends_with(close))
      return without_spaces(text.substr(open.size(), text.size() - open.size() - close.size()));
  return text;
}

/// Behind "  12 | ", "12: " or "| ", as numbered lines are shown. A number without a mark is the line's own.
std::string_view without_gutter(std::string_view line) {
  line = without_spaces(line);
  std::size_t at = 0;
  while (at < line.size() && is_digit(line[at])) ++at;
  const std::size_t digits = at;
  while (at < line.size() && line[at] == ' ') ++at;
  const bool has_mark = at < line.size() && (line[at] == '|' || (line[at] == ':' && digits > 0 && at == digits));
  if (!has_mark || at + 1 >= line.size() || line[at + 1] != ' ') return line;
  return without_spaces(line.substr(at + 2));
}

/// Adds the parts of `line` between ellipses.
void take_apart(std::string_view line, std::vector<std::string_view>& pieces) {
  while (!line.empty()) {
    const std::size_t end = std::min({line.find(ellipsis), line.find("..."), line.size()});
    const std::string_view piece = without_spaces(line.substr(0, end));
    if (!piece.empty()) pieces.push_back(piece);
    line.remove_prefix(std::min(line.size(), end + 3));  // "…" has three bytes, too
    while (line.starts_with('.')) line.remove_prefix(1);
  }
}

/// What a quote is made of, and whether an ellipsis stands between any of it.
struct Written {
  std::vector<std::string_view> pieces;
  bool has_gaps = false;
};

Written pieces_of(std::string_view text) {
  std::vector<std::string_view> lines;
  Written written;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_gutter(text.substr(0, end));
    if (!line.empty()) lines.push_back(line);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  for (const std::string_view line : lines)
    if (lines.size() == 1 || !line.starts_with(ellipsis)) {
      const std::size_t before = written.pieces.size();
      take_apart(line, written.pieces);
      written.has_gaps = written.has_gaps || written.pieces.size() > before + 1;
    }
  return written;
}

/// Characters that prove something: a placeholder is none.
std::size_t weight(std::string_view comparable_piece) {
  std::size_t hidden = 0;
  for (std::size_t at = comparable_piece.find(placeholder); at != std::string_view::npos;
       at = comparable_piece.find(placeholder, at + 1))
    hidden += placeholder_at(comparable_piece.substr(at)).size;
  return count_code_points(comparable_piece) - std::min(hidden, count_code_points(comparable_piece));
}

/// What of `piece` stands in a line as it is, whatever is redacted: between placeholders.
std::vector<std::string> between_placeholders(std::string_view piece) {
  std::vector<std::string> parts(1);
  while (!piece.empty()) {
    const Placeholder hidden = placeholder_at(piece);
    if (hidden.size == 0)
      parts.back() += piece.front();
    else
      parts.emplace_back();
    piece.remove_prefix(std::max<std::size_t>(hidden.size, 1));
  }
  std::erase(parts, "");
  return parts;
}

/// The longest word of `piece` (as it was written) that is compared byte by byte.
std::string longest_word(std::string_view piece) {
  std::string longest, word;
  const auto take = [&] {
    if (word.size() > longest.size()) longest = word;
    word.clear();
  };
  while (!piece.empty()) {
    const std::size_t hidden = placeholder_at(piece).size;
    const char c = piece.front();
    const bool is_mark = std::string_view("'\"`<>").contains(c) || static_cast<unsigned char>(c) >= 0x80;
    const bool is_plain = hidden == 0 && !is_space(c) && !is_mark;
    if (is_plain)
      word += c;
    else
      take();
    piece.remove_prefix(std::max<std::size_t>(hidden, 1));
  }
  take();
  return longest;
}

/// `piece` without what stands in any of `runs`, each of 8 bytes.
std::string without_runs(std::string_view piece, const std::unordered_set<std::string_view>& runs) {
  std::string left;
  std::size_t own_up_to = 0;
  for (std::size_t at = 0; at < piece.size(); ++at) {
    if (runs.contains(piece.substr(at, shortest_proof))) own_up_to = at + shortest_proof;
    if (at >= own_up_to) left += piece[at];
  }
  return left;
}

}  // namespace

std::string comparable(std::string_view text, std::vector<std::size_t>* offsets) {
  std::string result;
  result.reserve(text.size());
  const auto add = [&](std::string_view bytes, std::size_t at) {
    result += bytes;
    if (offsets != nullptr) offsets->insert(offsets->end(), bytes.size(), at);
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const auto mark = std::ranges::find_if(typographic, [&](const Mark& one) { return rest.starts_with(one.written); });
    const Placeholder hidden = placeholder_at(rest);
    if (mark != typographic.end()) {
      add({&mark->stands_for, 1}, at);
      at += mark->written.size();
    } else if (hidden.size > 0) {
      add(rest.substr(0, hidden.number), at);
      add("]", at + hidden.size - 1);
      at += hidden.size;
    } else {
      if (!is_space(rest.front())) add(rest.substr(0, 1), at);
      ++at;
    }
  }
  return result;
}

Quote::Quote(std::string_view text) {
  Written written = pieces_of(without_marks(without_spaces(text)));
  if (written.pieces.size() > 1)
    std::erase_if(written.pieces, [](std::string_view piece) { return weight(comparable(piece)) < shortest_piece; });
  std::optional<std::size_t> long_one;
  for (const std::string_view piece : written.pieces) {
    pieces_.push_back(comparable(piece));
    const std::size_t weighs = weight(pieces_.back());
    if (!long_one && weighs >= shortest_proof) long_one = pieces_.size() - 1;
  }
  // Scattered words stand in any long text in some order.
  if (written.has_gaps && !long_one) pieces_.clear();
  if (pieces_.empty()) return;
  key_ = long_one.value_or(0);
  is_short_ = !long_one;
  sure_part_ = longest_word(written.pieces[key_]);
  parts_ = between_placeholders(pieces_[key_]);
}

bool Quote::is_echo_of(std::span<const OwnWords> own) const {
  std::unordered_set<std::string_view> runs, said;
  for (const OwnWords& words : own)
    for (std::size_t at = 0; at + shortest_proof <= words.text.size(); ++at) {
      const std::string_view run = std::string_view(words.text).substr(at, shortest_proof);
      runs.insert(run);
      if (words.is_sentence) said.insert(run);
    }
  if (runs.empty()) return false;
  std::size_t all = 0, others = 0, not_said = 0;
  for (const std::string& piece : pieces_) {
    all += weight(piece);
    others += weight(without_runs(piece, runs));
    not_said += weight(without_runs(piece, said));
  }
  return others < all && (others < shortest_proof || others < all - not_said);
}

bool Quote::may_stand_in(std::string_view raw_line) const {
  const std::string line = comparable(raw_line);
  std::size_t at = 0;
  return std::ranges::all_of(parts_, [&](const std::string& part) {
    const std::size_t found = line.find(part, at);
    at = found == std::string::npos ? found : found + part.size();
    return found != std::string::npos;
  });
}

std::optional<Quote::Place> Quote::find_in(std::span<const std::string> lines) const {
  if (empty() || lines.empty()) return std::nullopt;
  std::vector<std::size_t> offsets;
  std::string line = comparable(lines.front(), &offsets);
  const std::size_t begin = line.find(pieces_[key_]);
  if (begin == std::string::npos || (is_short_ && line != pieces_[key_])) return std::nullopt;
  std::size_t end = begin + pieces_[key_].size(), at = end, index = 0;
  for (std::size_t i = key_ + 1; i < pieces_.size(); ++i) {
    std::size_t found = line.find(pieces_[i], at);
    while (found == std::string::npos && ++index < lines.size()) {
      line = comparable(lines[index]);
      found = line.find(pieces_[i]);
    }
    if (found == std::string::npos) return std::nullopt;
    at = found + pieces_[i].size();
    if (index == 0) end = at;
  }
  const std::size_t from = offsets[begin];
  const std::size_t behind = end < offsets.size() ? offsets[end] : lines.front().size();
  const std::string_view part = std::string_view(lines.front()).substr(from, behind - from);
  return Place{from, without_spaces(part).size()};
}

}  // namespace agent::loop
