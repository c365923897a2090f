#include "tools/yaml_text.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace agent::tools {
namespace {

using nlohmann::json;

constexpr std::size_t step = 2;  // Blanks a level.

/// What YAML 1.1 would read as something else than text (https://yaml.org/type/).
bool is_other_type(std::string_view text) {
  constexpr std::array words{"y",   "n",  "yes", "no",  "on",   "off",   "true", "false", "null",
                             "Y",   "N",  "Yes", "No",  "On",   "Off",   "True", "False", "Null",
                             "YES", "NO", "ON",  "OFF", "TRUE", "FALSE", "NULL", "~"};
  if (std::ranges::find(words, text) != words.end()) return true;
  // Numbers, times and what could be one: '.inf', '0x1f', '12:30'.
  return std::string_view("0123456789+-.").find(text.front()) != std::string_view::npos;
}

bool is_plain(std::string_view text) {
  if (text.empty() || is_other_type(text)) return false;
  if (std::string_view("!&*?|>%@`'\"#,[]{}:=<- \t").find(text.front()) != std::string_view::npos) return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  return text.find('\t') == std::string_view::npos && is_clean(text);
}

/// Lines that can stand below a `|`: printable, and the first one tells the indentation.
bool is_literal(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') return false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.find('\t') != std::string_view::npos || !is_clean(line)) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

class Writer {
 public:
  std::string take() { return std::move(text_); }

  /// A value behind "key:" or "-", which stand on the line already.
  void value(const json& value, std::size_t indent, bool in_list) {
    if (value.is_object() && !value.empty()) {
      in_list ? entries(value, indent + step, true) : (end_line(), entries(value, indent + step, false));
    } else if (value.is_array() && !value.empty()) {
      end_line();
      items(value, in_list ? indent + step : indent);
    } else {
      text_ += ' ';
      scalar(value, indent + step);
    }
  }

  void document(const json& value) {
    if (value.is_object() && !value.empty()) return entries(value, 0, false);
    if (value.is_array() && !value.empty()) return items(value, 0);
    scalar(value, step);
  }

 private:
  void end_line() { text_ += '\n'; }

  void entries(const json& object, std::size_t indent, bool first_is_begun) {
    for (const auto& [key, entry] : object.items()) {
      if (first_is_begun)
        text_ += ' ';
      else
        text_.append(indent, ' ');
      first_is_begun = false;
      text_ += is_plain(key) ? key : quoted(key);
      text_ += ':';
      value(entry, indent, false);
    }
  }

  void items(const json& list, std::size_t indent) {
    for (const json& item : list) {
      text_.append(indent, ' ');
      text_ += '-';
      value(item, indent, true);
    }
  }

  void scalar(const json& value, std::size_t indent) {
    if (!value.is_string()) {
      text_ += value.dump();
    } else if (const auto& text = value.get_ref<const std::string&>(); is_plain(text)) {
      text_ += text;
    } else if (!text.empty() && is_literal(text)) {
      return literal(text, indent);
    } else {
      text_ += quoted(text);
    }
    end_line();
  }

  void literal(std::string_view text, std::size_t indent) {
    const bool ends_line = text.ends_with('\n');
    const bool keeps_more = text.ends_with("\n\n");
    text_ += keeps_more ? "|+\n" : ends_line ? "|\n" : "|-\n";
    if (ends_line) text.remove_suffix(1);
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t end = std::min(text.find('\n', from), text.size());
      if (end > from) text_.append(indent, ' ').append(text.substr(from, end - from));
      end_line();
      from = end + 1;
    }
  }

  /// JSON's escapes are among YAML's.
  static std::string quoted(const std::string& text) {
    return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  }

  std::string text_;
};

}  // namespace

std::string to_yaml(const json& value) {
  Writer writer;
  writer.document(value);
  return writer.take();
}

}  // namespace agent::tools
