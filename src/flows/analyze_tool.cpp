#include "flows/analyze_tool.hpp"

#include "flows/analyze.hpp"
#include "flows/analyze_cluster.hpp"
#include "flows/find_target.hpp"
#include "kube/kinds.hpp"
#include "sinks/render_text.hpp"
#include "sinks/report_json.hpp"
#include "tools/builtin_parts.hpp"
#include "tools/tool_result.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace agent::flows {
namespace {

using nlohmann::json;
namespace builtin = tools::builtin;

std::string told(const Error& error) {
  std::string text = error.what;
  if (!error.where.empty()) text += "\nat: " + error.where;
  if (!error.fix.empty()) text += "\ntry: " + error.fix;
  return text;
}

tools::ToolResult failed(const Error& error) { return tools::make_result(tools::ToolStatus::error, told(error)); }

tools::ToolResult given(const Report& report) {
  std::string text = sinks::render_text(report, {});
  // Flags of the command line are no help to who calls a tool.
  if (const auto more = text.rfind("\nMore: "); more != std::string::npos) text.erase(more);
  tools::ToolResult result = tools::make_result(tools::ToolStatus::ok, std::move(text));
  result.structured = json(sinks::to_json(report));
  return result;
}

Result<std::optional<kube::Target>> target_of(const json& arguments) {
  const std::string word = builtin::text(arguments, "target");
  if (word.empty()) return std::nullopt;
  return TRY(kube::parse_target(word));
}

Result<Report> explain_cluster(const AnalyzeToolParts& parts, const json& arguments, const std::stop_token& stop) {
  ClusterQuestion question{.name_space = builtin::text(arguments, "namespace"),
                           .target = TRY(target_of(arguments)),
                           .container = builtin::text(arguments, "container"),
                           .evidence_tokens = Tokens{2000},
                           .now = parts.clock.now(),
                           .until = {}};
  if (question.name_space.empty()) question.name_space = parts.name_space;
  if (question.target && question.target->kind->scope == kube::Scope::cluster) question.name_space.clear();
  const bool is_placed = !question.target || question.target->kind->scope == kube::Scope::cluster;
  if (!is_placed && question.name_space.empty())
    question.name_space = TRY(place(*parts.source, *question.target, stop)).name_space;
  if (!question.container.empty() && !question.target)
    return fail(ErrorKind::usage, "a container was named without its pod", "", "give target as well");
  return analyze_cluster(question, {*parts.source, parts.rules, parts.clock, parts.redactor, {}}, stop);
}

Report explain_log(const AnalyzeToolParts& parts, const json& arguments) {
  std::optional<int> exit_code;
  if (const auto number = builtin::number(arguments, "exit_code"))
    exit_code = static_cast<int>(std::clamp<std::int64_t>(*number, 0, 255));
  const std::lock_guard lock(parts.redactor.guard);
  std::vector<LogEvidence> logs;
  logs.push_back({"log/given", evidence::Distiller(nullptr, &parts.redactor.redactor), {}});
  logs.front().distiller.feed(builtin::text(arguments, "log"));
  return analyze({"log", Tokens{2000}, exit_code}, logs, {parts.rules, parts.clock});
}

tools::ToolResult run(const AnalyzeToolParts& parts, const json& arguments, const std::stop_token& stop) {
  if (arguments.contains("log")) {
    if (arguments.contains("target") || arguments.contains("namespace"))
      return failed({ErrorKind::usage, "a log and a cluster were both named", "", "give one of them"});
    return given(explain_log(parts, arguments));
  }
  if (!parts.source) return failed({ErrorKind::usage, "there is no log to explain", "", "give its text as log"});
  const auto report = explain_cluster(parts, arguments, stop);
  return report ? given(*report) : failed(report.error());
}

std::vector<builtin::Parameter> parameters(bool has_cluster) {
  std::vector<builtin::Parameter> all;
  if (has_cluster)
    all = {{"target", "string",
            "What fails: pod/NAME, job/NAME, deployment/NAME, taskrun/NAME, pipelinerun/NAME; left out: all that fails "
            "in the namespace"},
           {"namespace", "string", "Its namespace; left out: the one in use"},
           {"container", "string", "Only this container's log, whatever its state"}};
  all.push_back(
      {"log", "string", "Text of a log to explain" + std::string(has_cluster ? ", instead" : ""), !has_cluster});
  all.push_back({"exit_code", "integer", "Exit code of the command that wrote the log"});
  return all;
}

}  // namespace

std::shared_ptr<tools::Tool> analyze_tool(AnalyzeToolParts parts) {
  const bool has_cluster = parts.source != nullptr;
  return builtin::make_tool(
      {.name = "analyze",
       .description = std::string("Explains why a CI pipeline") + (has_cluster ? ", a pod or a workload" : "") +
                      " failed: the cause, the lines that prove it, and what to do. By rules; changes nothing",
       .parameters = parameters(has_cluster),
       .run = [parts = std::move(parts)](const json& arguments, const std::stop_token& stop) {
         return run(parts, arguments, stop);
       }});
}

}  // namespace agent::flows
