#include "mcp/serve_http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace agent::mcp {
namespace {

using testing::HasSubstr;

/// A server on a loopback port, and a client of it.
class HttpTools : public testing::Test {
 protected:
  void serve(const ServeHttpOptions& options = {}) {
    auto listening =
        HttpToolServer::listen(std::make_shared<ToolServer>(ServerIdentity{.name = "h"}, tools()), options);
    ASSERT_TRUE(listening);
    server_ = std::move(*listening);
  }

  net::WholeResponse ask(const std::string& method, const std::string& body, std::vector<net::Header> headers = {},
                         const std::string& url = {}) {
    const auto response = client_.fetch({.method = method,
                                         .url = url.empty() ? server_->url() : url,
                                         .headers = std::move(headers),
                                         .body = body,
                                         .repeat = net::Repeat::no});
    return response ? *response : net::WholeResponse{};
  }
  net::WholeResponse post(const std::string& body, std::vector<net::Header> headers = {}) {
    return ask("POST", body, std::move(headers));
  }

  std::vector<ServedTool> tools() {
    std::vector<ServedTool> all;
    all.push_back({.name = "told", .input_schema = {{"type", "object"}}, .call = [](const ServedCall& call) {
                     call.progress(1, {}, "");
                     return text_result("done");
                   }});
    all.push_back({.name = "endless", .input_schema = {{"type", "object"}}, .call = [this](const ServedCall& call) {
                     ++started;
                     std::mutex guard;
                     std::condition_variable_any never;
                     std::unique_lock lock(guard);
                     static_cast<void>(never.wait(lock, call.stop, [] { return false; }));
                     ++stopped;
                     return text_result("never heard");
                   }});
    return all;
  }

  static std::string request(const std::string& method, const std::string& params = "{}") {
    return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}";
  }

  std::atomic<int> started = 0, stopped = 0;
  std::optional<HttpToolServer> server_;
  net::HttpClient client_;
};

TEST_F(HttpTools, AnswersAsJson) {
  serve();

  const auto answer = post(request("tools/list"));

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(net::header(answer.headers, "Content-Type"), "application/json");
  EXPECT_THAT(answer.body, HasSubstr("endless"));
}

TEST_F(HttpTools, AnswersAsEventsWhereProgressIsTold) {
  serve();

  const auto answer = post(request("tools/call", R"({"name":"told","_meta":{"progressToken":1}})"));

  EXPECT_EQ(net::header(answer.headers, "Content-Type"), "text/event-stream");
  EXPECT_EQ(net::header(answer.headers, "X-Accel-Buffering"), "no");
  EXPECT_THAT(answer.body, HasSubstr("notifications/progress"));
  EXPECT_THAT(answer.body, HasSubstr("done"));
}

TEST_F(HttpTools, TakesNotificationsSilently) {
  serve();

  const auto answer = post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");

  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "");
}

TEST_F(HttpTools, BeginsAndEndsSessions) {
  serve();

  const auto begun = post(request("initialize", R"({"protocolVersion":"2025-11-25"})"));
  const std::string id(net::header(begun.headers, "Mcp-Session-Id"));
  ASSERT_EQ(id.size(), 43);

  EXPECT_EQ(post(request("ping"), {{"Mcp-Session-Id", id}}).status, 200);
  EXPECT_EQ(ask("DELETE", "", {{"Mcp-Session-Id", id}}).status, 204);
  EXPECT_EQ(post(request("ping"), {{"Mcp-Session-Id", id}}).status, 404);
  EXPECT_EQ(ask("DELETE", "", {{"Mcp-Session-Id", id}}).status, 404);
}

TEST_F(HttpTools, CancelsACallByAMessageOfItsSession) {
  serve();
  const auto begun = post(request("initialize"));
  const std::string id(net::header(begun.headers, "Mcp-Session-Id"));
  const std::string cancel = R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})";
  std::thread caller(
      [&] { static_cast<void>(post(request("tools/call", R"({"name":"endless"})"), {{"Mcp-Session-Id", id}})); });
  while (started == 0) std::this_thread::yield();

  EXPECT_EQ(post(cancel).status, 202);  // of no session: stops nothing
  EXPECT_EQ(stopped, 0);
  EXPECT_EQ(post(cancel, {{"Mcp-Session-Id", id}}).status, 202);
  caller.join();

  EXPECT_EQ(stopped, 1);
}

