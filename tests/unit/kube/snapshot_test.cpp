#include "kube/snapshot.hpp"

#include "unit/kube/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

using nlohmann::json;

const Kind pods{"", "v1", "pods"};
const Kind events{"", "v1", "events"};
const Kind deployments{"apps", "v1", "deployments"};

constexpr auto pod_list = R"(apiVersion: v1
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: web-1, namespace: ci, labels: {app: web}}
  spec: {containers: [{name: app}]}
  status: {phase: Failed}
- apiVersion: v1
  kind: Pod
  metadata: {name: web-2, namespace: ci, labels: {app: web}}
  spec: {containers: [{name: app}, {name: proxy}]}
  status: {phase: Running}
- apiVersion: v1
  kind: Event
  metadata: {name: web-1.1, namespace: ci}
  involvedObject: {kind: Pod, name: web-1, namespace: ci}
  reason: BackOff
kind: List
)";

std::string text_of(Result<std::unique_ptr<ByteStream>> stream) {
  if (!stream) return stream.error().what + " | " + stream.error().fix;
  std::string text;
  while (true) {
    const auto piece = (*stream)->read();
    if (!piece) return piece.error().what;
    if (piece->empty()) return text;
    text += *piece;
  }
}

std::string error_of(const Result<json>& object) {
  return object
             ? "found"
             : std::string(traits(object.error().kind).name) + ": " + object.error().what + " | " + object.error().fix;
}

std::string names_in(const Result<std::vector<json>>& objects) {
  if (!objects) return std::string(traits(objects.error().kind).name) + ": " + objects.error().what;
  std::string names;
  for (const json& object : *objects)
    names += (names.empty() ? "" : " ") + object["metadata"]["name"].get<std::string>();
  return names;
}

class PlainSnapshot : public InTemporaryFolder {
 protected:
  std::unique_ptr<Source> open() {
    auto source = open_snapshot(root_);
    EXPECT_TRUE(source) << describe(source.error());
    return source ? *std::move(source) : nullptr;
  }
};

TEST_F(PlainSnapshot, HasTheObjectsOfLists) {
  write("pods.yaml", pod_list);
  const auto source = open();

  EXPECT_EQ(source->get(pods, "ci", "web-1", {}).value()["status"]["phase"], "Failed");
  EXPECT_EQ(names_in(source->list(pods, {"ci", "", ""}, {})), "web-1 web-2");
  EXPECT_EQ(names_in(source->list(pods, {"", "", ""}, {})), "web-1 web-2");
}

TEST_F(PlainSnapshot, MayBeOneFile) {
  const auto source = open_snapshot(write("pods.yaml", pod_list));

  ASSERT_TRUE(source);
  EXPECT_EQ(names_in((*source)->list(pods, {"ci", "", ""}, {})), "web-1 web-2");
}

TEST_F(PlainSnapshot, HasSingleObjectsAndDocumentsInAnyFolder) {
  write("a/b/deploy.json",
        R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "ci"}})");
  write("two.yml",
        "apiVersion: example.org/v1\nkind: Policy\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\n"
        "metadata: {name: b, namespace: ci}\n");
  const auto source = open();

  EXPECT_TRUE(source->get(deployments, "ci", "web", {}));
  EXPECT_TRUE(source->get({"example.org", "v1", "policies"}, "", "a", {}));
  EXPECT_TRUE(source->get(pods, "ci", "b", {}));
}

TEST_F(PlainSnapshot, FillsInWhatTypedListsLeaveOut) {
  write("pods.json",
        R"({"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a", "namespace": "n"}}]})");

  EXPECT_EQ(open()->get(pods, "n", "a", {}).value()["kind"], "Pod");
}

TEST_F(PlainSnapshot, HonoursSelectors) {
  write("pods.yaml", pod_list);
  const auto source = open();

  EXPECT_EQ(names_in(source->list(pods, {"ci", "app in (web)", "status.phase=Failed"}, {})), "web-1");
  EXPECT_EQ(names_in(source->list(events, {"ci", "", "involvedObject.name=web-1,involvedObject.kind=Pod"}, {})),
            "web-1.1");
  EXPECT_EQ(names_in(source->list(events, {"ci", "", "involvedObject.name=web-2"}, {})), "");
  EXPECT_EQ(names_in(source->list(pods, {"ci", "app in web", ""}, {})), "usage: 'app in web' is not a label selector");
}

