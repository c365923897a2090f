#include "mcp/client.hpp"
#include "support/http_server.hpp"
#include "unit/mcp/http_servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

// What the protocol has beyond a call and its answer.

namespace agent::mcp {
namespace {

using testing::ElementsAre;

/// Words that threads of the client leave, and a test waits for.
class Heard {
 public:
  void add(std::string words) {
    const std::lock_guard lock(mutex_);
    words_.push_back(std::move(words));
    changed_.notify_all();
  }
  [[nodiscard]] std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds(20), [&] { return words_.size() >= count; });
    return words_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> words_;
};

class Clients : public HttpServers {
 protected:
  static std::unique_ptr<Client> with(const test::HttpServer& server, Callbacks callbacks) {
    auto client = Client::connect(at(server.url("/mcp")), std::move(callbacks), within(seconds(30)));
    EXPECT_TRUE(client) << client.error().what;
    return client ? *std::move(client) : nullptr;
  }
};

Answers modern(Answers special) {
  return [special = std::move(special)](const Asked& asked) {
    if (asked.method == "server/discover") asked.json(result(asked.id, discovered("2026-07-28")));
    return asked.method == "server/discover" || special(asked);
  };
}

Json tool(const std::string& name) { return {{"name", name}, {"inputSchema", {{"type", "object"}}}}; }

TEST_F(Clients, ListAllPagesAndStopAtACursorThatComesAgain) {
  const test::HttpServer server(legacy([](const Asked& asked) {
    if (asked.method != "tools/list") return false;
    const std::string cursor = text_at(asked.params, "cursor");
    const std::string next = cursor.empty() ? "a" : "b";
    asked.json(result(asked.id, {{"tools", {tool("t" + cursor)}}, {"nextCursor", next}}));
    return true;
  }));
  const auto client = with(server, {});

  const auto tools = client->list_tools();

  ASSERT_TRUE(tools);
  std::vector<std::string> names;
  for (const ToolInfo& one : *tools) names.push_back(one.name);
  EXPECT_THAT(names, ElementsAre("t", "ta", "tb"));
}

TEST_F(Clients, AreToldOfProgressUnderTheirOwnToken) {
  const test::HttpServer server(legacy(calls([](const Asked& asked) {
    const Json token = value_at(value_at(asked.params, "_meta"), "progressToken");
    const auto progress = [](const Json& of, int done) {
      return event(notification_text("notifications/progress",
                                     {{"progressToken", of}, {"progress", done}, {"total", 4}, {"message", "step"}}));
    };
    asked.talk.answer(
        200, progress(token, 1) + progress("another", 2) + progress(token, 3) + event(result(asked.id, text("x"))),
        as_events);
  })));
  const auto client = with(server, {});
  std::vector<double> heard;

  const auto outcome = client->call_tool(
      "t", Json::object(), {.progress = [&](double done, std::optional<double> total, const std::string&) {
        if (total == 4) heard.push_back(done);
      }});

  ASSERT_TRUE(outcome);
  EXPECT_THAT(heard, ElementsAre(1, 3));
}

TEST_F(Clients, AnswerWhatServersAskWithinACall) {
  Heard heard;
  const test::HttpServer server(legacy([&](const Asked& asked) {
    if (asked.method.empty() && asked.request.method == "POST") {
      const Json answer = Json::parse(asked.request.body, nullptr, false);
      heard.add(text_at(answer, "id") + " " +
                (answer.contains("error") ? answer["error"]["code"].dump() : answer["result"].dump()));
      asked.talk.answer(202);
      return true;
    }
    if (asked.method != "tools/call") return false;
    std::string all;
    for (const char* method : {"ping", "roots/list", "sampling/createMessage", "unheard/of"})
      all += event(request_text(method, method, {{"messages", Json::array()}}));
    asked.talk.answer(200, all + event(result(asked.id, text("x"))), as_events);
    return true;
  }));
  Callbacks callbacks;
  callbacks.roots = [] { return Json::array({{{"uri", "file:///work"}}}); };
  const auto client = with(server, std::move(callbacks));

  EXPECT_EQ(call(*client), "x");
  EXPECT_THAT(heard.wait_for(4),
              testing::UnorderedElementsAre("ping {}", R"(roots/list {"roots":[{"uri":"file:///work"}]})",
                                            "sampling/createMessage -32601", "unheard/of -32601"));
}

TEST_F(Clients, OfferOnlyWhatTheyHave) {
  const test::HttpServer server(legacy(nothing_special()));
  Callbacks callbacks;
  callbacks.sample = [](const Json&, const std::stop_token&) -> Result<Json> { return Json::object(); };
  const auto plain = with(server, {});

  const auto sampling = with(server, std::move(callbacks));

  std::vector<std::string> offered;
  for (const SeenRequest& one : server.seen()) {
    const Json message = Json::parse(one.body, nullptr, false);
    if (text_at(message, "method") == "initialize") offered.push_back(message["params"]["capabilities"].dump());
  }
  EXPECT_THAT(offered, ElementsAre("{}", R"({"sampling":{}})"));
}

TEST_F(Clients, HearWhatServersSayUnasked) {
  Heard heard;
  const test::HttpServer server(legacy([](const Asked& asked) {
    if (asked.request.method != "GET") return false;
    asked.talk.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" +
                    event(notification_text("notifications/tools/list_changed", nullptr)));
    asked.talk.wait();
    return true;
  }));
  Callbacks callbacks;
  callbacks.notified = [&](const std::string& method, const Json&) { heard.add(method); };

