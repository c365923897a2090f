#include "mcp/client.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "mcp/answering.hpp"
#include "mcp/header_params.hpp"
#include "mcp/wire.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace agent::mcp {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int most_pages = 100, most_rounds = 10, most_restarts = 5, most_subscriptions = 5;
constexpr std::size_t most_items = 10'000;
constexpr int no_session = 404;
constexpr milliseconds farewell{2000}, cancel_time{1000}, answer_time{5000}, first_resubscription{500};

std::string cleaned(const std::string& text) { return clean_line(text.substr(0, 300)); }

std::unexpected<Error> refused(const std::string& method, const RpcError& error) {
  return fail(ErrorKind::unreadable,
              "the MCP server refuses '" + method + "': " + std::to_string(error.code) + " " + cleaned(error.message));
}

std::unexpected<Error> no_answer(int status) {
  return fail(ErrorKind::unreachable, "the MCP server answers HTTP " + std::to_string(status) + " without a message",
              "", status >= 500 ? "look at the server's log" : "check the address of the server");
}

ToolInfo tool_info(Json& item) {
  ToolInfo tool{.name = text_at(item, "name"),
                .title = text_at(item, "title"),
                .description = text_at(item, "description"),
                .input_schema = {},
                .output_schema = {},
                .annotations = {}};
  for (const auto& [key, into] : {std::pair{"inputSchema", &tool.input_schema},
                                  {"outputSchema", &tool.output_schema},
                                  {"annotations", &tool.annotations}})
    if (const auto found = item.find(key); found != item.end()) *into = std::move(*found);
  return tool;
}

bool only_reads(const std::string& method) { return method != "tools/call"; }

}  // namespace

struct Client::State {
  State(Server given, Callbacks called)
      : server(std::move(given)),
        callbacks(std::move(called)),
        ours{.capabilities = client_capabilities(callbacks),
             .client_info = {{"name", "agent"}, {"version", server.client_version}},
             .revision = server.revision},
        quick([this](const Message& asked, const std::stop_token& stop) { return answer(asked, stop); },
              [this](std::string text) { send_answer(std::move(text)); }),
        slow([this](const Message& asked, const std::stop_token& stop) { return answer(asked, stop); },
             [this](std::string text) { send_answer(std::move(text)); }) {}

  ~State() {
    subscriptions_stop.request_stop();
    for (std::thread& one : subscriptions) one.join();
    if (const auto open = current()) open->transport->close({.deadline = Clock::now() + farewell});
  }

  [[nodiscard]] std::shared_ptr<Wire> current() {
    const std::lock_guard lock(mutex);
    return wire;
  }

  /// The wire that there is, or a new one. Connecting, all wait.
  Result<std::shared_ptr<Wire>> connected(const Limits& limits) {
    const std::lock_guard connecting(connect_mutex);
    if (auto open = current()) return open;
    if (connects > most_restarts) {
      return fail(ErrorKind::unreachable,
                  "the MCP server '" + server.name + "' ended " + std::to_string(connects) + " times", "",
                  "look at its log, or run it in a shell");
    }
    Limits by = limits;
    by.deadline = std::min(limits.deadline, Clock::now() + server.connect_timeout);
    auto made = open_wire(server, ours, receivers(), by);
    const std::lock_guard lock(mutex);
    opened.reset();
    if (!made) return std::unexpected(std::move(made).error());
    wire = std::make_shared<Wire>(*std::move(made));
    return greet(wire);
  }

  /// What a new wire tells us. A server may ask before it has answered who it is.
  WireReceivers receivers() {
    return {.message = [this](Message message) { receive(std::move(message)); },
            .opened =
                [this](std::shared_ptr<Transport> transport) {
                  const std::lock_guard lock(mutex);
                  opened = std::move(transport);
                },
            .step = callbacks.step};
  }

  /// Begins to hear what the server says unasked.
  Result<std::shared_ptr<Wire>> greet(const std::shared_ptr<Wire>& made) {
    ++connects;
    const bool hears = callbacks.notified || callbacks.elicit || callbacks.sample || callbacks.roots;
    if (made->agreement.envelope.era == Era::legacy && hears) made->transport->listen();
    return made;
  }

  void drop(const std::shared_ptr<Wire>& dead) {
    const std::lock_guard lock(mutex);
    if (wire == dead) wire.reset();
  }

