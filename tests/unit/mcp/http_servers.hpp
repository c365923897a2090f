#pragma once

#include "mcp/client.hpp"
#include "support/http_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

// MCP servers over HTTP on loopback, for tests of the client.

namespace agent::mcp {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Headers;
using test::SeenRequest;
using test::Talk;
using Clock = std::chrono::steady_clock;

inline const Headers as_json{{"Content-Type", "application/json"}};
inline const Headers as_events{{"Content-Type", "text/event-stream"}};

inline std::string result(const Json& id, const Json& value) { return result_text(id, value); }
inline std::string refusal(const Json& id, int code, const Json& data = {}) {
  return error_text(id, {code, "no", data});
}

inline Json initialized(const Json& params) {
  return {{"protocolVersion", value_at(params, "protocolVersion")},
          {"capabilities", {{"tools", Json::object()}}},
          {"serverInfo", {{"name", "small"}, {"version", "1"}}}};
}

inline Json discovered(const std::string& revision) {
  return {{"resultType", "complete"},
          {"supportedVersions", {revision}},
          {"capabilities", Json::object()},
          {"_meta", {{"io.modelcontextprotocol/serverInfo", {{"name", "small"}, {"version", "2"}}}}}};
}

inline Json text(const std::string& words) { return {{"content", {{{"type", "text"}, {"text", words}}}}}; }

inline std::string event(const std::string& data, const std::string& id = "") {
  return (id.empty() ? "" : "id: " + id + "\n") + "data: " + data + "\n\n";
}

/// A message to the server, and how to answer it.
struct Asked {
  const SeenRequest& request;
  Json id, params;
  std::string method;
  Talk& talk;
  void json(const std::string& body, int status = 200, Headers headers = as_json) const {
    talk.answer(status, body, headers);
  }
};

using Answers = std::function<bool(const Asked&)>;  ///< False: as usual.

/// A server of the earlier era, but for what `special` answers.
inline test::Handler legacy(Answers special) {
  return [special = std::move(special)](const SeenRequest& request, Talk& talk) {
    const Json message = Json::parse(request.body, nullptr, false);
    const Asked asked{request, value_at(message, "id"), value_at(message, "params"), text_at(message, "method"), talk};
    if (special(asked)) return;
    if (request.method != "POST") return talk.answer(405);
    if (asked.method == "initialize") return asked.json(result(asked.id, initialized(asked.params)));
    if (asked.id.is_null()) return talk.answer(202);
    if (asked.method == "tools/call") return asked.json(result(asked.id, text("as usual")));
    asked.json(refusal(asked.id, rpc::method_not_found));
  };
}

inline Answers nothing_special() {
  return [](const Asked&) { return false; };
}

/// Answers a call of a tool by `answer`.
inline Answers calls(std::function<void(const Asked&)> answer) {
  return [answer = std::move(answer)](const Asked& asked) {
    if (asked.method == "tools/call") answer(asked);
    return asked.method == "tools/call";
  };
}

/// The paths and methods of what was asked, in order: "POST /mcp server/discover".
inline std::string told(const test::HttpServer& server) {
  std::string all;
  for (const SeenRequest& one : server.seen())
    all += one.method + " " + one.target + " " + text_at(Json::parse(one.body, nullptr, false), "method") + "; ";
  return all;
}

class HttpServers : public testing::Test {
 protected:
  static Server at(const std::string& url) {
    Server server;
    server.name = "small";
    server.url = url;
    server.http.first_retry_wait = milliseconds(1);
    return server;
  }

  static Limits within(Clock::duration time) { return {.deadline = Clock::now() + time, .stop = {}}; }

  static Result<std::unique_ptr<Client>> connect(const test::HttpServer& server, const std::string& path = "/mcp") {
    return Client::connect(at(server.url(path)), {}, within(seconds(30)));
  }

  /// The text that a call of the tool `t` gives; or the error.
  static std::string call(Client& client, Clock::duration time = seconds(30)) {
    const auto outcome = client.call_tool("t", Json::object(), {.limits = within(time)});
    if (!outcome) return outcome.error().what;
    if (outcome->error) return std::to_string(outcome->error->code);
    return text_at(value_at(outcome->result, "content").at(0), "text");
  }

  /// What comes of a call of a server that answers it by `answer`.
  static std::string call_answered_by(std::function<void(const Asked&)> answer, Clock::duration time = seconds(30)) {
    const test::HttpServer server(legacy(calls(std::move(answer))));
    const auto client = connect(server);
    return client ? call(**client, time) : client.error().what;
  }
};

}  // namespace agent::mcp
