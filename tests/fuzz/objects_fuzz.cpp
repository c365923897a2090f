#include "evidence/cluster_rules.hpp"

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

namespace {

using agent::evidence::ClusterView;
using Json = nlohmann::json;

/// The object as every resource that a rule looks at: of the right form for one, of a wrong one for the others.
void put(ClusterView& view, const Json& object) {
  for (const auto& rule : agent::evidence::cluster_rules())
    for (const std::string_view resource : rule.needs) view.objects[std::string(resource)].push_back(object);
}

}  // namespace

/// Objects of any form are judged without an exception, and no finding is without words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Json scenario = Json::parse(data, data + size, nullptr, false);
  if (scenario.is_discarded()) return 0;
  ClusterView view;
  const Json& objects = scenario.is_object() && scenario.contains("objects") ? scenario["objects"] : scenario;
  for (const Json& object : objects) put(view, object);
  for (const auto& finding : agent::evidence::judge_cluster(view).findings)
    if (finding.headline.empty()) std::abort();
  return 0;
}
