#include "loop/evidence_tools.hpp"

#include "evidence/distiller.hpp"
#include "tools/builtin_parts.hpp"
#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdint>
#include <limits>

namespace agent::loop {
namespace {

using nlohmann::json;
using tools::ToolResult;
using tools::ToolStatus;

constexpr std::size_t usual_lines = 60, most_lines = 200;
constexpr std::size_t usual_hits = 20, most_hits = 50;
constexpr std::size_t most_bytes = 32'768;  ///< Of one answer.

std::size_t number(const json& arguments, std::string_view name, std::size_t usual, std::size_t most) {
  const auto given = tools::builtin::number(arguments, name);
  return given && *given > 0 ? std::min(static_cast<std::size_t>(*given), most) : usual;
}

/// Lines that follow each other are one excerpt.
std::vector<Excerpt> excerpts_of(const std::vector<LibraryLine>& lines, const std::string& why) {
  std::vector<Excerpt> excerpts;
  for (const LibraryLine& line : lines) {
    if (!excerpts.empty() && excerpts.back().last_line + 1 == line.number) {
      excerpts.back().text += "\n" + line.text;
      excerpts.back().last_line = line.number;
    } else {
      excerpts.push_back({.text = line.text, .first_line = line.number, .last_line = line.number, .why = why});
    }
  }
  return excerpts;
}

/// Takes lines away at the end until what is left may be given; at least one stays.
bool shorten(std::vector<LibraryLine>& lines) {
  std::size_t bytes = 0, fit = 0;
  while (fit < lines.size() && (fit == 0 || bytes + lines[fit].text.size() <= most_bytes))
    bytes += lines[fit++].text.size();
  const bool cut = fit < lines.size();
  lines.resize(fit);
  return cut;
}

std::size_t lines_of(const Library& library, std::string_view source) {
  for (const LibrarySource& one : library.sources())
    if (one.id == source || one.id.ends_with("/" + std::string(source))) return one.lines;
  return 0;
}

ToolResult read(const Library& library, const json& arguments) {
  const std::string source = tools::builtin::text(arguments, "source");
  const std::size_t first = number(arguments, "first_line", 1, std::numeric_limits<std::int64_t>::max());
  auto lines = library.read(source, first, number(arguments, "lines", usual_lines, most_lines));
  if (!lines) return tools::make_result(ToolStatus::error, lines.error().what);
  const bool cut = shorten(*lines);
  std::string text = evidence::print_numbered(excerpts_of(*lines, "of " + library.redacted(source)));
  const std::size_t total = lines_of(library, source);
  if (cut || (!lines->empty() && lines->back().number < total))
    text += fmt::format("… read on from line {}; there are {} lines\n", lines->back().number + 1, total);
  return tools::make_result(ToolStatus::ok, std::move(text));
}

/// Lines that do not follow each other, under one marker.
std::string print_hits(const std::vector<LibraryLine>& lines, const std::string& source) {
  std::string text = "… of " + source + "\n";
  for (const LibraryLine& line : lines)
    text += fmt::format("{:>{}} | {}\n", line.number, std::to_string(lines.back().number).size(), line.text);
  return text;
}

/// Searches one source; what it finds goes into `text`. Returns how many lines that is.
Result<std::size_t> search_one(const Library& library, const std::string& source, const std::string& words,
                               std::size_t most, std::string& text) {
  std::vector<LibraryLine> lines = TRY(library.search(source, words, most + 1));
  const bool has_more = lines.size() > most;
  if (has_more) lines.resize(most);
  const bool cut = shorten(lines);
  if (!lines.empty()) text += print_hits(lines, library.redacted(source));
  if (has_more || cut) text += "… more lines have these words\n";
  return lines.size();
}

/// Every source gets its share of the lines, and what those before it left.
Result<std::string> search_all(const Library& library, const std::vector<std::string>& sources,
                               const std::string& words, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < sources.size() && most > 0 && text.size() < most_bytes; ++i) {
    const std::size_t share = std::max<std::size_t>(most / (sources.size() - i), 1);
    most -= TRY(search_one(library, sources[i], words, share, text));
  }
  return text;
}

ToolResult search(const Library& library, const json& arguments) {
  const std::string source = tools::builtin::text(arguments, "source"),
                    words = tools::builtin::text(arguments, "words");
  std::vector<std::string> sources{source};
  if (source.empty()) {
    sources.clear();
    for (const LibrarySource& one : library.sources()) sources.push_back(one.id);
  }
  Result<std::string> text = search_all(library, sources, words, number(arguments, "most", usual_hits, most_hits));
  if (!text) return tools::make_result(ToolStatus::error, text.error().what);
  if (text->empty())
    *text = fmt::format("no line has all of these words: {}\n", library.redacted(words.substr(0, 200)));
  return tools::make_result(ToolStatus::ok, *std::move(text));
}

}  // namespace

std::vector<std::shared_ptr<tools::Tool>> evidence_tools(const Library& library) {
  using tools::builtin::make_tool;
  return {make_tool(
              {.name = "evidence_read",
               .description = "Read lines of a source, with their numbers.",
               .parameters = {{"source", "string", "Source id, such as 'log/build.log'", true},
                              {"first_line", "integer", "Number of the first line; 1 when left out"},
                              {"lines", "integer", "How many lines, at most 200; 60 when left out"}},
               .run = [&library](const json& arguments, const std::stop_token&) { return read(library, arguments); }}),
          make_tool({.name = "evidence_search",
                     .description = "Find lines that have all of some words, in any case.",
                     .parameters = {{"words", "string", "Words, separated by blanks", true},
                                    {"source", "string", "Source id; all sources when left out"},
                                    {"most", "integer", "How many lines, at most 50; 20 when left out"}},
                     .run = [&library](const json& arguments, const std::stop_token&) {
                       return search(library, arguments);
                     }})};
}

}  // namespace agent::loop
