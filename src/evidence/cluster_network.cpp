// Services that lead nowhere and Ingresses that name what is not there.
#include "evidence/cluster_family.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace agent::evidence {
namespace {

constexpr std::string_view services = "services", slices = "endpointslices.discovery.k8s.io",
                           ingresses = "ingresses.networking.k8s.io",
                           ingress_classes = "ingressclasses.networking.k8s.io";

bool is_ready(const Json& pod) {
  return text(named(items(pod, "status/conditions"), "Ready", "type"), "status") == "True";
}

std::string shown(const Json& labels) {
  std::string words;
  for (const auto& [key, value] : members(labels, ""))
    words += fmt::format("{}`{}={}`", words.empty() ? "" : ", ", key, text(value, ""));
  return words;
}

std::vector<const Json*> selected_pods(const Cluster& cluster, const ObjectRef& service, const Json& selector) {
  std::vector<const Json*> pods;
  for (const Json& pod : cluster.all("pods"))
    if (text(pod, "metadata/namespace") == service.name_space && has_labels(selector, at(pod, "metadata/labels")))
      pods.push_back(&pod);
  return pods;
}

/// The workload whose pods the service would select, were there any.
std::optional<ObjectRef> workload_for(const Cluster& cluster, const ObjectRef& service, const Json& selector) {
  for (const std::string_view resource : {"deployments.apps", "statefulsets.apps"})
    for (const Json& json : cluster.all(resource))
      if (text(json, "metadata/namespace") == service.name_space &&
          has_labels(selector, at(json, "spec/template/metadata/labels")))
        return Cluster::ref(resource, json);
  return std::nullopt;
}

/// A pod with one of the selector's keys and another value: the likely slip.
std::string near_miss(const Cluster& cluster, const ObjectRef& service, const Json& selector) {
  for (const Json& pod : cluster.all("pods")) {
    if (text(pod, "metadata/namespace") != service.name_space) continue;
    const auto& labels = members(pod, "metadata/labels");
    for (const auto& [key, value] : members(selector, ""))
      if (const auto found = labels.find(key); found != labels.end() && found->second != value)
        return fmt::format("; pod `{}` has `{}={}`", text(pod, "metadata/name"), key, text(found->second, ""));
  }
  return {};
}

void add_no_pods(const Cluster& cluster, const ObjectRef& ref, const Json& service, Clues& clues) {
  const Json& selector = at(service, "spec/selector");
  const auto workload = workload_for(cluster, ref, selector);
  Clue clue = make_clue("service.no-pods", Severity::error, Category::configuration, ref,
                        fmt::format("{} leads nowhere: no pod has the labels {} of its selector{}", spoken(ref),
                                    shown(selector), near_miss(cluster, ref, selector)));
  if (workload) {
    clue.because.push_back(*workload);
    clue.consequence = true;
  }
  const std::string first = members(selector, "").begin()->first;
  cite(clue, ref, service, "spec/selector/" + pointer_token(first));
  remedy(clue, "let the selector and the pods' labels be the same",
         fmt::format("kubectl get pods -n {} --show-labels", ref.name_space));
  clues.push_back(std::move(clue));
}

/// What a service's EndpointSlices say of its addresses.
/// https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
struct Endpoints {
  std::size_t ready = 0, others = 0;
  const Json* slice = nullptr;  ///< Of the first address that is not ready.
  std::string path;             ///< Of its condition.
};

Endpoints endpoints_of(const Cluster& cluster, const ObjectRef& service) {
  Endpoints found;
  for (const Json& slice : cluster.all(slices)) {
    if (text(slice, "metadata/namespace") != service.name_space ||
        text(slice, "metadata/labels/kubernetes.io~1service-name") != service.name)
      continue;
    std::size_t index = 0;
    for (const Json& endpoint : items(slice, "endpoints")) {
      const std::string path = fmt::format("endpoints/{}/conditions/ready", index++);
      const bool ready = at(endpoint, "conditions/ready").is_null() || flag(endpoint, "conditions/ready");
      ++(ready ? found.ready : found.others);
      if (ready || found.slice != nullptr) continue;
      found.slice = &slice;
      found.path = path;
    }
  }
  return found;
}

/// A service without a selector has the addresses that someone writes for it.
void add_no_addresses(const ObjectRef& ref, const Json& service, Clues& clues) {
  Clue clue = make_clue(
      "service.no-endpoints", Severity::error, Category::configuration, ref,
      fmt::format("{} leads nowhere: it has no selector, and no EndpointSlice gives it an address", spoken(ref)));
  cite(clue, ref, service, "spec/clusterIP");
  remedy(clue, "give it a selector, or an EndpointSlice labelled kubernetes.io/service-name",
         fmt::format("kubectl edit service {} -n {}", ref.name, ref.name_space));
  clues.push_back(std::move(clue));
}

void add_none_ready(const ObjectRef& ref, const Json& service, const std::vector<const Json*>& pods,
                    const Endpoints& endpoints, Clues& clues) {
  Clue clue = make_clue("service.none-ready", Severity::error, Category::unknown, ref,
                        fmt::format("{} has no endpoint: {}", spoken(ref),
                                    pods.size() == 1 ? "its pod is not ready"
                                                     : fmt::format("none of its {} pods is ready", pods.size())));
  clue.consequence = true;
  for (const Json* pod : pods) clue.because.push_back(Cluster::ref("pods", *pod));
  cite(clue, ref, service, "spec/selector/" + pointer_token(members(service, "spec/selector").begin()->first));
  if (endpoints.slice != nullptr) cite(clue, Cluster::ref(slices, *endpoints.slice), *endpoints.slice, endpoints.path);
  remedy(clue, "see why the pods are not ready",
         fmt::format("kubectl get endpointslices -n {} -l kubernetes.io/service-name={}", ref.name_space, ref.name));
  clues.push_back(std::move(clue));
}

std::string_view protocol_of(const Json& port) {
  const std::string_view protocol = text(port, "protocol");
  return protocol.empty() ? "TCP" : protocol;
}

/// How a service's port misses the container ports of a pod; empty when it does not.
std::string port_miss(const Json& port, const Json& pod) {
  const Json& wanted = at(port, "targetPort").is_null() ? at(port, "port") : at(port, "targetPort");
  std::string known, other_protocol;
  for (const Container& container : containers_of(pod))
    for (const Json& one : items(*container.spec, "ports")) {
      const bool same = wanted.is_string() ? at(one, "name") == wanted : at(one, "containerPort") == wanted;
      if (same && protocol_of(one) == protocol_of(port)) return {};
      if (same) other_protocol = protocol_of(one);
      known += fmt::format("{}{}", known.empty() ? "" : ", ", quoted(at(one, "containerPort")));
    }
  if (!other_protocol.empty()) return fmt::format("it is {}, the pods' port is {}", protocol_of(port), other_protocol);
  if (known.empty() && !wanted.is_string()) return {};  // ports need not be declared
  return known.empty() ? "the pods name no port" : fmt::format("the pods' ports are {}", known);
}

void judge_ports(const ObjectRef& ref, const Json& service, const Json& pod, Clues& clues) {
  std::size_t index = 0;
  for (const Json& port : items(service, "spec/ports")) {
    const std::string path = fmt::format("spec/ports/{}/", index++);
    const std::string miss = port_miss(port, pod);
    if (miss.empty()) continue;
    const Json& target = at(port, "targetPort").is_null() ? at(port, "port") : at(port, "targetPort");
    Clue clue = make_clue("service.port", Severity::error, Category::configuration, ref,
                          fmt::format("{} sends port {} to port {}, where no pod listens: {}", spoken(ref),
                                      quoted(at(port, "port")), quoted(target), miss));
    // A container may listen on ports that it does not declare.
    clue.finding.confidence = target.is_string() ? Confidence::high : Confidence::medium;
    clue.because.push_back(Cluster::ref("pods", pod));
    cite(clue, ref, service, path + "port");
    cite(clue, ref, service, path + "targetPort");
    cite(clue, ref, service, path + "protocol");
    remedy(clue, "let targetPort and the container's port be the same",
           fmt::format("kubectl edit service {} -n {}", ref.name, ref.name_space));
    clues.push_back(std::move(clue));
  }
}

void judge_service(const Cluster& cluster, const ObjectRef& ref, const Json& service, Clues& clues) {
  if (text(service, "spec/type") == "ExternalName") return;
  const Endpoints endpoints = endpoints_of(cluster, ref);
  if (members(service, "spec/selector").empty()) {
    if (cluster.was_read(slices) && endpoints.ready + endpoints.others == 0) add_no_addresses(ref, service, clues);
    return;
  }
  const auto pods = selected_pods(cluster, ref, at(service, "spec/selector"));
  if (pods.empty()) return add_no_pods(cluster, ref, service, clues);
  if (endpoints.ready == 0 && std::ranges::none_of(pods, [](const Json* pod) { return is_ready(*pod); }))
    add_none_ready(ref, service, pods, endpoints, clues);
  judge_ports(ref, service, *pods.front(), clues);
}

// Ingresses

void add_ingress(const ObjectRef& ref, const Json& ingress, std::string rule, std::string words,
                 const std::string& pointer, std::string advice, Clues& clues) {
  Clue clue = make_clue(std::move(rule), Severity::error, Category::configuration, ref,
                        fmt::format("{} {}", spoken(ref), words));
  cite(clue, ref, ingress, pointer);
  remedy(clue, std::move(advice), describe_command(ref));
  clues.push_back(std::move(clue));
}

void judge_backend(const Cluster& cluster, const ObjectRef& ref, const Json& ingress, const std::string& path,
                   Clues& clues) {
  const std::string name(text(ingress, path + "/service/name"));
  if (name.empty()) return;
  const ObjectRef service{std::string(services), ref.name_space, name};
  if (cluster.is_missing(service))
    return add_ingress(ref, ingress, "ingress.service",
                       fmt::format("leads to Service `{}`, which does not exist", name), path + "/service/name",
                       "create the Service, or correct its name", clues);
  const Json* json = cluster.find(service);
  const Json& port = at(ingress, path + "/service/port");
  if (json == nullptr || !port.is_object()) return;
  const bool by_name = port.contains("name");
  const Json& wanted = at(port, by_name ? "name" : "number");
  const auto ports = items(*json, "spec/ports");
  if (std::ranges::any_of(ports, [&](const Json& one) { return at(one, by_name ? "name" : "port") == wanted; })) return;
  add_ingress(ref, ingress, "ingress.port",
              fmt::format("leads to port {} of Service `{}`, which has no such port", quoted(wanted), name),
              path + "/service/port/" + (by_name ? "name" : "number"), "correct the port", clues);
}

void judge_class(const Cluster& cluster, const ObjectRef& ref, const Json& ingress, Clues& clues) {
  const std::string name(text(ingress, "spec/ingressClassName"));
  if (name.empty() || !cluster.is_missing({std::string(ingress_classes), "", name})) return;
  add_ingress(ref, ingress, "ingress.class", fmt::format("names IngressClass `{}`, which does not exist", name),
              "spec/ingressClassName", "name an IngressClass that exists: kubectl get ingressclass", clues);
}

void judge_ingress(const Cluster& cluster, const ObjectRef& ref, const Json& ingress, Clues& clues) {
  judge_class(cluster, ref, ingress, clues);
  judge_backend(cluster, ref, ingress, "spec/defaultBackend", clues);
  for (std::size_t rule = 0; rule < items(ingress, "spec/rules").size(); ++rule) {
    const std::string paths = fmt::format("spec/rules/{}/http/paths", rule);
    for (std::size_t i = 0; i < items(ingress, paths).size(); ++i)
      judge_backend(cluster, ref, ingress, fmt::format("{}/{}/backend", paths, i), clues);
  }
  for (std::size_t i = 0; i < items(ingress, "spec/tls").size(); ++i) {
    const std::string path = fmt::format("spec/tls/{}/secretName", i);
    const std::string secret(text(ingress, path));
    if (!secret.empty() && cluster.is_missing({"secrets", ref.name_space, secret}))
      add_ingress(ref, ingress, "ingress.tls", fmt::format("names TLS Secret `{}`, which does not exist", secret), path,
                  "create the Secret with certificate and key", clues);
  }
}

}  // namespace

void judge_services(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all(services)) judge_service(cluster, Cluster::ref(services, json), json, clues);
}

void judge_ingresses(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all(ingresses)) judge_ingress(cluster, Cluster::ref(ingresses, json), json, clues);
}

}  // namespace agent::evidence
