#include "mcp/client.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

// A stdio server that works, and each way in which one goes wrong. Times are limits, not measurements: a wait that went
// on to its end would take minutes.

namespace agent::mcp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

class StdioServer : public testing::Test {
 protected:
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }

  static Server server(const std::string& mode, const std::string& file = "") {
    Server one;
    one.name = "small";
    one.command = {AGENT_STDIO_SERVER, mode};
    if (!file.empty()) one.command.push_back(file);
    one.environment = {"PATH=/usr/bin:/bin", "TOKEN_OF_SERVER=abc"};
    return one;
  }

  static Result<std::unique_ptr<Client>> connect(const std::string& mode, Callbacks callbacks = {}) {
    return Client::connect(server(mode), std::move(callbacks), within(seconds(20)));
  }

  static Limits within(Clock::duration time) { return {.deadline = Clock::now() + time, .stop = {}}; }

  static std::string text_of(const Outcome& outcome) {
    const Json& content = value_at(outcome.result, "content");
    return content.is_array() && !content.empty() ? text_at(content.front(), "text") : outcome.result.dump();
  }

  /// The text that echo gives back; or the error.
  static std::string echo(Client& client, const std::string& text, Clock::duration time = seconds(20)) {
    const auto outcome = client.call_tool("echo", {{"text", text}}, {.limits = within(time)});
    if (!outcome) return outcome.error().what;
    return text_of(*outcome);
  }
};

TEST_F(StdioServer, IsAskedForTheModernEraFirst) {
  const auto client = connect("modern");

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_EQ((*client)->facts().revision, "2026-07-28");
  EXPECT_EQ((*client)->facts().era, Era::modern);
  EXPECT_EQ(echo(**client, "hello"), "hello");
}

TEST_F(StdioServer, IsInitializedWhenItKnowsNoDiscovery) {
  const auto client = connect("legacy");

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_EQ((*client)->facts().revision, "2025-11-25");
  EXPECT_EQ((*client)->facts().name, "small");
  EXPECT_EQ(echo(**client, "hello"), "hello");
}

TEST_F(StdioServer, IsInitializedWhenItSaysNothingToDiscovery) {
  const auto begun = Clock::now();

  const auto client = Client::connect(server("no-discover"), {}, within(seconds(3)));

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_LT(Clock::now() - begun, seconds(3));
  EXPECT_EQ(echo(**client, "hello"), "hello");
}

TEST_F(StdioServer, GetsTheEnvironmentThatItWasGivenAndNoOther) {
  ::setenv("OUR_SECRET", "never", 1);
  const auto client = connect("legacy");
  ASSERT_TRUE(client) << client.error().what;

  const auto outcome = (*client)->call_tool("env", Json::object());

  ASSERT_TRUE(outcome);
  EXPECT_EQ(text_of(*outcome), "PATH=/usr/bin:/bin\nTOKEN_OF_SERVER=abc\n");
}

TEST_F(StdioServer, AnswersManyCallsAtOnce) {
  const auto client = connect("legacy");
  ASSERT_TRUE(client) << client.error().what;
  std::vector<std::string> answers(16);

  {
    std::vector<std::jthread> threads;
    for (std::size_t n = 0; n < answers.size(); ++n)
      threads.emplace_back([&, n] { answers[n] = echo(**client, "call " + std::to_string(n)); });
  }

  for (std::size_t n = 0; n < answers.size(); ++n) EXPECT_EQ(answers[n], "call " + std::to_string(n));
}

TEST_F(StdioServer, MayPrintLinesThatAreNoMessages) {
  const auto client = connect("chatty");

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_EQ(echo(**client, "hello"), "hello");
}

TEST_F(StdioServer, ThatDiesWithinACallIsTold) {
  const auto client = connect("dies");
  ASSERT_TRUE(client) << client.error().what;

  EXPECT_THAT(echo(**client, "hello"), testing::EndsWith("ended with exit code 3"));
}

TEST_F(StdioServer, ThatDiedIsStartedAgainForTheNextCall) {
  const test::TemporaryFolder folder;
  const auto client = Client::connect(server("dies-once", folder.path() + "/died"), {}, within(seconds(20)));
  ASSERT_TRUE(client) << client.error().what;

  EXPECT_THAT(echo(**client, "first"), testing::EndsWith("ended with exit code 3"));
  EXPECT_EQ(echo(**client, "second"), "second");
}

TEST_F(StdioServer, ThatDiesAllTheTimeIsStartedFiveTimesAgain) {
  const auto client = connect("dies");
  ASSERT_TRUE(client) << client.error().what;

  for (int n = 0; n < 6; ++n) EXPECT_THAT(echo(**client, "x"), testing::HasSubstr("exit code 3"));
  EXPECT_THAT(echo(**client, "x"), testing::EndsWith("ended 6 times"));
}

TEST_F(StdioServer, ThatEndsWithinAMessageIsTold) {
  const auto client = connect("half");
  ASSERT_TRUE(client) << client.error().what;

  EXPECT_THAT(echo(**client, "hello"), testing::EndsWith("ended with exit code 0 in the middle of a message"));
}