TEST_F(HttpTools, CancelsACallWhoseClientIsGone) {
  serve();
  std::stop_source gone;
  std::thread caller([&] {
    static_cast<void>(client_.fetch({.method = "POST",
                                     .url = server_->url(),
                                     .body = request("tools/call", R"({"name":"endless"})"),
                                     .repeat = net::Repeat::no},
                                    gone.get_token()));
  });
  while (started == 0) std::this_thread::yield();

  gone.request_stop();
  caller.join();
  while (stopped == 0) std::this_thread::yield();

  EXPECT_EQ(stopped, 1);
}

TEST_F(HttpTools, EndWithTheirServer) {
  serve();
  std::thread caller([&] { static_cast<void>(post(request("tools/call", R"({"name":"endless"})"))); });
  while (started == 0) std::this_thread::yield();

  server_->stop();
  caller.join();

  EXPECT_EQ(stopped, 1);
}

TEST_F(HttpTools, AnswerABatchWhereThereWereSome) {
  serve();
  const auto batch =
      "[" + request("ping") + R"(,{"jsonrpc":"2.0","method":"notifications/initialized"},)" + request("ping") + "]";

  const auto answer = post(batch);

  EXPECT_EQ(answer.body, R"([{"id":1,"jsonrpc":"2.0","result":{}},{"id":1,"jsonrpc":"2.0","result":{}}])");
  EXPECT_EQ(post(batch, {{"MCP-Protocol-Version", "2025-06-18"}}).status, 400);
}

struct StatusCase {
  std::string name, method, path, body;
  std::vector<net::Header> headers;
  int status;
};

class HttpToolsStatus : public HttpTools, public testing::WithParamInterface<StatusCase> {};

TEST_P(HttpToolsStatus, SaysWhatIsWrong) {
  serve({.token = "s3cret"});
  auto headers = GetParam().headers;
  if (net::header(headers, "Authorization").empty()) headers.push_back({"Authorization", "Bearer s3cret"});
  auto url = server_->url();
  url.replace(url.rfind('/'), std::string::npos, GetParam().path);

  EXPECT_EQ(ask(GetParam().method, GetParam().body, headers, url).status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, HttpToolsStatus,
    testing::Values(StatusCase{"nothing", "POST", "/mcp", R"({"jsonrpc":"2.0","id":1,"method":"ping"})", {}, 200},
                    StatusCase{"a_get", "GET", "/mcp", "", {}, 405},
                    StatusCase{"a_delete_of_nothing", "DELETE", "/mcp", "", {}, 405},
                    StatusCase{"another_path", "POST", "/sse", "{}", {}, 404},
                    StatusCase{"no_json", "POST", "/mcp", "{", {}, 400},
                    StatusCase{"no_session_of_ours",
                               "POST",
                               "/mcp",
                               R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
                               {{"Mcp-Session-Id", "x"}},
                               404},
                    StatusCase{"a_revision_nobody_knows",
                               "POST",
                               "/mcp",
                               R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
                               {{"MCP-Protocol-Version", "1"}},
                               400},
                    StatusCase{"a_notification_of_such",
                               "POST",
                               "/mcp",
                               R"({"jsonrpc":"2.0","method":"a/b"})",
                               {{"MCP-Protocol-Version", "1"}},
                               400},
                    StatusCase{"another_site_s_page", "POST", "/mcp", "{}", {{"Origin", "http://evil.test"}}, 403},
                    StatusCase{"another_token", "POST", "/mcp", "{}", {{"Authorization", "Bearer x"}}, 401}),
    [](const auto& info) { return info.param.name; });

TEST(HttpToolServer, ListensForOthersWithATokenOnly) {
  const auto server = std::make_shared<ToolServer>(ServerIdentity{}, std::vector<ServedTool>{});

  const auto refused = HttpToolServer::listen(server, {.address = "0.0.0.0"});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::settings);
}

}  // namespace
}  // namespace agent::mcp
