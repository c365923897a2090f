#include "support/forge_tools.hpp"

#include "support/fake_tool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ranges>
#include <utility>

namespace agent::test {
namespace {

using nlohmann::json;
using tools::ToolResult;
using World = std::shared_ptr<ForgeWorld>;
using Answer = std::function<ToolResult(ForgeWorld&, const json&)>;

const json text = {{"type", "string"}}, number = {{"type", "number"}}, whole = {{"type", "integer"}};
const json texts = {{"type", "array"}, {"items", text}}, numbers = {{"type", "array"}, {"items", number}};

json maybe(const json& schema) { return {{"anyOf", {schema, {{"type", "null"}}}}, {"default", nullptr}}; }
json one_of(std::vector<std::string> words) { return {{"type", "string"}, {"enum", std::move(words)}}; }

/// An object with `required` and `optional` properties.
json schema_of(const json& required, const json& optional = json::object()) {
  json properties = required;
  properties.update(optional);
  json names = json::array();
  for (const auto& [name, schema] : required.items()) names.push_back(name);
  return {{"type", "object"}, {"properties", properties}, {"required", names}};
}

bool fits(const json& value, const json& schema) {
  if (schema.contains("anyOf")) return fits(value, schema["anyOf"][0]);
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) return false;
  const std::string type = schema["type"];
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "array")
    return value.is_array() && std::ranges::all_of(value, [&](const json& one) { return fits(one, schema["items"]); });
  return value.is_number();
}

void expect_fits(const std::string& tool, const json& arguments, const json& schema) {
  for (const json& name : schema["required"]) EXPECT_TRUE(arguments.contains(name)) << tool << " needs " << name;
  for (const auto& [name, value] : arguments.items()) {
    const json& properties = schema["properties"];
    const bool known = properties.contains(name);
    EXPECT_TRUE(known) << tool << " does not take " << name;
    if (known) EXPECT_TRUE(fits(value, properties[name])) << tool << " " << name << ": " << value;
  }
}

class SchemaTool final : public tools::Tool {
 public:
  SchemaTool(std::string name, json schema, World world, Answer answer)
      : name_(std::move(name)), schema_(std::move(schema)), world_(std::move(world)), answer_(std::move(answer)) {}

  std::string name() const override { return name_; }
  std::string description() const override { return "A tool of a forge"; }
  json input_schema() const override { return schema_; }
  tools::ToolEffect effect() const override { return tools::ToolEffect::changes; }
  ToolResult call(const json& arguments, std::stop_token) override {
    world_->calls.push_back(name_ + " " + arguments.dump());
    expect_fits(name_, arguments, schema_);
    if (arguments.contains("owner")) {
      EXPECT_EQ(arguments["owner"], "o");
      EXPECT_EQ(arguments["repo"], "r");
    }
    return answer_(*world_, arguments);
  }

 private:
  std::string name_;
  json schema_;
  World world_;
  Answer answer_;
};

ToolResult said(const json& value) { return {.text = value.dump()}; }
ToolResult failed(std::string words) { return {.status = tools::ToolStatus::error, .text = std::move(words)}; }

std::uint64_t number_of(const json& arguments) {
  for (const char* key : {"issue_number", "index"})
    if (arguments.contains(key)) return arguments[key].get<std::uint64_t>();
  return 0;
}

ForgeWorld::Issue* find(ForgeWorld& world, const json& arguments) {
  const auto found = std::ranges::find(world.issues, number_of(arguments), &ForgeWorld::Issue::number);
  return found == world.issues.end() ? nullptr : &*found;
}

std::string url_of(std::uint64_t issue) { return "https://forge.example/o/r/issues/" + std::to_string(issue); }

ForgeWorld::Issue& add(ForgeWorld& world, const json& arguments, std::vector<std::string> labels) {
  ForgeWorld::Issue issue{.number = world.issues.size() + 1,
                          .title = arguments["title"],
                          .body = arguments["body"],
                          .labels = std::move(labels),
                          .assignees = arguments.value("assignees", std::vector<std::string>())};
  return world.issues.emplace_back(std::move(issue));
}