TEST_F(StdioServer, ThatAnswersUnderAnotherIdIsToldAtTheDeadline) {
  const auto client = connect("wrong-id");
  ASSERT_TRUE(client) << client.error().what;

  EXPECT_EQ(echo(**client, "hello", milliseconds(200)),
            "the MCP server did not answer in time, but sent answers that nobody asked for");
}

TEST_F(StdioServer, ThatNeverAnswersIsNotWaitedForBeyondTheDeadline) {
  const auto client = connect("silent");
  ASSERT_TRUE(client) << client.error().what;
  const auto begun = Clock::now();

  EXPECT_EQ(echo(**client, "hello", milliseconds(200)), "the MCP server did not answer in time");
  EXPECT_LT(Clock::now() - begun, seconds(10));
}

TEST_F(StdioServer, IsNotWaitedForAfterAStop) {
  const auto client = connect("silent");
  ASSERT_TRUE(client) << client.error().what;
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(50));
    stop.request_stop();
  });

  const auto outcome = (*client)->call_tool("echo", Json::object(), {.limits = {.stop = stop.get_token()}});

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::interrupted);
}

TEST_F(StdioServer, IsToldOfWhatNobodyWaitsForAndItsLateAnswerIsDropped) {
  const auto client = connect("late");
  ASSERT_TRUE(client) << client.error().what;

  EXPECT_EQ(echo(**client, "first", milliseconds(50)), "the MCP server did not answer in time");
  EXPECT_EQ(echo(**client, "cancelled?"), "1");
}

TEST_F(StdioServer, ThatSendsTooMuchIsToldAndEnded) {
  const auto client = connect("huge");
  ASSERT_TRUE(client) << client.error().what;

  EXPECT_THAT(echo(**client, "hello"), testing::HasSubstr("sends a message larger than 67108864 bytes"));
}

TEST_F(StdioServer, MayFloodItsStandardError) {
  const auto client = connect("floods");

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_EQ(echo(**client, "hello"), "hello");
}

TEST_F(StdioServer, ThatEndsIsNoticedThoughAChildOfItHoldsItsOutput) {
  const auto begun = Clock::now();
  {
    const auto client = connect("forks");
    ASSERT_TRUE(client) << client.error().what;
    static_cast<void>(echo(**client, "last"));
    EXPECT_THAT(echo(**client, "after"), testing::AnyOf("after", testing::HasSubstr("exit code 5")));
  }
  EXPECT_LT(Clock::now() - begun, seconds(30));
}

TEST_F(StdioServer, ThatIgnoresItsClosedInputIsEnded) {
  auto client = connect("deaf");
  ASSERT_TRUE(client) << client.error().what;
  const auto begun = Clock::now();

  client->reset();

  EXPECT_LT(Clock::now() - begun, seconds(20));
}

TEST_F(StdioServer, ThatTriesToLeaveItsProcessGroupIsEnded) {
  auto client = connect("strays");
  ASSERT_TRUE(client) << client.error().what;
  const auto begun = Clock::now();

  client->reset();

  EXPECT_LT(Clock::now() - begun, seconds(20));
}

TEST_F(StdioServer, ThatPingsWithoutEndAndReadsNothingIsNotWaitedForBeyondTheDeadline) {
  auto client = connect("pings");
  ASSERT_TRUE(client) << client.error().what;
  const auto begun = Clock::now();

  EXPECT_NE(echo(**client, "hello", milliseconds(500)), "hello");
  client->reset();

  EXPECT_LT(Clock::now() - begun, seconds(20));
}

TEST_F(StdioServer, MayPingBeforeItSaysWhoItIs) {
  const auto client = connect("pings-first");

  ASSERT_TRUE(client) << client.error().what;
  EXPECT_EQ((*client)->facts().era, Era::legacy);
}

TEST_F(StdioServer, MayAskBackAndDefaultsAreFilledIn) {
  Callbacks callbacks;
  callbacks.elicit = [](const std::string& who, const Json&, const std::stop_token&) {
    return Elicited{.action = Elicited::Action::accept, .content = {{"who", who}}};
  };
  const auto client = connect("asks", std::move(callbacks));
  ASSERT_TRUE(client) << client.error().what;

  EXPECT_EQ(echo(**client, "x"), R"(you said {"action":"accept","content":{"n":7,"who":"small"}})");
}

TEST_F(StdioServer, ThatIsNoCommandIsTold) {
  Server none;
  none.name = "none";
  none.command = {"/no/such/server"};

  const auto client = Client::connect(std::move(none), {}, within(seconds(5)));

  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().what, "there is no command '/no/such/server'");
}

TEST_F(StdioServer, ThatIsNoMcpServerIsTold) {
  Server wrong;
  wrong.name = "wrong";
  wrong.command = {"/bin/cat"};

  const auto client = Client::connect(std::move(wrong), {}, within(seconds(3)));

  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(client.error().what, testing::StartsWith("the MCP server refuses 'initialize'"));
}

}  // namespace
}  // namespace agent::mcp
