#include "base/settings_file.hpp"
#include "base/text.hpp"

#include <optional>

namespace agent {
namespace {

bool is_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  for (const char c : name)
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) return false;
  return true;
}

char unescaped(char c) {
  if (c == 'n') return '\n';
  if (c == 't') return '\t';
  return c;
}

// What follows a closing quote may only be a comment.
bool is_rest(std::string_view rest) { return trim(rest).empty() || trim(rest).starts_with('#'); }

std::optional<std::string> single_quoted(std::string_view text) {
  const std::size_t end = text.find('\'', 1);
  if (end == std::string_view::npos || !is_rest(text.substr(end + 1))) return std::nullopt;
  return std::string(text.substr(1, end - 1));
}

std::optional<std::string> double_quoted(std::string_view text) {
  std::string value;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return is_rest(text.substr(at + 1)) ? std::optional(value) : std::nullopt;
    const bool escape = text[at] == '\\' && at + 1 < text.size();
    if (escape) ++at;
    value += escape ? unescaped(text[at]) : text[at];
  }
  return std::nullopt;
}

// A comment after a bare value needs a blank before its '#', so that "a#b" stays whole.
std::string bare(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (text[at] == '#' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t')) text = text.substr(0, at);
  return std::string(trim(text));
}

std::optional<std::string> value_of(std::string_view text) {
  if (text.starts_with('\'')) return single_quoted(text);
  if (text.starts_with('"')) return double_quoted(text);
  return bare(text);
}

}  // namespace

Result<std::map<std::string, FileVariable, std::less<>>> parse_env_file(std::string_view text,
                                                                        const std::string& path) {
  std::map<std::string, FileVariable, std::less<>> variables;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const std::size_t equals = line.find('=');
    const std::string where = path + ":" + std::to_string(number);
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals)) ||
        line.find('\0') != std::string_view::npos)
      return fail(ErrorKind::settings, "this line of the env file is not KEY=VALUE", where);
    auto value = value_of(trim(line.substr(equals + 1)));
    if (!value) return fail(ErrorKind::settings, "a quote of the env file does not end on its line", where);
    variables[std::string(line.substr(0, equals))] = {*std::move(value), number};
  }
  return variables;
}

}  // namespace agent