TEST_F(PlainSnapshot, NeverSaysThatSomethingDoesNotExist) {
  write("pods.yaml", pod_list);
  const auto source = open();

  EXPECT_EQ(error_of(source->get(pods, "ci", "wbe-1", {})),
            "unreadable: pod 'wbe-1' in namespace 'ci' is not in this snapshot | did you mean 'web-1'?");
  EXPECT_EQ(names_in(source->list(deployments, {"ci", "", ""}, {})),
            "unreadable: deployments of namespace 'ci' are not in this snapshot");
}

TEST_F(PlainSnapshot, DoesNotFollowLinks) {
  write("pods.yaml", pod_list);
  std::filesystem::create_symlink("/etc/passwd", root_ + "/web-1.log");

  EXPECT_EQ(
      text_of(open()->open_log("ci", "web-1", {"app", false, {}, {}}, {})),
      "the log of container 'app' of pod 'web-1' in namespace 'ci' is not in this snapshot | save it there: kubectl "
      "logs web-1 -c app > web-1_app.log");
}

TEST_F(PlainSnapshot, TellsThatThereIsNothing) {
  const auto missing = open_snapshot(root_ + "/none");
  const auto empty = open_snapshot(root_);

  EXPECT_EQ(missing.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(empty.error().kind, ErrorKind::unreadable);
}

TEST_F(PlainSnapshot, TellsWhereAFileIsWrong) {
  write("pods.yaml", "a: b\nc: [\n");

  EXPECT_EQ(open_snapshot(root_).error().where, root_ + "/pods.yaml:3");
}

struct LogName {
  std::string name, file, pod, container;
  bool previous = false;
  bool found = true;
};

void PrintTo(const LogName& row, std::ostream* out) { *out << row.file; }

class LogFileName : public PlainSnapshot, public testing::WithParamInterface<LogName> {};

TEST_P(LogFileName, TellsWhoseItIs) {
  write("pods.yaml", pod_list);
  write(GetParam().file, "hello\n");

  const std::string text =
      text_of(open()->open_log("ci", GetParam().pod, {GetParam().container, GetParam().previous, {}, {}}, {}));

  EXPECT_EQ(text == "hello\n", GetParam().found) << text;
}

INSTANTIATE_TEST_SUITE_P(Names, LogFileName,
                         testing::Values(LogName{"pod", "web-1.log", "web-1", "app"},
                                         LogName{"text", "web-1.txt", "web-1", "app"},
                                         LogName{"in_a_folder", "logs/web-1.log", "web-1", "app"},
                                         LogName{"namespace_and_pod", "ci/web-1.log", "web-1", "app"},
                                         LogName{"pod_of_two_containers", "web-2.log", "web-2", "app", false, false},
                                         LogName{"underscore", "web-2_app.log", "web-2", "app"},
                                         LogName{"dash", "web-2-app.log", "web-2", "app"},
                                         LogName{"dot", "web-2.app.log", "web-2", "app"},
                                         LogName{"folder", "web-2/app.log", "web-2", "app"},
                                         LogName{"folders", "ci/web-2/app.log", "web-2", "app"},
                                         LogName{"kubelet", "web-2_ci_app.log", "web-2", "app"},
                                         LogName{"other_container", "web-2_proxy.log", "web-2", "app", false, false},
                                         LogName{"previous", "web-1.previous.log", "web-1", "app", true},
                                         LogName{"previous_dash", "web-2_app-previous.log", "web-2", "app", true},
                                         LogName{"not_previous", "web-1.log", "web-1", "app", true, false}),
                         [](const auto& info) { return info.param.name; });

struct Cut {
  std::string name;
  std::optional<std::int64_t> tail, limit;
  std::string expected;
};

void PrintTo(const Cut& row, std::ostream* out) { *out << row.name; }

class LogCut : public PlainSnapshot, public testing::WithParamInterface<Cut> {};

TEST_P(LogCut, IsAsTheApiCutsIt) {
  write("pods.yaml", pod_list);
  write("web-1.log", "one\ntwo\nthree");

  EXPECT_EQ(text_of(open()->open_log("ci", "web-1", {"app", false, GetParam().tail, GetParam().limit}, {})),
            GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Cuts, LogCut,
                         testing::Values(Cut{"whole", {}, {}, "one\ntwo\nthree"}, Cut{"tail", 2, {}, "two\nthree"},
                                         Cut{"long_tail", 9, {}, "one\ntwo\nthree"}, Cut{"no_line", 0, {}, ""},
                                         Cut{"limit", {}, 5, "one\nt"}, Cut{"tail_and_limit", 2, 5, "two\nt"},
                                         Cut{"no_byte", {}, 0, ""}),
                         [](const auto& info) { return info.param.name; });

/// A folder with a manifest.
class OwnSnapshot : public PlainSnapshot {
 protected:
  void SetUp() override {
    write("manifest.json", R"({"schema": "agent.snapshot/1", "captured_at": "2026-01-02T03:04:05Z", "parts": [
      {"group": "", "version": "v1", "resource": "pods", "namespace": "ci", "status": "complete"},
      {"group": "", "version": "v1", "resource": "pods", "namespace": "other", "labels": "app=web", "status": "complete"},
      {"group": "", "version": "v1", "resource": "nodes", "namespace": "", "status": "forbidden",
       "error": "cannot list nodes", "fix": "grant it"},
      {"group": "", "version": "v1", "resource": "configmaps", "namespace": "ci", "name": "settings",
       "status": "target_not_found", "error": "there is no configmap 'settings'"},
      {"group": "", "version": "v1", "resource": "pods", "namespace": "ci", "name": "web-1", "container": "app",
       "previous": true, "status": "target_not_found", "error": "it did not run before"}]})");
    write("objects/core/v1/pods/ci/web-1.json", R"({"kind": "Pod", "metadata": {"name": "web-1", "namespace": "ci"}})");
    write("objects/core/v1/nodes/_cluster/n%3A1.json", R"({"kind": "Node", "metadata": {"name": "n:1"}})");
    write("objects/core/v1/pods/ci/broken.json", "{");
    write("logs/ci/web-1/app.log", "hello\n");
  }
};

