#pragma once

#include "base/error.hpp"
#include "mcp/authorizer.hpp"
#include "mcp/message.hpp"
#include "mcp/transport.hpp"
#include "net/http.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent::mcp {

/// One MCP server, as settings name it.
struct Server {
  std::string name;  ///< Ours: "kubernetes".
  TransportKind transport = TransportKind::automatic;
  /// automatic, with HTTP+SSE tried before all else.
  bool sse_first = false;
  std::string url;                                    ///< http(s) or ws(s); without a path: /mcp, then /sse.
  std::vector<net::Header> headers;                   ///< Sent with each HTTP request.
  std::shared_ptr<Authorizer> authorizer;             ///< None: no credentials.
  std::vector<std::string> command;                   ///< argv of a stdio server.
  std::vector<std::string> environment;               ///< NAME=VALUE; all that it gets.
  std::string revision;                               ///< Only this one; empty: the newest of both sides.
  std::chrono::milliseconds connect_timeout{15'000};  ///< Until the server has said who it is.
  std::chrono::milliseconds call_timeout{60'000};     ///< Of each request without a deadline of its own.
  net::ClientOptions http;
  std::size_t max_message_bytes = std::size_t{64} << 20U;
  std::string client_version = "0";
};

/// One step of a connection, for who wants to see why it takes long or fails.
struct Step {
  std::string what;  ///< "server/discover by streamable-http to http://host/mcp".
  std::chrono::microseconds took{0};
  std::string outcome;         ///< "modern, 2026-07-28"; empty when it failed.
  std::optional<Error> error;  ///< Why it failed; the next step may be another way.
  std::string last_words;      ///< The end of a stdio server's standard error when it failed: foreign text.
};

/// How an elicitation was answered. `content` only with `accept`.
struct Elicited {
  enum class Action { accept, decline, cancel } action = Action::decline;
  Json content;
};

/// What a server may ask of us, and tell us. An empty one is not offered to the server. Called on a thread of the
/// client; requests of a server one after the other.
struct Callbacks {
  /// `params` of sampling/createMessage; gives its result.
  std::function<Result<Json>(const Json& params, const std::stop_token& stop)> sample;
  /// `params` of elicitation/create. Defaults of the schema are filled in by the client.
  std::function<Elicited(const std::string& server, const Json& params, const std::stop_token& stop)> elicit;
  std::function<Json()> roots;  ///< An array of {uri, name}.
  /// Every notification but progress of our own calls: list_changed, updated, message (logging).
  std::function<void(const std::string& method, const Json& params)> notified;
  std::function<void(const Step&)> step;  ///< While connecting.
};

enum class Era {
  legacy,  ///< Up to 2025-11-25: initialize, sessions.
  modern,  ///< 2026-07-28: each request for itself.
};

/// What a server said of itself. None of it is to be trusted with a decision.
struct ServerFacts {
  TransportKind transport = TransportKind::stdio;
  std::string url;  ///< Where it was found; without credentials.
  Era era = Era::legacy;
  std::string revision;
  std::string name, version, instructions;
  Json capabilities;
};

/// A tool as its server describes it.
struct ToolInfo {
  std::string name, title, description;
  Json input_schema, output_schema, annotations;  ///< Null when missing.
};

/// What came of a request that the server answered.
struct Outcome {
  Json result;                    ///< Complete: what the server asked back was answered.
  std::optional<RpcError> error;  ///< Its refusal, instead.
};

struct CallOptions {
  Limits limits = {};  ///< Without a deadline: Server::call_timeout from now on.
  /// Told of progress, on a thread of the client.
  std::function<void(double progress, std::optional<double> total, const std::string& message)> progress = {};
};

/// A connection to one MCP server, of any revision from 2024-11-05 to 2026-07-28. Any number of threads at once.
/// A request whose time is over is cancelled at the server. A lost session is begun again and the request repeated
/// once; a stdio server that died is started again for the next request, at most five times. Errors of all calls: those
/// of Transport, and `target_not_found` (no such command).
class Client {
 public:
  /// Finds era and transport where they are not given, and agrees on the revision.
  [[nodiscard]] static Result<std::unique_ptr<Client>> connect(Server server, Callbacks callbacks,
                                                               const Limits& limits);
  ~Client();  ///< Closes, within 2 s.
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] ServerFacts facts() const;
  [[nodiscard]] const std::string& name() const;  ///< Server::name.

  /// All pages; at most 100 of them and 10,000 tools. Tools whose header annotations are invalid are left out
  /// (2026-07-28) and told to `notified` as a message. Errors: also `unreadable`, when the server refuses.
  [[nodiscard]] Result<std::vector<ToolInfo>> list_tools(const CallOptions& options = {});
  /// tools/call. What the server asks back (MRTR, elicitation, sampling, roots) is answered by the callbacks.
  [[nodiscard]] Result<Outcome> call_tool(const std::string& tool, const Json& arguments,
                                          const CallOptions& options = {});
  /// The items of resources/list, resources/templates/list or prompts/list, all pages.
  [[nodiscard]] Result<Json> list(const std::string& method, const std::string& key, const CallOptions& options = {});
  /// Any other request: resources/read, prompts/get, completion/complete, logging/setLevel, ping.
  [[nodiscard]] Result<Outcome> request(const std::string& method, const Json& params, const CallOptions& options = {});
  /// Follows changes: what `filter` names of {toolsListChanged, promptsListChanged, resourcesListChanged: true,
  /// resourceSubscriptions: [uri]} is told to `notified` until the client goes: subscriptions/listen (2026-07-28), or
  /// the stream that the server has for it, with resources/subscribe.
  [[nodiscard]] Result<void> subscribe(const Json& filter);
  void close(const Limits& limits);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agent::mcp
