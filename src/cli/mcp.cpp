#include "cli/mcp.hpp"

#include "base/settings_file.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/wiring.hpp"
#include "mcp/client.hpp"
#include "mcp/content.hpp"
#include "mcp/oauth.hpp"
#include "mcp/oauth_browser.hpp"
#include "mcp/remote_tools.hpp"
#include "mcp/serve_http.hpp"
#include "mcp/serve_stdio.hpp"
#include "net/url.hpp"
#include "tools/tool_policy.hpp"

#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>

namespace agent::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

mcp::Learn learn_into(flows::SharedRedactor& redactor) {
  return [&redactor](std::string_view kind, std::string_view secret) { redactor.learn(secret, kind); };
}

/// What settings hold that may not be told to anyone else.
void learn_secrets(const McpServerSettings& server, flows::SharedRedactor& redactor) {
  for (const auto& [name, value] : server.headers) {
    redactor.learn(value, "header");
    const std::size_t blank = value.find(' ');  // "Token abc"
    if (blank != std::string::npos) redactor.learn(trim(std::string_view(value).substr(blank)), "header");
  }
  for (const std::string& value : server.env_values) redactor.learn(value, "env");
  const bool web_socket = server.url.starts_with("ws");
  const auto url = net::parse_url(web_socket ? "http" + server.url.substr(2) : server.url);
  if (!url || url->userinfo.empty()) return;
  const std::size_t colon = url->userinfo.find(':');
  if (colon != std::string::npos) redactor.learn(std::string_view(url->userinfo).substr(colon + 1), "password");
  redactor.learn(url->userinfo, "password");
}

/// Empty where there is no home: then tokens end with the process.
std::string token_folder(const Environment& environment) {
  const std::string state = state_folder(environment);
  return state.empty() ? state : state + "/mcp";
}

Result<mcp::OAuthClient> oauth_client(const OAuthSettings& settings, const std::string& where) {
  mcp::OAuthClient client;
  client.id = settings.client_id;
  client.secret = settings.client_secret;
  client.issuer = settings.issuer;
  client.document_url = settings.client_metadata_url;
  if (!settings.private_key_file.empty())
    client.private_key = TRY(read_small_file(settings.private_key_file, "private key", where)).text;
  return client;
}

Result<std::shared_ptr<mcp::Authorizer>> authorizer_of(const McpServerSettings& server, const net::ClientOptions& http,
                                                       const McpParts& parts) {
  if (!server.token.empty() || !server.token_file.empty())
    return std::make_shared<mcp::StaticAuthorizer>(
        mcp::StaticToken{server.token, server.token_file, learn_into(parts.redactor)});
  if (!server.url.starts_with("http")) return nullptr;
  mcp::OAuthOptions options;
  options.server_url = server.url;
  options.client = TRY(oauth_client(server.oauth, server.where));
  const bool own = server.oauth.grant == "client_credentials";
  options.grant = own ? mcp::OAuthGrant::client_credentials : mcp::OAuthGrant::authorization_code;
  options.state_folder = token_folder(parts.environment);
  options.allow_internal = server.oauth.allow_internal;
  options.http = http;
  options.learn = learn_into(parts.redactor);
  if (parts.show_sign_in) {
    options.visit =
        mcp::by_browser([show = parts.show_sign_in, name = server.name](const std::string& url) { show(name, url); });
  }
  return TRY(mcp::OAuthAuthorizer::make(std::move(options)));
}

mcp::TransportKind kind_named(std::string_view name) {
  using enum mcp::TransportKind;
  for (const mcp::TransportKind kind : {streamable_http, sse, stdio, websocket})
    if (mcp::name_of(kind) == name) return kind;
  return automatic;
}

