// NetworkPolicies that stand between a pod whose log speaks of the network and what it wants to reach.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
#include "evidence/cluster_family.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace agent::evidence {
namespace {

constexpr std::string_view policies = "networkpolicies.networking.k8s.io";

/// policyTypes defaults to Ingress, and to Egress as well where there are egress rules.
bool governs(const Json& policy, std::string_view direction) {
  const auto types = items(policy, "spec/policyTypes");
  if (types.empty()) return direction == "Ingress" || at(policy, "spec/egress").is_array();
  return std::ranges::any_of(types, [&](const Json& type) { return text(type, "") == direction; });
}

std::vector<const Json*> policies_on(const Cluster& cluster, const Json& pod, std::string_view direction) {
  std::vector<const Json*> found;
  for (const Json& policy : cluster.all(policies))
    if (text(policy, "metadata/namespace") == text(pod, "metadata/namespace") && governs(policy, direction) &&
        selects(at(policy, "spec/podSelector"), at(pod, "metadata/labels")))
      found.push_back(&policy);
  return found;
}

bool allows_port(const Json& rule, std::int64_t wanted) {
  const auto ports = items(rule, "ports");
  return ports.empty() || std::ranges::any_of(ports, [&](const Json& port) {
           const auto first = number(port, "port");
           return at(port, "port").is_null() || first == wanted ||
                  (first && *first <= wanted && count(port, "endPort") >= wanted);
         });
}

/// True when a peer of the rule's `from` may be this pod. Namespaces are not looked at: a namespaceSelector may fit.
bool admits(const Json& rule, const Json& pod) {
  const auto peers = items(rule, "from");
  return peers.empty() || std::ranges::any_of(peers, [&](const Json& peer) {
           if (at(peer, "ipBlock").is_object() || at(peer, "namespaceSelector").is_object()) return true;
           return selects(at(peer, "podSelector"), at(pod, "metadata/labels"));
         });
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

bool mentions(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end]))) return true;
  }
  return false;
}

/// The network findings of a pod's logs; "pod/NS/NAME/" starts their source ids.
std::vector<const Finding*> network_findings(const Cluster& cluster, const ObjectRef& pod) {
  std::vector<const Finding*> found;
  const std::string prefix = fmt::format("pod/{}/{}/", pod.name_space, pod.name);
  const auto& logs = cluster.view().logs;
  for (auto log = logs.lower_bound(prefix); log != logs.end() && log->first.starts_with(prefix); ++log)
    for (const Finding& finding : log->second.findings)
      if (finding.category == Category::network || finding.category == Category::timeout) found.push_back(&finding);
  return found;
}

/// What the pod's log says of the network is the policy's doing.
void explain_log(const ObjectRef& pod, const Finding& finding, const ObjectRef& policy, Clues& clues) {
  for (Clue& clue : clues) {
    if (clue.subject != pod || clue.finding.rule != finding.rule) continue;
    clue.consequence = true;
    clue.because.push_back(policy);
  }
}

void add(const ObjectRef& pod, const Finding& finding, const Json& policy, std::string rule, std::string words,
         const std::string& pointer, std::string advice, Clues& clues) {
  const ObjectRef ref = Cluster::ref(policies, policy);
  Clue clue =
      make_clue(std::move(rule), Severity::error, Category::network, ref, fmt::format("{} {}", spoken(ref), words));
  clue.finding.confidence = Confidence::medium;
  clue.because.push_back(pod);
  explain_log(pod, finding, ref, clues);
  cite(clue, ref, policy, pointer);
  if (!finding.evidence.empty()) clue.finding.evidence.push_back(finding.evidence.front());
  remedy(clue, std::move(advice), fmt::format("kubectl edit networkpolicy {} -n {}", ref.name, ref.name_space));
  clues.push_back(std::move(clue));
}

