#include "cli/rules.hpp"

#include "base/byte_stream.hpp"
#include "base/redactor.hpp"
#include "base/settings_file.hpp"
#include "base/text.hpp"
#include "sinks/render_yaml.hpp"
#include "sinks/text_writer.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <nlohmann/json.hpp>

namespace agent::cli {
namespace {

using evidence::JudgedLine;
using evidence::RuleInfo;
using evidence::RuleMatch;
using evidence::RuleSet;
using Json = nlohmann::ordered_json;

constexpr std::size_t max_log_bytes = 64 << 20;

std::string rendered(const Json& json, const std::string& format) {
  return format == "yaml" ? sinks::to_yaml(json) : json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json as_json(const RuleInfo& rule) {
  return {{"id", rule.id},         {"tool", rule.tool},    {"title", rule.title}, {"category", name(rule.category)},
          {"weight", rule.weight}, {"origin", rule.origin}};
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string as_table(const std::vector<RuleInfo>& rules) {
  std::size_t ids = 0, categories = 0, tools = 0;
  for (const RuleInfo& rule : rules) {
    ids = std::max(ids, rule.id.size());
    categories = std::max(categories, name(rule.category).size());
    tools = std::max(tools, rule.tool.size());
  }
  sinks::TextWriter writer({});
  for (const RuleInfo& rule : rules)
    writer.line(padded(rule.id, ids) + "  " + padded(std::string(name(rule.category)), categories) + "  " +
                padded(rule.tool, tools) + "  " + rule.title);
  return writer.take();
}

Result<int> list(Context& context) {
  const std::string format = TRY(output_format(context));
  const std::vector<RuleInfo> rules = TRY(load_rules(context.settings)).list();
  if (format == "text") {
    TRY(context.out.write(as_table(rules)));
    return 0;
  }
  Json json = Json::array();
  for (const RuleInfo& rule : rules) json.push_back(as_json(rule));
  TRY(context.out.write(rendered({{"rules", json}}, format)));
  return 0;
}

/// All lines of a log, redacted and as a person may see them. Errors: those of the stream; `usage` above 64 MiB.
Result<std::deque<std::string>> read_lines(const std::string& path) {
  auto stream = TRY(open_log(path));
  std::string log;
  for (;;) {
    const std::string_view piece = TRY(stream->read());
    if (piece.empty()) break;
    if (log.size() + piece.size() > max_log_bytes)
      return fail(ErrorKind::usage, "the log is larger than 64 MiB", path, "cut the part out that the rule is for");
    log += piece;
  }
  Redactor redactor;
  redactor.harvest(log);
  log = redactor.redact(log);
  std::deque<std::string> lines;
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    lines.push_back(clean_line(std::string_view(log).substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

std::string as_text(const std::vector<RuleMatch>& matches, const std::vector<Finding>& findings,
                    const sinks::TextStyle& style) {
  sinks::TextWriter writer(style);
  for (const RuleMatch& match : matches)
    writer.prose(std::to_string(match.line) + "  " + match.rule + "  ", match.headline, 4);
  if (matches.empty()) writer.line("no rule knows a line of this log");
  if (!findings.empty()) writer.section("The cause would be:");
  if (!findings.empty()) writer.prose("  " + findings.front().rule + "  ", findings.front().headline, 4);
  return writer.take();
}

std::string as_data(const std::vector<RuleMatch>& matches, const std::vector<Finding>& findings,
                    const std::string& format) {
  Json lines = Json::array(), causes = Json::array();
  for (const RuleMatch& match : matches)
    lines.push_back({{"line", match.line}, {"rule", match.rule}, {"headline", match.headline}});
  for (const Finding& finding : findings)
    causes.push_back({{"rule", finding.rule}, {"category", name(finding.category)}, {"headline", finding.headline}});
  return rendered({{"matches", lines}, {"findings", causes}}, format);
}

Result<int> test(Context& context) {
  const std::string format = TRY(output_format(context));
  const RuleSet rules = TRY(load_rules(context.settings));
  const std::string path = context.one("LOG");
  const std::deque<std::string> lines = TRY(read_lines(path));
  std::vector<JudgedLine> judged;
  for (const std::string& line : lines) judged.push_back({judged.size() + 1, line});
  const auto matches = rules.matches(judged);
  const auto findings = rules.judge("log/" + path, judged, std::nullopt);
  const sinks::TextStyle style{.width = static_cast<std::size_t>(context.out.columns(context.environment))};
  TRY(context.out.write(format == "text" ? as_text(matches, findings, style) : as_data(matches, findings, format)));
  return 0;
}

}  // namespace

Result<RuleSet> load_rules(const Settings& settings) {
  RuleSet rules = RuleSet::built_in();
  for (const std::string& path : settings.list("analyze.rules")) {
    const SmallFile file = TRY(read_small_file(path, "rules file", "--rules"));
    TRY(rules.add(file.text, path));
  }
  return rules;
}

std::vector<Command> rules_commands() {
  return {{.path = "rules", .summary = "List the log rules, or try them on a log", .examples = "", .arguments = {}},
          {.path = "rules list",
           .summary = "List the log rules: id, category, tool, what it means",
           .examples = "  agent rules list\n  agent rules list --rules own.toml -o json\n",
           .arguments = {},
           .run = list,
           .formats = "text json yaml"},
          {.path = "rules test",
           .summary = "Show which rules know which lines of a log",
           .examples = "  agent rules test build.log\n  agent rules test build.log --rules own.toml\n",
           .arguments = {{.name = "LOG", .value = "", .help = "The log; - is standard input", .occurs = Occurs::once}},
           .run = test,
           .formats = "text json yaml"}};
}

}  // namespace agent::cli