Result<mcp::Server> client_options(const McpServerSettings& settings, const McpParts& parts) {
  mcp::Server server;
  server.name = settings.name;
  server.transport = kind_named(settings.transport);
  server.sse_first = settings.sse_first;
  server.url = settings.url;
  server.command = settings.command;
  server.environment = settings.environment;
  server.revision = settings.revision;
  server.connect_timeout = settings.connect_timeout;
  server.call_timeout = settings.call_timeout;
  server.client_version = std::string(version);
  server.http.proxy = proxy_options(parts.environment);
  server.http.tls.ca_file = parts.ca_file;
  for (const auto& [name, value] : settings.headers) server.headers.push_back({name, value});
  learn_secrets(settings, parts.redactor);
  server.authorizer = TRY(authorizer_of(settings, server.http, parts));
  return server;
}

mcp::Limits limits_of(const McpParts& parts) { return {.deadline = parts.deadline, .stop = parts.stop}; }

/// What a person may do about it, where the error itself does not say.
std::string usual_fix(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unreachable: return "check that the server runs, and its address";
    case ErrorKind::unauthorised: return "set its token or token_file, or sign in by OAuth";
    case ErrorKind::forbidden: return "ask who runs the server for leave";
    case ErrorKind::deadline: return "raise its connect_timeout, or look at the server's log";
    case ErrorKind::unreadable: return "check that the address is an MCP server's, and the transport";
    default: return "";
  }
}

Error with_fix(Error error) {
  if (error.fix.empty()) error.fix = usual_fix(error.kind);
  return error;
}

template <class Value>
Result<Value> in_time(Result<Value> result, const McpParts& parts) {
  if (result) return result;
  return std::unexpected(of_the_server(std::move(result).error(), parts.deadline));
}

StepView view_of(const mcp::Step& step) {
  StepView view{.what = step.what, .outcome = step.outcome, .took = step.took};
  if (step.error) view.error = with_fix(*step.error);
  view.last_words = step.last_words;
  return view;
}

/// The time since it was made.
class Watch {
 public:
  [[nodiscard]] std::chrono::microseconds read() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin_);
  }

 private:
  SteadyClock::time_point begin_ = SteadyClock::now();
};

ToolView view_of(const mcp::ToolInfo& tool, const tools::ToolPolicy& policy) {
  const tools::ToolEffect effect = mcp::effect_of(tool);
  return {tool.name, tool.description, effect == tools::ToolEffect::reads,
          tools::why_denied(policy, tool.name, effect)};
}

void tell_facts(const mcp::ServerFacts& facts, ServerView& view) {
  view.transport = std::string(mcp::name_of(facts.transport));
  if (!facts.url.empty()) view.place = facts.url;
  view.era = facts.era == mcp::Era::modern ? "modern" : "legacy";
  view.revision = facts.revision;
  view.server = facts.name;
  view.version = facts.version;
}

Result<std::vector<mcp::ToolInfo>> list_tools(mcp::Client& client, const McpServerSettings& server,
                                              const McpParts& parts) {
  mcp::CallOptions options{.limits = limits_of(parts)};
  options.limits.deadline = std::min(options.limits.deadline, SteadyClock::now() + server.call_timeout);
  return in_time(client.list_tools(options), parts);
}

Result<void> inspect(const McpServerSettings& server, const McpParts& parts, ServerView& view) {
  mcp::Callbacks callbacks;
  callbacks.step = [&view](const mcp::Step& step) { view.steps.push_back(view_of(step)); };
  const auto client = TRY(connect_mcp(server, parts, std::move(callbacks)));
  tell_facts(client->facts(), view);
  const Watch watch;
  auto tools = list_tools(*client, server, parts);
  StepView step{.what = "tools/list", .outcome = {}, .took = watch.read()};
  if (!tools)
    step.error = with_fix(tools.error());
  else
    step.outcome = std::to_string(tools->size()) + (tools->size() == 1 ? " tool" : " tools");
  view.steps.push_back(std::move(step));
  for (const mcp::ToolInfo& tool : TRY(std::move(tools))) view.tools.push_back(view_of(tool, policy_of(server)));
  return {};
}

mcp::Elicited elicited(FormAnswer answer) {
  using Action = mcp::Elicited::Action;
  if (answer.action == FormAnswer::Action::accept) return {Action::accept, std::move(answer.content)};
  return {answer.action == FormAnswer::Action::decline ? Action::decline : Action::cancel, {}};
}

