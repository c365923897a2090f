#include "tools/toolbox.hpp"

#include "support/fake_tool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>

namespace agent::tools {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::FakeTool;
using test::saying;
using testing::ElementsAre;
using testing::HasSubstr;

/// A clock that stands still until told.
class StillClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::time_point(ticks_); }
  std::chrono::steady_clock::time_point ticks() const override { return std::chrono::steady_clock::time_point(ticks_); }
  void pass(std::chrono::milliseconds time) { ticks_ += time; }

 private:
  std::chrono::milliseconds ticks_{1'000};
};

std::vector<std::string> names(const Toolbox& box) {
  std::vector<std::string> all;
  for (const BoxedTool& one : box.all()) all.push_back(one.name);
  return all;
}

/// A tool that ends only when it is asked to.
std::shared_ptr<FakeTool> waiting(const std::string& name) {
  return std::make_shared<FakeTool>(name, [](const json&, const std::stop_token& stop) {
    std::mutex guard;
    std::condition_variable_any never;
    std::unique_lock lock(guard);
    never.wait(lock, stop, [] { return false; });
    return ToolResult{.status = ToolStatus::error, .text = "stopped by the caller"};
  });
}

std::shared_ptr<FakeTool> failing(const std::string& name, ErrorKind kind) {
  return std::make_shared<FakeTool>(name, [kind](const json&, const std::stop_token&) {
    return ToolResult{.status = ToolStatus::error, .text = "no", .failure = Error{kind, "no", "", ""}};
  });
}

// Names

TEST(ToolboxNames, AreUniqueAndTheFirstKeepsIts) {
  Toolbox box{{}};

  box.add("", {saying("pods_get", "built in")});
  box.add("kubernetes", {saying("pods_get", "remote"), saying("helm_list", "remote")});
  box.add("other", {saying("pods_get", "another"), saying("helm_list", "another")});

  EXPECT_THAT(names(box),
              ElementsAre("pods_get", "kubernetes_pods_get", "helm_list", "other_pods_get", "other_helm_list"));
  EXPECT_EQ(box.call("pods_get", {}, {}).text, "built in");
  EXPECT_EQ(box.call("kubernetes_pods_get", {}, {}).text, "remote");
}

TEST(ToolboxNames, AreThoseThatModelsTake) {
  Toolbox box{{}};
  const std::string long_name(80, 'a');

  box.add("my.forge",
          {saying("issue.create", "1"), saying(long_name, "2"), saying(long_name + "b", "3"), saying("", "4")});

  EXPECT_THAT(names(box), ElementsAre("my_forge_issue_create", "my_forge_" + std::string(55, 'a'),
                                      "my_forge_" + std::string(53, 'a') + "_2", "my_forge_"));
  EXPECT_EQ(box.call("my_forge_" + std::string(53, 'a') + "_2", {}, {}).text, "3");
  EXPECT_EQ(box.find("my_forge_issue_create")->own, "issue.create");
}

TEST(ToolboxNames, GoWithTheirServer) {
  Toolbox box{{}};
  box.add("a", {saying("one", "1")});
  box.add("b", {saying("two", "2")});

  box.remove("a");

  EXPECT_THAT(names(box), ElementsAre("two"));
  EXPECT_FALSE(box.find("one"));
}

TEST(ToolboxNames, ThatDoNotExistAreAnErrorWithTheNearest) {
  Toolbox box{{}};
  box.add("", {saying("pods_get", "")});

  const ToolResult result = box.call("pod_get", {}, {});

  EXPECT_EQ(result.status, ToolStatus::error);
  EXPECT_EQ(result.text, "there is no tool 'pod_get'; did you mean 'pods_get'?");
}

// Policies

TEST(ToolboxPolicies, DenyWithoutAsking) {
  Toolbox box{{.policies = {{"forge", {.deny = {"delete_*"}, .read_only = false}}}}};
  const auto remove = saying("delete_repo", "gone", ToolEffect::changes),
             scale = saying("scale", "", ToolEffect::changes), keys = saying("configuration_view", "keys");
  box.add("forge", {remove, saying("create_issue", "made", ToolEffect::changes)});
  box.add("kubernetes", {scale, keys});

  EXPECT_EQ(box.call("delete_repo", {}, {}).status, ToolStatus::denied);
  EXPECT_EQ(box.call("create_issue", {}, {}).text, "made");
  EXPECT_EQ(box.call("scale", {}, {}).status, ToolStatus::denied);
  EXPECT_THAT(box.call("configuration_view", {}, {}).text, HasSubstr("gives away keys"));
  EXPECT_EQ(remove->calls + scale->calls + keys->calls, 0);
}

