#include "sinks/display.hpp"

#include "sinks/utf8.hpp"

#include <algorithm>

namespace agent::sinks {
namespace {

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

bool turns_direction(char32_t c) {
  return c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool ends_line(char32_t c) {
  return c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

void trim_end(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

/// `tab_stop` columns between tab stops.
std::string safe_line(std::string_view text, std::size_t tab_stop) {
  std::string line;
  std::size_t column = 0;
  for_each_code_point(text, [&](char32_t code_point, std::string_view bytes) {
    const std::size_t blanks = code_point == '\t' ? tab_stop - column % tab_stop : ends_line(code_point) ? 1 : 0;
    line.append(blanks, ' ');
    column += blanks;
    if (blanks > 0 || is_control(code_point) || turns_direction(code_point)) return;
    line += bytes;
    column += columns_of(code_point);
  });
  trim_end(line);
  return line;
}

/// Bytes at the start of `text` that fit `columns`; at least one character, so that a caller moves on.
std::size_t fitting_bytes(std::string_view text, std::size_t columns) {
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const Decoded next = decode(text.substr(bytes));
    used += columns_of(next.code_point);
    if (used > columns && bytes > 0) break;
    bytes += next.bytes;
  }
  return bytes;
}

/// Where to break `text`, which does not fit: at the last blank that lets the line fit, else where the columns end.
std::size_t break_at(std::string_view text, std::size_t columns) {
  const std::size_t bytes = fitting_bytes(text, columns);
  if (bytes < text.size() && text[bytes] == ' ') return bytes;
  const std::size_t blank = text.substr(0, bytes).rfind(' ');
  const bool useful =
      blank != std::string_view::npos && text.substr(0, blank).find_first_not_of(' ') != std::string_view::npos;
  return useful ? blank : bytes;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for_each_code_point(text, [&](char32_t, std::string_view bytes) { valid += bytes; });
  return valid;
}

std::string one_line(std::string_view text) { return safe_line(text, 1); }

std::vector<std::string> safe_lines(std::string_view text) {
  constexpr std::size_t terminal_tab_stop = 8;
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(safe_line(text.substr(0, end), terminal_tab_stop));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::size_t columns_of(std::string_view safe) {
  std::size_t columns = 0;
  for_each_code_point(safe, [&](char32_t code_point, std::string_view) { columns += columns_of(code_point); });
  return columns;
}

std::string cut(std::string_view safe, std::size_t columns) {
  if (columns_of(safe) <= columns) return std::string(safe);
  if (columns < 3) return "…";
  std::string beginning(safe.substr(0, fitting_bytes(safe, columns - 1)));
  trim_end(beginning);
  return beginning + "…";
}

std::vector<std::string> wrap(std::string_view safe, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 2);
  std::vector<std::string> lines;
  // Looks ahead no further than a line: a log's line may have a million columns.
  while (fitting_bytes(safe, columns) < safe.size()) {
    const std::size_t end = break_at(safe, columns);
    trim_end(lines.emplace_back(safe.substr(0, end)));
    safe.remove_prefix(std::min(safe.find_first_not_of(' ', end), safe.size()));
  }
  if (!safe.empty() || lines.empty()) lines.emplace_back(safe);
  return lines;
}

std::string defuse_workflow_commands(std::string_view line) {
  std::string safe(line);
  // A runner trims blanks of every script before it looks for "::": nothing visible before it is enough to defuse it.
  const auto visible = std::ranges::find_if(safe, [](char c) { return c > ' ' && c < '\x7F'; });
  const auto start = static_cast<std::size_t>(visible - safe.begin());
  if (std::string_view(safe).substr(start).starts_with("::")) safe.insert(start + 1, " ");
  for (std::size_t at = 0; (at = find_bracket_command(safe, at)) != std::string::npos; ++at) safe.insert(at + 1, " ");
  return safe;
}

std::string defuse_all_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += defuse_workflow_commands(text.substr(0, end));
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string escape_bracket_commands(std::string json) {
  // "##" stands inside strings only.
  for (std::size_t at = 0; (at = find_bracket_command(json, at)) != std::string::npos;)
    json.replace(at + 1, 1, "\\u0023");
  return json;
}

std::size_t find_bracket_command(std::string_view text, std::size_t from) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (std::size_t at = text.find("##", from); at != std::string_view::npos; at = text.find("##", at + 1)) {
    const std::size_t end = text.find_first_not_of(letters, at + 2);
    if (end != std::string_view::npos && text[end] == '[') return at;
  }
  return std::string_view::npos;
}

}  // namespace agent::sinks
