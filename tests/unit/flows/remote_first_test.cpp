// A Kubernetes MCP server first, our own connection when it fails.
#include "flows/remote_first.hpp"

#include "base/clock.hpp"
#include "evidence/cluster_units.hpp"
#include "flows/analyze_cluster.hpp"
#include "support/fake_cluster.hpp"
#include "support/golden.hpp"
#include "support/replayed_tools.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <vector>

namespace agent::flows {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string note_start = "MCP server 'kubernetes': ";

/// The recorded cluster by two ways: a server's tools, and our own connection.
class RemoteFirstLook : public testing::Test {
 protected:
  RemoteFirstLook() {
    for (const json& object : recorded_["objects"]) own_.add(object);
    for (const auto& [source, text] : recorded_["logs"].items()) own_.add_log("pod/" + source, text);
  }

  /// The tools of the server, which fail so from their `from`th call on.
  void serve(int from = 1'000, const Error& failure = {}) {
    std::vector<std::shared_ptr<tools::Tool>> faulty;
    for (const auto& tool : test::replayed_tools(recorded_["yaml"]))
      faulty.push_back(std::make_shared<test::FakeTool>(
          tool->name(), [this, tool, from, failure](const json& arguments, const std::stop_token& stop) {
            if (++calls_ < from) return tool->call(arguments, stop);
            return tools::ToolResult{.status = tools::ToolStatus::error, .text = failure.what, .failure = failure};
          }));
    toolbox_->add("kubernetes", faulty);
  }
  /// A server that answers, and says no to everything.
  void refuse(const std::string& text) {
    std::vector<std::shared_ptr<tools::Tool>> refusing;
    for (const char* name : {"resources_get", "resources_list", "events_list", "pods_log"})
      refusing.push_back(std::make_shared<test::FakeTool>(name, [text](const auto&, const auto&) {
        return tools::ToolResult{.status = tools::ToolStatus::error, .text = text};
      }));
    toolbox_->add("kubernetes", refusing);
  }

  RemoteFirst ways() {
    return {.server = "kubernetes",
            .connect = [this]() -> Result<tools::RemoteSource*> { return &remote_; },
            .own = [this]() -> Result<kube::Source*> { return &own_; },
            .required = false};
  }

  Result<Report> look(const RemoteFirst& ways, const std::string& target = "pod/crash-1") {
    ClusterQuestion question;
    question.name_space = "crash-1";
    question.target = kube::parse_target(target).value();
    question.now = evidence::timestamp("2026-11-21T15:40:00Z").value();
    question.until = until_;
    return look_remote_first(ways, [&](kube::Source& source, const SourceNotes& notes) {
      static const evidence::RuleSet rules = evidence::RuleSet::built_in();
      return analyze_cluster(question, {source, rules, system_clock(), redactor_, {}, notes}, {});
    });
  }

  static std::vector<std::string> not_checked(const Report& report) {
    std::vector<std::string> lines;
    for (const NotChecked& one : report.not_checked) lines.push_back(one.what + ": " + one.why);
    return lines;
  }

  json recorded_ = json::parse(test::read_source_file("tests/data/mcp/crash-1.json"));
  test::FakeCluster own_;
  SharedRedactor redactor_;
  std::atomic<int> calls_ = 0;
  std::optional<std::chrono::steady_clock::time_point> until_;
  std::shared_ptr<tools::Toolbox> toolbox_ = std::make_shared<tools::Toolbox>(tools::ToolboxOptions{});
  tools::RemoteSource remote_{toolbox_, {.server = "kubernetes", .described = "cluster through tools"}};
};

const Error gone{ErrorKind::unreachable, "the server closed the connection", "", ""};

TEST_F(RemoteFirstLook, NeedsNoOther) {
  serve();

  const auto report = look(ways());

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->findings.front().rule, "pod.oom");
  EXPECT_THAT(own_.asked(), IsEmpty());
  EXPECT_THAT(not_checked(*report), Not(Contains(HasSubstr("MCP"))));
}

TEST_F(RemoteFirstLook, WorksAlone) {
  serve();
  RemoteFirst alone = ways();
  alone.own = {};

  const auto report = look(alone);

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->findings.front().rule, "pod.oom");
}