  const auto client = with(server, std::move(callbacks));

  EXPECT_THAT(heard.wait_for(1), ElementsAre("notifications/tools/list_changed"));
}

TEST_F(Clients, OfTheModernEraFollowWhatTheySubscribedTo) {
  Heard heard;
  std::atomic<int> streams = 0;
  const test::HttpServer server(legacy(modern([&](const Asked& asked) {
    if (asked.method != "subscriptions/listen") return false;
    const bool wanted = value_at(value_at(asked.params, "notifications"), "toolsListChanged") == true;
    asked.talk.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: alive\n\n" +
                    event(notification_text("notifications/tools/list_changed", {{"wanted", wanted}})));
    // The first stream breaks, and is taken up again by a new request.
    if (++streams == 1)
      asked.talk.cut();
    else
      asked.talk.wait();
    return true;
  })));
  Callbacks callbacks;
  callbacks.notified = [&](const std::string& method, const Json& params) { heard.add(method + params.dump()); };
  const auto client = with(server, std::move(callbacks));

  ASSERT_TRUE(client->subscribe({{"toolsListChanged", true}}));

  EXPECT_THAT(heard.wait_for(2), ElementsAre(R"(notifications/tools/list_changed{"wanted":true})",
                                             R"(notifications/tools/list_changed{"wanted":true})"));
}

TEST_F(Clients, ListAgainWhenTheirHeadersAreRefused) {
  int listed = 0;
  const test::HttpServer server(legacy(modern([&](const Asked& asked) {
    if (asked.method == "tools/list") {
      ++listed;
      Json described = tool("t");
      described["inputSchema"]["properties"] = {{"region", {{"type", "string"}, {"x-mcp-header", "Region"}}}};
      asked.json(result(asked.id, {{"tools", {described}}}));
      return true;
    }
    if (asked.method != "tools/call") return false;
    const bool right = asked.request.header("mcp-param-region") == "eu" && asked.request.header("mcp-name") == "t";
    asked.json(right ? result(asked.id, text("right")) : refusal(asked.id, rpc::header_mismatch), right ? 200 : 400);
    return true;
  })));
  const auto client = with(server, {});

  const auto outcome = client->call_tool("t", {{"region", "eu"}});

  ASSERT_TRUE(outcome) << outcome.error().what;
  EXPECT_EQ(text_at(value_at(outcome->result, "content").at(0), "text"), "right");
  EXPECT_EQ(listed, 1);
}

TEST_F(Clients, AnswerInSeveralRoundsAndGiveUpOnServersWithoutEnd) {
  const test::HttpServer server(legacy(modern(calls([](const Asked& asked) {
    const int round = std::atoi(text_at(asked.params, "requestState").c_str());
    const bool goes_on = text_at(asked.params, "name") == "endless" || round < 2;
    if (!goes_on) return asked.json(result(asked.id, text(value_at(asked.params, "inputResponses").dump())));
    asked.json(result(asked.id, {{"resultType", "input_required"},
                                 {"requestState", std::to_string(round + 1)},
                                 {"inputRequests", {{"r" + std::to_string(round), {{"method", "roots/list"}}}}}}));
  }))));
  Callbacks callbacks;
  callbacks.roots = [] { return Json::array(); };
  const auto client = with(server, std::move(callbacks));

  EXPECT_EQ(call(*client), R"({"r1":{"roots":[]}})");
  const auto endless = client->call_tool("endless", Json::object());
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().what, "the MCP server asked back 10 times for one call");
}

TEST_F(Clients, GiveServersWhatTheyMayNotAskForAnError) {
  const test::HttpServer server(legacy(modern(calls([](const Asked& asked) {
    asked.json(result(asked.id, {{"resultType", "input_required"},
                                 {"inputRequests", {{"r", {{"method", "sampling/createMessage"}}}}}}));
  }))));
  const auto client = with(server, {});

  EXPECT_EQ(call(*client), "the MCP server asks for 'sampling/createMessage', which is not offered to it");
}

TEST_F(Clients, TryAgainWhatOnlyReadsWhenAServerIsBusy) {
  int asked_lists = 0, asked_calls = 0;
  const test::HttpServer server(legacy([&](const Asked& asked) {
    const bool list = asked.method == "tools/list";
    if (!list && asked.method != "tools/call") return false;
    if (++(list ? asked_lists : asked_calls) == 1)
      asked.talk.answer(503, "", {{"Retry-After", "0"}});
    else
      asked.json(result(asked.id, {{"tools", Json::array()}}));
    return true;
  }));
  const auto client = with(server, {});

  EXPECT_TRUE(client->list_tools());
  EXPECT_EQ(asked_lists, 2);
  EXPECT_EQ(call(*client), "the MCP server answers HTTP 503 without a message");
  EXPECT_EQ(asked_calls, 1);
}

}  // namespace
}  // namespace agent::mcp
