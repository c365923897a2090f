#include "cli/mcp_settings.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

Result<std::vector<McpServerSettings>> servers_of(const Environment& environment, const std::string& toml = "") {
  const test::TemporaryFolder folder;
  SettingsInput input{.flags = {}, .environment = environment, .config_path = {}, .env_file = {}};
  if (!toml.empty()) input.config_path = folder.write("a.toml", toml);
  const auto settings = Settings::load(input);
  if (!settings) return std::unexpected(settings.error());
  auto servers = mcp_servers(*settings, environment);
  if (!servers) {
    Error error = servers.error();
    if (const auto at = error.where.find(folder.path()); at != std::string::npos)
      error.where.replace(at, folder.path().size(), "DIR");
    return std::unexpected(std::move(error));
  }
  return servers;
}

McpServerSettings only_server(const Environment& environment, const std::string& toml = "") {
  const auto servers = servers_of(environment, toml);
  if (!servers || servers->size() != 1) {
    ADD_FAILURE() << (servers ? std::to_string(servers->size()) + " servers" : describe(servers.error()));
    return {};
  }
  return servers->front();
}

struct Way {
  std::string name;
  Environment environment;
  std::string server, transport, url;
  std::vector<std::string> command;
  bool sse_first = false;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class EnvironmentServer : public testing::TestWithParam<Way> {};

TEST_P(EnvironmentServer, IsSpokenToAsItSays) {
  const McpServerSettings server = only_server(GetParam().environment);

  EXPECT_EQ(server.name, GetParam().server);
  EXPECT_EQ(server.transport, GetParam().transport);
  EXPECT_EQ(server.url, GetParam().url);
  EXPECT_EQ(server.command, GetParam().command);
  EXPECT_EQ(server.sse_first, GetParam().sse_first);
}

INSTANTIATE_TEST_SUITE_P(
    Variables, EnvironmentServer,
    testing::Values(
        Way{"openshift", {{"MCP_OPENSHIFT_URL", "http://k"}}, "kubernetes", "auto", "http://k", {}, true},
        Way{"openshift_auto",
            {{"MCP_OPENSHIFT_URL", "http://k"}, {"MCP_OPENSHIFT_TRANSPORT", "auto"}},
            "kubernetes",
            "auto",
            "http://k",
            {}},
        Way{"openshift_sse",
            {{"MCP_OPENSHIFT_URL", "http://k"}, {"MCP_OPENSHIFT_TRANSPORT", "SSE"}},
            "kubernetes",
            "sse",
            "http://k",
            {}},
        Way{"alias", {{"MCP_SERVER_URL", "http://k/sse#name"}}, "kubernetes", "auto", "http://k/sse#name", {}, true},
        Way{"alias_loses",
            {{"MCP_SERVER_URL", "http://a"}, {"MCP_OPENSHIFT_URL", "http://b"}},
            "kubernetes",
            "auto",
            "http://b",
            {},
            true},
        Way{"web_socket", {{"MCP_OPENSHIFT_URL", "wss://k"}}, "kubernetes", "websocket", "wss://k", {}},
        Way{"program", {{"K8S_MCP_SERVER_PATH", "/opt/k8s"}}, "kubernetes", "stdio", "", {"/opt/k8s"}},
        Way{"python_program", {{"K8S_MCP_SERVER_PATH", "k8s.py"}}, "kubernetes", "stdio", "", {"python3", "k8s.py"}},
        Way{"url_before_program",
            {{"K8S_MCP_SERVER_PATH", "k8s"}, {"MCP_SERVER_URL", "http://k"}},
            "kubernetes",
            "auto",
            "http://k",
            {},
            true},
        Way{"program_that_the_transport_asks_for",
            {{"K8S_MCP_SERVER_PATH", "k8s"}, {"MCP_SERVER_URL", "http://k"}, {"MCP_OPENSHIFT_TRANSPORT", "stdio"}},
            "kubernetes",
            "stdio",
            "",
            {"k8s"}},
        Way{"gitea", {{"MCP_GITEA_URL", "http://g"}}, "gitea", "streamable-http", "http://g", {}},
        Way{"gitea_sse",
            {{"MCP_GITEA_URL", "http://g"}, {"MCP_GITEA_TRANSPORT", "sse"}},
            "gitea",
            "sse",
            "http://g",
            {}}),
    [](const auto& info) { return info.param.name; });

TEST(McpServers, AreNoneWhenNothingNamesOne) {
  EXPECT_THAT(servers_of({}).value(), IsEmpty());
  EXPECT_THAT(servers_of({{"MCP_OPENSHIFT_TRANSPORT", "sse"}, {"MCP_GITEA_TRANSPORT", "sse"}}).value(), IsEmpty());
}

TEST(McpServers, HaveAllThatAFileSays) {
  const McpServerSettings server = only_server({}, R"([mcp.servers.ci]
url = "https://ci/mcp"
headers = {X-Team = "a"}
token = "hunter2"
token_file = "/run/token"
allow = ["pods_*"]
deny = ["pods_delete", "x"]
read_only = false
required = true
connect_timeout = "3s"
call_timeout = "2m"
tool_timeouts = {pods_log = "5m"}
revision = "2025-11-25"
oauth = {client_id = "me", client_secret = "s", issuer = "https://i", grant = "client_credentials"}
)");

  EXPECT_EQ(server.transport, "auto");
  EXPECT_FALSE(server.sse_first);
  EXPECT_THAT(server.headers, ElementsAre(Pair("X-Team", "a")));
  EXPECT_EQ(server.token, "hunter2");
  EXPECT_EQ(server.token_file, "/run/token");
  EXPECT_THAT(server.allow, ElementsAre("pods_*"));
  EXPECT_THAT(server.deny, ElementsAre("pods_delete", "x"));
  EXPECT_FALSE(server.read_only);
  EXPECT_TRUE(server.required);
  EXPECT_EQ(server.connect_timeout, std::chrono::seconds(3));
  EXPECT_EQ(server.call_timeout, std::chrono::minutes(2));
  EXPECT_THAT(server.tool_timeouts, ElementsAre(Pair("pods_log", std::chrono::minutes(5))));
  EXPECT_EQ(server.revision, "2025-11-25");
  EXPECT_EQ(server.oauth.client_id, "me");
  EXPECT_EQ(server.oauth.grant, "client_credentials");
}

TEST(McpServers, AreReadOnlyAndNotRequiredUnlessSaid) {
  const McpServerSettings server = only_server({}, "[mcp.servers.ci]\nurl = 'http://x'\n");

  EXPECT_TRUE(server.read_only);
  EXPECT_FALSE(server.required);
  EXPECT_EQ(server.connect_timeout, std::chrono::seconds(15));
  EXPECT_EQ(server.call_timeout, std::chrono::seconds(60));
  EXPECT_EQ(server.oauth.grant, "authorization_code");
}

TEST(McpServers, MayBeNamedByTheEnvironmentAndDescribedByAFile) {
  const McpServerSettings server =
      only_server({{"MCP_GITEA_URL", "http://g"}}, "[mcp.servers.gitea]\nurl = 'http://f'\ntoken = 'hunter2'\n");

  EXPECT_EQ(server.url, "http://g");
  EXPECT_EQ(server.token, "hunter2");
  EXPECT_EQ(server.where, "MCP_GITEA_URL");
}

TEST(McpServers, GetOfOurEnvironmentWhatProgramsNeed) {
  const Environment ours{{"PATH", "/bin"},     {"HOME", "/h"}, {"GITEA_TOKEN", "hunter2"},
                         {"KUBECONFIG", "/k"}, {"LANG", "C"},  {"K8S_MCP_SERVER_PATH", "k8s"}};

  const auto servers =
      servers_of(ours, "[mcp.servers.own]\ncommand = 'x'\nargs = ['-v', '']\nenv = {A = 'b', LANG = 'de'}\n");

  ASSERT_TRUE(servers);
  ASSERT_THAT(*servers, SizeIs(2));
  EXPECT_THAT(servers->at(0).environment, ElementsAre("HOME=/h", "KUBECONFIG=/k", "LANG=C", "PATH=/bin"));
  EXPECT_THAT(servers->at(1).environment, ElementsAre("A=b", "HOME=/h", "LANG=de", "PATH=/bin"));
  EXPECT_THAT(servers->at(1).env_values, ElementsAre("b", "de"));
  EXPECT_THAT(servers->at(1).command, ElementsAre("x", "-v", ""));
}

struct Wrong {
  std::string name, toml, what, where;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class WrongServer : public testing::TestWithParam<Wrong> {};

TEST_P(WrongServer, IsToldWithItsPlace) {
  const auto servers = servers_of({}, GetParam().toml);

  ASSERT_FALSE(servers);
  EXPECT_EQ(servers.error().kind, ErrorKind::settings);
  EXPECT_EQ(servers.error().what, GetParam().what);
  EXPECT_EQ(servers.error().where, GetParam().where);
}

INSTANTIATE_TEST_SUITE_P(Tables, WrongServer,
                         testing::Values(Wrong{"neither", "[mcp.servers.a]\ntoken = 'x'\n",
                                               "MCP server 'a' has neither a URL nor a command", "DIR/a.toml"},
                                         Wrong{"no_command", "[mcp.servers.a]\nurl = 'http://x'\ntransport = 'stdio'\n",
                                               "MCP server 'a' has no command", "DIR/a.toml:2"},
                                         Wrong{"no_url", "[mcp.servers.a]\ncommand = 'x'\ntransport = 'sse'\n",
                                               "MCP server 'a' has no URL for sse", "DIR/a.toml:2"},
                                         Wrong{"bad_revision",
                                               "[mcp.servers.a]\nurl = 'http://x'\nrevision = '1999-01-01'\n",
                                               "there is no revision '1999-01-01' of MCP", "DIR/a.toml:3"},
                                         Wrong{"bad_name", "[mcp.servers.'a b']\nurl = 'http://x'\n",
                                               "'a b' can't name an MCP server", "DIR/a.toml:2"}),
                         [](const auto& info) { return info.param.name; });

TEST(AdHocServer, IsAUrlOrACommand) {
  const auto url = ad_hoc_server("http://x", "", {}, {});
  const auto command = ad_hoc_server("", "", {"x", "-v"}, {});

  ASSERT_TRUE(url && command);
  EXPECT_EQ(url->transport, "auto");
  EXPECT_EQ(command->transport, "stdio");
  EXPECT_THAT(command->command, ElementsAre("x", "-v"));
  EXPECT_EQ(ad_hoc_server("http://x", "", {"x"}, {}).error().kind, ErrorKind::usage);
  EXPECT_EQ(ad_hoc_server("", "", {}, {}).error().kind, ErrorKind::usage);
  EXPECT_EQ(ad_hoc_server("ftp://x", "", {}, {}).error().kind, ErrorKind::usage);
}

TEST(ServerNamed, TellsTheNearest) {
  const auto servers = servers_of({{"MCP_GITEA_URL", "http://g"}});

  EXPECT_EQ(server_named(*servers, "gitea")->url, "http://g");
  EXPECT_EQ(server_named(*servers, "gitee").error().fix, "did you mean 'gitea'?");
  EXPECT_EQ(server_named(*servers, "other").error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(server_named(*servers, "other").error().what, "no MCP server 'other' is configured");
}

}  // namespace
}  // namespace agent::cli
