// An MCP server over stdio that answers as a real one was recorded to (tests/real/record-mcp):
//
//   replay_server FILE PART [LAST]   PART: "table" or "yaml"; it ends without a word after LAST answers to calls

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>

namespace {

using Json = nlohmann::json;

class Server {
 public:
  Server(const Json& answers, int last) : last_(last) {
    for (const Json& one : answers) {
      names_.insert(one["tool"]);
      answers_[one["tool"].get<std::string>() + one["arguments"].dump()] = one["result"];
    }
  }

  void take(const Json& message) {
    if (!message.contains("id")) return;
    const std::string method = message.value("method", "");
    if (method == "initialize")
      return say(message, {{"protocolVersion", "2025-06-18"},
                           {"capabilities", {{"tools", Json::object()}}},
                           {"serverInfo", {{"name", "replay"}, {"version", "1"}}}});
    if (method == "tools/list") return say(message, {{"tools", tools()}});
    if (method == "tools/call") return call(message);
    std::cout << Json{{"jsonrpc", "2.0"},
                      {"id", message["id"]},
                      {"error", {{"code", -32601}, {"message", "method not found"}}}}
                     .dump()
              << '\n'
              << std::flush;
  }

 private:
  static void say(const Json& message, const Json& result) {
    std::cout << Json{{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", result}}.dump() << '\n' << std::flush;
  }

  [[nodiscard]] Json tools() const {
    Json all = Json::array();
    for (const std::string& name : names_)
      all.push_back({{"name", name},
                     {"inputSchema", {{"type", "object"}}},
                     {"annotations", {{"readOnlyHint", true}, {"destructiveHint", false}}}});
    return all;
  }

  void call(const Json& message) {
    if (last_-- == 0) std::exit(1);
    const Json& params = message["params"];
    const auto found = answers_.find(params["name"].get<std::string>() + params["arguments"].dump());
    const Json unknown{{"content", {{{"type", "text"}, {"text", "failed: it was not found"}}}}, {"isError", true}};
    say(message, found == answers_.end() ? unknown : found->second);
  }

  int last_;
  std::set<std::string> names_;
  std::map<std::string, Json> answers_;
};

}  // namespace

int main(int count, char** words) try {
  if (count < 3) return 2;
  Server server(Json::parse(std::ifstream(words[1]))[words[2]], count > 3 ? std::atoi(words[3]) : -1);
  for (std::string line; std::getline(std::cin, line);) server.take(Json::parse(line));
  return 0;
} catch (const std::exception& exception) {
  std::fprintf(stderr, "%s\n", exception.what());
  return 1;
}
