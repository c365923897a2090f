#include "mcp/serve_stdio.hpp"

#include "base/descriptor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <future>
#include <mutex>
#include <string>
#include <thread>

namespace agent::mcp {
namespace {

/// A server on a thread, and we at the other end of its pipes.
class Served {
 public:
  explicit Served(const StdioLimits& limits = {}) : server_({.name = "s"}, tools()) {
    std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> in{}, out{};
    EXPECT_EQ(::pipe2(in.data(), O_CLOEXEC) + ::pipe2(out.data(), O_CLOEXEC), 0);
    server_in_ = Descriptor(in[0]), to_ = Descriptor(in[1]);
    from_ = Descriptor(out[0]), server_out_ = Descriptor(out[1]);
    ended_ = std::async(std::launch::async, [this, limits] {
      auto ended = serve_stdio(server_, server_in_.get(), server_out_.get(), stop_.get_token(), limits);
      server_out_.close();
      return ended;
    });
  }
  ~Served() { stop_.request_stop(); }

  void say(const std::string& text) { EXPECT_EQ(::write(to_.get(), text.data(), text.size()), std::ssize(text)); }
  void call(int id, const std::string& tool) {
    say(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"tools/call","params":{"name":")" + tool +
        "\"}}\n");
  }
  /// Until there is something to hear.
  void await_words() const {
    pollfd one{.fd = from_.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&one, 1, -1), 1);
  }
  void hang_up() { to_.close(); }
  void read_no_more() { from_.close(); }
  void stop() { stop_.request_stop(); }

  /// The next line; empty at the end.
  Json hear() {
    while (!heard_.contains('\n')) {
      std::array<char, 4096> buffer{};
      const auto size = ::read(from_.get(), buffer.data(), buffer.size());
      if (size <= 0) return {};
      heard_.append(buffer.data(), static_cast<std::size_t>(size));
    }
    auto line = Json::parse(heard_.substr(0, heard_.find('\n')), nullptr, false);
    heard_.erase(0, heard_.find('\n') + 1);
    return line;
  }
  Result<void> ended() { return ended_.get(); }
  std::atomic<int> stopped = 0;

 private:
  std::vector<ServedTool> tools() {
    std::vector<ServedTool> all;
    all.push_back({.name = "quick", .input_schema = {{"type", "object"}}, .call = [](const ServedCall&) {
                     return text_result("quick");
                   }});
    // More than a pipe holds.
    all.push_back({.name = "large", .input_schema = {{"type", "object"}}, .call = [](const ServedCall&) {
                     return text_result(std::string(1'000'000, 'x'));
                   }});
    // Until it is told to stop.
    all.push_back({.name = "endless", .input_schema = {{"type", "object"}}, .call = [this](const ServedCall& call) {
                     std::mutex guard;
                     std::condition_variable_any never;
                     std::unique_lock lock(guard);
                     static_cast<void>(never.wait(lock, call.stop, [] { return false; }));
                     ++stopped;
                     return text_result("never heard");
                   }});
    return all;
  }

  ToolServer server_;
  Descriptor server_in_, to_, from_, server_out_;
  std::stop_source stop_;
  std::string heard_;
  std::future<Result<void>> ended_;
};

TEST(ServeStdio, AnswersLinesAndEndsWithItsInput) {
  Served client;

  client.say("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"pi");
  client.say("ng\"}\r\n\n");
  client.call(2, "quick");

  EXPECT_EQ(client.hear()["id"], "a");
  EXPECT_EQ(client.hear()["result"]["content"][0]["text"], "quick");
  client.hang_up();
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(client.hear().is_null());
}

TEST(ServeStdio, FinishesWhatItsInputEndedWith) {
  Served client({.calls_at_once = 1, .grace = std::chrono::seconds(20)});

  client.call(1, "quick");
  client.call(2, "quick");
  client.hang_up();

  EXPECT_EQ(client.hear()["id"], 1);
  EXPECT_EQ(client.hear()["id"], 2);
  EXPECT_TRUE(client.ended());
}

TEST(ServeStdio, AnswersWhileACallRuns) {
  Served client({.grace = std::chrono::milliseconds(1)});

  client.call(1, "endless");
  client.call(2, "quick");

  EXPECT_EQ(client.hear()["id"], 2);
  client.hang_up();
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(client.stopped, 1);
}

TEST(ServeStdio, SaysNothingToACallThatIsCancelled) {
  Served client;

  client.call(1, "endless");
  client.say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}\n");
  while (client.stopped == 0) std::this_thread::yield();
  client.call(2, "quick");

  EXPECT_EQ(client.hear()["id"], 2);
}

TEST(ServeStdio, CancelsACallThatStillWaits) {
  Served client({.calls_at_once = 1});

  client.call(1, "endless");
  client.call(2, "endless");
  client.say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":2}}\n");
  client.say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}\n");
  client.call(3, "quick");

  EXPECT_EQ(client.hear()["id"], 3);
}

TEST(ServeStdio, RefusesMoreCallsThanItMayHold) {
  Served client({.calls_at_once = 1, .calls_waiting = 1});

  for (int id = 1; id <= 3; ++id) client.call(id, "endless");

  EXPECT_EQ(client.hear()["error"]["message"], "too many calls at once");
}

TEST(ServeStdio, RefusesALineThatIsTooLong) {
  Served client({.max_line_bytes = 100});

  client.say(std::string(50'000, 'x') + "\n");
  client.call(2, "quick");

  EXPECT_EQ(client.hear()["error"]["code"], -32600);
  EXPECT_EQ(client.hear()["id"], 2);
}

TEST(ServeStdio, RefusesWhatIsNoJson) {
  Served client;

  client.say("{\n");

  EXPECT_EQ(client.hear()["error"]["code"], -32700);
}

TEST(ServeStdio, EndsWhenItIsAskedTo) {
  Served client;
  client.call(1, "endless");

  client.stop();

  EXPECT_TRUE(client.ended());
}

TEST(ServeStdio, EndsWithAnAnswerThatNobodyTakes) {
  Served asked_to, hung_up({.grace = std::chrono::milliseconds(1)});
  for (Served* client : {&asked_to, &hung_up}) {
    client->call(1, "large");
    client->call(2, "large");
    client->await_words();
  }

  asked_to.stop();
  hung_up.hang_up();

  EXPECT_TRUE(asked_to.ended());
  EXPECT_TRUE(hung_up.ended());
}

TEST(ServeStdio, GivesALargeAnswerWhole) {
  Served client;

  client.call(1, "large");

  EXPECT_EQ(client.hear()["result"]["content"][0]["text"].get_ref<const std::string&>().size(), 1'000'000U);
}

TEST(ServeStdio, EndsWhenNobodyReadsItsAnswers) {
  Served client;

  client.read_no_more();
  client.call(1, "quick");

  EXPECT_EQ(client.ended().error().kind, ErrorKind::unreachable);
}

}  // namespace
}  // namespace agent::mcp