/// The port that a finding speaks of: "… to db:5432 failed", "… to db port 5432".
std::optional<std::int64_t> port_of(const Finding& finding) {
  const std::string& words = finding.headline;
  for (const std::string_view sign : {" port ", ":"}) {
    std::size_t at = words.find(sign);
    for (; at != std::string::npos; at = words.find(sign, at + 1)) {
      std::int64_t port = 0;
      const char* const begin = words.data() + at + sign.size();
      const auto [end, error] = std::from_chars(begin, words.data() + words.size(), port);
      if (error == std::errc{} && port > 0 && port < 65536 && at > 0 && words[at - 1] != ' ') return port;
    }
  }
  return std::nullopt;
}

bool is_of_names(const Finding& finding) {
  return finding.rule == "net.dns" || finding.headline.find("resolve") != std::string::npos;
}

void judge_egress(const Cluster& cluster, const ObjectRef& ref, const Json& pod, const Finding& finding, Clues& clues) {
  const auto found = policies_on(cluster, pod, "Egress");
  if (found.empty()) return;
  const auto port = port_of(finding);
  bool any = false, dns = false, through = !port;
  for (const Json* policy : found)
    for (const Json& rule : items(*policy, "spec/egress")) {
      any = true;
      dns = dns || allows_port(rule, 53);
      through = through || allows_port(rule, *port);
    }
  const Json& policy = *found.front();
  const std::string pointer =
      fmt::format("spec/policyTypes/{}",
                  static_cast<std::size_t>(std::ranges::find(items(policy, "spec/policyTypes"), Json("Egress")) -
                                           items(policy, "spec/policyTypes").begin()));
  if (!any)
    add(ref, finding, policy, "policy.egress", fmt::format("blocks all that pod `{}` sends, DNS included", ref.name),
        pointer, "allow egress to what it needs, and to port 53 for DNS", clues);
  else if (!dns && is_of_names(finding))
    add(ref, finding, policy, "policy.dns",
        fmt::format("blocks DNS for pod `{}`: no egress rule allows port 53", ref.name), pointer,
        "allow egress to port 53, UDP and TCP", clues);
  else if (!through)
    add(ref, finding, policy, "policy.port",
        fmt::format("keeps pod `{}` from port {}: no egress rule allows it", ref.name, *port), pointer,
        fmt::format("allow egress to port {}", *port), clues);
}

/// The Service whose name the finding's lines hold, and a policy on its pods that does not let this pod in.
void judge_ingress(const Cluster& cluster, const ObjectRef& ref, const Json& pod, const Finding& finding,
                   Clues& clues) {
  for (const Json& service : cluster.all("services")) {
    const std::string_view name = text(service, "metadata/name");
    const bool meant =
        std::ranges::any_of(finding.evidence, [&](const Citation& one) { return mentions(one.quote, name); });
    if (name.empty() || !meant || members(service, "spec/selector").empty()) continue;
    for (const Json& server : cluster.all("pods")) {
      if (!has_labels(at(service, "spec/selector"), at(server, "metadata/labels"))) continue;
      const auto found = policies_on(cluster, server, "Ingress");
      const bool admitted = std::ranges::any_of(found, [&](const Json* policy) {
        const auto rules = items(*policy, "spec/ingress");
        return std::ranges::any_of(rules, [&](const Json& rule) { return admits(rule, pod); });
      });
      if (found.empty() || admitted) continue;
      return add(ref, finding, *found.front(), "policy.ingress",
                 fmt::format("keeps pod `{}` from Service `{}`: no ingress rule admits its labels", ref.name, name),
                 "metadata/name", "admit the pod by its labels", clues);
    }
  }
}

}  // namespace

void judge_policies(const Cluster& cluster, Clues& clues) {
  for (const Json& pod : cluster.all("pods")) {
    const ObjectRef ref = Cluster::ref("pods", pod);
    const auto findings = network_findings(cluster, ref);
    if (findings.empty()) continue;
    judge_egress(cluster, ref, pod, *findings.front(), clues);
    judge_ingress(cluster, ref, pod, *findings.front(), clues);
  }
}

}  // namespace agent::evidence
