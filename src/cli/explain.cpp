#include "cli/explain.hpp"

#include "evidence/explanations.hpp"
#include "sinks/render_yaml.hpp"
#include "sinks/text_writer.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace agent::cli {
namespace {

using evidence::Explanation;
using evidence::RuleInfo;
using Json = nlohmann::ordered_json;

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(separator)) + word;
  return text;
}

Result<std::vector<Explanation>> find(const std::string& word, std::span<const RuleInfo> rules) {
  std::vector<Explanation> found = evidence::explain(word, rules);
  if (!found.empty()) return found;
  const std::string near = evidence::nearest_explained(word, rules);
  return fail(ErrorKind::target_not_found, "nothing is known of '" + word + "'", "",
              near.empty() ? "agent explain, which lists the words that are known" : "agent explain " + near);
}

/// "test failure" is one word to us, "OOMKilled 137" are two.
Result<std::vector<Explanation>> find_all(const std::vector<std::string>& words, std::span<const RuleInfo> rules) {
  const std::string together = joined(words, " ");
  if (words.size() < 2 || !evidence::explain(together, rules).empty()) return find(together, rules);
  std::vector<Explanation> all;
  for (const std::string& word : words) std::ranges::move(TRY(find(word, rules)), std::back_inserter(all));
  return all;
}

void write(const Explanation& explanation, sinks::TextWriter& writer) {
  writer.prose("", explanation.word + " · " + explanation.kind, 2);
  writer.prose("  ", explanation.means, 2);
  if (!explanation.causes.empty()) writer.section("Usual causes:");
  for (const std::string& cause : explanation.causes) writer.prose("  - ", cause, 4);
  writer.section("Do this:");
  for (const Remedy& remedy : explanation.remedies) writer.remedy(remedy, 2);
  writer.line("");
  if (!explanation.see.empty()) writer.prose("See also: ", joined(explanation.see, ", "), 2);
  writer.line("Source: " + explanation.source);
}

std::string as_text(const std::vector<Explanation>& explanations, const sinks::TextStyle& style) {
  sinks::TextWriter writer(style);
  for (const Explanation& explanation : explanations) {
    if (&explanation != &explanations.front()) writer.line("");
    write(explanation, writer);
  }
  return writer.take();
}

Json as_json(const Explanation& explanation) {
  Json remedies = Json::array();
  for (const Remedy& remedy : explanation.remedies)
    remedies.push_back({{"text", remedy.text}, {"command", remedy.command}});
  return {{"word", explanation.word},       {"kind", explanation.kind},    {"means", explanation.means},
          {"causes", explanation.causes},   {"remedies", remedies},        {"see", explanation.see},
          {"aliases", explanation.aliases}, {"source", explanation.source}};
}

/// The known words, by kind, in the order of their files.
std::string as_list(const sinks::TextStyle& style) {
  std::vector<std::string> kinds;
  for (const Explanation& explanation : evidence::built_in_explanations())
    if (std::ranges::count(kinds, explanation.kind) == 0) kinds.push_back(explanation.kind);
  sinks::TextWriter writer(style);
  writer.prose("", "Any exit code from 0 to 255, any rule of 'agent rules list', and:", 0);
  for (const std::string& kind : kinds) {
    std::vector<std::string> words;
    for (const Explanation& explanation : evidence::built_in_explanations())
      if (explanation.kind == kind) words.push_back(explanation.word);
    writer.section(kind + ":");
    writer.prose("  ", joined(words, ", "), 2);
  }
  return writer.take();
}

std::string rendered(const std::vector<Explanation>& explanations, const std::string& format,
                     const sinks::TextStyle& style) {
  if (format == "text") return as_text(explanations, style);
  Json list = Json::array();
  for (const Explanation& explanation : explanations) list.push_back(as_json(explanation));
  const Json json = {{"explanations", list}};
  return format == "yaml" ? sinks::to_yaml(json) : json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<int> run_explain(Context& context) {
  const std::string format = TRY(output_format(context));
  const sinks::TextStyle style{.width = static_cast<std::size_t>(context.out.columns(context.environment))};
  const std::vector<std::string> words = context.all("WORD");
  if (words.empty() && format == "text") {
    TRY(context.out.write(as_list(style)));
    return 0;
  }
  const std::vector<RuleInfo> rules = evidence::RuleSet::built_in().list();
  const auto everything = evidence::built_in_explanations();
  const std::vector<Explanation> found =
      words.empty() ? std::vector<Explanation>(everything.begin(), everything.end()) : TRY(find_all(words, rules));
  TRY(context.out.write(rendered(found, format, style)));
  return 0;
}

}  // namespace

std::vector<Command> explain_commands() {
  return {{.path = "explain",
           .summary = "Say what is known of a reason, an exit code, a signal, a category or a rule",
           .examples = "  agent explain OOMKilled\n  agent explain 137\n  agent explain SIGSEGV -o json\n",
           .arguments = {{.name = "WORD",
                          .value = "",
                          .help = "What to explain; none lists what is known",
                          .occurs = Occurs::any_number}},
           .run = run_explain,
           .formats = "text json yaml"}};
}

}  // namespace agent::cli
