// A forge by the tools of an MCP server, as the `sinks` room makes it:  tool_forge_check JSON
// JSON: {"url": "" or "command": [], "environment": [], "forge": "gitea", "owner": "", "repository": "", "web_url": "",
// "steps": [{"do": "create", "title": "", …}, …]}. Prints what each step gave, one JSON a line. Exit code 0: all steps
// succeeded, 1: one did not.

#include "mcp/remote_tools.hpp"
#include "sinks/tool_forge.hpp"

#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace agent;
using mcp::Json;
using mcp::text_at;
using mcp::value_at;

std::vector<std::string> texts_at(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const Json& one : value_at(object, key))
    if (one.is_string()) texts.push_back(one.get<std::string>());
  return texts;
}

std::uint64_t number_at(const Json& object, std::string_view key) {
  const Json& value = value_at(object, key);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

mcp::Server server_of(const Json& asked) {
  mcp::Server server;
  server.name = "forge";
  server.url = text_at(asked, "url");
  server.command = texts_at(asked, "command");
  server.environment = texts_at(asked, "environment");
  return server;
}

Json json_of(const sinks::ForgeIssue& issue) {
  return {{"number", issue.number}, {"url", issue.url},       {"title", issue.title},  {"body", issue.body},
          {"open", issue.open},     {"labels", issue.labels}, {"author", issue.author}};
}

Json json_of(const sinks::ForgeComment& comment) {
  return {{"id", comment.id}, {"body", comment.body}, {"author", comment.author}, {"updated_at", comment.updated_at}};
}

template <class Item>
Json list_of(const std::vector<Item>& items) {
  Json listed = Json::array();
  for (const Item& item : items) listed.push_back(json_of(item));
  return listed;
}

Result<Json> change(sinks::Forge& forge, const std::string& what, const Json& step) {
  const auto number = number_at(step, "number");
  const auto body = text_at(step, "body");
  if (what == "close") TRY(forge.set_state(number, sinks::IssueState::closed, {}));
  if (what == "duplicate") TRY(forge.set_state(number, sinks::IssueState::duplicate, {}));
  if (what == "reopen") TRY(forge.set_state(number, sinks::IssueState::open, {}));
  if (what == "edit") TRY(forge.edit_body(number, body, {}));
  if (what == "edit_comment") TRY(forge.edit_comment(number, number_at(step, "comment"), body, {}));
  return Json("done");
}

Result<Json> take(sinks::Forge& forge, const Json& step) {
  const std::string what = text_at(step, "do");
  const auto number = number_at(step, "number");
  if (what == "create")
    return json_of(TRY(forge.create({.title = text_at(step, "title"),
                                     .body = text_at(step, "body"),
                                     .labels = texts_at(step, "labels"),
                                     .assignees = texts_at(step, "assignees")},
                                    {})));
  if (what == "issues") return list_of(TRY(forge.issues(text_at(step, "label"), {})));
  if (what == "comment") return json_of(TRY(forge.add_comment(number, text_at(step, "body"), {})));
  if (what == "comments") return list_of(TRY(forge.comments(number, {})));
  if (what == "author") return Json(forge.author({}));
  return change(forge, what, step);
}

Result<void> check(const Json& asked) {
  const std::shared_ptr<mcp::Client> client = TRY(mcp::Client::connect(server_of(asked), {}, {}));
  const auto tools = mcp::remote_tools(client, TRY(client->list_tools()));
  const auto forge = TRY(sinks::tool_forge(tools, {.name = text_at(asked, "forge"),
                                                   .owner = text_at(asked, "owner"),
                                                   .repository = text_at(asked, "repository"),
                                                   .web_url = text_at(asked, "web_url")}));
  for (const Json& step : value_at(asked, "steps"))
    std::cout << TRY(take(*forge, step)).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  return {};
}

}  // namespace

int main(int argc, char** argv) try {
  const auto asked = mcp::parse_json_text(argc == 2 ? argv[1] : "");
  if (!asked) {
    std::cerr << "tool_forge_check: give one JSON object\n";
    return 2;
  }
  const auto done = check(*asked);
  if (!done) std::cerr << describe(done.error());
  return done ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "tool_forge_check: " << error.what() << '\n';
  return 1;
}
