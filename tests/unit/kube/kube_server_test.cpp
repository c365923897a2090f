#include "support/kube_server.hpp"

#include "unit/kube/api_fixture.hpp"
#include "unit/kube/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

struct FileCase {
  std::string name, text;
};

void PrintTo(const FileCase& row, std::ostream* out) { *out << row.name; }

class KubeServerFile : public InTemporaryFolder, public testing::WithParamInterface<FileCase> {};

TEST_P(KubeServerFile, IsServed) {
  test::KubeServer server;
  server.load(write("recording.json", GetParam().text));

  const auto found = open(server)->get(pods, "ci", "web", {});

  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ((*found)["metadata"]["name"], "web");
}

const std::string one = R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "ci"}})";

INSTANTIATE_TEST_SUITE_P(
    Forms, KubeServerFile,
    testing::Values(FileCase{"object", one}, FileCase{"objects", "[" + one + "]"},
                    FileCase{"list", R"({"apiVersion": "v1", "kind": "List", "items": [)" + one + "]}"},
                    FileCase{"objects_and_logs", R"({"objects": [)" + one + R"(], "logs": {"ci/web/app": "x"}})"},
                    FileCase{"answer",
                             R"({"GET /api/v1/namespaces/ci/pods/web": {"status": 200, "body": )" + one + "}}"},
                    FileCase{"text", R"({"GET /api/v1/namespaces/ci/pods/web": {"body": "{\"kind\": \"Pod\", )"
                                     R"(\"metadata\": {\"name\": \"web\"}}"}})"}),
    [](const auto& info) { return info.param.name; });

TEST(KubeServer, GivesLogsOfAFile) {
  test::KubeServer server;
  server.add(pod("web"));
  server.add_log("ci", "web", "app", "x");

  EXPECT_TRUE(open(server)->open_log("ci", "web", {"app", false, {}, {}}, {}));
  EXPECT_EQ(server.count("/log"), 1U);
}

}  // namespace
}  // namespace agent::kube
