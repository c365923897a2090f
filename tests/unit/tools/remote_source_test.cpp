#include "tools/remote_source.hpp"

#include "support/fake_tool.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

namespace agent::tools {
namespace {

using nlohmann::json;
using test::FakeTool;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const kube::Kind pods{"", "v1", "pods"}, nodes{"", "v1", "nodes"}, secrets{"", "v1", "secrets"},
    events{"", "v1", "events"}, task_runs{"tekton.dev", "v1", "taskruns"};

class RemoteSources : public testing::Test {
 protected:
  /// A tool that answers so, and whose calls are noted.
  void give(const std::string& name, FakeTool::Answer answer) {
    const auto noted = [this, name, answer = std::move(answer)](const json& arguments, const std::stop_token& stop) {
      {
        const std::lock_guard lock(guard_);
        asked_.push_back(name + " " + arguments.dump());
      }
      return answer(arguments, stop);
    };
    toolbox_->add("kubernetes", {std::make_shared<FakeTool>(name, noted)});
  }
  void give(const std::string& name, const std::string& text, ToolStatus status = ToolStatus::ok) {
    give(name, [text, status](const auto&, const auto&) { return ToolResult{.status = status, .text = text}; });
  }

  std::vector<std::string> asked_;
  std::mutex guard_;
  std::shared_ptr<Toolbox> toolbox_ = std::make_shared<Toolbox>(ToolboxOptions{});
  RemoteSource source_{
      toolbox_,
      {.server = "kubernetes", .described = "through tools", .log_lines = 3, .few_log_lines = 2, .most_objects = 3}};
};

std::string read(ByteStream& stream) {
  std::string all;
  for (auto piece = stream.read(); piece && !piece->empty(); piece = stream.read()) all += *piece;
  return all;
}

TEST_F(RemoteSources, AskForOneObject) {
  give("resources_get", "kind: TaskRun\nmetadata:\n  name: a\n  namespace: ci\n");

  const auto object = source_.get(task_runs, "ci", "a", {});

  ASSERT_TRUE(object) << object.error().what;
  EXPECT_EQ((*object)["apiVersion"], "tekton.dev/v1");
  EXPECT_THAT(
      asked_,
      ElementsAre(R"(resources_get {"apiVersion":"tekton.dev/v1","kind":"TaskRun","name":"a","namespace":"ci"})"));
}

TEST_F(RemoteSources, AskForAPodByItsOwnToolWhereThereIsNoOther) {
  give("pods_get", "kind: Pod\nmetadata:\n  name: a\n  namespace: ci\n");

  EXPECT_TRUE(source_.get(pods, "ci", "a", {}));
  EXPECT_THAT(asked_, ElementsAre(R"(pods_get {"name":"a","namespace":"ci"})"));
}

TEST_F(RemoteSources, LeaveOutWhatTheApiSourceDoes) {
  give(
      "resources_get",
      R"({"metadata":{"name":"a","managedFields":[1],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"env\":1}","b":"c"}}})");

  const auto node = source_.get(nodes, "", "a", {});

  ASSERT_TRUE(node);
  EXPECT_EQ((*node)["metadata"], json({{"name", "a"}, {"annotations", {{"b", "c"}}}}));
}

