#include "mcp/client.hpp"
#include "mcp/serve_http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace agent::mcp {
namespace {

class ClientToServer : public testing::TestWithParam<std::string> {};

/// Our client with our server, of each revision that HTTP carries; empty: the client finds out.
TEST_P(ClientToServer, SpeakTheSame) {
  std::vector<ServedTool> tools;
  tools.push_back({.name = "echo",
                   .description = "Says it again",
                   .input_schema = Json::parse(R"({"type":"object","properties":{
                     "text":{"type":"string","x-mcp-header":"Text"}},"required":["text"]})",
                                               nullptr, false),
                   .call = [](const ServedCall& call) {
                     call.progress(1, 2, "half");
                     return text_result(text_at(call.arguments, "text"));
                   }});
  const auto server =
      HttpToolServer::listen(std::make_shared<ToolServer>(ServerIdentity{}, std::move(tools)), {.token = "s3cret"});
  ASSERT_TRUE(server);
  const Limits limits{.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20)};
  std::vector<double> told;

  auto client = Client::connect(
      {.name = "own", .url = server->url(), .headers = {{"Authorization", "Bearer s3cret"}}, .revision = GetParam()},
      {}, limits);
  ASSERT_TRUE(client);
  const auto listed = (*client)->list_tools({.limits = limits});
  const auto called = (*client)->call_tool(
      "echo", {{"text", "Zürich"}},
      {.limits = limits, .progress = [&](double progress, auto, const auto&) { told.push_back(progress); }});

  EXPECT_EQ((*client)->facts().revision, GetParam().empty() ? "2026-07-28" : GetParam());
  ASSERT_TRUE(listed && called);
  EXPECT_EQ(listed->at(0).name, "echo");
  EXPECT_EQ(called->result["content"][0]["text"], "Zürich");
  EXPECT_THAT(told, testing::ElementsAre(1));
}

INSTANTIATE_TEST_SUITE_P(Revisions, ClientToServer,
                         testing::Values("", "2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"),
                         [](const auto& info) {
                           std::string name = info.param.empty() ? "found" : "of_" + info.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace agent::mcp
