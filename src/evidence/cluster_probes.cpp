// Probes that fail: which, where they knock, how often, and what answers.
#include "evidence/cluster_family.hpp"
#include "evidence/cluster_units.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

bool says(std::string_view message, std::string_view words) { return message.find(words) != std::string_view::npos; }

struct ProbeKind {
  std::string_view field, word, event;  ///< "livenessProbe", "liveness", start of the event's message.
};

constexpr std::array<ProbeKind, 3> kinds{{{"livenessProbe", "liveness", "Liveness probe "},
                                          {"readinessProbe", "readiness", "Readiness probe "},
                                          {"startupProbe", "startup", "Startup probe "}}};

struct Probe {
  const ProbeKind& kind;
  const Json& spec;
  std::string port;  ///< As a number, where the container names it.
};

std::string shown(const Json& value) { return value.is_null() ? "" : quoted(value); }

/// A named port of the container as its number.
std::string port_number(const Container& container, const Json& port) {
  const Json& known = named(items(*container.spec, "ports"), text(port, ""));
  return known.is_null() ? shown(port) : shown(at(known, "containerPort"));
}

Probe probe_of(const Container& container, const ProbeKind& kind) {
  const Json& spec = at(*container.spec, kind.field);
  for (const std::string_view how : {"httpGet", "tcpSocket", "grpc"})
    if (const Json& port = at(spec, std::string(how) + "/port"); !port.is_null())
      return {kind, spec, port_number(container, port)};
  return {kind, spec, ""};
}

/// "GET https :8443/healthz", "TCP :5432", "command `pg_isready`"
std::string where(const Probe& probe) {
  if (const Json& http = at(probe.spec, "httpGet"); http.is_object()) {
    const bool tls = text(http, "scheme") == "HTTPS";
    const std::string_view path = text(http, "path");
    return fmt::format("{} GET :{}{}", tls ? "HTTPS" : "HTTP", probe.port, path.empty() ? "/" : path);
  }
  if (at(probe.spec, "tcpSocket").is_object()) return fmt::format("TCP :{}", probe.port);
  if (at(probe.spec, "grpc").is_object()) return fmt::format("gRPC :{}", probe.port);
  std::string command;
  for (const Json& word : items(probe.spec, "exec/command")) command += (command.empty() ? "" : " ") + quoted(word);
  return fmt::format("command `{}`", said(command));
}

/// Defaults: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
struct Timing {
  std::int64_t delay, period, timeout, failures;
};

Timing timing_of(const Probe& probe) {
  return {count(probe.spec, "initialDelaySeconds"), number(probe.spec, "periodSeconds").value_or(10),
          number(probe.spec, "timeoutSeconds").value_or(1), number(probe.spec, "failureThreshold").value_or(3)};
}

std::string ports_of(const Container& container) {
  std::string ports;
  for (const Json& port : items(*container.spec, "ports"))
    ports += (ports.empty() ? "" : ", ") + shown(at(port, "containerPort"));
  return ports;
}

bool has_port(const Container& container, const std::string& wanted) {
  return std::ranges::any_of(items(*container.spec, "ports"),
                             [&](const Json& port) { return shown(at(port, "containerPort")) == wanted; });
}

struct Told {
  std::string id, words, remedy;
  Category category = Category::configuration;
};

Told told_refused(const Container& container, const Probe& probe) {
  const std::string ports = ports_of(container);
  if (!ports.empty() && !has_port(container, probe.port))
    return {"port", fmt::format("nothing listens there; the container's ports are {}", ports),
            "correct the probe's port"};
  return {"refused", "nothing listens there (yet)",
          probe.kind.word == "readiness" ? "see in its log whether the program listens"
                                         : "give it time with a startupProbe, or see why it does not listen"};
}

Told told_timeout(const Probe& probe) {
  const Timing time = timing_of(probe);
  return {"timeout", fmt::format("no answer within {} s", time.timeout),
          "raise timeoutSeconds, or give a slow start a startupProbe", Category::timeout};
}

