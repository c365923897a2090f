#include "loop/marks.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace agent::loop {
namespace {

constexpr std::size_t looked_at = 200;    // Bytes behind a bracket.
constexpr std::size_t longest_word = 16;  // Bytes of a mark's name.

/// Characters that are not seen: U+00AD, U+200B to U+200F, U+202A to U+202E, U+2060 to U+206F, U+FEFF.
std::size_t unseen_at(std::string_view text) {
  if (text.starts_with("\u00AD")) return 2;
  if (text.starts_with("\uFEFF")) return 3;
  if (text.size() < 3 || text[0] != '\xE2') return 0;
  const auto second = static_cast<unsigned char>(text[1]), third = static_cast<unsigned char>(text[2]);
  const bool is_unseen = second == 0x80 ? (third >= 0x8B && third <= 0x8F) || (third >= 0xAA && third <= 0xAE)
                                        : second == 0x81 && third >= 0xA0 && third <= 0xAF;
  return is_unseen ? 3 : 0;
}

/// The word behind a bracket, in lower case: without what is not seen, and without blanks and slashes before it.
std::string word_behind(std::string_view rest) {
  std::string word;
  rest = rest.substr(0, looked_at);
  while (!rest.empty() && word.size() < longest_word) {
    std::size_t skipped = unseen_at(rest);
    if (skipped == 0 && word.empty()) skipped = std::string_view(" \t/\\").contains(rest.front()) ? 1 : 0;
    if (skipped == 0 && word.empty() && rest.starts_with("／")) skipped = 3;
    if (skipped == 0) word += rest.front();
    rest.remove_prefix(std::max<std::size_t>(skipped, 1));
  }
  return lower(word);
}

bool starts_with_any(std::string_view word, std::initializer_list<std::string_view> starts) {
  return std::ranges::any_of(starts, [&](std::string_view start) { return word.starts_with(start); });
}

/// True when what stands behind a '<' makes it one of our marks or one of a chat template.
bool makes_mark(std::string_view rest) {
  return starts_with_any(word_behind(rest), {"data", "|", "｜", "tool_call", "tool_response", "tool_result", "sys>>",
                                             "<sys>>", "</sys>>", "start_of_turn", "end_of_turn"});
}

struct Bracket {
  std::string_view written, look_alike;
};
constexpr std::array<Bracket, 4> brackets{{{"<", "‹"}, {"＜", "‹"}, {"﹤", "‹"}, {"[", "［"}}};

void add_defused(std::string& out, std::string_view line) {
  while (!line.empty()) {
    const std::size_t open = std::min(line.find_first_of("<[\xEF"), line.size());
    out += line.substr(0, open);
    line.remove_prefix(open);
    if (line.empty()) return;
    const auto bracket =
        std::ranges::find_if(brackets, [&](const Bracket& one) { return line.starts_with(one.written); });
    const std::string_view written = bracket == brackets.end() ? line.substr(0, 1) : bracket->written;
    line.remove_prefix(written.size());
    const bool is_mark =
        bracket != brackets.end() && (written == "[" ? word_behind(line).starts_with("inst]") : makes_mark(line));
    out += is_mark ? bracket->look_alike : written;
  }
}

/// An id within the quotes of a mark.
std::string as_attribute(std::string_view source) {
  std::string id = clean_line(source);
  std::ranges::replace_if(id, [](char byte) { return byte == '"' || byte == '<' || byte == '>' || byte == '\n'; }, '_');
  return id;
}

}  // namespace

std::string defused(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (is_clean(line))
      add_defused(out, line);
    else
      add_defused(out, clean_line(line));
    if (end < text.size()) out += '\n';
    begin = end + 1;
  }
  return out;
}

std::string as_data(std::string_view source, std::string_view text) {
  std::string marked = source.empty() ? "<data>\n" : "<data source=\"" + as_attribute(source) + "\">\n";
  marked += defused(text);
  if (!marked.ends_with('\n')) marked += '\n';
  return marked += "</data>\n";
}

}  // namespace agent::loop
