#include "sinks/render_yaml.hpp"

#include "base/text.hpp"
#include "sinks/display.hpp"
#include "sinks/report_json.hpp"
#include "sinks/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace agent::sinks {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t step = 2;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Narrower than what YAML allows: begins with a letter, has nothing that means something, is no word of YAML 1.1.
bool is_plain(std::string_view text) {
  constexpr std::array<std::string_view, 9> words{"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
  if (text.empty() || !is_letter(text.front()) || text.back() == ' ') return false;
  const auto harmless = [](char c) { return is_letter(c) || is_digit(c) || std::string_view(" _./+-").contains(c); };
  return std::ranges::all_of(text, harmless) && std::ranges::count(words, lower(text)) == 0;
}

/// Printable by YAML 1.2, section 5.1, and no line break of YAML 1.1 (U+0085, U+2028, U+2029).
bool stands_as_it_is(char32_t c) {
  if (c < 0xA0) return c >= 0x20 && c <= 0x7E;
  return c != 0x2028 && c != 0x2029 && c != 0xFEFF && c != 0xFFFE && c != 0xFFFF;
}

/// A literal block can hold no escape, and its indentation has to be that of a line with text.
bool fits_literal_block(std::string_view text) {
  if (!text.contains('\n') || text.find_first_not_of(" \t\n") == std::string_view::npos) return false;
  if (defuse_all_lines(text) != text) return false;  // a CI system that sees this would obey it
  bool fits = true;
  for_each_code_point(text,
                      [&](char32_t c, std::string_view) { fits &= c == '\n' || c == '\t' || stands_as_it_is(c); });
  return fits;
}

std::string escape_of(char32_t c) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), c <= 0xFF ? "\\x%02X" : "\\u%04X", static_cast<unsigned>(c));
  return text.data();
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for_each_code_point(text, [&](char32_t c, std::string_view bytes) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (stands_as_it_is(c))
      out += bytes;
    else
      out += escape_of(c);
  });
  for (std::size_t at = 0; (at = find_bracket_command(out, at)) != std::string::npos;) out.replace(at + 1, 1, "\\x23");
  return out + "\"";
}

/// "|2-" and the lines: indentation is said, as the first line may begin with blanks; "-" and "+" tell how the text
/// ends.
std::string literal_block(std::string_view text, std::size_t indent) {
  const std::size_t end = text.find_last_not_of('\n') + 1;
  const std::size_t newlines = text.size() - end;
  std::string out = "|2" + std::string(newlines == 0 ? "-" : newlines == 1 ? "" : "+");
  if (newlines > 0) text.remove_suffix(1);
  while (true) {
    const std::size_t stop = text.find('\n');
    const std::string_view line = text.substr(0, stop);
    out += '\n';
    if (!line.empty()) out += std::string(indent + step, ' ') + std::string(line);
    if (stop == std::string_view::npos) return out;
    text.remove_prefix(stop + 1);
  }
}

std::string scalar(const Json& value, std::size_t indent) {
  if (const auto* text = value.get_ptr<const std::string*>(); text != nullptr) {
    if (is_plain(*text)) return *text;
    return fits_literal_block(*text) ? literal_block(*text, indent) : double_quoted(*text);
  }
  std::string number = value.dump();
  // YAML 1.1 takes "1e-07" for a text.
  const std::size_t exponent = value.is_number_float() ? number.find('e') : std::string::npos;
  if (exponent != std::string::npos && !number.contains('.')) number.insert(exponent, ".0");
  return number;
}

void write(const Json& value, std::size_t indent, std::string& out);

void write_item(const Json& item, std::size_t indent, std::string& out) {
  const std::string lead = std::string(indent, ' ') + "- ";
  if (!item.is_structured()) {
    out += lead + scalar(item, indent) + "\n";
    return;
  }
  if (item.empty()) {
    out += lead + (item.is_object() ? "{}\n" : "[]\n");
    return;
  }
  const std::size_t start = out.size();
  write(item, indent + step, out);
  out[start + indent] = '-';  // in the indentation of the item's first line
}

void write_member(const std::string& key, const Json& value, std::size_t indent, std::string& out) {
  out += std::string(indent, ' ') + (is_plain(key) ? key : double_quoted(key)) + ":";
  if (!value.is_structured()) {
    out += " " + scalar(value, indent) + "\n";
  } else if (value.empty()) {
    out += value.is_object() ? " {}\n" : " []\n";
  } else {
    out += '\n';
    write(value, indent + step, out);
  }
}

void write(const Json& value, std::size_t indent, std::string& out) {
  if (value.is_array())
    for (const Json& item : value) write_item(item, indent, out);
  else
    for (const auto& [key, member] : value.items()) write_member(key, member, indent, out);
}

}  // namespace

std::string to_yaml(const Json& json) {
  if (!json.is_structured()) return scalar(json, 0) + "\n";
  if (json.empty()) return json.is_object() ? "{}\n" : "[]\n";
  std::string out;
  write(json, 0, out);
  return out;
}

std::string render_yaml(const Report& report) { return to_yaml(to_json(report)); }

}  // namespace agent::sinks