void edit(ForgeWorld& world, ForgeWorld::Issue& issue, const json& arguments) {
  if (arguments.contains("body")) issue.body = arguments["body"];
  if (arguments.contains("state")) issue.open = arguments["state"] == "open";
  world.state_reason = arguments.value("state_reason", "");
}

ForgeWorld::Comment& comment(ForgeWorld& world, const json& arguments) {
  return world.comments.emplace_back(
      ForgeWorld::Comment{.id = 900 + world.comments.size(), .issue = number_of(arguments), .body = arguments["body"]});
}

/// The issues of a page that carry all `labels`, newest first.
std::vector<ForgeWorld::Issue> page_of(const ForgeWorld& world, std::size_t page, std::size_t size,
                                       const std::vector<std::string>& labels) {
  std::vector<ForgeWorld::Issue> kept;
  for (const auto& issue : std::views::reverse(world.issues))
    if (std::ranges::all_of(labels, [&](const std::string& label) {
          return std::ranges::find(issue.labels, label) != issue.labels.end();
        }))
      kept.push_back(issue);
  const auto begin = std::min(kept.size(), (page - 1) * size);
  const auto end = std::min(kept.size(), begin + size);
  return {kept.begin() + static_cast<std::ptrdiff_t>(begin), kept.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// As forges' own APIs have it.
json rest_issue(const ForgeWorld::Issue& issue) {
  json labels = json::array();
  for (const auto& label : issue.labels) labels.push_back({{"id", 1}, {"name", label}});
  json made = {{"id", 5000 + issue.number},
               {"url", "https://api.forge.example/repos/o/r/issues/" + std::to_string(issue.number)},
               {"html_url", url_of(issue.number)},
               {"number", issue.number},
               {"user", {{"id", 1}, {"login", issue.author}}},
               {"title", issue.title},
               {"body", issue.body},
               {"labels", labels},
               {"state", issue.open ? "open" : "closed"},
               {"comments", 0},
               {"closed_at", issue.open ? json() : json("2026-11-21T10:00:00Z")},
               {"pull_request", nullptr}};
  if (issue.pull_request) made["pull_request"] = {{"merged", false}};
  return made;
}

json rest_comment(const ForgeWorld::Comment& one) {
  return {{"id", one.id},
          {"html_url", url_of(one.issue) + "#issuecomment-" + std::to_string(one.id)},
          {"user", {{"login", one.author}}},
          {"body", one.body},
          {"updated_at", "2026-11-21T10:00:00Z"}};
}

template <class Make>
json all_of(const std::vector<ForgeWorld::Issue>& issues, Make make) {
  json made = json::array();
  for (const auto& issue : issues) made.push_back(make(issue));
  return made;
}

template <class Make>
json comments_of(const ForgeWorld& world, std::uint64_t issue, Make make) {
  json made = json::array();
  for (const auto& one : world.comments)
    if (one.issue == issue) made.push_back(make(one));
  return made;
}

const json place = {{"owner", text}, {"repo", text}};
json with(json more) {
  more.update(place);
  return more;
}

/// Gives a server's tools one by one.
struct Shelf {
  World world;
  Tools tools = {};

  void add(std::string name, const json& schema, Answer answer) {
    tools.push_back(std::make_shared<SchemaTool>(std::move(name), schema, world, std::move(answer)));
  }
};

std::vector<std::string> strings(const json& arguments, const char* key) {
  return arguments.value(key, std::vector<std::string>());
}

std::size_t count(const json& arguments, const char* key, std::size_t otherwise) {
  return arguments.value(key, otherwise);
}

}  // namespace

Tools old_gitea(const World& world) {
  Shelf shelf{world};
  const json at = with({{"index", number}});
  const auto result = [](const json& value) { return said({{"Result", value}}); };
  shelf.add("get_issue_by_index", schema_of(at), [=](ForgeWorld& forge, const json& asked) {
    const auto* issue = find(forge, asked);
    return issue == nullptr ? failed("get o/r/issue err: The target couldn't be found.") : result(rest_issue(*issue));
  });
  shelf.add(
      "list_repo_issues", schema_of(place, {{"state", text}, {"page", number}, {"pageSize", number}}),
      [=](ForgeWorld& forge, const json& asked) {
        return result(all_of(page_of(forge, count(asked, "page", 1), count(asked, "pageSize", 100), {}), rest_issue));
      });
  shelf.add("create_issue", schema_of(with({{"title", text}, {"body", text}})),
            [=](ForgeWorld& forge, const json& asked) { return result(rest_issue(test::add(forge, asked, {}))); });
  shelf.add("edit_issue", schema_of(at, {{"title", text}, {"body", text}, {"assignees", texts}, {"state", text}}),
            [=](ForgeWorld& forge, const json& asked) {
              edit(forge, *find(forge, asked), asked);
              return result(rest_issue(*find(forge, asked)));
            });
  shelf.add("create_issue_comment", schema_of(with({{"index", number}, {"body", text}})),
            [=](ForgeWorld& forge, const json& asked) { return result(rest_comment(comment(forge, asked))); });
  shelf.add("get_issue_comments_by_index", schema_of(at), [=](ForgeWorld& forge, const json& asked) {
    return result(comments_of(forge, number_of(asked), rest_comment));
  });
  shelf.add("get_my_user_info", schema_of(json::object()),
            [=](ForgeWorld&, const json&) { return result({{"id", 1}, {"login", "bot"}}); });
  shelf.add("edit_issue_comment", schema_of(with({{"commentID", number}, {"body", text}})),
            [=](ForgeWorld& forge, const json& asked) {
              for (auto& one : forge.comments)
                if (one.id == asked["commentID"]) one.body = asked["body"];
              return result("done");
            });
  return shelf.tools;
}

namespace {

json slim_issue(const ForgeWorld::Issue& issue) {
  return {{"number", issue.number},
          {"title", issue.title},
          {"body", issue.body},
          {"state", issue.open ? "open" : "closed"},
          {"html_url", url_of(issue.number)},
          {"user", issue.author},
          {"labels", issue.labels}};
}

json slim_listed(const ForgeWorld::Issue& issue) {
  json made = slim_issue(issue);
  made.erase("body");
  if (issue.labels.empty()) made.erase("labels");
  return made;
}

json slim_comment(const ForgeWorld::Comment& one) {
  return {{"id", one.id}, {"body", one.body}, {"user", one.author}, {"updated_at", "2026-11-21T10:00:00Z"}};
}

std::vector<std::string> labels_by_id(const ForgeWorld& world, const json& asked) {
  std::vector<std::string> names;
  for (const std::size_t id : asked.value("labels", std::vector<std::size_t>()))
    names.push_back(world.labels.at(id - 101));
  return names;
}

ToolResult gitea_write(ForgeWorld& forge, const json& asked) {
  const std::string method = asked["method"];
  if (method == "create") {
    if (asked.contains("assignees"))
      return failed(
          "create o/r/issue err: Assignee does not exist: [name: user does not exist [uid: 0, name: nobody]]");
    return said(slim_issue(add(forge, asked, labels_by_id(forge, asked))));
  }
  if (method == "add_comment") return said(slim_comment(comment(forge, asked)));
  if (method == "edit_comment") {
    for (auto& one : forge.comments)
      if (one.id == asked["commentID"]) one.body = asked["body"];
    return said("ok");
  }
  auto* issue = find(forge, asked);
  if (issue == nullptr) return failed("edit o/r/issue/9 err: The target couldn't be found.");
  edit(forge, *issue, asked);
  return said(slim_issue(*issue));
}

ToolResult gitea_read(ForgeWorld& forge, const json& asked) {
  if (asked["method"] == "get_comments") return said(comments_of(forge, number_of(asked), slim_comment));
  const auto* issue = find(forge, asked);
  return issue == nullptr ? failed("get o/r/issue/9 err: The target couldn't be found.") : said(slim_issue(*issue));
}

}  // namespace

Tools gitea(const World& world) {
  Shelf shelf{world};
  const json pages = {{"page", number}, {"per_page", number}};
  json filters = {{"state", text}, {"type", one_of({"issues", "pulls"})}, {"labels", texts}, {"since", text}};
  filters.update(pages);
  shelf.add("list_issues", schema_of(place, filters), [](ForgeWorld& forge, const json& asked) {
    return said(all_of(page_of(forge, count(asked, "page", 1), count(asked, "per_page", 30), strings(asked, "labels")),
                       slim_listed));
  });
  shelf.add("issue_read",
            schema_of(with({{"method", one_of({"get", "get_comments", "get_labels"})}, {"issue_number", number}})),
            gitea_read);
  shelf.add("issue_write",
            schema_of(with({{"method", one_of({"create", "update", "add_comment", "edit_comment", "add_labels"})}}),
                      {{"issue_number", number},
                       {"title", text},
                       {"body", text},
                       {"assignees", texts},
                       {"milestone", number},
                       {"state", one_of({"open", "closed", "all"})},
                       {"commentID", number},
                       {"labels", numbers}}),
            gitea_write);
  json label_place = {{"owner", text}, {"repo", text}, {"org", text}, {"id", number}};
  json paged = label_place;
  paged.update(pages);
  shelf.add("label_read", schema_of({{"method", one_of({"list_repo_labels", "get_repo_label"})}}, paged),
            [](ForgeWorld& forge, const json&) {
              json made = json::array();
              for (std::size_t i = 0; i < forge.labels.size(); ++i)
                made.push_back({{"id", 101 + i}, {"name", forge.labels[i]}});
              return said(made);
            });
  label_place.update({{"name", text}, {"color", text}, {"description", text}});
  shelf.add("label_write", schema_of({{"method", one_of({"create_repo_label", "delete_repo_label"})}}, label_place),
            [](ForgeWorld& forge, const json& asked) {
              if (asked["method"] == "delete_repo_label") {
                forge.labels.erase(forge.labels.begin() + asked["id"].get<std::ptrdiff_t>() - 101);
                return said("Label deleted successfully");
              }
              // Another run makes the same one at once, and is a little faster.
              if (std::exchange(forge.rival_makes_label, false)) forge.labels.push_back(asked["name"]);
              forge.labels.push_back(asked["name"]);
              return said({{"id", 100 + forge.labels.size()}, {"name", asked["name"]}});
            });
  shelf.add("get_me", schema_of(json::object()),
            [](ForgeWorld&, const json&) { return said({{"id", 1}, {"login", "bot"}}); });
  return shelf.tools;
}

Tools pypi_gitea(const World& world) {
  Shelf shelf{world};
  const json at = with({{"issue_number", whole}});
  // FastMCP gives each item a content block of its own, and all in the structured content.
  const auto listed = [](const json& items) {
    std::string blocks;
    for (const json& item : items) blocks += (blocks.empty() ? "" : "\n") + item.dump(2);
    return ToolResult{.text = blocks, .structured = json{{"result", items}}};
  };
  const auto whole_result = [](const json& value) { return ToolResult{.text = value.dump(2), .structured = value}; };
  shelf.add("list_issues",
            schema_of(place, {{"state", {{"type", "string"}, {"default", "open"}}},
                              {"labels", maybe(text)},
                              {"assignee", maybe(text)},
                              {"page", whole},
                              {"limit", whole}}),
            [=](ForgeWorld& forge, const json& asked) {
              EXPECT_EQ(asked["state"], "all");
              return listed(all_of(page_of(forge, count(asked, "page", 1), count(asked, "limit", 30), {}), rest_issue));
            });
  shelf.add(
      "create_issue",
      schema_of(with({{"title", text}}), {{"body", {{"type", "string"}, {"default", ""}}},
                                          {"labels", maybe(texts)},
                                          {"assignees", maybe(texts)},
                                          {"milestone", maybe(whole)}}),
      [=](ForgeWorld& forge, const json& asked) {
        if (asked.contains("labels"))
          return failed("Error calling tool 'create_issue': Labels not found in o/r: ['x']. Available labels: []");
        if (asked.contains("assignees"))
          return failed(
              "Error calling tool 'create_issue': [POST https://f/api/v1/repos/o/r/issues] 422: "
              "{\"message\":\"Assignee does not exist: [name: user does not exist [uid: 0, name: nobody]]\"}");
        return whole_result(rest_issue(add(forge, asked, {})));
      });
  shelf.add("get_issue", schema_of(at), [=](ForgeWorld& forge, const json& asked) {
    json made = rest_issue(*find(forge, asked));
    made["comments_list"] = comments_of(forge, number_of(asked), rest_comment);
    return whole_result(made);
  });
  shelf.add("update_issue",
            schema_of(at, {{"title", maybe(text)},
                           {"body", maybe(text)},
                           {"state", maybe(text)},
                           {"labels", maybe(texts)},
                           {"assignees", maybe(texts)}}),
            [=](ForgeWorld& forge, const json& asked) {
              edit(forge, *find(forge, asked), asked);
              return whole_result(rest_issue(*find(forge, asked)));
            });
  shelf.add("add_comment", schema_of(with({{"issue_number", whole}, {"body", text}})),
            [=](ForgeWorld& forge, const json& asked) { return whole_result(rest_comment(comment(forge, asked))); });
  shelf.add("get_server_info", schema_of(json::object()), [=](ForgeWorld&, const json&) {
    return whole_result({{"gitea_user", "bot"}, {"gitea_version", "1.26.0"}});
  });
  shelf.add("list_labels", schema_of(place, {{"page", whole}, {"limit", whole}}),
            [=](ForgeWorld&, const json&) { return listed(json::array()); });
  return shelf.tools;
}

Tools old_github(const World& world) {
  Shelf shelf{world};
  const json pages = {{"page", {{"type", "number"}, {"minimum", 1}}},
                      {"perPage", {{"type", "number"}, {"minimum", 1}, {"maximum", 100}}}};
  json filters = {{"state", one_of({"open", "closed", "all"})}, {"labels", texts}, {"sort", text}};
  filters.update(pages);
  const json at = with({{"issue_number", number}});
  shelf.add("list_issues", schema_of(place, filters), [](ForgeWorld& forge, const json& asked) {
    EXPECT_EQ(asked["state"], "all");
    return said(all_of(page_of(forge, count(asked, "page", 1), count(asked, "perPage", 30), strings(asked, "labels")),
                       rest_issue));
  });
  shelf.add("get_issue", schema_of(at),
            [](ForgeWorld& forge, const json& asked) { return said(rest_issue(*find(forge, asked))); });
  shelf.add("create_issue",
            schema_of(with({{"title", text}}),
                      {{"body", text}, {"assignees", texts}, {"labels", texts}, {"milestone", number}}),
            [](ForgeWorld& forge, const json& asked) {
              if (asked.contains("assignees"))
                return failed(
                    "failed to create issue: POST https://api.github.com/repos/o/r/issues: 422 Validation "
                    "Failed [{Resource:Issue Field:assignees Code:invalid Message:}]");
              return said(rest_issue(add(forge, asked, strings(asked, "labels"))));
            });
  shelf.add("update_issue",
            schema_of(at, {{"title", text}, {"body", text}, {"state", one_of({"open", "closed"})}, {"labels", texts}}),
            [](ForgeWorld& forge, const json& asked) {
              edit(forge, *find(forge, asked), asked);
              return said(rest_issue(*find(forge, asked)));
            });
  shelf.add("add_issue_comment", schema_of(with({{"issue_number", number}, {"body", text}})),
            [](ForgeWorld& forge, const json& asked) { return said(rest_comment(comment(forge, asked))); });
  shelf.add("get_issue_comments", schema_of(at, pages), [](ForgeWorld& forge, const json& asked) {
    const bool first = count(asked, "page", 1) == 1;
    return said(first ? comments_of(forge, number_of(asked), rest_comment) : json::array());
  });
  shelf.add("get_me", schema_of(json::object()), [](ForgeWorld&, const json&) { return said({{"login", "bot"}}); });
  return shelf.tools;
}

namespace {

/// As the server shows it since 2026: comments of HTML are text.
std::string shown(std::string body) {
  for (auto at = body.find("<!--"); at != std::string::npos; at = body.find("<!--")) body.replace(at, 1, "&lt;");
  return body;
}

/// As older ones do: gone.
std::string without_comments(std::string body) {
  for (auto at = body.find("<!--"); at != std::string::npos; at = body.find("<!--"))
    body.erase(at, body.find("-->", at) + 3 - at);
  return body;
}

json graph_issue(const ForgeWorld::Issue& issue) {
  return {{"number", issue.number},
          {"title", issue.title},
          {"body", without_comments(issue.body)},
          {"state", issue.open ? "OPEN" : "CLOSED"},
          {"user", {{"login", issue.author}}},
          {"labels", issue.labels}};
}

ToolResult github_list(ForgeWorld& forge, const json& asked) {
  const std::size_t page = asked.contains("after") ? std::stoul(asked["after"].get<std::string>()) : 1;
  const auto size = count(asked, "perPage", 30);
  const auto listed = page_of(forge, page, size, strings(asked, "labels"));
  const bool more = !page_of(forge, page + 1, size, strings(asked, "labels")).empty();
  return said({{"issues", all_of(listed, graph_issue)},
               {"pageInfo", {{"hasNextPage", more}, {"endCursor", std::to_string(page + 1)}}},
               {"totalCount", 1}});
}

ToolResult github_write(ForgeWorld& forge, const json& asked) {
  EXPECT_EQ(asked["show_ui"], false);
  if (asked["method"] == "create") {
    if (asked.contains("assignees"))
      return failed(
          "failed to create issue: POST https://api.github.com/repos/o/r/issues: 422 Validation Failed "
          "[{Resource:Issue Field:assignees Code:invalid Message:}]");
    const auto& made = add(forge, asked, strings(asked, "labels"));
    return said({{"id", std::to_string(5000 + made.number)}, {"url", url_of(made.number)}});
  }
  edit(forge, *find(forge, asked), asked);
  return said({{"id", "5001"}, {"url", url_of(number_of(asked))}});
}

ToolResult github_read(ForgeWorld& forge, const json& asked) {
  if (asked["method"] == "get") return said(slim_issue(*find(forge, asked)));
  if (count(asked, "page", 1) > 1) return said(json::array());
  json made = comments_of(forge, number_of(asked), rest_comment);
  for (json& one : made) one["body"] = shown(one["body"]);
  return said(made);
}

}  // namespace

Tools github(const World& world) {
  Shelf shelf{world};
  const json size = {{"type", "number"}, {"minimum", 1}, {"maximum", 100}};
  shelf.add("list_issues",
            schema_of(place, {{"state", one_of({"OPEN", "CLOSED"})},
                              {"labels", texts},
                              {"orderBy", one_of({"CREATED_AT"})},
                              {"since", text},
                              {"perPage", size},
                              {"after", text}}),
            github_list);
  shelf.add("issue_read",
            schema_of(with({{"method", one_of({"get", "get_comments", "get_sub_issues", "get_labels"})},
                            {"issue_number", number}}),
                      {{"page", number}, {"perPage", size}}),
            github_read);
  shelf.add("issue_write",
            schema_of(with({{"method", one_of({"create", "update"})}}),
                      {{"issue_number", number},
                       {"title", text},
                       {"body", text},
                       {"assignees", texts},
                       {"labels", texts},
                       {"milestone", number},
                       {"state", one_of({"open", "closed"})},
                       {"state_reason", one_of({"completed", "not_planned", "duplicate"})},
                       {"duplicate_of", number},
                       {"type", text},
                       {"show_ui", {{"type", "boolean"}}}}),
            github_write);
  shelf.add("add_issue_comment",
            schema_of(with({{"issue_number", number}}), {{"body", text}, {"reaction", one_of({"+1", "-1"})}}),
            [](ForgeWorld& forge, const json& asked) {
              const auto& made = comment(forge, asked);
              return said({{"id", std::to_string(made.id)}, {"url", rest_comment(made)["html_url"]}});
            });
  shelf.add("get_me", schema_of(json::object()),
            [](ForgeWorld&, const json&) { return said({{"login", "bot"}, {"id", 1}}); });
  return shelf.tools;
}

}  // namespace agent::test
