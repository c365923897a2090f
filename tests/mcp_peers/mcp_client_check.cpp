// One connection to one server, as the `mcp` room makes it:  mcp_client_check JSON
// JSON: {"transport": "stdio", "revision": "", "url": "", "command": [], "environment": [], "tool": "", "arguments":
// {}} Prints what was agreed on, the names of the tools and the result of calling one, as JSON. Exit code 0: the server
// answered, 1: an error.

#include "mcp/client.hpp"

#include <array>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace agent;
using namespace agent::mcp;

std::vector<std::string> texts_at(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const Json& one : value_at(object, key))
    if (one.is_string()) texts.push_back(one.get<std::string>());
  return texts;
}

TransportKind kind_of(const std::string& name) {
  constexpr std::array all{TransportKind::streamable_http, TransportKind::sse, TransportKind::stdio,
                           TransportKind::websocket};
  for (const TransportKind kind : all)
    if (name == name_of(kind)) return kind;
  return TransportKind::automatic;
}

Server server_of(const Json& asked) {
  Server server;
  server.name = "peer";
  server.transport = kind_of(text_at(asked, "transport"));
  server.revision = text_at(asked, "revision");
  server.url = text_at(asked, "url");
  server.command = texts_at(asked, "command");
  server.environment = texts_at(asked, "environment");
  return server;
}

Result<Json> check(const Json& asked) {
  const auto client = TRY(Client::connect(server_of(asked), {}, {}));
  const ServerFacts facts = client->facts();
  Json names = Json::array();
  for (const ToolInfo& tool : TRY(client->list_tools())) names.push_back(tool.name);
  const Outcome called = TRY(client->call_tool(text_at(asked, "tool"), value_at(asked, "arguments")));
  return Json{{"transport", name_of(facts.transport)},
              {"revision", facts.revision},
              {"era", facts.era == Era::modern ? "modern" : "legacy"},
              {"tools", std::move(names)},
              {"answer", called.error ? Json(called.error->message) : called.result}};
}

}  // namespace

int main(int argc, char** argv) try {
  const auto asked = parse_json_text(argc == 2 ? argv[1] : "");
  if (!asked) {
    std::cerr << "mcp_client_check: give one JSON object\n";
    return 2;
  }
  const auto seen = check(*asked);
  if (!seen) {
    std::cerr << describe(seen.error()) << '\n';
    return 1;
  }
  std::cout << seen->dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "mcp_client_check: " << error.what() << '\n';
  return 1;
}