mcp::Callbacks callbacks_of(const McpParts& parts) {
  mcp::Callbacks callbacks;
  if (!parts.ask_line) return callbacks;
  callbacks.elicit = [ask = parts.ask_line](const std::string& server, const mcp::Json& params,
                                            const std::stop_token& stop) {
    return elicited(ask_person(server, params, [&](const std::string& prompt) { return ask(prompt, stop); }));
  };
  return callbacks;
}

Result<mcp::Json> arguments_of(const ToolQuestion& question) {
  if (question.arguments.empty()) return mcp::Json::object();
  auto arguments = mcp::parse_json_text(question.arguments);
  if (!arguments || !arguments->is_object())
    return fail(ErrorKind::usage, "the arguments are no JSON object", "--args", R"(--args '{"name": "value"}')");
  return arguments;
}

Result<mcp::ToolInfo> tool_named(const std::vector<mcp::ToolInfo>& tools, const std::string& name) {
  std::vector<std::string_view> known;
  for (const mcp::ToolInfo& tool : tools) {
    if (tool.name == name) return tool;
    known.push_back(tool.name);
  }
  const std::string_view near = nearest(name, known);
  return fail(ErrorKind::target_not_found, "the server has no tool '" + clean_line(name) + "'", "",
              near.empty() ? "agent mcp list, for those it has" : "did you mean '" + clean_line(near) + "'?");
}

Result<void> check_allowed(const McpServerSettings& server, const mcp::ToolInfo& tool, const mcp::Json& arguments,
                           bool allow_changes) {
  tools::ToolPolicy policy = policy_of(server);
  policy.read_only = policy.read_only && !allow_changes;
  std::string why = tools::why_denied(policy, tool.name, mcp::effect_of(tool));
  if (why.empty()) why = tools::why_denied(arguments);
  if (why.empty()) return {};
  const bool may_change = policy.read_only && mcp::effect_of(tool) == tools::ToolEffect::changes;
  return fail(ErrorKind::change_denied, "tool '" + clean_line(tool.name) + "' is denied: " + why, "",
              may_change ? "--allow-changes, if it may change something" : "");
}

std::unexpected<Error> refused(const mcp::RpcError& error) {
  const ErrorKind kind = error.code == mcp::rpc::invalid_params ? ErrorKind::usage : ErrorKind::unreadable;
  return fail(kind, "the server refuses the call: " + std::to_string(error.code) + " " +
                        clean_line(error.message.substr(0, 300)));
}

std::shared_ptr<const mcp::ToolServer> our_server(const std::shared_ptr<tools::Toolbox>& box) {
  mcp::ServerIdentity identity;
  identity.version = std::string(version);
  identity.instructions =
      "Explains failures of CI pipelines and clusters, and changes nothing. Begin with 'analyze'; the other tools show "
      "what it looked at.";
  return std::make_shared<mcp::ToolServer>(std::move(identity), mcp::served(box));
}

}  // namespace

Error of_the_server(Error error, net::Deadline deadline) {
  if (error.kind != ErrorKind::deadline || SteadyClock::now() >= deadline) return error;
  error = with_fix(std::move(error));
  error.kind = ErrorKind::unreachable;
  return error;
}

tools::ToolPolicy policy_of(const McpServerSettings& server) {
  return {.allow = server.allow,
          .deny = server.deny,
          .read_only = server.read_only,
          .timeout = server.call_timeout,
          .tool_timeouts = server.tool_timeouts};
}

Result<std::unique_ptr<mcp::Client>> connect_mcp(const McpServerSettings& server, const McpParts& parts,
                                                 mcp::Callbacks callbacks) {
  const auto was_asked = std::make_shared<std::atomic<bool>>(false);
  McpParts asking = parts;
  if (parts.show_sign_in)
    asking.show_sign_in = [was_asked, show = parts.show_sign_in](const std::string& name, const std::string& url) {
      *was_asked = true;
      show(name, url);
    };
  const mcp::Server options = TRY(client_options(server, asking));
  auto client = mcp::Client::connect(options, callbacks, limits_of(parts));
  // The server's time was a person's, who has signed in meanwhile.
  if (!client && client.error().kind == ErrorKind::deadline && *was_asked && SteadyClock::now() < parts.deadline)
    client = mcp::Client::connect(options, std::move(callbacks), limits_of(parts));
  return in_time(std::move(client), parts);
}

