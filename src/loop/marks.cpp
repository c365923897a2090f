#include "loop/marks.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace agent::loop {
namespace {

/// True when what stands behind a '<' makes it a mark: "data", "/data", also with blanks between and in any case.
bool makes_mark(std::string_view rest) {
  if (rest.starts_with('|')) return true;
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t/\\"), rest.size()));
  return lower(rest.substr(0, 4)) == "data";
}

void add_defused(std::string& out, std::string_view line) {
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t open = std::min(line.find('<', at), line.size());
    out += line.substr(at, open - at);
    if (open < line.size()) out += makes_mark(line.substr(open + 1)) ? "‹" : "<";
    at = open + 1;
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
