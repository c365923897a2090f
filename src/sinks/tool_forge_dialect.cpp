#include "sinks/tool_forge_dialect.hpp"

#include "base/text.hpp"
#include "sinks/forge_json.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace agent::sinks {
namespace {

using nlohmann::json;

struct Candidate {
  Ability ability;
  std::string_view tool, method;  ///< `method`: the word of a tool that does several things; empty for others.
};

// The better ones first. Official gitea-mcp: list_repo_issues … edit_issue_comment are the older ones, issue_read,
// issue_write, label_read and label_write the newer ones. github-mcp-server has the same, with other words.
constexpr std::array candidates{
    Candidate{Ability::list_issues, "list_issues", ""},
    Candidate{Ability::list_issues, "list_repo_issues", ""},
    Candidate{Ability::list_issues, "issue_list", ""},
    Candidate{Ability::get_issue, "get_issue", ""},
    Candidate{Ability::get_issue, "get_issue_by_index", ""},
    Candidate{Ability::get_issue, "issue_read", "get"},
    Candidate{Ability::create_issue, "issue_write", "create"},
    Candidate{Ability::create_issue, "create_issue", ""},
    Candidate{Ability::create_issue, "issue_create", ""},
    Candidate{Ability::edit_issue, "issue_write", "update"},
    Candidate{Ability::edit_issue, "update_issue", ""},
    Candidate{Ability::edit_issue, "edit_issue", ""},
    Candidate{Ability::add_comment, "issue_write", "add_comment"},
    Candidate{Ability::add_comment, "add_issue_comment", ""},
    Candidate{Ability::add_comment, "create_issue_comment", ""},
    Candidate{Ability::add_comment, "add_comment", ""},
    Candidate{Ability::list_comments, "issue_read", "get_comments"},
    Candidate{Ability::list_comments, "get_issue_comments", ""},
    Candidate{Ability::list_comments, "get_issue_comments_by_index", ""},
    Candidate{Ability::list_comments, "list_issue_comments", ""},
    Candidate{Ability::edit_comment, "issue_write", "edit_comment"},
    Candidate{Ability::edit_comment, "edit_issue_comment", ""},
    Candidate{Ability::edit_comment, "update_issue_comment", ""},
    Candidate{Ability::edit_comment, "edit_comment", ""},
    Candidate{Ability::edit_comment, "update_comment", ""},
    Candidate{Ability::delete_comment, "issue_write", "delete_comment"},
    Candidate{Ability::delete_comment, "delete_issue_comment", ""},
    Candidate{Ability::delete_comment, "delete_comment", ""},
    Candidate{Ability::list_labels, "label_read", "list_repo_labels"},
    Candidate{Ability::list_labels, "list_repo_labels", ""},
    Candidate{Ability::list_labels, "list_labels", ""},
    Candidate{Ability::list_labels, "list_label", ""},
    Candidate{Ability::make_label, "label_write", "create_repo_label"},
    Candidate{Ability::make_label, "label_write", "create"},
    Candidate{Ability::make_label, "create_repo_label", ""},
    Candidate{Ability::make_label, "create_label", ""},
    Candidate{Ability::delete_label, "label_write", "delete_repo_label"},
    Candidate{Ability::delete_label, "delete_repo_label", ""},
    Candidate{Ability::who_am_i, "get_me", ""},
    Candidate{Ability::who_am_i, "get_my_user_info", ""},
    Candidate{Ability::who_am_i, "get_current_user", ""},
    Candidate{Ability::who_am_i, "get_server_info", ""},  // PyPI's gitea-mcp
};

struct Spelling {
  Argument argument;
  std::string_view names;  ///< In lower case and without '_', each between blanks; the better ones first.
};

// A name goes to the first argument that may have it, so the special ones stand before the general ones.
constexpr std::array spellings{
    Spelling{Argument::owner, " owner repoowner org organization organisation namespace "},
    Spelling{Argument::repository, " repo repository reponame repositoryname "},
    Spelling{Argument::comment_id, " commentid comment id "},
    Spelling{Argument::number, " issuenumber issueindex index number issueid issue iid id "},
    Spelling{Argument::label_id, " labelid id "},
    Spelling{Argument::label_name, " name labelname label title "},
    Spelling{Argument::title, " title subject "},
    Spelling{Argument::body, " body content commentbody comment text message description "},
    Spelling{Argument::state, " state status "},
    Spelling{Argument::state_reason, " statereason "},
    Spelling{Argument::labels, " labels labelnames labelids label "},
    Spelling{Argument::assignees, " assignees assignee "},
    Spelling{Argument::color, " color colour "},
    Spelling{Argument::description, " description "},
    Spelling{Argument::page, " page pagenumber "},
    Spelling{Argument::page_size, " perpage pagesize limit "},
    Spelling{Argument::cursor, " after cursor "},
};

/// A set of arguments, a bit each.
using Arguments = std::uint32_t;

constexpr Arguments bit(Argument argument) { return Arguments{1} << static_cast<unsigned>(argument); }

template <class... All>
constexpr Arguments all(All... arguments) {
  return (Arguments{0} | ... | bit(arguments));
}

/// What a tool for an ability has to take, and what else it may.
struct Needs {
  Arguments must, may;
};

Needs needs_of(Ability ability) {
  using enum Argument;
  switch (ability) {
    case Ability::list_issues: return {all(repository), all(owner, state, labels, page, page_size, cursor)};
    case Ability::get_issue: return {all(repository, number), all(owner)};
    case Ability::create_issue: return {all(repository, title, body), all(owner, labels, assignees)};
    case Ability::edit_issue: return {all(repository, number, state), all(owner, body, state_reason)};
    case Ability::add_comment: return {all(repository, number, body), all(owner)};
    case Ability::list_comments: return {all(repository, number), all(owner, page, page_size, cursor)};
    case Ability::edit_comment: return {all(repository, comment_id, body), all(owner, number)};
    case Ability::delete_comment: return {all(repository, comment_id), all(owner, number)};
    case Ability::list_labels: return {all(repository), all(owner, page, page_size, cursor)};
    case Ability::make_label: return {all(repository, label_name), all(owner, color, description)};
    case Ability::delete_label: return {all(repository, label_id), all(owner)};
    case Ability::who_am_i: return {all(), all()};
  }
  return {};
}

bool is_among(Argument argument, Arguments set) { return (set & bit(argument)) != 0; }

/// "perPage" and "per_page" are one name.
std::string plain(std::string_view name) {
  std::string text = lower(name);
  std::erase_if(text, [](char c) { return c == '_' || c == '-'; });
  return text;
}

/// The schema of a value that may also be null.
json without_null(const json& schema) {
  for (const std::string_view key : {"anyOf", "oneOf"}) {
    const json& kinds = member(schema, key);
    if (!kinds.is_array()) continue;
    for (const json& kind : kinds)
      if (kind.is_object() && text_member(kind, "type") != "null") return kind;
  }
  return schema;
}

/// "string", "number", "array" …; a whole number is a number.
std::string kind_of(const json& schema) {
  const json kept = without_null(schema);
  const json& type = member(kept, "type");
  std::string kind = type.is_string() ? type.get<std::string>() : "";
  if (type.is_array())
    for (const json& one : type)
      if (kind.empty() && one.is_string() && one != "null") kind = one.get<std::string>();
  return kind == "integer" ? "number" : kind;
}

std::vector<std::string> words_of(const json& schema) {
  std::vector<std::string> words;
  const json kept = without_null(schema);
  const json& listed = member(kept, "enum");
  if (!listed.is_array()) return words;
  for (const json& one : listed)
    if (one.is_string()) words.push_back(one.get<std::string>());
  return words;
}

bool is_named(std::string_view tool, std::string_view candidate) {
  std::string name = lower(tool);
  std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.' || c == '/'; }, '_');
  return name == candidate || name.ends_with("_" + std::string(candidate));
}

/// The argument of `properties` that takes `method`; empty when there is none.
std::string method_argument(const json& properties, std::string_view method) {
  for (const std::string_view key : {"method", "action", "operation"}) {
    const json& schema = member(properties, key);
    if (!schema.is_object()) continue;
    const auto words = words_of(schema);
    const bool listed = std::ranges::find(words, method) != words.end();
    const bool told =
        words.empty() && text_member(schema, "description").find("'" + std::string(method) + "'") != std::string::npos;
    if (listed || told) return std::string(key);
  }
  return "";
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// The word of `words` that is `text` in any case ("OPEN"); `text` itself when any word is taken.
std::string word_for(const std::string& text, const std::vector<std::string>& words) {
  const auto fits = std::ranges::find_if(words, [&](const std::string& word) { return lower(word) == lower(text); });
  return fits == words.end() ? text : *fits;
}

}  // namespace

const std::string* MappedTool::name_of(Argument argument) const {
  const auto found = std::ranges::find(names_, argument, &std::pair<Argument, std::string>::first);
  return found == names_.end() ? nullptr : &found->second;
}

bool MappedTool::takes(Argument argument) const { return name_of(argument) != nullptr; }

const json& MappedTool::schema(Argument argument) const {
  const std::string* name = name_of(argument);
  return member(properties_, name == nullptr ? "" : *name);
}

std::vector<std::string> MappedTool::choices(Argument argument) const { return words_of(schema(argument)); }

std::uint64_t MappedTool::maximum(Argument argument, std::uint64_t otherwise) const {
  const auto most = number_member(without_null(schema(argument)), "maximum");
  return most == 0 ? otherwise : std::min(most, otherwise);
}

LabelForm MappedTool::label_form() const {
  const std::string* name = name_of(Argument::labels);
  if (name == nullptr) return LabelForm::none;
  const json taken = without_null(schema(Argument::labels));
  const bool ids =
      kind_of(taken) == "number" || kind_of(member(taken, "items")) == "number" || plain(*name) == "labelids";
  return ids ? LabelForm::ids : LabelForm::names;
}

json MappedTool::base(const std::string& owner, const std::string& repository) const {
  json arguments = fixed_;
  put(arguments, Argument::owner, owner);
  put(arguments, Argument::repository, takes(Argument::owner) ? repository : owner + "/" + repository);
  return arguments;
}

void MappedTool::put(json& arguments, Argument argument, const json& value) const {
  const std::string* name = name_of(argument);
  if (name == nullptr) return;
  const json& taken = schema(argument);
  const std::string kind = kind_of(taken);
  json& place = arguments[*name];
  if (value.is_array() && kind == "string") {
    std::string joined;
    for (const json& one : value) joined += (joined.empty() ? "" : ",") + text_of(one);
    place = joined;
  } else if (value.is_number() && kind == "string") {
    place = value.dump();
  } else if (value.is_string() && kind != "array") {
    place = word_for(value.get<std::string>(), words_of(taken));
  } else {
    place = value;
  }
}

namespace {

/// Names for what `ability` needs and may have; nothing when something is missing.
std::optional<std::vector<std::pair<Argument, std::string>>> names_for(const json& properties, const Needs& needs) {
  std::vector<std::pair<Argument, std::string>> names;
  std::vector<std::string> used;
  for (const Spelling& spelling : spellings) {
    const bool must = is_among(spelling.argument, needs.must);
    if (!must && !is_among(spelling.argument, needs.may)) continue;
    std::size_t best = std::string_view::npos;
    std::string chosen;
    for (const auto& [name, schema] : properties.items()) {
      const auto at = spelling.names.find(" " + plain(name) + " ");
      if (at >= best || std::ranges::find(used, name) != used.end()) continue;
      best = at;
      chosen = name;
    }
    if (must && chosen.empty()) return {};
    if (chosen.empty()) continue;
    used.push_back(chosen);
    names.emplace_back(spelling.argument, chosen);
  }
  return names;
}

bool gives_all(const json& schema, const std::vector<std::pair<Argument, std::string>>& names, const json& fixed) {
  const json& required = member(schema, "required");
  if (!required.is_array()) return true;
  return std::ranges::all_of(required, [&](const json& one) {
    return !one.is_string() || fixed.contains(one.get<std::string>()) ||
           std::ranges::find(names, one.get<std::string>(), &std::pair<Argument, std::string>::second) != names.end();
  });
}

/// What a tool takes that is the same in every call.
json fixed_of(const json& properties, const Candidate& candidate, Ability ability) {
  json fixed = json::object();
  if (!candidate.method.empty()) fixed[method_argument(properties, candidate.method)] = candidate.method;
  // github-mcp-server may else show a form to a person and do nothing.
  if (member(properties, "show_ui").is_object()) fixed["show_ui"] = false;
  const auto types = words_of(member(properties, "type"));
  if (ability == Ability::list_issues && std::ranges::find(types, "issues") != types.end()) fixed["type"] = "issues";
  return fixed;
}

}  // namespace

std::optional<MappedTool> find_tool(const std::vector<std::shared_ptr<tools::Tool>>& tools, Ability ability) {
  const Needs needs = needs_of(ability);
  for (const Candidate& candidate : candidates) {
    if (candidate.ability != ability) continue;
    for (const auto& tool : tools) {
      if (!is_named(tool->name(), candidate.tool)) continue;
      const json schema = tool->input_schema();
      const json& properties = member(schema, "properties");
      if (!candidate.method.empty() && method_argument(properties, candidate.method).empty()) continue;
      auto names = names_for(properties.is_object() ? properties : json::object(), needs);
      json fixed = fixed_of(properties, candidate, ability);
      if (!names || !gives_all(schema, *names, fixed)) continue;
      MappedTool mapped;
      mapped.tool_ = tool;
      mapped.properties_ = properties;
      mapped.names_ = *std::move(names);
      mapped.fixed_ = std::move(fixed);
      return mapped;
    }
  }
  return {};
}

}  // namespace agent::sinks
