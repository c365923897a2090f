#pragma once

#include "llm/http_model.hpp"
#include "support/http_server.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace agent::llm {

/// What a server of models answers with.
struct Reply {
  int status = 200;
  std::string body;
  test::Headers headers = {};
  bool cut = false;  ///< The connection ends after the body, which is a stream without an end.
};

/// Events as a server sends them: each text is the data of one.
inline std::string events(const std::vector<std::string>& data) {
  std::string text;
  for (std::string one : data) {
    for (std::size_t at = 0; (at = one.find('\n', at)) != std::string::npos; at += 7) one.replace(at, 1, "\ndata: ");
    text += "data: " + one + "\n\n";
  }
  return text;
}

inline Reply stream_of(const std::vector<std::string>& data) {
  return {200, events(data), {{"Content-Type", "text/event-stream"}}};
}
inline Reply cut_stream(const std::vector<std::string>& data) {
  Reply reply = stream_of(data);
  reply.cut = true;
  return reply;
}
inline Reply json_of(std::string body, int status = 200) {
  return {status, std::move(body), {{"Content-Type", "application/json"}}};
}

/// A server on a loopback port that gives `replies` in their order, the last one again and again.
class ModelServer {
 public:
  explicit ModelServer(std::vector<Reply> replies)
      : replies_(std::move(replies)), server_([this](const test::SeenRequest&, test::Talk& talk) { answer(talk); }) {}

  [[nodiscard]] std::string url(std::string_view path = "/v1") const { return server_.url(path); }
  [[nodiscard]] std::vector<test::SeenRequest> seen() const { return server_.seen(); }
  [[nodiscard]] nlohmann::json body(std::size_t index = 0) const {
    return nlohmann::json::parse(seen().at(index).body, nullptr, false);
  }

 private:
  void answer(test::Talk& talk) {
    const std::lock_guard lock(guard_);
    const Reply& reply = replies_.at(std::min(next_, replies_.size() - 1));
    ++next_;
    if (!reply.cut) return talk.answer(reply.status, reply.body, reply.headers);
    talk.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", reply.body.size());
    talk.send(size + reply.body + "\r\n");
    talk.cut();
  }

  std::mutex guard_;
  std::size_t next_ = 0;
  std::vector<Reply> replies_;
  test::HttpServer server_;
};

/// As tests ask: no wait is longer than a few milliseconds.
inline HttpModelOptions quick_options(const ModelServer& server, std::unique_ptr<Dialect> dialect,
                                      const std::string& model = "openai/gpt-x") {
  using namespace std::chrono_literals;
  HttpModelOptions options;
  options.dialect = std::move(dialect);
  options.base_url = server.url();
  options.model = model;
  options.first_retry_wait = 2ms;
  options.max_retry_wait = 200ms;
  options.timeout = 20s;
  return options;
}

inline ModelRequest question(const std::string& text = "why?") {
  ModelRequest request;
  request.messages = {{.role = Role::system, .text = "be brief"}, {.role = Role::user, .text = text}};
  return request;
}

inline ToolDescription tool(const std::string& name) {
  return {.name = name, .description = "reads a log", .input_schema = {{"type", "object"}}};
}

}  // namespace agent::llm
