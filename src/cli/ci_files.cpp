#include "cli/ci_files.hpp"

#include "cli/show_report.hpp"
#include "sinks/github_actions.hpp"
#include "sinks/render_markdown.hpp"
#include "sinks/tekton_results.hpp"

#include <algorithm>

namespace agent::cli {
namespace {

std::string variable(const Context& context, std::string_view name) {
  const auto found = context.environment.find(name);
  return found == context.environment.end() ? std::string() : found->second;
}

bool inside_actions(const Context& context) {
  return variable(context, "GITHUB_ACTIONS") == "true" && context.settings.text("ci.outputs") == "auto";
}

/// The report as JSON: the file that --report names, else one in the job's folder for what is temporary.
Result<std::string> report_file(const Context& context, const Report& report) {
  const std::vector<std::string> named = context.settings.list("analyze.report");
  const auto json = std::ranges::find_if(named, [](const std::string& path) { return path.ends_with(".json"); });
  if (json != named.end()) return *json;
  const std::string folder = variable(context, "RUNNER_TEMP");
  if (folder.empty()) return std::string();
  std::string path = folder + "/agent-report.json";
  TRY(write_report_file(context, path, report));
  return path;
}

Result<void> write_outputs(const Context& context, const Report& report, const std::string& issue_url) {
  const std::string path = variable(context, "GITHUB_OUTPUT");
  if (path.empty()) return {};
  const Result<std::string> file = report_file(context, report);
  const Result<void> written = sinks::append_outputs(path, sinks::action_outputs(report, issue_url, file.value_or("")));
  if (!file) return std::unexpected(file.error());
  return written;
}

Result<void> write_summary(const Context& context, const Report& report, const std::string& issue_url) {
  const std::string path = variable(context, "GITHUB_STEP_SUMMARY");
  if (path.empty()) return {};
  const std::string issue = issue_url.empty() ? "" : "\nIssue: " + sinks::markdown_link(issue_url, issue_url) + "\n";
  return sinks::write_step_summary(path, sinks::render_markdown(report) + issue);
}

Result<void> write_actions_files(Context& context, const Report& report, const std::string& issue_url) {
  const Result<void> shown = context.err.write(sinks::annotations(report, checkout_folder(context)));
  const Result<void> summary = write_summary(context, report, issue_url);
  const Result<void> outputs = write_outputs(context, report, issue_url);
  return first_failure(context, shown, first_failure(context, summary, outputs));
}

}  // namespace

Result<void> write_ci_files(Context& context, const Report& report, const std::string& issue_url) {
  const std::string results = context.settings.text("ci.tekton_results");
  Result<void> written;
  if (!results.empty()) written = sinks::write_tekton_results(results, report, issue_url);
  if (!inside_actions(context)) return written;
  return first_failure(context, written, write_actions_files(context, report, issue_url));
}

}  // namespace agent::cli