  // What the server says.

  void receive(Message message) {
    if (message.is_request()) {
      const bool takes_time = message.method == "elicitation/create" || message.method == "sampling/createMessage";
      (takes_time ? slow : quick).take(std::move(message));
    } else if (message.method == "notifications/progress") {
      report_progress(message.params);
    } else if (message.method == "notifications/cancelled") {
      quick.cancel(value_at(message.params, "requestId"));
      slow.cancel(value_at(message.params, "requestId"));
    } else if (callbacks.notified && message.is_notification()) {
      callbacks.notified(message.method, message.params);
    }
  }

  Outcome answer(const Message& asked, const std::stop_token& stop) {
    return answer_request(callbacks, server.name, asked.method, asked.params, stop);
  }

  void send_answer(std::string text) {
    std::shared_ptr<Transport> transport;
    {
      const std::lock_guard lock(mutex);
      transport = wire ? wire->transport : opened;
    }
    if (!transport) return;
    const auto sent =
        transport->send({.id = nullptr, .text = std::move(text)}, {.deadline = Clock::now() + answer_time});
    if (!sent) log(LogLevel::debug, "mcp answer not sent", {{"what", sent.error().what}});
  }

  void report_progress(const Json& params) {
    std::function<void(double, std::optional<double>, const std::string&)> told;
    {
      const std::lock_guard lock(mutex);
      const auto found = progress.find(value_at(params, "progressToken").dump());
      if (found != progress.end()) told = found->second;
    }
    const Json& done = value_at(params, "progress");
    const Json& total = value_at(params, "total");
    if (!told || !done.is_number()) return;
    told(done.get<double>(), total.is_number() ? std::optional(total.get<double>()) : std::nullopt,
         text_at(params, "message"));
  }

  // What we ask.

  [[nodiscard]] Limits limits_of(const CallOptions& options) const {
    Limits limits = options.limits;
    if (limits.deadline == net::Deadline::max()) limits.deadline = Clock::now() + server.call_timeout;
    return limits;
  }

  /// One request, one answer. Progress is followed while it waits.
  Result<Reply> exchange(const Wire& open, const std::string& method, Json params, const CallOptions& options,
                         const Limits& limits) {
    const Json id = next_id++;
    if (options.progress) {
      if (!params.is_object()) params = Json::object();
      params["_meta"]["progressToken"] = id;
      const std::lock_guard lock(mutex);
      progress[id.dump()] = options.progress;
    }
    Outgoing request = make_request(open.agreement.envelope, id, method, params);
    request.repeatable = only_reads(method);
    if (method == "tools/call" && open.agreement.envelope.era == Era::modern) add_header_params(params, request);
    auto reply = open.transport->exchange(request, limits);
    if (options.progress) {
      const std::lock_guard lock(mutex);
      progress.erase(id.dump());
    }
    if (!reply) cancel(open, id, reply.error());
    return reply;
  }

  void add_header_params(const Json& params, Outgoing& request) {
    const std::lock_guard lock(mutex);
    const auto schema = input_schemas.find(text_at(params, "name"));
    if (schema == input_schemas.end()) return;
    for (auto& header : header_params(schema->second, value_at(params, "arguments")))
      request.headers.push_back(std::move(header));
  }

  /// Tells the server that nobody waits any more. Over HTTP, 2026-07-28 closes the stream for that, which is done.
  void cancel(const Wire& open, const Json& id, const Error& why) {
    if (why.kind != ErrorKind::deadline && why.kind != ErrorKind::interrupted) return;
    const bool by_stream =
        open.agreement.envelope.era == Era::modern && open.transport->kind() == TransportKind::streamable_http;
    if (by_stream) return;
    const std::string reason = why.kind == ErrorKind::deadline ? "out of time" : "stopped";
    const auto sent = open.transport->send(
        make_notification(open.agreement.envelope, "notifications/cancelled", {{"requestId", id}, {"reason", reason}}),
        {.deadline = Clock::now() + cancel_time});
    if (!sent) log(LogLevel::debug, "mcp request not cancelled", {{"what", sent.error().what}});
  }

