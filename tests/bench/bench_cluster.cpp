// Measures `agent analyze` against a cluster's API on loopback:  bench_cluster AGENT [PODS] [LINES]
//
// One pod of a small namespace: the best of ten, and its requests. Then PODS (500) crash-looping pods with LINES (200)
// lines of log each: time, peak memory, requests. The server is in this process, so that its time counts in the wall
// clock as well.
#include "support/kube_server.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using agent::test::KubeServer;
using nlohmann::json;

struct Run {
  double ms = 0, cpu_ms = 0;
  long peak_kib = 0;
  int exit_code = -1;
};

double milliseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

Run measured(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_RDWR);
    if (null < 0) _exit(127);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    execv(arguments.front(), arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  return {took.count(), milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime), usage.ru_maxrss,
          WIFEXITED(status) ? WEXITSTATUS(status) : 128};
}

/// A process that was made while we were small, and starts the others: what its parent holds counts as a child's peak.
class Starter {
 public:
  Starter() {
    if (pipe(orders_.data()) != 0 || pipe(answers_.data()) != 0) std::exit(2);
    if (fork() != 0) return;
    close(orders_[1]);
    for (std::string line; read_line(orders_[0], line);) {
      const Run run = measured(split(line));
      if (write(answers_[1], &run, sizeof run) != sizeof run) _exit(2);
    }
    _exit(0);
  }
  ~Starter() { close(orders_[1]); }
  Starter(const Starter&) = delete;
  Starter& operator=(const Starter&) = delete;

  [[nodiscard]] Run run(const std::vector<std::string>& words) const {
    std::string line;
    for (const std::string& word : words) line += word + '\t';
    line.back() = '\n';
    Run result;
    const auto size = static_cast<ssize_t>(line.size());
    if (write(orders_[1], line.data(), line.size()) != size ||
        read(answers_[0], &result, sizeof result) != sizeof result)
      std::exit(2);
    return result;
  }

 private:
  static bool read_line(int fd, std::string& line) {
    line.clear();
    for (char c = 0; read(fd, &c, 1) == 1; line += c)
      if (c == '\n') return true;
    return false;
  }
  static std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> words(1);
    for (const char c : line)
      if (c == '\t')
        words.emplace_back();
      else
        words.back() += c;
    return words;
  }

  std::array<int, 2> orders_{}, answers_{};
};

json looping_pod(const std::string& name) {
  return json::parse(R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "ci", "name": ")" + name +
                     R"(", "labels": {"app": "shop"}}, "spec": {"nodeName": "n1", "containers": [
      {"name": "app", "image": "demo/shop:1", "resources": {"limits": {"memory": "128Mi"}}}]},
      "status": {"phase": "Running", "startTime": "2026-11-21T06:00:00Z",
        "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
        "containerStatuses": [{"name": "app", "ready": false, "restartCount": 7, "image": "demo/shop:1",
          "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
          "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-21T06:30:00Z"}}}]}})");
}

json event_of(const std::string& pod) {
  return json::parse(R"({"apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "ci", "name": ")" + pod +
                     R"(.1"}, "involvedObject": {"kind": "Pod", "namespace": "ci", "name": ")" + pod +
                     R"("}, "type": "Warning", "reason": "BackOff",
      "message": "Back-off restarting failed container app in pod", "count": 31})");
}

std::string log_of(const std::string& pod, int lines) {
  std::string log;
  for (int n = 1; n < lines; ++n)
    log += "2026-11-21T06:29:" + std::to_string(10 + n % 50) + "Z INFO order " + std::to_string(n * 7919) +
           " was taken from the queue\n";
  return log + "2026-11-21T06:30:00Z FATAL " + pod + ": cannot connect to db.shop.svc:5432: connection refused\n";
}

void fill(KubeServer& server, int pods, int lines) {
  for (int n = 0; n < pods; ++n) {
    const std::string name = "shop-" + std::to_string(1000 + n);
    server.add(looping_pod(name));
    server.add(event_of(name));
    server.add_log("ci", name, "app", log_of(name, lines), true);
  }
}

std::string written(const std::string& name, const std::string& text) {
  const std::string path = (std::filesystem::temp_directory_path() / name).string();
  std::ofstream(path) << text;
  return path;
}

void report(const char* what, const Run& run, std::size_t requests) {
  std::printf("%-28s %7.0f ms, %6.0f ms CPU, %5.1f MiB, %zu requests, exit code %d\n", what, run.ms, run.cpu_ms,
              static_cast<double>(run.peak_kib) / 1024, requests, run.exit_code);
}

void measure_one(const Starter& starter, const std::string& agent) {
  KubeServer server;
  fill(server, 4, 200);
  const std::string config = written("bench-one.config", server.kubeconfig());
  Run best{.ms = 1e9};
  std::size_t requests = 0;
  for (int n = 0; n < 10; ++n) {
    const std::size_t before = server.seen().size();
    const Run one =
        starter.run({agent, "analyze", "--offline", "--kubeconfig", config, "--pod", "shop-1000", "-o", "json"});
    requests = server.seen().size() - before;
    if (one.ms < best.ms) best = one;
  }
  report("one pod of four", best, requests);
}

void measure_many(const Starter& starter, const std::string& agent, int pods, int lines) {
  KubeServer server;
  fill(server, pods, lines);
  const std::string config = written("bench-many.config", server.kubeconfig());
  const Run all = starter.run({agent, "analyze", "--offline", "--kubeconfig", config, "-o", "json"});
  report((std::to_string(pods) + " crash-looping pods").c_str(), all, server.seen().size());
}

/// The server makes the lines as they are read; its speed is part of the time.
void measure_large_log(const Starter& starter, const std::string& agent) {
  constexpr std::size_t bytes = 2'000'000'000;
  const std::string line = "2026-11-21T06:29:10Z INFO order 7919 was taken from the queue and sent to the next shop";
  KubeServer server;
  fill(server, 1, 1);
  server.inject("/log", agent::test::faults::log(line, bytes / (line.size() + 1)));
  const std::string config = written("bench-log.config", server.kubeconfig());
  const Run all =
      starter.run({agent, "analyze", "--offline", "--kubeconfig", config, "--pod", "shop-1000", "-o", "json"});
  report("a log of 2 GB", all, server.seen().size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "bench_cluster AGENT [PODS] [LINES]\n");
    return 2;
  }
  const auto number = [&](int index, int otherwise) { return argc > index ? std::atoi(argv[index]) : otherwise; };
  const Starter starter;
  measure_one(starter, argv[1]);
  measure_many(starter, argv[1], number(2, 500), number(3, 200));
  measure_large_log(starter, argv[1]);
  return 0;
}
