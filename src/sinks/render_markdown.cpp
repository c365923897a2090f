#include "sinks/render_markdown.hpp"

#include "sinks/facts.hpp"
#include "sinks/markdown_sections.hpp"

#include <algorithm>

namespace agent::sinks {
namespace {

constexpr std::size_t most_code_points = 60'000;

std::string section(std::string_view title, const std::string& content) {
  return content.empty() ? "" : markdown_heading(title) + content;
}

std::string how_made(const Report& report) {
  std::string out;
  const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : " · ") + part; };
  for (const std::string& part : markdown_how_made(report)) add(part);
  for (const auto& [stage, value] : report.timings_ms) add(markdown_prose(stage) + " " + milliseconds(value));
  if (!report.created_at.empty()) add(markdown_prose(report.created_at));
  return out.empty() ? "" : "\n<sub>" + out + "</sub>\n";
}

}  // namespace

std::string render_markdown(const Report& report) {
  const std::string out = "## " + markdown_summary(report) + "\n\n" + markdown_prose(facts(report)) + "\n" +
                          markdown_seen(report) + section("Evidence", markdown_proof(report)) +
                          section("Why", markdown_chain(report)) + section("What to do", markdown_remedies(report)) +
                          section("Also found", markdown_other_findings(report)) + markdown_doubts(report) +
                          section("Not checked", markdown_not_checked(report));
  const std::string made = how_made(report);
  const std::size_t used = std::min(most_code_points, count_code_points(out + made));
  return out + markdown_folded("All the evidence that was kept", markdown_excerpts(report, most_code_points - used)) +
         made;
}

}  // namespace agent::sinks
