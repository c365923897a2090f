#include "evidence/rule_headline.hpp"

#include "base/text.hpp"
#include "evidence/rule_template.hpp"

#include <array>

namespace agent::evidence {
namespace {

constexpr std::array<std::string_view, 4> message_keys{"\"message\"", "\"msg\"", "\"error\"", "\"err\""};

/// What stands in the JSON string that begins behind `at`, up to its end or that of `text`. Blanks for control
/// characters; escapes of other characters stay.
std::string string_from(std::string_view text, std::size_t at) {
  std::string value;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      value += text[at];
      continue;
    }
    const char escaped = text[++at];
    if (escaped == 'n' || escaped == 't' || escaped == 'r')
      value += ' ';
    else if (escaped == '"' || escaped == '\\' || escaped == '/')
      value += escaped;
    else
      (value += '\\') += escaped;
  }
  return value;
}

/// The text of `key` in a JSON object; empty: it has none.
std::string text_of(std::string_view object, std::string_view key) {
  for (std::size_t at = object.find(key); at != std::string_view::npos; at = object.find(key, at + 1)) {
    const std::size_t colon = object.find_first_not_of(' ', at + key.size());
    if (colon == std::string_view::npos || object[colon] != ':') continue;
    const std::size_t open = object.find_first_not_of(' ', colon + 1);
    if (open != std::string_view::npos && object[open] == '"') return string_from(object, open + 1);
  }
  return {};
}

}  // namespace

std::string headline_of(std::string_view line) {
  const std::string_view text = trim(line);
  if (text.starts_with('{'))
    for (const std::string_view key : message_keys)
      if (const std::string message = text_of(text, key); !trim(message).empty())
        return shortened(message, headline_limit);
  return shortened(text, headline_limit);
}

std::string quote_of(std::string_view line) {
  if (line.size() <= quote_limit) return std::string(line);
  std::size_t end = quote_limit;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return std::string(line.substr(0, end));
}

}  // namespace agent::evidence
