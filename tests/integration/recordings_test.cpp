// The binary against what a real API server answered about each scenario of tests/real (tests/real/record writes it).
#include "support/golden.hpp"
#include "support/kube_server.hpp"
#include "support/run_binary.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

namespace agent::test {
namespace {

using nlohmann::json;

const std::string recordings = "tests/data/recordings";

std::vector<std::string> recorded_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path(recordings)))
    names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

/// The binary's report of a recorded namespace, which has the recording's name.
Ended ask(const std::string& name, const json& scenario, const std::string& kubeconfig) {
  std::vector<std::string> words{"analyze", "--offline", "--kubeconfig", kubeconfig, "-n", name, "-o", "json"};
  if (scenario.contains("target")) words.push_back(scenario["target"]);
  return run_agent({.arguments = std::move(words), .environment = {}, .input = {}});
}

/// Each finding in a line, as expected and as found: so that a mismatch shows the whole.
std::string summary(const json& findings) {
  std::string lines;
  for (const json& one : findings)
    lines += one["rule"].get<std::string>() + " (" + one["severity"].get<std::string>() + ", " +
             one["category"].get<std::string>() + "): " + one["headline"].get<std::string>() + "\n";
  return lines;
}

bool meets(const json& finding, const json& expected) {
  for (const char* key : {"rule", "severity", "category"})
    if (finding[key] != expected[key]) return false;
  return std::regex_match(finding["headline"].get<std::string>(), std::regex(expected["headline"].get<std::string>()));
}

class Recording : public testing::TestWithParam<std::string> {};

TEST_P(Recording, IsExplained) {
  const json scenario = json::parse(read_source_file("tests/real/scenarios/" + GetParam() + ".json"));
  KubeServer server;
  server.load(source_path(recordings + "/" + GetParam() + ".json").string());
  const TemporaryFolder folder;

  const Ended ended = ask(GetParam(), scenario, folder.write("config", server.kubeconfig()));

  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const json findings = json::parse(ended.out)["findings"];
  const json& expected = scenario["expected"];
  EXPECT_TRUE(std::ranges::equal(findings, expected, meets)) << summary(findings) << "expected:\n" << summary(expected);
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Real, Recording, testing::ValuesIn(recorded_names()), test_name);

}  // namespace
}  // namespace agent::test
