#include "base/text.hpp"
#include "sinks/display.hpp"
#include "sinks/issue_text.hpp"
#include "sinks/render_markdown.hpp"
#include "sinks/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace agent::sinks {
namespace {

constexpr std::array<std::string_view, 8> known{"cause",   "category",   "target",   "fingerprint",
                                                "verdict", "repository", "pipeline", "branch"};

std::string value_of(std::string_view name, const Report& report) {
  const PipelineRun run = report.pipeline.value_or(PipelineRun{});
  if (name == "cause") return report.cause;
  if (name == "category") return std::string(report.category == Category::unknown ? "" : agent::name(report.category));
  if (name == "target") return report.target;
  if (name == "fingerprint") return report.fingerprint;
  if (name == "verdict") return std::string(agent::name(report.verdict));
  if (name == "repository") return run.repository;
  return name == "pipeline" ? run.name : run.branch;
}

/// What stands in the braces that `text` begins with; none where it begins with no word in braces.
std::optional<std::string_view> word_in_braces(std::string_view text) {
  if (!text.starts_with('{')) return std::nullopt;
  const std::size_t end = text.find_first_of("{}", 1);
  if (end == std::string_view::npos || text[end] != '}') return std::nullopt;
  return text.substr(1, end - 1);
}

bool has_word(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || static_cast<unsigned char>(c) >= 0x80;
  });
}

/// The template with its words put in. Where one is not known, the signs around it go with it.
std::string filled(std::string_view form, const Report& report) {
  std::string out;
  bool after_gap = false;
  while (!form.empty()) {
    const std::optional<std::string_view> word = word_in_braces(form);
    const std::size_t size = word ? word->size() + 2 : std::min(form.find('{', 1), form.size());
    const std::string part = word ? one_line(value_of(*word, report)) : std::string(form.substr(0, size));
    form.remove_prefix(size);
    if (word && part.empty()) {
      out.erase(out.find_last_not_of(" ([{<") + 1);
      after_gap = true;
    } else if (word || !after_gap || has_word(part)) {
      out += (after_gap && !out.empty() ? " " : "") + part;
      after_gap = false;
    }
  }
  out.erase(out.find_last_not_of(" :,-") + 1);
  return out;
}

std::string first_code_points(std::string_view text, std::size_t most) {
  std::size_t bytes = 0;
  for (; most > 0 && bytes < text.size(); --most) bytes += decode(text.substr(bytes)).bytes;
  return std::string(text.substr(0, bytes));
}

}  // namespace

Result<void> check_title_template(std::string_view title_template) {
  for (std::string_view rest = title_template; !rest.empty(); rest.remove_prefix(1)) {
    const std::optional<std::string_view> word = word_in_braces(rest);
    if (!word || std::ranges::find(known, *word) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known) names += (names.empty() ? "{" : ", {") + std::string(name) + "}";
    const std::string_view near = nearest(*word, known);
    return fail(ErrorKind::settings, "unknown word '{" + one_line(*word) + "}' in the title of issues", "",
                near.empty() ? "one of " + names : "'{" + std::string(near) + "}'");
  }
  return {};
}

std::string issue_title(const Report& report, const IssueStyle& style) {
  const std::size_t limit = std::max<std::size_t>(style.limits.title_code_points, 1);
  std::string title = without_references(trim(one_line(filled(style.title_template, report))));
  // The fingerprint is no commit, and is searched for.
  const std::string split = without_references(report.fingerprint);
  if (const std::size_t at = title.find(split); !split.empty() && at != std::string::npos)
    title.replace(at, split.size(), report.fingerprint);
  if (!has_word(title)) title = "CI " + std::string(name(report.verdict));
  const std::string whole = first_code_points(title, limit);
  if (whole.size() == title.size()) return title;
  return first_code_points(title, limit - 1) + "…";
}

}  // namespace agent::sinks
