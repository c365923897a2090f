// What the official conformance suite drives: conformance_client URL, with MCP_CONFORMANCE_SCENARIO,
// MCP_CONFORMANCE_PROTOCOL_VERSION and MCP_CONFORMANCE_CONTEXT in the environment. It does what a host would do in each
// scenario, over the `mcp` room alone; the suite's own server judges what it sees. Exit code 0: done, 1: an error.

#include "mcp/client.hpp"
#include "mcp/oauth.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace {

using namespace agent;
using namespace agent::mcp;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Calls each tool that the server lists.
Result<void> call_all(Client& client, const Json& arguments) {
  for (const ToolInfo& tool : TRY(client.list_tools())) TRY(client.call_tool(tool.name, arguments));
  return {};
}

Result<void> list_and_call(Client& client, const std::string& name, const Json& arguments) {
  TRY(client.list_tools());
  TRY(client.call_tool(name, arguments));
  return {};
}

/// The first of everything, as a host that was just connected would try it.
Result<void> use_first_of_each(Client& client) {
  const auto tools = TRY(client.list_tools());
  if (!tools.empty()) TRY(client.call_tool(tools.front().name, Json::object()));
  const Json resources = TRY(client.list("resources/list", "resources"));
  if (!resources.empty()) TRY(client.request("resources/read", {{"uri", text_at(resources.front(), "uri")}}));
  const Json prompts = TRY(client.list("prompts/list", "prompts"));
  if (!prompts.empty()) TRY(client.request("prompts/get", {{"name", text_at(prompts.front(), "name")}}));
  return {};
}

Result<void> call_as_context_says(Client& client, const Json& context) {
  TRY(client.list_tools());
  const Json& calls = value_at(context, "toolCalls");
  for (const Json& call : calls) TRY(client.call_tool(text_at(call, "name"), value_at(call, "arguments")));
  return {};
}

Result<void> answer_requests(Client& client) {
  TRY(client.list_tools());
  for (const char* tool :
       {"test_mrtr_echo_state", "test_mrtr_no_state", "test_mrtr_unrelated", "test_mrtr_no_result_type"})
    TRY(client.call_tool(tool, Json::object()));
  return {};
}

/// Gives the schema of one tool back to another, as it was received.
Result<void> echo_schema(Client& client) {
  for (const ToolInfo& tool : TRY(client.list_tools()))
    if (tool.name == "json_schema_2020_12_tool")
      TRY(client.call_tool("json_schema_echo", {{"schema", tool.input_schema}}));
  return {};
}

Result<void> play(const std::string& scenario, Client& client, const Json& context) {
  if (scenario == "tools_call") return list_and_call(client, "add_numbers", {{"a", 5}, {"b", 3}});
  if (scenario == "sse-retry") return list_and_call(client, "test_reconnection", Json::object());
  if (scenario == "elicitation-sep1034-client-defaults")
    return list_and_call(client, "test_client_elicitation_defaults", Json::object());
  if (scenario == "http-standard-headers") return use_first_of_each(client);
  if (scenario == "http-custom-headers") return call_as_context_says(client, context);
  if (scenario == "http-invalid-tool-headers") return call_all(client, {{"region", "us-west1"}, {"value", "x"}});
  if (scenario == "json-schema-2020-12-preservation") return echo_schema(client);
  if (scenario == "sep-2322-client-request-state") return answer_requests(client);
  if (scenario.starts_with("auth/")) return call_all(client, Json::object());
  TRY(client.list_tools());
  return {};
}

/// The suite's authorization servers ask nobody: they send the browser back at once.
Result<std::string> agree(const std::string& authorize_url, const std::string&, const Limits& limits) {
  net::ClientOptions options;
  options.max_redirects = 0;
  net::Request request{.url = authorize_url};
  request.deadline = limits.deadline;
  const auto answer = TRY(net::HttpClient(std::move(options)).fetch(request, limits.stop));
  return std::string(net::header(answer.headers, "location"));
}

/// Who the suite registered its client with: its context does not say so, and settings have to.
Result<std::string> issuer_of(const std::string& url) {
  const net::HttpClient http;
  for (const auto& place : resource_metadata_urls(TRY(net::parse_url(url)))) {
    net::Request request{.url = place};
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto answer = TRY(http.fetch(request));
    const Json servers = value_at(parse_json_text(answer.body).value_or(Json()), "authorization_servers");
    if (servers.is_array() && !servers.empty() && servers.front().is_string())
      return servers.front().get<std::string>();
  }
  return std::string();
}

Result<std::shared_ptr<Authorizer>> authorizer_for(const std::string& url, const std::string& scenario,
                                                   const Json& context) {
  OAuthOptions options;
  options.server_url = url;
  options.client.id = text_at(context, "client_id");
  options.client.secret = text_at(context, "client_secret");
  options.client.private_key = text_at(context, "private_key_pem");
  options.client.issuer = text_at(context, "issuer");
  const bool has_secret = !options.client.secret.empty() || !options.client.private_key.empty();
  if (has_secret && options.client.issuer.empty()) options.client.issuer = TRY(issuer_of(url));
  options.client.document_url = "https://conformance-test.local/client-metadata.json";
  options.visit = agree;
  if (scenario.starts_with("auth/client-credentials")) options.grant = OAuthGrant::client_credentials;
  return std::shared_ptr<Authorizer>(TRY(OAuthAuthorizer::make(std::move(options))));
}

Result<void> run(const std::string& url) {
  const std::string scenario = variable("MCP_CONFORMANCE_SCENARIO");
  Server server;
  server.name = "conformance";
  server.url = url;
  server.transport = TransportKind::streamable_http;
  Callbacks callbacks;
  callbacks.elicit = [](const std::string&, const Json& params, const std::stop_token&) {
    const Json& wanted = value_at(value_at(params, "requestedSchema"), "properties");
    Json content = Json::object();
    if (wanted.is_object() && wanted.contains("confirmed")) content["confirmed"] = true;
    return Elicited{.action = Elicited::Action::accept, .content = std::move(content)};
  };
  const Json context = parse_json_text(variable("MCP_CONFORMANCE_CONTEXT")).value_or(Json::object());
  if (scenario.starts_with("auth/")) server.authorizer = TRY(authorizer_for(url, scenario, context));
  const auto client = TRY(Client::connect(std::move(server), std::move(callbacks), {}));
  return play(scenario, *client, context);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "conformance_client: give the server's URL\n";
    return 2;
  }
  const auto done = run(argv[1]);
  if (done) return 0;
  std::cerr << describe(done.error()) << '\n';
  return 1;
} catch (const std::exception& error) {
  std::cerr << "conformance_client: " << error.what() << '\n';
  return 1;
}
