#include "unit/house/layering.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

namespace agent::house {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string, std::less<>>;

/// What a room may use; all may use base.
const std::map<std::string, Names, std::less<>> arrows = {
    {"base", {}},
    {"net", {}},
    {"evidence", {}},
    {"store", {}},
    {"kube", {"net"}},
    {"llm", {"net"}},
    {"tools", {"kube", "net"}},
    {"mcp", {"tools", "net"}},
    {"sinks", {"net", "tools"}},
    {"loop", {"llm", "tools", "evidence"}},
    {"flows", {"loop", "evidence", "tools", "kube", "llm", "sinks", "store"}},
    {"server", {"flows", "store", "net"}},
    {"cli", {"server", "flows", "loop", "evidence", "tools", "llm", "mcp", "kube", "sinks", "store", "net"}},
};

/// The headers of a room that stand for an interface; the rest of such a room is concrete. Renderers, the table of
/// kinds, the reader of YAML and what is done to any object count as such: they are functions and data, without an
/// implementation to choose.
const std::map<std::string, Names, std::less<>> interfaces = {
    {"kube", {"kube/document.hpp", "kube/kinds.hpp", "kube/object.hpp", "kube/source.hpp"}},
    {"llm", {"llm/model.hpp"}},
    {"mcp", {}},
    {"sinks",
     {"sinks/sink.hpp", "sinks/render_text.hpp", "sinks/render_markdown.hpp", "sinks/render_yaml.hpp",
      "sinks/render_sarif.hpp", "sinks/render_junit.hpp", "sinks/report_json.hpp", "sinks/display.hpp",
      "sinks/text_writer.hpp"}},
    {"store", {"store/store.hpp"}},
};

/// Rooms that see other rooms by their interfaces only, and their files that may name concrete types.
const std::map<std::string, Names, std::less<>> interface_only = {
    {"cli", {"wiring.cpp", "mcp.cpp", "model.cpp", "delivery.cpp", "ci_files.cpp", "github_run.cpp", "doctor.cpp"}},
    {"server", {}},
    {"flows", {}},
    {"loop", {}},
    {"tools", {}},
};

/// Words that only one room may say ("": none). `pattern` captures the word.
struct KeptWords {
  RE2 pattern;
  std::string_view room, why;
};
const KeptWords kept_words[] = {
    {R"(\b(co_await|co_return|co_yield)\b)", "net", "coroutines stay in net"},
    {R"(\b(std::regex)\b)", "", "it recurses a frame a character: use RE2"},
    {R"(\b(getaddrinfo|gethostbyname|getpwuid|getpwnam)\b)", "",
     "it loads the host's NSS modules into a static binary"},
    // A call that is not a member's or another namespace's.
    {R"((?:^|[^\w.>:]|\bstd::|(?:^|\W)::)(system|popen)\s*\()", "", "no shell: use base/process.hpp"},
    {R"(\b(std::cout)\b)", "cli", "only the command line writes to standard output"},
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool is_source(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".cpp" || extension == ".hpp" || extension == ".h" || extension == ".c";
}

/// The words of `agent_room(…)` after `keyword`, up to the next keyword.
Names room_list(const std::string& cmake, std::string_view keyword) {
  static const Names keywords = {"SOURCES", "USES", "LINKS", "EMBEDS", "SMALL"};
  const auto start = cmake.find("agent_room(");
  if (start == std::string::npos) return {};
  const auto open = start + std::string_view("agent_room(").size();
  std::istringstream words(cmake.substr(open, cmake.find(')', open) - open));
  Names found;
  bool inside = false;
  for (std::string word; words >> word;) {
    if (keywords.contains(word)) {
      inside = word == keyword;
    } else if (inside) {
      found.insert(word);
    }
  }
  return found;
}

/// `source` with comments and literals blanked, lines kept. Include lines keep their path.
std::string code_only(const std::string& source) {
  static const RE2 not_code(R"re((?m)(^[ \t]*#include[^\n]*)|(//[^\n]*|/\*(?s:.*?)\*/|)re"  // includes, comments
                            R"re(R"[^(\n]*\((?s:.*?)\)[^"\n]*"|"(?:\\.|[^"\\\n])*"|)re"     // raw and plain strings
                            R"re(\b[0-9][0-9a-fA-F']*|'(?:\\.|[^'\\\n])+'))re");  // 1'000 is no literal's start
  std::string code;
  re2::StringPiece rest(source), include, blanked;
  const char* copied = rest.data();
  while (RE2::FindAndConsume(&rest, not_code, &include, &blanked)) {
    const auto match = include.data() ? include : blanked;
    code.append(copied, match.data());
    if (include.data()) code.append(include.data(), include.size());
    if (blanked.data()) code.append(static_cast<std::size_t>(std::count(blanked.begin(), blanked.end(), '\n')), '\n');
    copied = rest.data();
  }
  return code.append(copied, rest.size());
}

/// One source file of one room ("": main.cpp).
struct File {
  std::string room, name;
  Names uses;
};

/// `opening`: '<' or '"'.
std::string include_violation(const File& file, char opening, const std::string& path) {
  const auto room = path.substr(0, path.find('/'));
  if (path == "regex") return "includes <regex>, which recurses a frame a character: use RE2";
  if (opening == '"' && !arrows.contains(room)) return "includes '" + path + "', which does not start with a room";
  if (!arrows.contains(room) || room == file.room) return {};
  if (!file.uses.contains(room)) return "includes '" + path + "' without '" + room + "' in its USES";
  const auto limited = interface_only.find(file.room);
  const auto interface = interfaces.find(room);
  if (limited == interface_only.end() || interface == interfaces.end()) return {};
  if (limited->second.contains(file.name) || interface->second.contains(path)) return {};
  return "includes '" + path + "', a concrete part of '" + room + "'";
}

std::string line_violation(const File& file, const std::string& line) {
  static const RE2 include(R"re(^\s*#include\s*([<"])([^>"]+))re");
  std::string opening, found;
  if (RE2::PartialMatch(line, include, &opening, &found)) return include_violation(file, opening[0], found);
  for (const auto& kept : kept_words) {
    if ((kept.room.empty() || file.room != kept.room) && RE2::PartialMatch(line, kept.pattern, &found)) {
      return "says '" + found + "': " + std::string(kept.why);
    }
  }
  return {};
}

void check_file(const fs::path& path, const File& file, std::vector<std::string>& violations) {
  std::istringstream lines(code_only(read(path)));
  const auto shown = file.room.empty() ? file.name : file.room + "/" + file.name;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (auto wrong = line_violation(file, line); !wrong.empty()) {
      violations.push_back(shown + ":" + std::to_string(number) + ": " + wrong);
    }
  }
}

void check_room(const fs::path& folder, std::vector<std::string>& violations) {
  const auto room = folder.filename().string();
  const auto list = room + "/CMakeLists.txt:1: ";
  const auto allowed = arrows.find(room);
  if (allowed == arrows.end()) {
    violations.push_back(list + "'" + room + "' is not a room of this house");
    return;
  }
  const auto cmake = read(folder / "CMakeLists.txt");
  const auto uses = room_list(cmake, "USES");
  for (const auto& used : uses) {
    if (used != "base" && !allowed->second.contains(used)) {
      violations.push_back(list + "USES '" + used + "', an arrow this house does not have");
    }
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || !is_source(entry.path())) continue;
    const auto name = entry.path().lexically_relative(folder).generic_string();
    // A room's library has it, or a tool that is built beside it.
    if (entry.path().extension() == ".cpp" &&
        !RE2::PartialMatch(cmake, R"((?:^|[\s(]))" + RE2::QuoteMeta(name) + R"((?:$|[\s)]))")) {
      violations.push_back(room + "/" + name + ":1: is not named in the list of its room");
    }
    check_file(entry.path(), {room, name, uses}, violations);
  }
}

}  // namespace

std::vector<std::string> layering_violations(const fs::path& src) {
  std::vector<std::string> violations;
  for (const auto& entry : fs::directory_iterator(src)) {
    if (entry.is_directory()) {
      check_room(entry.path(), violations);
    } else if (is_source(entry.path())) {
      check_file(entry.path(), {"", entry.path().filename().string(), {"base", "cli"}}, violations);
    }
  }
  std::ranges::sort(violations);
  return violations;
}

}  // namespace agent::house