TEST(ToolboxPolicies, HoldForAToolUnderAnotherName) {
  Toolbox box{{}};
  box.add("a", {saying("configuration_view", "keys")});
  box.add("b", {saying("configuration_view", "keys")});

  EXPECT_EQ(box.call("b_configuration_view", {}, {}).status, ToolStatus::denied);
}

TEST(ToolboxPolicies, AskNoServerForASecret) {
  Toolbox box{{}};
  const auto get = saying("resources_get", "password");
  box.add("kubernetes", {get});

  EXPECT_EQ(box.call("resources_get", {{"kind", "Secret"}, {"name", "db"}}, {}).status, ToolStatus::denied);
  EXPECT_EQ(get->calls, 0);
}

// Time

TEST(ToolboxTimes, EndACallThatHonoursTheStop) {
  Toolbox box{{.policy = {.timeout = 20ms}}};
  box.add("s", {waiting("slow")});

  const ToolResult result = box.call("slow", {}, {});

  EXPECT_EQ(result.status, ToolStatus::timeout);
  EXPECT_EQ(result.text, "no answer within 20 ms");
  EXPECT_EQ(result.failure->kind, ErrorKind::deadline);
}

TEST(ToolboxTimes, DoNotWaitForAStuckTool) {
  std::latch release(1);
  Toolbox box{{.policy = {.timeout = 20ms}}};
  box.add("s", {std::make_shared<FakeTool>("stuck", [&](const json&, const std::stop_token&) {
            release.wait();
            return ToolResult{};
          })});

  const auto start = std::chrono::steady_clock::now();
  const ToolResult result = box.call("stuck", {}, {});

  EXPECT_EQ(result.status, ToolStatus::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  release.count_down();
}

TEST(ToolboxTimes, AreGivenUpWhenTheCallerStops) {
  Toolbox box{{}};
  std::stop_source source;
  box.add("s", {std::make_shared<FakeTool>("slow", [&](const json&, const std::stop_token& stop) {
            source.request_stop();
            return waiting("inner")->call({}, stop);
          })});

  const ToolResult result = box.call("slow", {}, source.get_token());

  EXPECT_EQ(result.status, ToolStatus::timeout);
  EXPECT_EQ(result.failure->kind, ErrorKind::interrupted);
}

TEST(ToolboxTimes, KeepAnExceptionToItsCall) {
  Toolbox box{{}};
  box.add("s", {std::make_shared<FakeTool>(
                   "bad", [](const json&, const std::stop_token&) -> ToolResult { throw std::runtime_error("oh"); })});

  const ToolResult result = box.call("bad", {}, {});

  EXPECT_EQ(result.status, ToolStatus::error);
  EXPECT_EQ(result.text, "the tool failed: oh");
}

// Results

TEST(ToolboxResults, AreCutAtALineWithTheWholeSpooled) {
  const std::shared_ptr<Spool> spool = memory_spool(10'000);
  Toolbox box{{.result_bytes = 12, .spool = spool}};
  box.add("s", {saying("log", "first\nsecond\nthird\n")});

  const ToolResult result = box.call("log", {}, {});

  EXPECT_EQ(result.text, "first\n… 6 of 19 bytes; the whole is tool/1\n");
  EXPECT_TRUE(result.truncated);
  EXPECT_EQ(result.bytes_total, 19U);
  EXPECT_EQ(spool->read(result.spool), "first\nsecond\nthird\n");
}

TEST(ToolboxResults, OfOneLongLineAreCutBetweenCharacters) {
  Toolbox box{{.result_bytes = 4}};
  box.add("s", {saying("log", "ab€€")});

  EXPECT_EQ(box.call("log", {}, {}).text, "ab\n… 3 of 8 bytes; the rest was not kept\n");
}

TEST(ToolboxResults, AreRedactedBeforeAnythingSeesThem) {
  std::string audited;
  const std::shared_ptr<Spool> spool = memory_spool(10'000);
  const auto redact = [](std::string_view text) {
    std::string hidden(text);
    for (std::size_t at; (at = hidden.find("hunter2")) != std::string::npos;) hidden.replace(at, 7, "[hidden]");
    return hidden;
  };
  Toolbox box{{.result_bytes = 20, .spool = spool, .redact = redact, .audit = [&](const AuditRecord& record) {
                 audited = record.arguments;
               }}};
  box.add("s", {std::make_shared<FakeTool>("log", [](const json&, const std::stop_token&) {
            return ToolResult{.text = "pw hunter2\n" + std::string(50, 'x'), .structured = json{{"pw", "hunter2"}}};
          })});

  const ToolResult result = box.call("log", {{"token", "hunter2"}}, {});

  EXPECT_THAT(result.text, HasSubstr("pw [hidden]\n"));
  EXPECT_EQ(result.structured, json({{"pw", "[hidden]"}}));
  EXPECT_EQ(spool->read(result.spool), "pw [hidden]\n" + std::string(50, 'x'));
  EXPECT_EQ(audited, R"({"token":"[hidden]"})");
}

TEST(ToolboxResults, ForCodeAreWholeUnlessTheyAreEnormous) {
  Toolbox box{{.result_bytes = 10, .code_bytes = 100}};
  box.add("s", {saying("some", std::string(100, 'x')), saying("much", std::string(101, 'x'))});

  EXPECT_EQ(box.call({"some", {}, Reader::code}, {}).text, std::string(100, 'x'));
  EXPECT_EQ(box.call({"much", {}, Reader::code}, {}).status, ToolStatus::error);
}

// Back-off

TEST(ToolboxBackOff, LeavesAServerAloneForEverLonger) {
  StillClock clock;
  Toolbox box({}, clock);
  const auto down = failing("down", ErrorKind::unreachable);
  box.add("s", {down});
  box.add("t", {saying("up", "fine")});

  for (int call = 0; call < 5; ++call) EXPECT_EQ(box.call("down", {}, {}).status, ToolStatus::error);
  EXPECT_EQ(down->calls, 3);
  EXPECT_EQ(box.call("up", {}, {}).text, "fine");

  clock.pass(5'000ms);
  for (int call = 0; call < 2; ++call) EXPECT_FALSE(box.call("down", {}, {}).text.empty());
  EXPECT_EQ(down->calls, 4);
  EXPECT_THAT(box.call("down", {}, {}).text, HasSubstr("asked again in 10000 ms"));
}

TEST(ToolboxBackOff, ForgetsWhenTheServerAnswers) {
  StillClock clock;
  Toolbox box({}, clock);
  const auto down = failing("down", ErrorKind::unreachable), wrong = failing("wrong", ErrorKind::forbidden);
  box.add("s", {down, wrong});

  for (int round = 0; round < 5; ++round)
    for (const char* name : {"down", "down", "wrong"}) EXPECT_EQ(box.call(name, {}, {}).text, "no");

  EXPECT_EQ(down->calls, 10);
}

// Many at once

TEST(ToolboxMany, AreInOrderAndNoMoreThanAllowed) {
  Toolbox box{{}};
  std::atomic<int> now = 0, most = 0;
  box.add("s", {std::make_shared<FakeTool>("echo", [&](const json& arguments, const std::stop_token&) {
            const int running = ++now;
            for (int seen = most; running > seen && !most.compare_exchange_weak(seen, running);) {
            }
            std::this_thread::yield();
            --now;
            return ToolResult{.text = arguments.dump()};
          })});
  std::vector<ToolCall> calls;
  for (int number = 0; number < 50; ++number) calls.push_back({"echo", number});

  const std::vector<ToolResult> results = box.call_all(calls, 4, {});

  ASSERT_EQ(results.size(), 50U);
  for (std::size_t number = 0; number < 50; ++number) EXPECT_EQ(results[number].text, std::to_string(number));
  EXPECT_LE(most, 4);
}

TEST(ToolboxMany, OfNothingIsNothing) {
  Toolbox box{{}};

  EXPECT_TRUE(box.call_all({}, 4, {}).empty());
}

// Audit

TEST(ToolboxAudit, NotesEachCall) {
  std::vector<AuditRecord> records;
  Toolbox box{{.audit = [&](const AuditRecord& record) { records.push_back(record); }}};
  box.add("s", {saying("pods_get", "four"), saying("pods_run", "", ToolEffect::changes)});

  for (const char* name : {"pods_get", "pods_run", "nothing"})
    EXPECT_FALSE(box.call(name, {{"name", "x"}}, {}).text.empty());

  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].server, "s");
  EXPECT_EQ(records[0].tool, "pods_get");
  EXPECT_EQ(records[0].bytes, 4U);
  EXPECT_EQ(records[0].arguments_bytes, 12U);
  EXPECT_EQ(records[0].status, ToolStatus::ok);
  EXPECT_EQ(records[1].status, ToolStatus::denied);
  EXPECT_EQ(records[2].status, ToolStatus::error);
}

}  // namespace
}  // namespace agent::tools