TEST_F(RemoteSources, NeverAskForSecrets) {
  give("resources_get", "kind: Secret\nmetadata: {name: a}\ndata: {b: c}\n");
  give("resources_list", "- kind: Secret\n  metadata: {name: a}\n");

  EXPECT_EQ(source_.get(secrets, "ci", "a", {}).error().kind, ErrorKind::forbidden);
  EXPECT_EQ(source_.list(secrets, {"ci", "", ""}, {}).error().kind, ErrorKind::forbidden);
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(RemoteSources, RefuseWhatTheyDidNotAskFor) {
  give("resources_get", "kind: Secret\nmetadata: {name: a, namespace: ci}\n");
  give("resources_list",
       "- kind: Secret\n  metadata: {name: a, namespace: ci}\n- kind: Pod\n  metadata: {name: b, namespace: other}\n"
       "- kind: Pod\n  metadata: {name: c, namespace: ci}\n- kind: Pod\n");

  EXPECT_EQ(source_.get(pods, "ci", "a", {}).error().kind, ErrorKind::unreadable);
  const auto list = source_.list(pods, {"ci", "", ""}, {});
  ASSERT_TRUE(list);
  ASSERT_THAT(*list, SizeIs(1));
  EXPECT_EQ(list->front()["metadata"]["name"], "c");
}

TEST_F(RemoteSources, TellFailuresApart) {
  give("resources_get", "failed to get resource: pods \"a\" not found", ToolStatus::error);
  give("resources_list", "failed to list resources: pods is forbidden: User \"x\" cannot list", ToolStatus::error);

  EXPECT_EQ(source_.get(pods, "ci", "a", {}).error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(source_.list(pods, {"ci", "", ""}, {}).error().kind, ErrorKind::forbidden);
  EXPECT_EQ(source_.list(pods, {"ci", "", ""}, {}).error().what,
            "cannot list pods in namespace 'ci': pods is forbidden: User \"x\" cannot list");
  EXPECT_FALSE(source_.server_failure());
}

TEST_F(RemoteSources, SayWhichToolIsMissing) {
  const auto list = source_.list(pods, {"ci", "", ""}, {});

  EXPECT_EQ(list.error().kind, ErrorKind::unreadable);
  EXPECT_EQ(source_.list(task_runs, {"ci", "", ""}, {}).error().what,
            "cannot list taskruns in namespace 'ci': the server has no tool 'resources_list'");
  EXPECT_EQ(source_.list(events, {"ci", "", ""}, {}).error().kind, ErrorKind::unreadable);
}

TEST_F(RemoteSources, RememberThatTheServerWentAway) {
  give("resources_list", [](const auto&, const auto&) {
    return ToolResult{
        .status = ToolStatus::error, .text = "gone", .failure = Error{ErrorKind::unreachable, "gone", "", ""}};
  });

  EXPECT_EQ(source_.list(pods, {"ci", "", ""}, {}).error().kind, ErrorKind::unreachable);
  ASSERT_TRUE(source_.server_failure());
  EXPECT_EQ(source_.server_failure()->what, "gone");
}

TEST_F(RemoteSources, ListWithSelectorsWhereTheyAreMeant) {
  give("resources_list", "[]\n");

  EXPECT_TRUE(source_.list(pods, {"ci", "app=web", "status.phase=Failed"}, {}));
  EXPECT_TRUE(source_.list(nodes, {"ci", "", ""}, {}));
  EXPECT_THAT(
      asked_,
      ElementsAre(
          R"(resources_list {"apiVersion":"v1","fieldSelector":"status.phase=Failed","kind":"Pod","labelSelector":"app=web","namespace":"ci"})",
          R"(resources_list {"apiVersion":"v1","kind":"Node"})"));
}

TEST_F(RemoteSources, ListPodsByTheirOwnTools) {
  give("pods_list", "[]\n");
  give("pods_list_in_namespace", "[]\n");

  EXPECT_TRUE(source_.list(pods, {"ci", "", ""}, {}));
  EXPECT_TRUE(source_.list(pods, {"", "", ""}, {}));
  EXPECT_THAT(asked_, ElementsAre(R"(pods_list_in_namespace {"namespace":"ci"})", "pods_list {}"));
}

TEST_F(RemoteSources, AskForEachObjectOfATable) {
  give("resources_list",
       "NAMESPACE   NAME   AGE\nci          a      1s\nci          b      1s\nci          gone   1s\n");
  give("resources_get", [](const json& arguments, const auto&) {
    if (arguments["name"] == "gone") return ToolResult{.status = ToolStatus::error, .text = "pods \"gone\" not found"};
    return ToolResult{.text = fmt::format("kind: Pod\nmetadata: {{name: {}, namespace: ci}}\n",
                                          arguments["name"].get<std::string>())};
  });

  const auto list = source_.list(pods, {"ci", "", ""}, {});

  ASSERT_TRUE(list) << list.error().what;
  EXPECT_THAT(*list, SizeIs(2));
}

TEST_F(RemoteSources, DoNotAskForEachOfVeryMany) {
  give("resources_list", "NAMESPACE   NAME\nci          a\nci          b\nci          c\nci          d\n");

  const auto list = source_.list(pods, {"ci", "", ""}, {});

  EXPECT_EQ(list.error().kind, ErrorKind::unreadable);
  EXPECT_THAT(list.error().fix, HasSubstr("--list-output yaml"));
}

TEST_F(RemoteSources, ReadALogWithItsContainerAndTail) {
  give("pods_log", "one\ntwo\n");

  auto log = source_.open_log("ci", "a", {"app", true, 7, 5}, {});

  ASSERT_TRUE(log);
  EXPECT_EQ(read(**log), "one\nt");
  EXPECT_THAT(asked_,
              ElementsAre(R"(pods_log {"container":"app","name":"a","namespace":"ci","previous":true,"tail":7})"));
  EXPECT_THAT(source_.not_read(), IsEmpty());
}

TEST_F(RemoteSources, TellThatALogWasCut) {
  give("pods_log", "8\n9\n10");

  auto log = source_.open_log("ci", "a", {"app", false, {}, {}}, {});

  ASSERT_TRUE(log);
  EXPECT_EQ(read(**log), "8\n9\n10");
  ASSERT_THAT(source_.not_read(), SizeIs(1));
  EXPECT_EQ(source_.not_read()[0].what, "log of container 'app' of pod 'a' before its last 3 lines");
}

TEST_F(RemoteSources, AskForFewerLinesOfALogThatIsTooLarge) {
  give("pods_log", [](const json& arguments, const auto&) {
    if (arguments["tail"] == 2) return ToolResult{.text = "9\n10\n"};
    const Error too_large{ErrorKind::unreadable, "the answer is larger than 9 bytes", "", ""};
    return ToolResult{.status = ToolStatus::error, .text = too_large.what, .failure = too_large};
  });

  auto log = source_.open_log("ci", "a", {"app", false, {}, {}}, {});

  ASSERT_TRUE(log) << log.error().what;
  EXPECT_EQ(read(**log), "9\n10\n");
  EXPECT_EQ(source_.not_read()[0].what, "log of container 'app' of pod 'a' before its last 2 lines");
  EXPECT_FALSE(source_.server_failure());
}

TEST_F(RemoteSources, NeverAskForNoLines) {
  give("pods_log", "all of it\n");  // the server takes 0 for 100

  auto log = source_.open_log("ci", "a", {"app", false, 0, {}}, {});

  ASSERT_TRUE(log);
  EXPECT_EQ(read(**log), "");
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(RemoteSources, KnowNoOtherKinds) {
  EXPECT_EQ(source_.get({"example.org", "v1", "widgets"}, "ci", "a", {}).error().kind, ErrorKind::unreadable);
  EXPECT_EQ(source_.list({"example.org", "v1", "widgets"}, {"ci", "", ""}, {}).error().kind, ErrorKind::unreadable);
}

}  // namespace
}  // namespace agent::tools
