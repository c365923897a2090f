#include "loop/offer.hpp"

#include "evidence/select.hpp"
#include "loop/marks.hpp"
#include "loop/shown.hpp"
#include "loop/submission.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace agent::loop {
namespace {

using llm::ToolDescription;
using nlohmann::json;

// Code points. Every turn sends all of it again, and what is longer is a manual.
constexpr std::size_t longest_description = 160;
constexpr std::size_t longest_of_a_value = 48;   // Of one argument, whose name says the most.
constexpr std::size_t most_of_a_schema = 6'000;  // Bytes; with more, a model is only told that there are arguments.
constexpr int deepest_schema = 8;
constexpr std::array<std::string_view, 6> no_use_to_a_model{"$schema",  "$id",     "$comment",
                                                            "examples", "pattern", "additionalProperties"};

std::string described(const std::string& text, std::size_t limit) { return evidence::cut(defused(text), limit); }

/// What stands before an aside, an example or the next sentence.
std::string_view first_clause(std::string_view text) {
  std::size_t end = text.size();
  for (const std::string_view mark : {" (", ". ", "\n"}) end = std::min(end, text.find(mark));
  return text.substr(0, end);
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// A schema with short descriptions and nothing that a model has no use for.
json slim(const json& schema, int depth) {
  if (depth > deepest_schema) return json::object();
  if (schema.is_array()) {
    json list = json::array();
    for (const json& one : schema) list.push_back(slim(one, depth + 1));
    return list;
  }
  if (!schema.is_object()) return schema;
  json kept = json::object();
  for (const auto& [key, value] : schema.items()) {
    if (std::ranges::find(no_use_to_a_model, key) != no_use_to_a_model.end()) continue;
    if (key == "description" && value.is_string())
      kept[key] = described(std::string(first_clause(value.get_ref<const std::string&>())), longest_of_a_value);
    else
      kept[key] = slim(value, depth + 1);
  }
  return kept;
}

/// "title" names nothing new beside a property's name; a property may itself be called so.
void drop_titles(json& schema) {
  if (!schema.is_object()) return;
  if (const auto title = schema.find("title"); title != schema.end() && title->is_string()) schema.erase(title);
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return;
  for (json& property : *properties) drop_titles(property);
}

ToolDescription of(const std::string& name, tools::Tool& tool) {
  json schema = slim(tool.input_schema(), 0);
  drop_titles(schema);
  if (!schema.is_object() || dumped(schema).size() > most_of_a_schema) schema = {{"type", "object"}};
  return {name, described(tool.description(), longest_description), std::move(schema)};
}

std::size_t tokens_of(const ToolDescription& tool) {
  return estimated_tokens(tool.name) + estimated_tokens(tool.description) + estimated_tokens(dumped(tool.input_schema));
}

bool is_ours(const OwnTools& own, const std::string& name) {
  return name == submit_tool || std::ranges::any_of(own, [&](const auto& tool) { return tool->name() == name; });
}

}  // namespace

std::size_t estimated_tokens(const std::vector<ToolDescription>& tools) {
  std::size_t tokens = 0;
  for (const ToolDescription& tool : tools) tokens += tokens_of(tool);
  return tokens;
}

ToolDescription submission_tool() {
  return {std::string(submit_tool),
          "Submits your report and ends the work. Code looks up each citation: source, line, exact words.",
          submission_schema()};
}

std::vector<ToolDescription> offered_tools(const tools::Toolbox& toolbox, const OwnTools& own,
                                           std::size_t window_tokens) {
  std::vector<ToolDescription> ours;
  for (const auto& tool : own) ours.push_back(of(tool->name(), *tool));
  ours.push_back(submission_tool());
  const std::size_t limit = window_tokens / 4;
  std::size_t used = estimated_tokens(ours);
  std::vector<ToolDescription> offered;
  for (const tools::BoxedTool& boxed : toolbox.all()) {
    if (!boxed.denied.empty() || boxed.tool->effect() != tools::ToolEffect::reads || is_ours(own, boxed.name)) continue;
    ToolDescription tool = of(boxed.name, *boxed.tool);
    used += tokens_of(tool);
    if (used > limit) break;
    offered.push_back(std::move(tool));
  }
  std::ranges::move(ours, std::back_inserter(offered));
  return offered;
}

}  // namespace agent::loop