ServerView inspect_server(const McpServerSettings& server, const McpParts& parts) {
  ServerView view;
  view.name = server.name;
  view.place = place_of(server);
  view.named_by = server.where;
  view.required = server.required;
  const Watch watch;
  if (const auto done = inspect(server, parts, view); !done) {
    view.error = with_fix(done.error());
    const bool told = !view.steps.empty() && view.steps.back().error;
    if (!told) view.steps.push_back({.what = "connect", .outcome = {}, .took = watch.read(), .error = view.error});
  }
  view.took = watch.read();
  return view;
}

Result<ToolAnswer> call_tool(const McpServerSettings& server, const ToolQuestion& question, const McpParts& parts) {
  const mcp::Json arguments = TRY(arguments_of(question));
  const auto client = TRY(connect_mcp(server, parts, callbacks_of(parts)));
  const auto tools = TRY(list_tools(*client, server, parts));
  const mcp::ToolInfo tool = TRY(tool_named(tools, question.tool));
  TRY(check_allowed(server, tool, arguments, question.allow_changes));
  mcp::CallOptions options{.limits = limits_of(parts)};
  const auto most = policy_of(server).timeout_of(question.tool);
  options.limits.deadline = std::min(options.limits.deadline, SteadyClock::now() + most);
  if (question.progress)
    options.progress = [&question](double, std::optional<double>, const std::string& message) {
      question.progress(message);
    };
  mcp::Outcome outcome = TRY(in_time(client->call_tool(question.tool, arguments, options), parts));
  if (outcome.error) return refused(*outcome.error);
  ToolAnswer answer{.result = std::move(outcome.result), .text = {}, .is_error = false};
  tools::ToolResult told = mcp::to_tool_result(answer.result, tool.output_schema);
  answer.text = std::move(told.text);
  answer.is_error = told.status != tools::ToolStatus::ok;
  return answer;
}

Result<std::vector<NotChecked>> add_server_tools(const std::vector<McpServerSettings>& servers, const McpParts& parts,
                                                 tools::Toolbox& box) {
  if (servers.empty()) return {};
  std::vector<mcp::ServerPlan> plans;
  for (const McpServerSettings& server : servers)
    plans.push_back({TRY(client_options(server, parts)), server.required});
  const mcp::Connections made = TRY(in_time(mcp::connect_all(std::move(plans), {}, limits_of(parts)), parts));
  mcp::add_tools(made, box);
  std::vector<NotChecked> missing;
  for (const mcp::MissingServer& one : made.missing)
    missing.push_back({"MCP server '" + one.name + "'", one.error.what});
  return missing;
}

Result<void> serve_by_http(const std::shared_ptr<tools::Toolbox>& box, const HttpPlace& place,
                           const std::function<Result<void>(const std::string& url)>& ready,
                           const std::stop_token& stop) {
  mcp::ServeHttpOptions options;
  options.address = place.address;
  options.port = place.port;
  options.token = place.token;
  options.hosts = place.hosts;
  options.origins = place.origins;
  auto server = TRY(mcp::HttpToolServer::listen(our_server(box), options));
  TRY(ready(server.url()));
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait(lock, stop, [] { return false; });
  server.stop();
  return {};
}

Result<void> serve_by_streams(const std::shared_ptr<tools::Toolbox>& box, const std::stop_token& stop) {
  auto served = mcp::serve_stdio(*our_server(box), STDIN_FILENO, STDOUT_FILENO, stop);
  const bool client_left = !served && served.error().kind == ErrorKind::unreachable;
  return client_left ? Result<void>() : served;
}

}  // namespace agent::cli
