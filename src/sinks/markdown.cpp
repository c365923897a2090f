#include "base/text.hpp"
#include "sinks/display.hpp"
#include "sinks/render_markdown.hpp"

#include <algorithm>

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

bool is_hexadecimal(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

template <class Fits>
std::size_t run_of(std::string_view text, Fits fits) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, fits) - text.begin());
}

/// True at the first colon of ":tada:"; not at those of "a.c:100:5", though some forges know a ":100:".
bool begins_emoji(std::string_view rest) {
  const auto of_name = [](char c) { return is_word(c) || c == '+' || c == '-'; };
  const std::string_view name = rest.substr(1, run_of(rest.substr(1), of_name));
  const bool ends = rest.substr(1 + name.size()).starts_with(':');
  const bool is_number = std::ranges::all_of(name, is_digit) && name != "100" && name != "1234";
  return !name.empty() && ends && !is_number;
}

/// True when a forge would see a mention or a reference if what follows `text[at]` were next to it.
bool refers(std::string_view text, std::size_t at) {
  const char next = at + 1 < text.size() ? text[at + 1] : ' ';
  switch (text[at]) {
    case '@': return is_word(next) || next == '-';
    case '#':
    case '!': return is_letter(next) || is_digit(next);
    case '-': return is_digit(next) && at >= 2 && (text[at - 1] | 0x20) == 'h' && (text[at - 2] | 0x20) == 'g';
    case '[': return next == '[';
    case ':': return begins_emoji(text.substr(at));
    default: return false;
  }
}

/// Bytes at `text[at]` of an address, which forges make a link: "https://…", "www.…". With what stands before the
/// scheme without a blank: left outside, digits of a hash would be a word of their own there.
std::size_t address_at(std::string_view text, std::size_t at) {
  const auto of_scheme = [](char c) { return is_letter(c) || is_digit(c); };
  if (!of_scheme(text[at]) || (at > 0 && of_scheme(text[at - 1]))) return 0;
  const std::string_view rest = text.substr(at);
  const std::string_view behind = rest.substr(run_of(rest, of_scheme));
  if (!behind.starts_with("://") && !lower(rest.substr(0, 4)).starts_with("www.")) return 0;
  std::string_view address = rest.substr(0, rest.find_first_of(" `<>\"'"));
  while (std::string_view(".,;:!?)]}").contains(address.back())) address.remove_suffix(1);
  return address.size();
}

/// Bytes at `text[at]` of what forges may know as a commit: 7 to 64 hexadecimal digits that are a word.
std::size_t hash_at(std::string_view text, std::size_t at) {
  if (!is_hexadecimal(text[at]) || (at > 0 && is_word(text[at - 1]))) return 0;
  const std::size_t size = run_of(text.substr(at), is_word);
  const bool is_hash = size >= 7 && size <= 64 && run_of(text.substr(at, size), is_hexadecimal) == size;
  return is_hash ? size : 0;
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
    const std::size_t code = std::max(address_at(line, i), hash_at(line, i));
    if (code > 0) {
      out += markdown_code(std::string_view(line).substr(i, code));
      i += code - 1;
      continue;
    }
    out += escaped(line[i]);
    if (refers(line, i)) out += invisible;
  }
  return without_block_start(out);
}

std::string without_references(std::string_view line) {
  constexpr std::string_view zero_width = "\u200B";
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    out += line[i];
    const bool in_address = i + 2 < line.size() && line.substr(i, 3) == "://";
    const std::size_t hash = hash_at(line, i);
    const bool is_number = run_of(line.substr(i, hash), is_digit) == hash;  // or a commit once in 27 of seven digits
    if (refers(line, i) || (hash > 0 && !is_number) || in_address) out += zero_width;
  }
  return out;
}

std::string markdown_link(std::string_view text, std::string_view url) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#@&=%+";
  const bool is_address = (url.starts_with("https://") || url.starts_with("http://")) &&
                          url.find_first_not_of(characters) == std::string_view::npos;
  const std::string shown = markdown_prose(text);
  return is_address && !shown.empty() ? "[" + shown + "](<" + std::string(url) + ">)" : shown;
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
