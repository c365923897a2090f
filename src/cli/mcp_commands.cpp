#include "base/signals.hpp"
#include "base/text.hpp"
#include "cli/analyze_output.hpp"
#include "cli/mcp.hpp"
#include "cli/progress.hpp"
#include "flows/fan_out.hpp"
#include "sinks/display.hpp"
#include "sinks/render_yaml.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace agent::cli {
namespace {

constexpr std::string_view url_flag = "--server-url", transport_flag = "--transport", revision_flag = "--revision",
                           token_flag = "--token-file";
constexpr std::size_t most_connecting = 16;

bool is_ad_hoc(const Context& context) { return context.has_child || !context.one(url_flag).empty(); }

Result<std::string> transport_of(const Context& context) {
  constexpr std::array<std::string_view, 5> known{"auto", "streamable-http", "sse", "stdio", "websocket"};
  std::string transport = lower(context.one(transport_flag));
  if (transport.empty() || std::ranges::count(known, transport) > 0) return transport;
  return fail(ErrorKind::usage, "there is no transport '" + clean_line(transport) + "'", std::string(transport_flag),
              "one of auto, streamable-http, sse, stdio, websocket");
}

/// The server of the command line.
Result<McpServerSettings> server_given(const Context& context) {
  const std::string transport = TRY(transport_of(context));
  auto server = TRY(ad_hoc_server(context.one(url_flag), transport, context.child, context.environment));
  server.revision = context.one(revision_flag);
  TRY(check_revision(server.revision, ErrorKind::usage, std::string(revision_flag)));
  server.token_file = context.one(token_flag);
  return server;
}

/// Those of the command line, or of the settings; one, when it is named.
Result<std::vector<McpServerSettings>> servers_asked_for(const Context& context, const std::string& name) {
  if (is_ad_hoc(context)) return std::vector{TRY(server_given(context))};
  for (const std::string_view flag : {transport_flag, revision_flag, token_flag})
    if (!context.all(flag).empty())
      return fail(ErrorKind::usage, "no server is given that this is for", std::string(flag),
                  "give --server-url URL, or -- COMMAND");
  auto servers = TRY(mcp_servers(context.settings, context.environment));
  if (name.empty()) return servers;
  return std::vector{TRY(server_named(servers, name))};
}

McpParts parts_of(Context& context, flows::SharedRedactor& redactor, const std::stop_token& stop) {
  McpParts parts{
      .environment = context.environment, .ca_file = context.settings.text("cluster.ca_file"), .redactor = redactor};
  if (const auto timeout = context.timeout()) parts.deadline = std::chrono::steady_clock::now() + *timeout;
  parts.stop = stop;
  if (context.err.is_terminal())
    parts.show_sign_in = [&context](const std::string& server, const std::string& url) {
      // A terminal that can't be written to shows nothing; the sign-in then ends by its own time.
      static_cast<void>(context.err.write("agent: sign in for '" + server + "' here: " + clean_line(url) + "\n"));
    };
  return parts;
}

Result<std::vector<ServerView>> inspect_all(Context& context, const std::string& name,
                                            flows::SharedRedactor& redactor) {
  const auto servers = TRY(servers_asked_for(context, name));
  const Interrupts interrupts({.timeout = context.timeout()});
  const McpParts parts = parts_of(context, redactor, interrupts.token());
  std::vector<ServerView> views(servers.size());
  flows::fan_out(servers.size(), most_connecting,
                 [&](std::size_t at) { views[at] = inspect_server(servers[at], parts); });
  if (const auto reason = interrupts.reason(); reason && reason->kind != ErrorKind::deadline)
    return std::unexpected(*reason);
  return views;
}

std::string redacted(const std::string& text, flows::SharedRedactor& redactor) {
  const std::lock_guard lock(redactor.guard);
  return redactor.redactor.redact(text);
}

/// Every text in `value` by itself.
void redact_texts(nlohmann::json& value, flows::SharedRedactor& redactor) {
  if (value.is_string()) value = redacted(value.get<std::string>(), redactor);
  if (value.is_structured())
    for (nlohmann::json& child : value) redact_texts(child, redactor);
}

/// Each text by itself, as JSON spells some otherwise; then as a whole, as a name beside a value tells a secret, where
/// that does not harm the JSON.
std::string redacted_json(nlohmann::json value, flows::SharedRedactor& redactor) {
  redact_texts(value, redactor);
  const std::string print = value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::string text = redacted(print, redactor);
  return sinks::escape_bracket_commands(nlohmann::json::accept(text) ? text : print);
}

/// Also each text by itself: a secret that a line is broken in is none that a redactor knows.
void redact_views(std::vector<ServerView>& views, flows::SharedRedactor& redactor) {
  for (ServerView& view : views)
    for_each_text(view, [&redactor](std::string& text) { text = redacted(text, redactor); });
}

Error redacted(Error error, flows::SharedRedactor& redactor) {
  for (std::string* part : {&error.what, &error.where, &error.fix}) *part = redacted(*part, redactor);
  return error;
}

Result<void> show(Context& context, std::vector<ServerView> views, flows::SharedRedactor& redactor,
                  std::string (*as_text)(const std::vector<ServerView>&, const ViewStyle&)) {
  const std::string format = TRY(output_format(context));
  redact_views(views, redactor);
  if (format == "json") return context.out.write(redacted_json(servers_json(views), redactor));
  const auto width = static_cast<std::size_t>(context.out.columns(context.environment));
  return context.out.write(as_text(views, {width, reads_commands(context.environment)}));
}

/// 0; the code of a required server that failed; of the first one, when `all_count` or when none is left.
int exit_code_of(const std::vector<ServerView>& views, bool all_count) {
  const bool none_left = std::ranges::all_of(views, [](const ServerView& view) { return view.error.has_value(); });
  for (const ServerView& view : views)
    if (view.error && (view.required || all_count || none_left)) return traits(view.error->kind).exit_code;
  return 0;
}

std::unexpected<Error> none_configured() {
  return fail(ErrorKind::settings, "no MCP server is configured", "",
              "[mcp.servers.NAME] in the settings file, MCP_OPENSHIFT_URL, MCP_GITEA_URL, or --server-url URL");
}

Result<int> list(Context& context) {
  flows::SharedRedactor redactor;
  const auto views = TRY(inspect_all(context, context.one("SERVER"), redactor));
  if (views.empty()) return none_configured();
  std::vector<ServerView> brief = views;
  for (ServerView& view : brief) view.steps.clear();
  TRY(show(context, brief, redactor, list_text));
  return exit_code_of(views, false);
}

/// A step that shows a server's last words need not say who shows them.
void drop_own_name(std::optional<Error>& error) {
  constexpr std::string_view hint = "; 'agent mcp doctor' shows its last words";
  if (!error) return;
  if (const std::size_t at = error->fix.find(hint); at != std::string::npos) error->fix.erase(at, hint.size());
}

Result<int> doctor(Context& context) {
  flows::SharedRedactor redactor;
  auto views = TRY(inspect_all(context, context.one("SERVER"), redactor));
  if (views.empty()) return none_configured();
  for (ServerView& view : views) {
    drop_own_name(view.error);
    for (StepView& step : view.steps) drop_own_name(step.error);
  }
  TRY(show(context, views, redactor, doctor_text));
  return exit_code_of(views, true);
}

struct CallWords {
  std::string server, tool;
};

/// SERVER and TOOL, or the tool alone where the command line gives the server.
Result<CallWords> words_of_call(const Context& context) {
  const std::string server = context.one("SERVER"), tool = context.one("TOOL");
  if (is_ad_hoc(context) && !server.empty() && tool.empty()) return CallWords{"", server};
  if (!is_ad_hoc(context) && !tool.empty()) return CallWords{server, tool};
  return fail(ErrorKind::usage, is_ad_hoc(context) ? "give the tool alone" : "a server and a tool are needed", "",
              "agent mcp call SERVER TOOL --args JSON; agent mcp call TOOL --server-url URL");
}

/// A terminal and a CI's log, which is shown on one, get no control characters of a tool's words; a file gets all.
std::string shown_text(const Context& context, const std::string& text) {
  const bool obeyed = reads_commands(context.environment);
  if (!context.out.is_terminal() && !obeyed && !is_ci(context.environment))
    return text.empty() || text.ends_with('\n') ? text : text + "\n";
  std::string shown;
  for (const std::string& line : sinks::safe_lines(text)) shown += line + "\n";
  return obeyed ? sinks::defuse_all_lines(shown) : shown;
}

Result<ToolAnswer> ask(Context& context, const std::string& tool, const McpServerSettings& server,
                       const McpParts& parts) {
  Progress progress(context.err, progress_shown(context.settings), tool);
  const ToolQuestion question{
      .tool = tool,
      .arguments = context.one("--args"),
      .allow_changes = !context.all("--allow-changes").empty(),
      .progress = [&](const std::string& words) { progress.say(clean_line(redacted(words, parts.redactor))); }};
  return call_tool(server, question, parts);
}

/// A question is over with its call, or when we are interrupted.
auto asking_on_terminal(Context& context, const std::stop_token& interrupted) {
  return [&context, interrupted](const std::string& prompt,
                                 const std::stop_token& call_over) -> std::optional<std::string> {
    std::stop_source either;
    const auto end = [&either] { either.request_stop(); };
    const std::stop_callback by_us(interrupted, end), by_call(call_over, end);
    if (!context.err.write(prompt)) return {};
    return read_terminal_line(STDIN_FILENO, either.get_token());
  };
}

Result<int> call(Context& context) {
  const std::string format = TRY(output_format(context));
  const CallWords words = TRY(words_of_call(context));
  const auto servers = TRY(servers_asked_for(context, words.server));
  const Interrupts interrupts({.timeout = context.timeout()});
  flows::SharedRedactor redactor;
  McpParts parts = parts_of(context, redactor, interrupts.token());
  if (context.stdin_is_terminal) parts.ask_line = asking_on_terminal(context, interrupts.token());
  auto answer = ask(context, words.tool, servers.front(), parts);
  if (const auto reason = interrupts.reason()) return std::unexpected(*reason);
  if (!answer) return std::unexpected(redacted(std::move(answer).error(), redactor));
  const ToolAnswer told = *std::move(answer);
  TRY(context.out.write(format == "json" ? redacted_json(told.result, redactor)
                                         : shown_text(context, redacted(told.text, redactor))));
  return told.is_error ? 1 : 0;
}

std::vector<Argument> with_server(std::vector<Argument> arguments) {
  arguments.push_back({.name = url_flag, .value = "URL", .help = "A server that no setting names, at this address"});
  arguments.push_back(
      {.name = transport_flag, .value = "WAY", .help = "How it is spoken to: auto, streamable-http, sse, websocket"});
  arguments.push_back({.name = revision_flag, .value = "DATE", .help = "Only this revision of MCP"});
  arguments.push_back({.name = token_flag, .value = "FILE", .help = "File with the bearer token for it"});
  return arguments;
}

const Argument one_server{.name = "SERVER", .value = "", .help = "Its name in the settings; all when it is left out"};

}  // namespace

