#include "evidence/rule_template.hpp"

#include "base/tokens.hpp"

#include <algorithm>

namespace agent::evidence {
namespace {

constexpr std::size_t group_limit = 110;  // code points of one group, so that a headline has room for the others
constexpr std::size_t each_limit = 3;
constexpr std::string_view ellipsis = "…";

bool is_doubled(std::string_view text, std::size_t at) { return at + 1 < text.size() && text[at + 1] == text[at]; }
bool is_bracket(char c) { return c == '{' || c == '}' || c == '[' || c == ']'; }

std::string first_text(std::string_view name, std::span<const Groups> hits) {
  if (hits.empty()) return {};
  const auto found = hits.front().find(name);
  return found == hits.front().end() ? std::string() : shortened(found->second, group_limit);
}

std::string each_text(std::string_view name, std::span<const Groups> hits) {
  std::vector<std::string> texts;
  for (const Groups& hit : hits) {
    std::string text = first_text(name, {&hit, 1});
    if (!text.empty() && std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
  }
  std::string joined;
  for (std::size_t i = 0; i < std::min(texts.size(), each_limit); ++i) joined += (i == 0 ? "" : ", ") + texts[i];
  return texts.size() > each_limit ? joined + ", …" : joined;
}

std::string value_of(std::string_view name, std::span<const Groups> hits) {
  constexpr std::string_view each = "|each";
  if (name.ends_with(each)) return each_text(name.substr(0, name.size() - each.size()), hits);
  return first_text(name, hits);
}

/// Puts a filled template together.
struct Filler {
  std::string text = {}, optional = {};
  bool in_optional = false, keep_optional = true;

  void add(std::string_view piece) { (in_optional ? optional : text) += piece; }
  void open() { in_optional = true, keep_optional = true, optional.clear(); }
  void close() {
    if (in_optional && keep_optional) text += optional;
    in_optional = false;
  }
  void fill(std::string_view value) {
    if (value.empty()) keep_optional = false;
    add(value);
  }
};

/// The end of the code point that starts at `at`.
std::size_t next_code_point(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return at;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

std::vector<std::string> template_names(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') continue;
    if (is_doubled(text, at)) {
      ++at;
      continue;
    }
    const auto end = text.find('}', at);
    if (end == std::string_view::npos) break;
    const std::string_view inside = text.substr(at + 1, end - at - 1);
    names.emplace_back(inside.substr(0, inside.find('|')));
    at = end;
  }
  return names;
}

std::string template_error(std::string_view text) {
  char open = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (!is_bracket(c)) continue;
    if (is_doubled(text, at) && (open == 0 || c == '{' || c == '[')) {
      ++at;
      continue;
    }
    if (c == '{') {
      const auto end = text.find('}', at);
      if (end == std::string_view::npos) return "a '{' is never closed";
      at = end;
    } else if (c == '[' && open == 0) {
      open = c;
    } else if (c == ']' && open == '[') {
      open = 0;
    } else {
      return std::string("a '") + c + "' has no partner (write it twice to mean itself)";
    }
  }
  return open == 0 ? "" : "a '[' is never closed";
}

std::string fill_template(std::string_view text, const LiteralVisit& literal, const NameValue& value) {
  Filler filler;
  const auto say = [&](std::string_view piece) {
    literal(piece);
    filler.add(piece);
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (is_bracket(c) && is_doubled(text, at) && (!filler.in_optional || c == '{' || c == '[')) {
      say(text.substr(at++, 1));
    } else if (c == '{') {
      const auto end = std::min(text.find('}', at), text.size());
      filler.fill(value(text.substr(at + 1, end - at - 1), filler.in_optional));
      at = end;
    } else if (c == '[') {
      filler.open();
    } else if (c == ']') {
      filler.close();
    } else {
      say(text.substr(at, 1));
    }
  }
  filler.close();
  return filler.text;
}

std::string expand(std::string_view text, std::span<const Groups> hits) {
  return fill_template(
      text, [](std::string_view) {}, [&](std::string_view name, bool) { return value_of(name, hits); });
}

std::string shortened(std::string_view text, std::size_t limit) {
  std::string line = one_line(text);
  if (count_code_points(line) <= limit) return line;
  std::size_t end = 0, word_end = 0;
  for (std::size_t i = 0; i + 1 < limit; ++i) {
    if (line[end] == ' ') word_end = end;
    end = next_code_point(line, end);
  }
  if (word_end * 3 >= end * 2) end = word_end;
  line.resize(end);
  while (!line.empty() && (line.back() == ' ' || line.back() == ',' || line.back() == ':')) line.pop_back();
  return line.append(ellipsis);
}

}  // namespace agent::evidence
