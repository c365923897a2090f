// A cluster's API on loopback for MCP servers that want one:  kube_api KUBECONFIG FILE…
// Serves the objects and logs of FILEs (as of tests/data/cluster), writes KUBECONFIG, prints its URL, and goes on until
// its standard input ends.
#include "support/kube_discovery.hpp"
#include "support/kube_server.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <span>
#include <string>

int main(int count, char** values) {
  const std::span arguments(values, static_cast<std::size_t>(count));
  if (arguments.size() < 3) {
    std::fputs("usage: kube_api KUBECONFIG FILE…\n", stderr);
    return 2;
  }
  agent::test::KubeServer server;
  server.record(agent::test::discovery_answers());
  for (const char* file : arguments.subspan(2)) server.load(file);
  std::ofstream(arguments[1]) << server.kubeconfig();
  std::printf("%s\n", server.url().c_str());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
  }
  return 0;
}
