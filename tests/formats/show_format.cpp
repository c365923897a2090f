#include "sinks/issue_text.hpp"
#include "sinks/render_junit.hpp"
#include "sinks/render_markdown.hpp"
#include "sinks/render_sarif.hpp"
#include "sinks/render_text.hpp"
#include "sinks/report_json.hpp"

#include <cstdio>
#include <string>
#include <string_view>

namespace {

using namespace agent;

constexpr const char* id = "00000000000000aa";

/// Of a body that says nothing, so that all is new to it.
std::string repeats(const sinks::Parcel& parcel) {
  const sinks::Marker marker{.of = sinks::Marker::Of::repeats,
                             .fingerprint = parcel.report.fingerprint,
                             .parcels = {id},
                             .times = 3,
                             .first_at = parcel.report.created_at,
                             .last_at = parcel.report.created_at};
  return sinks::repeats_comment(marker, parcel, "", {});
}

std::string shown(const Report& report, std::string_view format) {
  const sinks::Parcel parcel{.report = report, .id = id, .issue_url = "http://forge.example/o/r/issues/7"};
  if (format == "sarif") return sinks::render_sarif(report, {.version = "1.2.3"});
  if (format == "junit") return sinks::render_junit(report);
  if (format == "markdown") return sinks::render_markdown(report);
  if (format == "issue") return sinks::issue_body(parcel, {.version = "1.2.3"});
  if (format == "title") return sinks::issue_title(report, {.title_template = "{category}: {cause} {branch}"}) + "\n";
  if (format == "pull-request") return sinks::pull_request_text(parcel, {});
  if (format == "repeats") return repeats(parcel);
  return sinks::render_text(report, {.verbose = true, .defuse_commands = true});
}

std::string standard_input() {
  std::string text;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) text += static_cast<char>(c);
  return text;
}

}  // namespace

/// show_format sarif|junit|markdown|issue|title|pull-request|repeats|text <REPORT.json
int main(int count, char** words) {
  auto report = agent::sinks::parse_report(standard_input());
  if (count != 2 || !report) {
    std::fputs("show_format: no format, or no report\n", stderr);
    return 2;
  }
  const std::string text = shown(*report, words[1]);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}
