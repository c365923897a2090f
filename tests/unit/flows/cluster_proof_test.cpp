#include "flows/cluster_proof.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::flows {
namespace {

using nlohmann::json;

struct ProofCase {
  std::string name;
  Citation citation;
  bool expected = false;
};

class Proven : public testing::TestWithParam<ProofCase> {
 protected:
  Proven() {
    view_.objects["pods"].push_back(json::parse(
        R"({"metadata": {"namespace": "ci", "name": "web"}, "status": {"phase": "Failed"}, "spec": {"n": [7]}})"));
    view_.objects["nodes"].push_back(json::parse(R"({"metadata": {"name": "n1"}, "spec": {"unschedulable": true}})"));
    view_.objects["events"].push_back(
        json::parse(R"({"involvedObject": {"kind": "Pod", "namespace": "ci", "name": "web"}, "message": "Back-off"})"));
    logs_.push_back({.source = "pod/ci/web/app", .cited = {{3, "panic: no more room"}}});
  }

  evidence::ClusterView view_;
  std::vector<KeptLog> logs_;
};

TEST_P(Proven, IsWhatStandsThere) { EXPECT_EQ(is_proven(GetParam().citation, view_, logs_), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Citations, Proven,
    testing::Values(ProofCase{"field", {"object/Pod.v1/ci/web#/status/phase", 0, "", "Failed"}, true},
                    ProofCase{"number", {"object/Pod.v1/ci/web#/spec/n/0", 0, "", "7"}, true},
                    ProofCase{
                        "object_without_namespace", {"object/Node.v1//n1#/spec/unschedulable", 0, "", "true"}, true},
                    ProofCase{"other_value", {"object/Pod.v1/ci/web#/status/phase", 0, "", "Running"}, false},
                    ProofCase{"other_object", {"object/Pod.v1/ci/db#/status/phase", 0, "", "Failed"}, false},
                    ProofCase{"no_field", {"object/Pod.v1/ci/web#/status/nothing", 0, "", "Failed"}, false},
                    ProofCase{"event", {"events/ci/Pod/web", 0, "", "Back-off"}, true},
                    ProofCase{"event_of_another", {"events/ci/Pod/db", 0, "", "Back-off"}, false},
                    ProofCase{"log_line", {"pod/ci/web/app", 3, "", "no more room"}, true},
                    ProofCase{"other_line", {"pod/ci/web/app", 4, "", "no more room"}, false},
                    ProofCase{"other_log", {"pod/ci/web/db", 3, "", "no more room"}, false},
                    ProofCase{"nothing", {"", 0, "", ""}, false},
                    ProofCase{"no_pointer", {"object/Pod.v1", 0, "", ""}, false}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::flows
