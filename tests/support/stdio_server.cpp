// A small MCP server over stdio, of both eras, that goes wrong as its first argument says:
//
//   legacy            knows only initialize             modern        knows only 2026-07-28
//   dies              ends within a call                dies-once F   the same, unless the file F is there: it is made
//   half              ends within a line of an answer   wrong-id      answers under another id
//   silent            never answers a call              late          answers after 300 ms, says what was cancelled
//   huge              answers 100 MB                    floods        writes 20 MB to standard error with each call
//   forks             a child of it keeps the output    deaf          ignores that its input was closed, and SIGTERM
//   chatty            prints lines that are no messages asks          asks the client before it answers
//   no-discover       says nothing to what it does not know
//   mute              says nothing at all
//   pings-first       asks whether we are there before it says who it is
//   strays            leaves its process group, and ignores its closed input and SIGTERM
//   pings             without end, and reads nothing once a call came
//
// Tools: echo {text}, and env {}, which gives its variables.

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

extern char** environ;  // NOLINT: POSIX's name, which no header declares without extensions

namespace {

using Json = nlohmann::json;

void say(const Json& message) { std::cout << message.dump() << '\n' << std::flush; }

Json answer(const Json& id, const Json& result) { return {{"jsonrpc", "2.0"}, {"id", id}, {"result", result}}; }

Json text(const std::string& words) { return {{"content", {{{"type", "text"}, {"text", words}}}}}; }

Json refusal(const Json& id) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", -32601}, {"message", "Method not found"}}}};
}

std::string variables() {
  std::string all;
  for (char** one = environ; *one != nullptr; ++one) all += std::string(*one) + "\n";
  return all;
}

class Server {
 public:
  explicit Server(std::string mode, std::string file) : mode_(std::move(mode)), file_(std::move(file)) {}

  void take(const Json& message) {
    const std::string method = message.value("method", "");
    const Json id = message.value("id", Json());
    if (method == "notifications/cancelled") cancelled_ = message["params"].value("requestId", Json()).dump();
    if (id.is_null() || mode_ == "mute") return;
    if (mode_ == "pings-first" && method == "initialize") {
      asked_by_ = id;
      params_ = message["params"];
      return say({{"jsonrpc", "2.0"}, {"id", "p"}, {"method", "ping"}});
    }
    if (method.empty() && mode_ == "pings-first")
      return say(
          answer(asked_by_, {{"protocolVersion", params_["protocolVersion"]}, {"capabilities", Json::object()}}));
    if (method.empty()) return say(answer(asked_by_, text("you said " + message.value("result", Json()).dump())));
    if (method == "server/discover" && mode_ == "no-discover") return;
    if (method == "server/discover" && mode_ == "modern")
      return say(answer(id, {{"resultType", "complete"},
                             {"supportedVersions", {"2026-07-28"}},
                             {"capabilities", {{"tools", Json::object()}}},
                             {"serverInfo", {{"name", "small"}, {"version", "1"}}}}));
    if (method == "initialize" && mode_ != "modern")
      return say(answer(id, {{"protocolVersion", message["params"]["protocolVersion"]},
                             {"capabilities", {{"tools", Json::object()}}},
                             {"serverInfo", {{"name", "small"}, {"version", "1"}}}}));
    if (method == "tools/list")
      return say(answer(id, {{"tools", {{{"name", "echo"}, {"inputSchema", {{"type", "object"}}}}}}}));
    if (method == "tools/call") return call(id, message["params"]);
    say(refusal(id));
  }

 private:
  void call(const Json& id, const Json& params) {
    const std::string words = params["arguments"].value("text", "");
    if (mode_ == "dies" || (mode_ == "dies-once" && !std::ifstream(file_).good())) {
      if (!file_.empty()) std::ofstream(file_) << "x";
      std::_Exit(3);
    }
    if (mode_ == "half") {
      std::cout << R"({"jsonrpc":"2.0","id":)" << std::flush;
      std::_Exit(0);
    }
    if (mode_ == "wrong-id") return say(answer("another", text(words)));
    if (mode_ == "silent") return;
    if (mode_ == "pings") {
      const std::string long_id(4000, 'i');
      for (;;) say({{"jsonrpc", "2.0"}, {"id", long_id}, {"method", "ping"}});
    }
    if (mode_ == "late") {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      if (params["arguments"].value("text", "") == "cancelled?") return say(answer(id, text(cancelled_)));
    }
    if (mode_ == "huge") {
      std::cout << R"({"jsonrpc":"2.0","id":)" << id << R"(,"result":{"content":[{"type":"text","text":")"
                << std::string(std::size_t{100} << 20U, 'x') << R"("}]}})" << '\n'
                << std::flush;
      return;
    }
    if (mode_ == "floods")
      for (int line = 0; line < 200'000; ++line) std::cerr << std::string(99, 'e') << '\n';
    if (mode_ == "asks") {
      asked_by_ = id;
      return say({{"jsonrpc", "2.0"},
                  {"id", "q1"},
                  {"method", "elicitation/create"},
                  {"params",
                   {{"message", "sure?"},
                    {"requestedSchema",
                     {{"type", "object"}, {"properties", {{"n", {{"type", "integer"}, {"default", 7}}}}}}}}}});
    }
    if (params.value("name", "") == "env") return say(answer(id, text(variables())));
    say(answer(id, text(words)));
  }

  std::string mode_, file_, cancelled_;
  Json asked_by_, params_;
};

}  // namespace

int main(int argc, char** argv) try {
  const std::string mode = argc > 1 ? argv[1] : "legacy";
  if (mode == "forks" && ::fork() == 0) {
    std::this_thread::sleep_for(std::chrono::minutes(5));
    return 0;
  }
  if (mode == "deaf" || mode == "strays") std::signal(SIGTERM, SIG_IGN);
  if (mode == "strays") ::setpgid(0, ::getpgid(::getppid()));
  if (mode == "chatty") std::cout << "Starting the server…\n[1] listening\n{not json\n" << std::flush;
  if (mode == "forks") std::cerr << "last words\n";
  Server server(mode, argc > 2 ? argv[2] : "");
  for (std::string line; std::getline(std::cin, line);) {
    const Json message = Json::parse(line, nullptr, false);
    if (message.is_object()) server.take(message);
    if (mode == "forks" && message.value("method", "") == "tools/call") return 5;
  }
  if (mode == "deaf" || mode == "strays") std::this_thread::sleep_for(std::chrono::minutes(5));
  return 0;
} catch (const std::exception& exception) {
  std::fprintf(stderr, "%s\n", exception.what());
  return 1;
}
