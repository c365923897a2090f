// Our client, as it is compared with the Go SDK's (client/main.go):
//
//   bench_mcp URL once           connects, lists the tools, calls echo, ends
//   bench_mcp URL calls N MANY   N calls, MANY in flight; prints how many a second

#include "mcp/client.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace agent;
using namespace agent::mcp;

Result<void> echo(Client& client) {
  const Outcome outcome = TRY(client.call_tool("echo", {{"text", "hello"}}));
  if (outcome.error) return fail(ErrorKind::unreadable, outcome.error->message, "echo", "");
  return {};
}

/// Calls a second; the first error instead.
Result<double> calls_per_second(Client& client, int calls, int in_flight) {
  std::atomic<int> taken = 0;
  std::vector<Result<void>> ended(static_cast<std::size_t>(in_flight));
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> workers;
    for (auto& end : ended)
      workers.emplace_back([&] {
        while (end && taken.fetch_add(1) < calls) end = echo(client);
      });
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  for (auto& end : ended) TRY(std::move(end));
  return calls / took.count();
}

Result<void> run(const std::string& url, int calls, int in_flight) {
  Server server;
  server.name = "fast";
  server.url = url;
  const auto client = TRY(Client::connect(std::move(server), {}, {}));
  TRY(client->list_tools());
  if (calls == 1) return echo(*client);
  std::printf("%.0f\n", TRY(calls_per_second(*client, calls, in_flight)));
  return {};
}

}  // namespace

int main(int argc, char** argv) try {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() != 3 && arguments.size() != 5) {
    std::fputs("usage: bench_mcp URL once | calls N MANY\n", stderr);
    return 2;
  }
  const bool once = arguments.size() == 3;
  const auto done = run(arguments[1], once ? 1 : std::atoi(arguments[3]), once ? 1 : std::atoi(arguments[4]));
  if (done) return 0;
  std::fprintf(stderr, "%s\n", describe(done.error()).c_str());
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_mcp: %s\n", error.what());
  return 1;
}
