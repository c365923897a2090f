#include "mcp/wire.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::mcp {
namespace {

struct WaysCase {
  std::string name, url;
  TransportKind transport = TransportKind::automatic;
  bool sse_first = false;
  std::string expected;
};

class Ways : public testing::TestWithParam<WaysCase> {};

std::string told(const std::vector<Way>& ways) {
  std::string all;
  for (const Way& one : ways) all += std::string(name_of(one.kind)) + " " + one.url + "; ";
  return all;
}

TEST_P(Ways, AreTriedInThisOrder) {
  Server server;
  server.url = GetParam().url;
  server.transport = GetParam().transport;
  server.sse_first = GetParam().sse_first;

  EXPECT_EQ(told(ways_to(server)), GetParam().expected);
}

using enum TransportKind;
INSTANTIATE_TEST_SUITE_P(
    Servers, Ways,
    testing::Values(
        WaysCase{"no_path", "http://h:1", automatic, false,
                 "streamable-http http://h:1/mcp; sse http://h:1/sse; streamable-http http://h:1/; "},
        WaysCase{"no_path_but_a_slash_and_a_query", "http://h:1/?a=b", automatic, false,
                 "streamable-http http://h:1/mcp?a=b; sse http://h:1/sse?a=b; streamable-http http://h:1/?a=b; "},
        WaysCase{"a_path_of_its_own", "http://h/x/y", automatic, false,
                 "streamable-http http://h/x/y; sse http://h/x/y; "},
        WaysCase{"the_usual_path", "http://h/x/mcp", automatic, false,
                 "streamable-http http://h/x/mcp; sse http://h/x/mcp; sse http://h/x/sse; "},
        WaysCase{"a_path_that_newer_servers_dropped", "http://h/sse", automatic, false,
                 "sse http://h/sse; streamable-http http://h/sse; streamable-http http://h/mcp; "},
        WaysCase{"toolhive_with_the_name_of_a_workload", "http://h/sse#name", automatic, false,
                 "sse http://h/sse; streamable-http http://h/sse; streamable-http http://h/mcp; "},
        WaysCase{"sse_before_all", "http://h", automatic, true,
                 "sse http://h/sse; streamable-http http://h/mcp; streamable-http http://h/; "},
        WaysCase{"sse_before_all_at_a_path", "http://h/mcp", automatic, true,
                 "sse http://h/mcp; streamable-http http://h/mcp; sse http://h/sse; "},
        WaysCase{"only_sse", "http://h", sse, false, "sse http://h/sse; "},
        WaysCase{"only_streamable_http", "http://h", streamable_http, false, "streamable-http http://h/mcp; "},
        WaysCase{"a_socket_by_its_scheme", "wss://h/ws", automatic, false, "websocket wss://h/ws; "},
        WaysCase{"a_socket_by_its_transport", "ws://h/ws", websocket, false, "websocket ws://h/ws; "},
        WaysCase{"a_command", "", stdio, false, "stdio ; "},
        WaysCase{"a_command_without_more_said", "", automatic, false, "stdio ; "}),
    [](const auto& info) { return info.param.name; });

TEST(Wires, NeedAnAddressOrACommand) {
  Server server;
  server.name = "none";

  const auto wire = open_wire(server, {}, {.message = [](Message) {}}, {});

  ASSERT_FALSE(wire);
  EXPECT_EQ(wire.error().what, "the MCP server 'none' has neither a 'url' nor a 'command'");
}

}  // namespace
}  // namespace agent::mcp