  /// exchange(), again where the session was lost, or the wire broke under a request that only reads.
  Result<Reply> robust(const std::string& method, const Json& params, const CallOptions& options,
                       const Limits& limits) {
    for (bool again = true;; again = false) {
      const auto open = TRY(connected(limits));
      auto reply = exchange(*open, method, params, options, limits);
      if (reply && !is_lost(*open, *reply)) return reply;
      const bool broke = !reply && reply.error().kind == ErrorKind::unreachable;
      if (!reply && !broke) return reply;
      if (reply || open->transport->kind() != TransportKind::streamable_http) drop(open);
      if (!again || (broke && !only_reads(method))) return reply;
    }
  }

  /// 404 to a request with a session id: the server has forgotten it (2025-03-26, "Session Management").
  static bool is_lost(const Wire& open, const Reply& reply) {
    return reply.status == no_session && open.agreement.envelope.era == Era::legacy &&
           (!reply.message || reply.message->error);
  }

  Result<Outcome> once(const std::string& method, const Json& params, const CallOptions& options,
                       const Limits& limits) {
    auto reply = TRY(robust(method, params, options, limits));
    if (!reply.message) return no_answer(reply.status);
    if (reply.message->error) return Outcome{.result = {}, .error = std::move(reply.message->error)};
    return Outcome{.result = std::move(reply.message->result), .error = {}};
  }

  /// once(), with the answers to what the server asks back before it completes (2026-07-28, multi round-trip requests).
  Result<Outcome> complete(const std::string& method, Json params, const CallOptions& options) {
    const Limits limits = limits_of(options);
    for (int round = 0; round < most_rounds; ++round) {
      auto outcome = TRY(once(method, params, options, limits));
      const std::string type = text_at(outcome.result, "resultType");
      if (outcome.error || type.empty() || type == "complete") return outcome;
      if (type != "input_required") {
        return fail(ErrorKind::unreadable, "the MCP server gives a result of the unknown type '" + cleaned(type) + "'",
                    "", "update this program");
      }
      params = TRY(with_answers(std::move(params), outcome.result, limits));
    }
    return fail(ErrorKind::unreadable,
                "the MCP server asked back " + std::to_string(most_rounds) + " times for one call");
  }

  Result<Json> with_answers(Json params, const Json& asked, const Limits& limits) {
    Json answers = Json::object();
    const Json& requests = value_at(asked, "inputRequests");
    for (auto request = requests.begin(); requests.is_object() && request != requests.end(); ++request) {
      const Json& one = *request;
      auto answer =
          answer_request(callbacks, server.name, text_at(one, "method"), value_at(one, "params"), limits.stop);
      if (answer.error) {
        return fail(ErrorKind::unreadable,
                    "the MCP server asks for '" + cleaned(text_at(one, "method")) + "', which is not offered to it");
      }
      answers[request.key()] = std::move(answer.result);
    }
    if (!params.is_object()) params = Json::object();
    params["inputResponses"] = std::move(answers);
    params.erase("requestState");
    if (const Json& state = value_at(asked, "requestState"); !state.is_null()) params["requestState"] = state;
    return params;
  }

  const Server server;
  const Callbacks callbacks;
  const Introduction ours;
  std::mutex connect_mutex;
  std::mutex mutex;  ///< Of wire, progress and input_schemas.
  std::shared_ptr<Wire> wire;
  std::shared_ptr<Transport> opened;  ///< Before it is a wire.
  int connects = 0;
  std::atomic<std::uint64_t> next_id{1};
  std::map<std::string, std::function<void(double, std::optional<double>, const std::string&)>> progress;
  std::map<std::string, Json, std::less<>> input_schemas;  ///< Of the tools that were listed.
  Answering quick, slow;
  std::stop_source subscriptions_stop;
  std::vector<std::thread> subscriptions;
};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::connect(Server server, Callbacks callbacks, const Limits& limits) {
  auto state = std::make_unique<State>(std::move(server), std::move(callbacks));
  const auto open = TRY(state->connected(limits));
  const bool moved = state->server.sse_first && open->transport->kind() != TransportKind::sse;
  if (moved) {
    log(LogLevel::info, "mcp server has no HTTP+SSE",
        {{"server", state->server.name}, {"used", name_of(open->transport->kind())}});
  }
  return std::unique_ptr<Client>(new Client(std::move(state)));
}

