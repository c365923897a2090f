// The binary, when an MCP server for Kubernetes is configured: what a real one was recorded to answer.
#include "support/golden.hpp"
#include "support/kube_server.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace agent::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string file = "tests/data/mcp/crash-1.json";

class Remote : public testing::Test {
 protected:
  Remote() { cluster_.load(source_path(file).string()); }

  /// Settings in which the server is one that ends after `last` answers to calls (-1: it goes on).
  [[nodiscard]] std::string config(const std::string& part, int last = -1, const std::string& more = "") const {
    return folder_.write("agent.toml", "[mcp.servers.kubernetes]\ncommand = \"" AGENT_REPLAY_SERVER "\"\nargs = [\"" +
                                           source_path(file).string() + "\", \"" + part + "\", \"" +
                                           std::to_string(last) + "\"]\n" + more);
  }
  [[nodiscard]] Variables with_cluster() const {
    return {{"KUBECONFIG", folder_.write("config", cluster_.kubeconfig())}};
  }

  [[nodiscard]] static Ended analyze(std::vector<std::string> flags, const Variables& environment = {}) {
    std::vector<std::string> words{"analyze", "pod/crash-1", "-n", "crash-1", "-o", "json"};
    words.insert(words.end(), flags.begin(), flags.end());
    return run_agent({.arguments = std::move(words), .environment = environment, .input = {}});
  }

  [[nodiscard]] static std::string essence(const Ended& ended) {
    const json report = json::parse(ended.out, nullptr, false);
    if (!report.is_object()) return ended.err;
    return json{{"verdict", report["verdict"]}, {"findings", report["findings"]}, {"evidence", report["evidence"]}}
        .dump(1);
  }
  [[nodiscard]] static std::string not_checked(const Ended& ended) {
    const json report = json::parse(ended.out, nullptr, false);
    return report.is_object() ? report["not_checked"].dump() : ended.err;
  }

  KubeServer cluster_;
  TemporaryFolder folder_;
};

TEST_F(Remote, SaysWhatTheApiSays) {
  const std::string direct = essence(analyze({}, with_cluster()));

  EXPECT_THAT(direct, HasSubstr("OOMKilled"));
  EXPECT_EQ(essence(analyze({"--config", config("table")})), direct);
  EXPECT_EQ(essence(analyze({"--config", config("yaml")})), direct);
}

TEST_F(Remote, IsAskedFirst) {
  const Ended ended = analyze({"--config", config("yaml")}, with_cluster());

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(cluster_.count(), 0U);
  EXPECT_THAT(not_checked(ended), Not(HasSubstr("MCP server")));
}

TEST_F(Remote, HasEachCallLogged) {
  const Ended ended = analyze({"--config", config("yaml"), "--log-level", "debug"});

  EXPECT_THAT(ended.err, HasSubstr("tool_call"));
  EXPECT_THAT(ended.err, HasSubstr("tool=pods_log"));
}

TEST_F(Remote, IsNotAskedAboutAContextThatIsNamed) {
  const Ended ended = analyze({"--config", config("yaml"), "--context", "test"}, with_cluster());

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_GT(cluster_.count(), 0U);
}

TEST_F(Remote, IsReplacedWhenItDies) {
  // A server that died is started again five times: it dies each time.
  const Ended ended = analyze({"--config", config("yaml", 0)}, with_cluster());

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(essence(ended), HasSubstr("OOMKilled"));
  EXPECT_THAT(not_checked(ended), HasSubstr("MCP server 'kubernetes'"));
  EXPECT_THAT(not_checked(ended), HasSubstr("the cluster itself was asked instead"));
}

TEST_F(Remote, IsReplacedWhenItIsNotThere) {
  const Ended ended =
      analyze({}, {{"KUBECONFIG", with_cluster()["KUBECONFIG"]}, {"K8S_MCP_SERVER_PATH", "/no/server"}});

  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(not_checked(ended), HasSubstr("the cluster itself was asked instead"));
}

TEST_F(Remote, IsMissedWhenItIsRequired) {
  const Ended ended = analyze({"--config", config("yaml", 0, "required = true\n")}, with_cluster());

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_EQ(cluster_.count(), 0U);
}

TEST_F(Remote, FailsWhenThereIsNoOtherWay) {
  const Ended ended = analyze({"--config", config("yaml", 0)});

  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_THAT(ended.out, IsEmpty());
}

}  // namespace
}  // namespace agent::test
