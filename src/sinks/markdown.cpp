#include "sinks/display.hpp"
#include "sinks/render_markdown.hpp"

#include <algorithm>
#include <array>

namespace agent::sinks {
namespace {

constexpr std::string_view invisible = "&#8203;";  // U+200B, seen by who reads the source

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t longest_run_of_backticks(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string escaped(char c) {
  constexpr std::string_view has_meaning = "\\`*_[]|~$#!";
  if (c == '<') return "&lt;";
  if (c == '>') return "&gt;";
  if (c == '&') return "&amp;";
  return has_meaning.contains(c) ? std::string{'\\', c} : std::string{c};
}

/// True when a forge would see a mention or a reference if what follows `text[at]` were next to it.
bool refers(std::string_view text, std::size_t at) {
  const char next = at + 1 < text.size() ? text[at + 1] : ' ';
  switch (text[at]) {
    case '@': return is_letter(next) || is_digit(next) || next == '-' || next == '_';
    case '#':
    case '!': return is_letter(next) || is_digit(next);
    case '-': return is_digit(next) && at >= 2 && (text[at - 1] | 0x20) == 'h' && (text[at - 2] | 0x20) == 'g';
    default: return false;
  }
}

/// True at the slash before "issues/" and its like: a whole address of an issue is a reference too.
bool begins_reference_path(std::string_view rest) {
  constexpr std::array<std::string_view, 6> paths{"/issues/",      "/pull/",   "/pulls/",
                                                  "/discussions/", "/commit/", "/compare/"};
  return std::ranges::any_of(paths, [rest](std::string_view path) { return rest.starts_with(path); });
}

/// What would begin a list or underline a heading, at the beginning of a line.
std::string without_block_start(const std::string& text) {
  constexpr std::string_view bullets = "-+=";
  if (text.empty()) return text;
  if (bullets.contains(text[0])) return "\\" + text;
  const std::size_t end = text.find_first_not_of("0123456789");
  const bool numbers = end != 0 && end != std::string::npos && (text[end] == '.' || text[end] == ')');
  return numbers ? text.substr(0, end) + "\\" + text.substr(end) : text;
}

}  // namespace

std::string markdown_prose(std::string_view text) {
  std::string line = one_line(text);
  line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    out += escaped(line[i]);
    if (refers(line, i) || begins_reference_path(std::string_view(line).substr(i))) out += invisible;
  }
  return without_block_start(out);
}

std::string markdown_code(std::string_view text) {
  const std::string line = one_line(text);
  if (line.empty()) return "";
  const std::string ticks(longest_run_of_backticks(line) + 1, '`');
  const std::string pad = ticks.size() > 1 ? " " : "";
  return ticks + pad + line + pad + ticks;
}

std::string markdown_fence(std::string_view text, std::string_view language, std::size_t indent) {
  constexpr std::size_t shortest = 3;
  const std::string blanks(indent, ' ');
  const std::string fence(std::max(shortest, longest_run_of_backticks(text) + 1), '`');
  std::string out = blanks + fence + std::string(language) + "\n";
  for (const std::string& line : safe_lines(text)) out += line.empty() ? "\n" : blanks + line + "\n";
  return out + blanks + fence + "\n";
}

}  // namespace agent::sinks