TEST_F(OwnSnapshot, HasObjectsByTheirPath) {
  const auto source = open();

  EXPECT_EQ(source->get(pods, "ci", "web-1", {}).value()["kind"], "Pod");
  EXPECT_TRUE(source->get({"", "v1", "nodes"}, "", "n:1", {}));
  EXPECT_EQ(text_of(source->open_log("ci", "web-1", {"app", false, {}, {}}, {})), "hello\n");
  EXPECT_EQ(source->describe(), "snapshot " + root_ + " of 2026-01-02T03:04:05Z");
}

TEST_F(OwnSnapshot, KnowsWhatDidNotExist) {
  EXPECT_EQ(error_of(open()->get(pods, "ci", "web-2", {})),
            "target_not_found: there is no pod 'web-2' in namespace 'ci' | did you mean 'web-1'?");
}

TEST_F(OwnSnapshot, KnowsWhatWasNotLookedAt) {
  const auto source = open();

  EXPECT_EQ(error_of(source->get(deployments, "ci", "web", {})),
            "unreadable: deployment.apps 'web' in namespace 'ci' is not in this snapshot | ");
  EXPECT_EQ(names_in(source->list(pods, {"third", "", ""}, {})),
            "unreadable: pods of namespace 'third' are not in this snapshot");
  EXPECT_EQ(names_in(source->list(pods, {"other", "", ""}, {})),
            "unreadable: pods of namespace 'other' are not in this snapshot");
  EXPECT_EQ(names_in(source->list(pods, {"other", "app=web", ""}, {})), "");
}

TEST_F(OwnSnapshot, GivesTheErrorsOfItsTime) {
  const auto source = open();

  EXPECT_EQ(names_in(source->list({"", "v1", "nodes"}, {}, {})), "forbidden: cannot list nodes");
  EXPECT_EQ(error_of(source->get({"", "v1", "nodes"}, "", "n2", {})), "forbidden: cannot list nodes | grant it");
  EXPECT_EQ(error_of(source->get({"", "v1", "configmaps"}, "ci", "settings", {})),
            "target_not_found: there is no configmap 'settings' | ");
  EXPECT_EQ(text_of(source->open_log("ci", "web-1", {"app", true, {}, {}}, {})), "it did not run before | ");
}

TEST_F(OwnSnapshot, TellsWhichFileIsDamaged) {
  EXPECT_EQ(error_of(open()->get(pods, "ci", "broken", {})),
            "unreadable: the snapshot's file '" + root_ + "/objects/core/v1/pods/ci/broken.json' is damaged | ");
}

TEST_F(OwnSnapshot, MustBeOfAKnownSchema) {
  write("manifest.json", R"({"schema": "agent.snapshot/9", "parts": []})");

  EXPECT_EQ(open_snapshot(root_).error().what, "the snapshot's manifest is damaged, or of a newer agent");
}

}  // namespace
}  // namespace agent::kube
