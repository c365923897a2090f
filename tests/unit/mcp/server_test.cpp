#include "mcp/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::mcp {
namespace {

Json parsed(const std::string& text) { return Json::parse(text, nullptr, false); }

/// Echoes a text, of which HTTP repeats the region; and further tools, so that there are two pages.
ToolServer small_server() {
  std::vector<ServedTool> tools;
  tools.push_back({.name = "echo",
                   .description = "Says it again",
                   .input_schema = parsed(R"({"type":"object","required":["text"],"properties":{
                     "text":{"type":"string"},"region":{"type":"string","x-mcp-header":"Region"}},"additionalProperties":false})"),
                   .annotations = {{"readOnlyHint", true}},
                   .call = [](const ServedCall& call) { return text_result(text_at(call.arguments, "text")); }});
  tools.push_back(
      {.name = "sample", .input_schema = {{"type", "object"}}, .asks = {"sampling"}, .call = [](const ServedCall&) {
         return text_result("sampled");
       }});
  tools.push_back({.name = "list",
                   .input_schema = {{"type", "object"}},
                   .output_schema = {{"type", "array"}},
                   .call = [](const ServedCall&) {
                     auto result = text_result("[1]");
                     result["structuredContent"] = {1};
                     return result;
                   }});
  tools.push_back({.name = "slow", .input_schema = {{"type", "object"}}, .call = [](const ServedCall& call) {
                     call.progress(1, 2, "half");
                     return text_result("done");
                   }});
  return {{.name = "small", .version = "7", .instructions = "read", .page_size = 2}, std::move(tools)};
}

/// `params` with the `_meta` of 2026-07-28.
Json modern(Json params, const Json& capabilities = Json::object(), const std::string& revision = "2026-07-28") {
  params["_meta"]["io.modelcontextprotocol/protocolVersion"] = revision;
  params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
  return params;
}

Reaction ask(const std::string& method, const Json& params, const Peer& peer = {}) {
  return small_server().react({.id = 1, .method = method, .params = params}, peer);
}

/// The result, or the error, of an answer.
Json told(const Reaction& reaction) {
  auto answer = parsed(reaction.text);
  EXPECT_EQ(answer.value("id", 0), 1);
  return answer.contains("result") ? answer["result"] : answer["error"];
}

TEST(ToolServer, AgreesOnARevision) {
  const auto old = told(ask("initialize", {{"protocolVersion", "2024-11-05"}}));
  const auto future = told(ask("initialize", {{"protocolVersion", "2031-01-01"}}));

  EXPECT_EQ(old["protocolVersion"], "2024-11-05");
  EXPECT_EQ(old["serverInfo"]["name"], "small");
  EXPECT_EQ(old["capabilities"], parsed(R"({"tools":{}})"));
  EXPECT_EQ(old["instructions"], "read");
  EXPECT_EQ(future["protocolVersion"], "2025-11-25");
}

TEST(ToolServer, IsDiscovered) {
  const auto told_of = told(ask("server/discover", modern({})));

  EXPECT_EQ(told_of["supportedVersions"][0], "2026-07-28");
  EXPECT_EQ(told_of["supportedVersions"].size(), 5);
  EXPECT_EQ(told_of["resultType"], "complete");
  EXPECT_EQ(told_of["_meta"]["io.modelcontextprotocol/serverInfo"]["version"], "7");
  EXPECT_EQ(told_of["cacheScope"], "private");
}

TEST(ToolServer, ListsItsToolsInPages) {
  const auto first = told(ask("tools/list", {}));
  const auto second = told(ask("tools/list", {{"cursor", first["nextCursor"]}}));

  EXPECT_EQ(first["tools"].size(), 2);
  EXPECT_EQ(first["tools"][0]["annotations"], parsed(R"({"readOnlyHint":true})"));
  EXPECT_FALSE(first.contains("ttlMs"));
  EXPECT_EQ(second["tools"][0]["outputSchema"], parsed(R"({"type":"array"})"));
  EXPECT_FALSE(second.contains("nextCursor"));
  EXPECT_TRUE(told(ask("tools/list", modern({})))["ttlMs"].is_number_integer());
}

struct AskCase {
  std::string name, method, params;
  int code;  ///< 0: a result.
  std::string text;
  bool is_modern = false;
};

class ToolServerAnswers : public testing::TestWithParam<AskCase> {};