ServerFacts Client::facts() const {
  const auto open = state_->current();
  if (!open) return {};
  const Agreement& agreed = open->agreement;
  return {.transport = open->transport->kind(),
          .url = open->url,
          .era = agreed.envelope.era,
          .revision = agreed.envelope.revision,
          .name = agreed.name,
          .version = agreed.version,
          .instructions = agreed.instructions,
          .capabilities = agreed.capabilities};
}

const std::string& Client::name() const { return state_->server.name; }

Result<Json> Client::list(const std::string& method, const std::string& key, const CallOptions& options) {
  Json items = Json::array();
  std::set<std::string> cursors;
  Json params = Json::object();
  const CallOptions all{.limits = state_->limits_of(options), .progress = options.progress};
  for (int page = 0; page < most_pages; ++page) {
    auto outcome = TRY(state_->complete(method, params, all));
    if (outcome.error) return refused(method, *outcome.error);
    if (auto part = outcome.result.find(key);
        outcome.result.is_object() && part != outcome.result.end() && part->is_array())
      for (Json& one : *part)
        if (items.size() < most_items) items.push_back(std::move(one));
    const std::string cursor = text_at(outcome.result, "nextCursor");
    if (cursor.empty() || items.size() >= most_items || !cursors.insert(cursor).second) break;
    params["cursor"] = cursor;
  }
  return items;
}

Result<std::vector<ToolInfo>> Client::list_tools(const CallOptions& options) {
  auto items = TRY(list("tools/list", "tools", options));
  const auto open = state_->current();
  const bool annotated =
      open && open->agreement.envelope.era == Era::modern && open->transport->kind() == TransportKind::streamable_http;
  std::vector<ToolInfo> tools;
  std::map<std::string, Json, std::less<>> schemas;
  for (Json& item : items) {
    ToolInfo tool = tool_info(item);
    if (tool.name.empty()) continue;
    if (const auto why = annotated ? why_invalid(tool.input_schema) : std::nullopt) {
      log(LogLevel::warning, "mcp tool left out", {{"tool", cleaned(tool.name)}, {"why", *why}});
      continue;
    }
    if (annotated) schemas[tool.name] = tool.input_schema;
    tools.push_back(std::move(tool));
  }
  const std::lock_guard lock(state_->mutex);
  state_->input_schemas = std::move(schemas);
  return tools;
}

Result<Outcome> Client::call_tool(const std::string& tool, const Json& arguments, const CallOptions& options) {
  const Json params{{"name", tool}, {"arguments", arguments.is_null() ? Json::object() : arguments}};
  auto outcome = TRY(state_->complete("tools/call", params, options));
  // The server's schema is another than the one that we know: its headers, too.
  if (!outcome.error || outcome.error->code != rpc::header_mismatch) return outcome;
  TRY(list_tools({.limits = state_->limits_of(options)}));
  return state_->complete("tools/call", params, options);
}

Result<Outcome> Client::request(const std::string& method, const Json& params, const CallOptions& options) {
  return state_->complete(method, params, options);
}

Result<void> Client::subscribe(const Json& filter) {
  const Limits limits = state_->limits_of({});
  const auto open = TRY(state_->connected(limits));
  if (open->agreement.envelope.era == Era::legacy) {
    open->transport->listen();
    for (const Json& uri : value_at(filter, "resourceSubscriptions")) {
      auto outcome = TRY(request("resources/subscribe", {{"uri", uri}}));
      if (outcome.error) return refused("resources/subscribe", *outcome.error);
    }
    return {};
  }
  state_->subscriptions.emplace_back([state = state_.get(), filter] {
    const Limits forever{.stop = state->subscriptions_stop.get_token()};
    for (int tries = 0; tries < most_subscriptions && !forever.stop.stop_requested(); ++tries) {
      const auto wire = state->connected(forever);
      if (!wire) return;
      const auto begun = Clock::now();
      const auto end = state->exchange(**wire, "subscriptions/listen", {{"notifications", filter}}, {}, forever);
      if (end && end->message && end->message->error) return;
      if (Clock::now() - begun > std::chrono::minutes(1)) tries = 0;
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never;
      never.wait_for(lock, forever.stop, first_resubscription * (1 << tries), [] { return false; });
    }
  });
  return {};
}

void Client::close(const Limits& limits) {
  if (const auto open = state_->current()) open->transport->close(limits);
}

}  // namespace agent::mcp
