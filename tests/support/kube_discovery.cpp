#include "support/kube_discovery.hpp"

#include "kube/kinds.hpp"

#include <map>
#include <set>
#include <string>

namespace agent::test {
namespace {

using nlohmann::json;

json resource_of(const kube::KindInfo& row) {
  return {{"name", row.kind.resource},
          {"singularName", row.singular()},
          {"namespaced", row.scope == kube::Scope::name_space},
          {"kind", row.name},
          {"verbs", {"get", "list", "watch"}},
          {"shortNames", row.short_names}};
}

json resource_list(const std::string& api_version, json resources) {
  return {{"kind", "APIResourceList"},
          {"apiVersion", "v1"},
          {"groupVersion", api_version},
          {"resources", std::move(resources)}};
}

json group_of(const std::string& name, const std::set<std::string>& versions) {
  json all = json::array();
  for (const auto& version : versions) all.push_back({{"groupVersion", name + "/" + version}, {"version", version}});
  return {{"name", name}, {"versions", all}, {"preferredVersion", all[0]}};
}

json answer(json body) { return {{"status", 200}, {"body", std::move(body)}}; }

}  // namespace

json discovery_answers() {
  std::map<std::string, json> resources;  // By apiVersion.
  std::map<std::string, std::set<std::string>> groups;
  for (const auto& row : kube::known_kinds()) {
    resources[row.api_version()].push_back(resource_of(row));
    if (!row.kind.group.empty()) groups[row.kind.group].insert(row.kind.version);
  }
  resources["v1"].push_back(
      {{"name", "pods/log"}, {"singularName", ""}, {"namespaced", true}, {"kind", "Pod"}, {"verbs", {"get"}}});
  json answers;
  for (auto& [api_version, list] : resources)
    answers["GET " + std::string(api_version.contains('/') ? "/apis/" : "/api/") + api_version] =
        answer(resource_list(api_version, list));
  json listed = json::array();
  for (const auto& [name, versions] : groups) listed.push_back(group_of(name, versions));
  answers["GET /apis"] = answer({{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(listed)}});
  answers["GET /api"] = answer({{"kind", "APIVersions"}, {"versions", {"v1"}}});
  answers["GET /version"] = answer({{"major", "1"}, {"minor", "36"}, {"gitVersion", "v1.36.0"}});
  return answers;
}

}  // namespace agent::test