TEST_P(ToolServerAnswers, AResultOrAnError) {
  const auto params = parsed(GetParam().params);
  ASSERT_FALSE(params.is_discarded());

  const auto answer = told(ask(GetParam().method, GetParam().is_modern ? modern(params) : params));

  EXPECT_EQ(answer.value("code", 0), GetParam().code);
  const auto text = GetParam().code == 0 ? answer.value("content", Json()).dump() : text_at(answer, "message");
  EXPECT_THAT(text, testing::HasSubstr(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    Requests, ToolServerAnswers,
    testing::Values(
        AskCase{"a_ping", "ping", "{}", 0, ""},
        AskCase{"a_ping_of_today", "ping", "{}", -32601, "method not found", true},
        AskCase{"initialize_of_today", "initialize", "{}", -32601, "method not found", true},
        AskCase{"an_unknown_method", "resources/list", "{}", -32601, "method not found"},
        AskCase{"a_call", "tools/call", R"({"name":"echo","arguments":{"text":"hi"}})", 0, "hi"},
        AskCase{"a_call_of_today", "tools/call", R"({"name":"echo","arguments":{"text":"hi"}})", 0, "hi", true},
        AskCase{"an_unknown_tool", "tools/call", R"({"name":"eco"})", -32602, "unknown tool"},
        AskCase{"no_tool", "tools/call", R"({"name":7})", -32602, "unknown tool"},
        AskCase{"arguments_that_are_a_list", "tools/call", R"({"name":"echo","arguments":[]})", -32602, "no object"},
        AskCase{"params_that_are_a_list", "tools/call", "[]", -32602, "no object"},
        AskCase{"arguments_that_don_t_fit", "tools/call", R"({"name":"echo","arguments":{"text":7}})", 0,
                "invalid arguments of 'echo': '/text' is an integer, not a string"},
        AskCase{"arguments_that_are_missing", "tools/call", R"({"name":"echo"})", 0, "has no property 'text'"},
        AskCase{"an_argument_that_is_not_known", "tools/call",
                R"({"name":"echo","arguments":{"text":"hi","regio":""}})", 0,
                "unknown argument 'regio'; echo takes 'region', 'text'; did you mean 'region'?"},
        AskCase{"a_cursor_of_another", "tools/list", R"({"cursor":"abc"})", -32602, "invalid cursor"},
        AskCase{"a_cursor_past_the_end", "tools/list", R"({"cursor":"4"})", -32602, "invalid cursor"},
        AskCase{"a_cursor_that_is_a_number", "tools/list", R"({"cursor":2})", -32602, "invalid cursor"},
        AskCase{"a_capability_that_is_missing", "tools/call", R"({"name":"sample"})", -32021, "capability", true},
        AskCase{"a_capability_before_there_were_any", "tools/call", R"({"name":"sample"})", 0, "sampled"},
        AskCase{"discovery_without_meta", "server/discover", "{}", -32602, "protocolVersion"}),
    [](const auto& info) { return info.param.name; });

TEST(ToolServer, NamesTheCapabilityThatIsMissing) {
  const auto refused = ask("tools/call", modern({{"name", "sample"}}));

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(told(refused)["data"]["requiredCapabilities"], parsed(R"({"sampling":{}})"));
  EXPECT_FALSE(told(ask("tools/call", modern({{"name", "sample"}}, {{"sampling", Json::object()}}))).contains("code"));
}

TEST(ToolServer, NamesTheRevisionsItServes) {
  const auto refused = told(ask("tools/list", modern({}, Json::object(), "1900-01-01")));

  EXPECT_EQ(refused["code"], -32022);
  EXPECT_EQ(refused["data"]["requested"], "1900-01-01");
  EXPECT_EQ(refused["data"]["supported"].size(), 5);
}

TEST(ToolServer, GivesOnlyObjectsAsStructureBefore2026) {
  EXPECT_FALSE(told(ask("tools/call", {{"name", "list"}})).contains("structuredContent"));
  EXPECT_EQ(told(ask("tools/call", modern({{"name", "list"}})))["structuredContent"], parsed("[1]"));
}

TEST(ToolServer, TellsProgressToWhomAsksForIt) {
  std::vector<std::string> told_of;
  const Peer peer{.notify = [&](const std::string& text) { told_of.push_back(text); }};

  static_cast<void>(ask("tools/call", {{"name", "slow"}}, peer));
  EXPECT_TRUE(told_of.empty());
  static_cast<void>(ask("tools/call", {{"name", "slow"}, {"_meta", {{"progressToken", "t"}}}}, peer));

  ASSERT_EQ(told_of.size(), 1);
  EXPECT_EQ(parsed(told_of[0])["params"],
            parsed(R"({"progressToken":"t","progress":1.0,"total":2.0,"message":"half"})"));
}

TEST(ToolServer, SaysNothingToANotification) {
  EXPECT_EQ(small_server().react({.method = "notifications/initialized"}, {}).text, "");
  EXPECT_EQ(small_server().react({.id = 3, .result = Json::object()}, {}).text, "");
}

TEST(ToolServer, SaysNothingToACallThatWasCancelled) {
  std::stop_source stopped;
  stopped.request_stop();

  EXPECT_EQ(ask("tools/call", {{"name", "slow"}}, {.stop = stopped.get_token()}).text, "");
}

struct HeaderCase {
  std::string name;
  std::vector<net::Header> headers;
  int code, status;  ///< 0 and 200: served.
};

class ToolServerHeaders : public testing::TestWithParam<HeaderCase> {};

TEST_P(ToolServerHeaders, AreHeldAgainstTheBody) {
  const auto params = modern({{"name", "echo"}, {"arguments", {{"text", "a"}, {"region", "Zürich"}}}});

  const auto reaction = ask("tools/call", params, {.headers = &GetParam().headers});

  EXPECT_EQ(reaction.status, GetParam().status);
  EXPECT_EQ(told(reaction).value("code", 0), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, ToolServerHeaders,
    testing::Values(
        HeaderCase{"all",
                   {{"mcp-protocol-version", "2026-07-28"},
                    {"mcp-method", "tools/call"},
                    {"mcp-name", "echo"},
                    {"mcp-param-region", "=?base64?WsO8cmljaA==?="}},
                   0,
                   200},
        HeaderCase{"an_encoded_name",
                   {{"MCP-Protocol-Version", "2026-07-28"},
                    {"Mcp-Method", "tools/call"},
                    {"Mcp-Name", "=?base64?ZWNobw==?="},
                    {"Mcp-Param-Region", "=?base64?WsO8cmljaA==?="}},
                   0,
                   200},
        HeaderCase{"none", {}, -32020, 400},
        HeaderCase{"another_revision",
                   {{"MCP-Protocol-Version", "2025-11-25"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "echo"}},
                   -32020,
                   400},
        HeaderCase{"no_method", {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Name", "echo"}}, -32020, 400},
        HeaderCase{"another_method",
                   {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/list"}, {"Mcp-Name", "echo"}},
                   -32020,
                   400},
        HeaderCase{"another_name",
                   {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "slow"}},
                   -32020,
                   400},
        HeaderCase{"no_param",
                   {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "echo"}},
                   -32020,
                   400},
        HeaderCase{"another_param",
                   {{"MCP-Protocol-Version", "2026-07-28"},
                    {"Mcp-Method", "tools/call"},
                    {"Mcp-Name", "echo"},
                    {"Mcp-Param-Region", "Bern"}},
                   -32020,
                   400},
        HeaderCase{"a_param_that_is_no_base64",
                   {{"MCP-Protocol-Version", "2026-07-28"},
                    {"Mcp-Method", "tools/call"},
                    {"Mcp-Name", "echo"},
                    {"Mcp-Param-Region", "=?base64?W?="}},
                   -32020,
                   400}),
    [](const auto& info) { return info.param.name; });

TEST(ToolServer, TellsAnUnknownMethodByHttpToo) {
  const std::vector<net::Header> headers{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "no/method"}};
  const std::vector<net::Header> old{{"MCP-Protocol-Version", "2025-11-25"}};

  EXPECT_EQ(ask("no/method", modern({}), {.headers = &headers}).status, 404);
  EXPECT_EQ(ask("no/method", {}, {.headers = &old}).status, 200);
}

TEST(ToolServer, WantsMetaFromAClientOfToday) {
  const std::vector<net::Header> headers{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/list"}};

  const auto refused = ask("tools/list", {}, {.headers = &headers});

  EXPECT_EQ(told(refused)["code"], -32602);
  EXPECT_EQ(refused.status, 400);
}

}  // namespace
}  // namespace agent::mcp
