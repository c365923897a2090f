#include "sinks/markdown_sections.hpp"

#include <algorithm>
#include <utility>

namespace agent::sinks {
namespace {

constexpr std::string_view notice = "… cut here: the rest is too long for this place\n";

/// What is open after some lines of our own Markdown.
struct Open {
  std::string fence;  ///< With its indent; empty: none.
  bool details = false;

  void read(std::string_view line) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t ticks = std::min(line.find_first_not_of('`', indent), line.size()) - indent;
    if (!fence.empty()) {
      if (line == fence) fence.clear();
    } else if (ticks >= 3) {
      fence = line.substr(0, indent + ticks);
    } else if (line == "<details>" || line == "</details>") {
      details = line == "<details>";
    }
  }

  [[nodiscard]] std::string closing() const {
    return (fence.empty() ? "" : fence + "\n") + (details ? "\n</details>\n" : "") + "\n" + std::string(notice);
  }
};

}  // namespace

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string cut_markdown(const std::string& text, std::size_t most_code_points) {
  if (count_code_points(text) <= most_code_points) return text;
  Open open;
  std::string closing;
  std::size_t used = 0, kept = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    used += count_code_points(line) + 1;
    if (used > most_code_points) break;
    open.read(line);
    std::string next = open.closing();
    if (used + count_code_points(next) > most_code_points) continue;
    closing = std::move(next);
    kept = text.size() - rest.size();
  }
  return text.substr(0, kept) + closing;
}

}  // namespace agent::sinks
