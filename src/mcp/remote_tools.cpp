#include "mcp/remote_tools.hpp"

#include "base/text.hpp"
#include "mcp/content.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::array<std::string_view, 28> reading{
    "analyze", "check",  "count", "describe", "diff",    "download", "explain", "export", "fetch", "find",
    "get",     "health", "info",  "list",     "log",     "logs",     "lookup",  "query",  "read",  "search",
    "show",    "stat",   "stats", "status",   "summary", "top",      "view",    "whoami"};
constexpr std::array<std::string_view, 47> changing{
    "add",    "annotate", "apply",  "approve", "assign",    "attach",  "cancel",  "close",    "comment", "commit",
    "cordon", "create",   "delete", "deploy",  "drain",     "edit",    "evict",   "exec",     "execute", "fork",
    "import", "install",  "kill",   "label",   "merge",     "modify",  "move",    "patch",    "post",    "publish",
    "push",   "put",      "remove", "rename",  "reopen",    "replace", "restart", "rollback", "run",     "scale",
    "send",   "set",      "start",  "stop",    "uninstall", "update",  "write"};

/// "pods_log", "getPodLog" and "pod-log" have the words "pod(s)", "log", "get".
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_letter = is_upper || (c >= 'a' && c <= 'z');
    if ((is_upper || !is_letter) && !words.back().empty()) words.emplace_back();
    if (is_letter) words.back() += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return words;
}

template <std::size_t size>
bool has_any(const std::vector<std::string>& words, const std::array<std::string_view, size>& of) {
  return std::ranges::any_of(words, [&](const std::string& one) { return std::ranges::find(of, one) != of.end(); });
}

bool says(const Json& annotations, std::string_view hint, bool value) {
  const Json& said = value_at(annotations, hint);
  return said.is_boolean() && said.get<bool>() == value;
}

class RemoteTool final : public tools::Tool {
 public:
  RemoteTool(std::shared_ptr<Client> client, ToolInfo info) : client_(std::move(client)), info_(std::move(info)) {}

  [[nodiscard]] std::string name() const override { return info_.name; }
  [[nodiscard]] std::string description() const override { return info_.description; }
  [[nodiscard]] nlohmann::json input_schema() const override {
    return info_.input_schema.is_object() ? info_.input_schema : Json{{"type", "object"}};
  }
  [[nodiscard]] tools::ToolEffect effect() const override { return effect_of(info_); }

  [[nodiscard]] tools::ToolResult call(const nlohmann::json& arguments, std::stop_token stop) override {
    auto outcome = client_->call_tool(info_.name, arguments, {.limits = {.stop = std::move(stop)}});
    if (!outcome) return failed(std::move(outcome).error());
    if (outcome->error) return refused(*outcome->error);
    return to_tool_result(outcome->result, info_.output_schema);
  }

 private:
  static tools::ToolResult failed(Error error) {
    tools::ToolResult result;
    const bool late = error.kind == ErrorKind::deadline || error.kind == ErrorKind::interrupted;
    result.status = late ? tools::ToolStatus::timeout : tools::ToolStatus::error;
    result.text = error.what;
    result.bytes_total = result.text.size();
    result.failure = std::move(error);
    return result;
  }

  static tools::ToolResult refused(const RpcError& error) {
    tools::ToolResult result;
    result.status = tools::ToolStatus::error;
    result.text = "the server refuses the call: " + std::to_string(error.code) + " " + error.message;
    result.bytes_total = result.text.size();
    return result;
  }

  const std::shared_ptr<Client> client_;
  const ToolInfo info_;
};

Result<ConnectedServer> connect_one(const Server& server, Callbacks callbacks, const Limits& limits) {
  ConnectedServer made{.name = server.name, .client = {}, .tools = {}};
  Limits by = limits;
  by.deadline = std::min(limits.deadline, std::chrono::steady_clock::now() + server.connect_timeout);
  made.client = TRY(Client::connect(server, std::move(callbacks), limits));
  made.tools = TRY(made.client->list_tools({.limits = by}));
  return made;
}

}  // namespace

tools::ToolEffect effect_of(const ToolInfo& tool) {
  const auto words = words_of(tool.name);
  const bool reads = has_any(words, reading) && !has_any(words, changing);
  const bool admits_change =
      says(tool.annotations, "readOnlyHint", false) || says(tool.annotations, "destructiveHint", true);
  const bool says_it_reads = says(tool.annotations, "readOnlyHint", true);
  return reads && (says_it_reads || !admits_change) ? tools::ToolEffect::reads : tools::ToolEffect::changes;
}

std::vector<std::shared_ptr<tools::Tool>> remote_tools(const std::shared_ptr<Client>& client,
                                                       const std::vector<ToolInfo>& tools) {
  std::vector<std::shared_ptr<tools::Tool>> all;
  all.reserve(tools.size());
  for (const ToolInfo& one : tools) all.push_back(std::make_shared<RemoteTool>(client, one));
  return all;
}

Result<Connections> connect_all(std::vector<ServerPlan> plans,
                                const std::function<Callbacks(const std::string&)>& callbacks, const Limits& limits) {
  std::vector<std::optional<Result<ConnectedServer>>> results(plans.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t n = 0; n < plans.size(); ++n) {
      threads.emplace_back([&, n] {
        const Server& server = plans[n].server;
        results[n] = connect_one(server, callbacks ? callbacks(server.name) : Callbacks{}, limits);
      });
    }
  }
  Connections made;
  for (std::size_t n = 0; n < plans.size(); ++n) {
    auto& result = *results[n];
    if (!result && plans[n].required) return std::unexpected(std::move(result).error());
    if (result)
      made.connected.push_back(*std::move(result));
    else
      made.missing.push_back({plans[n].server.name, std::move(result).error()});
  }
  return made;
}

void add_tools(const Connections& connections, tools::Toolbox& box) {
  for (const ConnectedServer& one : connections.connected) box.add(one.name, remote_tools(one.client, one.tools));
}

}  // namespace agent::mcp
