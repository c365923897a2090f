#include "evidence/rule_line.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace agent::evidence {
namespace {

constexpr int max_prefixes = 5;
constexpr std::size_t longest_script = 300;  // lines

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_name(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-' || c == '.';
}

/// Length of what `text` starts with when it has the form of `shape`: 'd' a digit, others themselves. 0: it does not.
std::size_t shaped(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return 0;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i]) return 0;
  return shape.size();
}

std::size_t digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

/// Length of "12:34:56", with a fraction and a zone where they follow; 0: none.
std::size_t clock_length(std::string_view text) {
  std::size_t length = shaped(text, "dd:dd:dd");
  if (length == 0) return 0;
  if (length < text.size() && (text[length] == '.' || text[length] == ','))
    length += 1 + digits(text.substr(length + 1));
  if (length < text.size() && text[length] == 'Z') return length + 1;
  const std::size_t zone = std::max(shaped(text.substr(length), "+dd:dd"), shaped(text.substr(length), "-dd:dd"));
  return length + zone;
}

/// "2026-01-02T03:04:05.678Z ", "[2026-01-02 03:04:05] ", "03:04:05 ".
std::size_t time_stamp(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? 1 : 0;
  std::string_view rest = text.substr(bracket);
  std::size_t length = bracket;
  if (const std::size_t date = shaped(rest, "dddd-dd-dd");
      date != 0 && date < rest.size() && (rest[date] == 'T' || rest[date] == ' ')) {
    rest.remove_prefix(date + 1);
    length += date + 1;
  }
  const std::size_t clock = clock_length(rest);
  if (clock == 0) return 0;
  length += clock;
  if (bracket == 1) {
    if (length >= text.size() || text[length] != ']') return 0;
    ++length;
  }
  if (length == text.size()) return length;
  return text[length] == ' ' ? length + 1 : 0;
}

/// BuildKit's "#12 3.456 " and "#12 ".
std::size_t buildkit(std::string_view text) {
  if (!text.starts_with('#')) return 0;
  const std::size_t number = digits(text.substr(1));
  std::size_t at = 1 + number;
  if (number == 0 || at >= text.size() || text[at] != ' ') return 0;
  ++at;
  const std::size_t seconds = digits(text.substr(at));
  if (seconds == 0 || at + seconds >= text.size() || text[at + seconds] != '.') return at;
  const std::size_t fraction = digits(text.substr(at + seconds + 1));
  const std::size_t end = at + seconds + 1 + fraction;
  return fraction != 0 && end < text.size() && text[end] == ' ' ? end + 1 : at;
}

/// Compose's "web-1  | ": a name that ends in a number, blanks, a bar.
std::size_t compose(std::string_view text) {
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_name) - text.begin());
  if (end < 3 || !is_digit(text[end - 1]) || is_digit(text[0])) return 0;
  if (text.substr(0, end).find_first_of("-_") == std::string_view::npos) return 0;
  const std::size_t bar = text.find_first_not_of(' ', end);
  if (bar == std::string_view::npos || bar == end || text[bar] != '|') return 0;
  return bar + 1 < text.size() && text[bar + 1] == ' ' ? bar + 2 : bar + 1;
}

/// Tekton's "[task : step] ".
std::size_t tekton(std::string_view text) {
  if (!text.starts_with('[')) return 0;
  const auto name = [&](std::size_t from) {
    while (from < text.size() && is_name(text[from])) ++from;
    return from;
  };
  const std::size_t task = name(1);
  if (task == 1 || !text.substr(task).starts_with(" : ")) return 0;
  const std::size_t step = name(task + 3);
  return step > task + 3 && text.substr(step).starts_with("] ") ? step + 2 : 0;
}

/// GitLab's "00O " and "01E+" after its time stamp.
std::size_t gitlab(std::string_view text) {
  if (text.size() < 4 || !is_digit(text[0]) || !is_digit(text[1])) return 0;
  return (text[2] == 'O' || text[2] == 'E') && (text[3] == ' ' || text[3] == '+') ? 4 : 0;
}

std::size_t prefix(std::string_view text) {
  if (text.empty() || !(is_name(text[0]) || text[0] == '[' || text[0] == '#')) return 0;
  return std::max({time_stamp(text), buildkit(text), compose(text), tekton(text), gitlab(text)});
}

bool starts_step(std::string_view text) {
  return text.starts_with("##[group]Run ") || text.starts_with("##[section]Starting:") ||
         text.starts_with("section_start:") || text.starts_with("[Pipeline] stage") ||
         text.starts_with("travis_time:start") || text.starts_with("$ ");
}

/// A command as a shell (`set -x`), GitLab or Travis shows it before it runs.
bool shows_command(std::string_view text) {
  return text.starts_with("$ ") || text.starts_with("+ ") || text.starts_with("++ ") || text.starts_with("[command]");
}

}  // namespace

BareLine bare_line(std::size_t number, std::string_view line) {
  BareLine bare{.number = number, .text = line};
  for (int i = 0; i < max_prefixes; ++i) {
    const std::size_t length = prefix(bare.text);
    if (length == 0) break;
    if (bare.text.front() == '#') std::from_chars(bare.text.data() + 1, bare.text.data() + length, bare.vertex);
    bare.text.remove_prefix(length);
  }
  bare.step = starts_step(bare.text);
  bare.script = shows_command(bare.text);
  if (constexpr std::string_view mark = "##[error]"; bare.text.starts_with(mark)) {
    bare.text.remove_prefix(mark.size());
    bare.marked = true;
  }
  return bare;
}

void mark_scripts(std::span<BareLine> lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].text.starts_with("##[group]Run ")) continue;
    std::size_t end = i + 1;
    while (end < lines.size() && end < i + longest_script && !lines[end].text.starts_with("##[")) ++end;
    if (end == lines.size() || !lines[end].text.starts_with("##[endgroup]")) continue;
    for (; i < end; ++i) lines[i].script = true;
  }
}

}  // namespace agent::evidence