TEST_F(RemoteFirstLook, StepsInWhenTheServerCannotBeReached) {
  RemoteFirst broken = ways();
  broken.connect = [] { return fail(ErrorKind::unreachable, "no answer from 'http://127.0.0.1:1/mcp'"); };

  const auto report = look(broken);

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->findings.front().rule, "pod.oom");
  EXPECT_THAT(not_checked(*report), Contains(note_start + "no answer from 'http://127.0.0.1:1/mcp'; the cluster itself "
                                                          "was asked instead"));
}

TEST_F(RemoteFirstLook, StepsInWhenTheFirstCallFails) {
  serve(1, gone);

  const auto report = look(ways());

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(not_checked(*report), Contains(HasSubstr(note_start + gone.what)));
}

TEST_F(RemoteFirstLook, StepsInWhenTheServerNeverAnswers) {
  std::vector<std::shared_ptr<tools::Tool>> silent;
  for (const char* name : {"resources_get", "resources_list", "events_list"})
    silent.push_back(std::make_shared<test::FakeTool>(name, [](const auto&, const std::stop_token& stop) {
      std::promise<void> stopped;
      const std::stop_callback tell(stop, [&] { stopped.set_value(); });
      stopped.get_future().wait();
      return tools::ToolResult{.status = tools::ToolStatus::timeout, .text = "stopped"};
    }));
  toolbox_->add("kubernetes", silent);
  until_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(600);

  const auto report = look(ways());

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->findings.front().rule, "pod.oom");
  EXPECT_THAT(not_checked(*report), Contains(HasSubstr(note_start)));
}

TEST_F(RemoteFirstLook, StartsAnewWhenTheServerGoesAwayMidway) {
  serve(3, gone);

  const auto report = look(ways());

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->findings.front().rule, "pod.oom");
  EXPECT_THAT(own_.asked(), Contains("get pods crash-1"));
  EXPECT_THAT(not_checked(*report), Contains(HasSubstr(note_start + gone.what)));
}

TEST_F(RemoteFirstLook, StepsInWhenTheServerMayLookAtNothing) {
  refuse("failed to list resources: pods is forbidden: User \"x\" cannot list resource \"pods\"");

  const auto report = look(ways());

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(not_checked(*report), Contains(HasSubstr("is forbidden")));
}

TEST_F(RemoteFirstLook, TellsOfTheServerWhenThereIsNoOtherWay) {
  serve(1, gone);
  RemoteFirst alone = ways();
  alone.own = {};

  const auto report = look(alone);

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::unreachable);
}

TEST_F(RemoteFirstLook, KeepsWhatIsKnownWhenThereIsNoOtherWay) {
  serve(3, gone);
  RemoteFirst alone = ways();
  alone.own = {};

  const auto report = look(alone);

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(not_checked(*report), Contains(HasSubstr(gone.what)));
}

TEST_F(RemoteFirstLook, BelievesTheServerThatNothingIsThere) {
  serve();

  const auto report = look(ways(), "pod/nowhere");

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::target_not_found);
  EXPECT_THAT(own_.asked(), IsEmpty());
}

TEST_F(RemoteFirstLook, GivesNoReportWithoutARequiredServer) {
  serve(1, gone);
  RemoteFirst strict = ways();
  strict.required = true;

  const auto report = look(strict);

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what, "MCP server 'kubernetes': " + gone.what);
  EXPECT_THAT(own_.asked(), IsEmpty());
}

TEST_F(RemoteFirstLook, TellsOfLogsThatWereCut) {
  serve();
  tools::RemoteSource short_logs{toolbox_,
                                 {.server = "kubernetes", .described = "cluster through tools", .log_lines = 100'000}};
  RemoteFirst cut = ways();
  cut.connect = [&]() -> Result<tools::RemoteSource*> { return &short_logs; };
  toolbox_->remove("kubernetes");
  std::vector<std::shared_ptr<tools::Tool>> tools =
      test::replayed_tools(recorded_["yaml"], {"resources_get", "resources_list"});
  tools.push_back(test::saying("pods_log", std::string(200'000, '\n') + "loading index: 131072 of 4194304 kB\n"));
  toolbox_->add("kubernetes", tools);

  const auto report = look(cut);

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(not_checked(*report), Contains(HasSubstr("before its last 100000 lines: a tool gives the end of a log")));
}

}  // namespace
}  // namespace agent::flows