std::vector<Command> mcp_commands() {
  return {{.path = "mcp", .summary = "Look at MCP servers and call their tools", .examples = "", .arguments = {}},
          {.path = "mcp list",
           .summary = "List the MCP servers: transport, era, revision, tools. Exit code 5 when none answers",
           .examples = "  agent mcp list\n"
                       "  agent mcp list kubernetes -o json\n"
                       "  agent mcp list --server-url http://127.0.0.1:8080/mcp\n"
                       "  agent mcp list -- npx -y kubernetes-mcp-server@latest\n",
           .arguments = with_server({one_server}),
           .run = list,
           .takes_child = TakesChild::yes,
           .formats = "text json"},
          {.path = "mcp call",
           .summary = "Call a tool and print its result; exit code 1 when the tool fails, 7 when it is denied",
           .examples = "  agent mcp call kubernetes pods_list\n"
                       "  agent mcp call kubernetes pods_log --args '{\"namespace\": \"ci\", \"name\": \"web-0\"}'\n"
                       "  agent mcp call gitea create_issue --allow-changes --args '{\"title\": \"a\"}' -o json\n"
                       "  agent mcp call echo --allow-changes --args '{\"message\": \"hi\"}' -- npx -y "
                       "@modelcontextprotocol/server-everything\n",
           .arguments = with_server(
               {{.name = "SERVER", .value = "", .help = "Its name in the settings; left out with --server-url or --"},
                {.name = "TOOL", .value = "", .help = "The tool, as 'agent mcp list' names it"},
                {.name = "--args", .value = "JSON", .help = "Its arguments, an object"},
                {.name = "--allow-changes", .value = "", .help = "Also a tool that may do more than look"}}),
           .run = call,
           .takes_child = TakesChild::yes,
           .formats = "text json"},
          {.path = "mcp doctor",
           .summary = "Show each step of a connection with its time and, when one fails, what to do",
           .examples = "  agent mcp doctor\n"
                       "  agent mcp doctor gitea\n"
                       "  agent mcp doctor --server-url https://host/mcp --token-file token\n",
           .arguments = with_server({one_server}),
           .run = doctor,
           .takes_child = TakesChild::yes,
           .formats = "text json"}};
}

}  // namespace agent::cli