Told tell(const Container& container, const Probe& probe, std::string_view message) {
  if (says(message, "server gave HTTP response to HTTPS client"))
    return {"protocol", "the server speaks HTTP, the probe HTTPS", "set the probe's scheme to HTTP"};
  if (says(message, "malformed HTTP") || says(message, "HTTP request to an HTTPS server"))
    return {"protocol", "the server speaks TLS or no HTTP, the probe HTTP",
            "set the probe's scheme to HTTPS, or probe by tcpSocket or grpc"};
  if (says(message, "connection refused")) return told_refused(container, probe);
  if (says(message, "deadline exceeded") || says(message, "Client.Timeout") || says(message, "timed out") ||
      says(message, "i/o timeout"))
    return told_timeout(probe);
  if (const auto code = word_after(message, "statuscode: "); !code.empty())
    return {"status", fmt::format("it answers {}", code),
            code == "404"   ? "correct the probe's path"
            : code == "400" ? "see whether the server speaks HTTPS there (scheme), and what host the probe names"
                            : "see in its log why it does not feel well",
            code == "404" || code == "400" ? Category::configuration : Category::unknown};
  const std::size_t at = message.find("failed: ");
  return {"failed", said(at == std::string_view::npos ? message : message.substr(at + 8)),
          "see in its log why it does not feel well", Category::unknown};
}

std::string timing_words(const Probe& probe) {
  const Timing time = timing_of(probe);
  return fmt::format("from {} s after its start, every {} s, timeout {} s, {} failures count", time.delay, time.period,
                     time.timeout, time.failures);
}

void add(const PodCase& pod, const Container& container, const Probe& probe, const Event& event, Clues& clues) {
  const std::int64_t restarts = count(*container.status, "restartCount");
  Told told = tell(container, probe, event.message);
  std::string words =
      fmt::format("{} probe of {} fails: {}: {} ({})", probe.kind.word, spoken(pod.cluster, pod.ref, container),
                  where(probe), told.words, timing_words(probe));
  if (restarts > 0) words += fmt::format(", {} restart{}", restarts, restarts == 1 ? "" : "s");
  Clue clue = make_clue(fmt::format("probe.{}.{}", probe.kind.word, told.id), Severity::error, told.category, pod.ref,
                        std::move(words));
  clue.finding.confidence = told.category == Category::unknown ? Confidence::medium : Confidence::high;
  clue.part = container.name;
  cite(clue, event);
  const std::string path = fmt::format("{}/{}/", container.spec_path, probe.kind.field);
  for (const std::string_view field : {"httpGet/port", "httpGet/path", "tcpSocket/port", "grpc/port"})
    cite(clue, pod.ref, pod.json, path + std::string(field));
  if (restarts > 0) cite(clue, pod.ref, pod.json, container.status_path + "/restartCount");
  remedy(clue, told.remedy,
         fmt::format("kubectl edit {} -n {}", workload_of(pod.cluster, pod.ref), pod.ref.name_space));
  clues.push_back(std::move(clue));
}

bool is_about(const Event& event, const Container& container, const ProbeKind& kind) {
  return event.reason == "Unhealthy" && event.message.starts_with(kind.event) &&
         (event.part.empty() || event.part == container.name);
}

void judge_container(const PodCase& pod, const Container& container, Clues& clues) {
  // A container that is ready has got over its failures.
  if (flag(*container.status, "ready")) return;
  const auto& events = pod.cluster.events(pod.ref);
  for (const ProbeKind& kind : kinds) {
    const Probe probe = probe_of(container, kind);
    const auto event = std::ranges::find_if(events, [&](const Event& one) { return is_about(one, container, kind); });
    if (!probe.spec.is_object() || event == events.end()) continue;
    return add(pod, container, probe, *event, clues);
  }
}

}  // namespace

void judge_probes(const Cluster& cluster, Clues& clues) {
  for (const Json& json : cluster.all("pods")) {
    const PodCase pod{cluster, json, Cluster::ref("pods", json)};
    for (const Container& container : containers_of(json)) judge_container(pod, container, clues);
  }
}

}  // namespace agent::evidence
