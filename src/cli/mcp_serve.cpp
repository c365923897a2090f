#include "cli/mcp_serve.hpp"

#include "base/settings_file.hpp"
#include "base/signals.hpp"
#include "base/text.hpp"
#include "cli/mcp.hpp"
#include "cli/rules.hpp"
#include "cli/wiring.hpp"
#include "flows/analyze_tool.hpp"
#include "tools/builtin_tools.hpp"
#include "tools/toolbox.hpp"

#include <charconv>

namespace agent::cli {
namespace {

constexpr std::chrono::milliseconds call_time{60'000}, analysis_time{600'000};

/// "127.0.0.1:8080", "[::1]:8080", "8080" of this machine alone.
Result<HttpPlace> place_in(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  HttpPlace place;
  std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty()) place.address = host;
  const std::string_view port = std::string_view(text).substr(colon == std::string::npos ? 0 : colon + 1);
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), place.port);
  if (code == std::errc{} && end == port.data() + port.size()) return place;
  return fail(ErrorKind::usage, "'" + clean_line(text) + "' is no address and port", "--http", "127.0.0.1:8080");
}

Result<std::string> token_of(const Context& context) {
  const std::string path = context.one("--token-file");
  if (path.empty()) return std::string();
  std::string token = TRY(read_small_file(path, "token file", "--token-file")).text;
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.pop_back();
  if (token.empty()) return fail(ErrorKind::settings, "the token file '" + path + "' is empty", "--token-file");
  return token;
}

Result<std::optional<HttpPlace>> http_place(const Context& context) {
  if (context.one("--http").empty()) {
    for (const char* flag : {"--token-file", "--allow-host", "--allow-origin"})
      if (!context.all(flag).empty())
        return fail(ErrorKind::usage, "standard streams need no guard", flag, "give --http ADDRESS:PORT as well");
    return std::nullopt;
  }
  HttpPlace place = TRY(place_in(context.one("--http")));
  place.token = TRY(token_of(context));
  place.hosts = context.all("--allow-host");
  place.origins = context.all("--allow-origin");
  return place;
}

/// What is looked at; without a source when neither a snapshot nor a cluster is named.
Result<OpenedCluster> open_what_there_is(const Context& context, flows::SharedRedactor& redactor,
                                         const std::stop_token& stop) {
  if (const std::string snapshot = context.one("--snapshot"); !snapshot.empty())
    return open_snapshot(context, snapshot, stop);
  return cluster_is_named(context) ? open_cluster(context, redactor) : OpenedCluster{};
}

std::shared_ptr<tools::Toolbox> make_box(flows::SharedRedactor& redactor) {
  tools::ToolboxOptions options;
  options.policies[""] = {.timeout = call_time, .tool_timeouts = {{"analyze", analysis_time}}};
  options.redact = [&redactor](std::string_view text) {
    const std::lock_guard lock(redactor.guard);
    return redactor.redactor.redact(text);
  };
  options.audit = [](const tools::AuditRecord& call) { log_call(call, LogLevel::info); };
  return std::make_shared<tools::Toolbox>(std::move(options));
}

Result<int> serve(Context& context) {
  const auto place = TRY(http_place(context));
  const Interrupts interrupts({.timeout = context.timeout()});
  const evidence::RuleSet rules = TRY(load_rules(context.settings));
  flows::SharedRedactor redactor;
  OpenedCluster cluster = TRY(open_what_there_is(context, redactor, interrupts.token()));
  const std::shared_ptr<kube::Source> source = std::move(cluster.source);
  const auto box = make_box(redactor);
  if (source) box->add("", tools::builtin_tools(source, cluster.name_space));
  box->add("", {flows::analyze_tool({rules, system_clock(), redactor, source, cluster.name_space})});
  const bool quiet = context.settings.enabled("output.quiet");
  const auto ready = [&](const std::string& url) -> Result<void> {
    if (quiet) return {};
    return context.err.write("agent: MCP server at " + url + "\n");
  };
  TRY(place ? serve_by_http(box, *place, ready, interrupts.token()) : serve_by_streams(box, interrupts.token()));
  // To be told to end is how a server ends.
  if (const auto reason = interrupts.reason(); reason && reason->kind == ErrorKind::deadline)
    return std::unexpected(*reason);
  return 0;
}

}  // namespace

std::vector<Command> mcp_serve_commands() {
  return {{.path = "mcp serve",
           .summary = "Serve the tools that look at a cluster, and 'analyze', to MCP clients",
           .examples = "  agent mcp serve\n"
                       "  agent mcp serve --snapshot ./what-failed\n"
                       "  agent mcp serve --http 127.0.0.1:8080 --token-file token\n",
           .arguments = {{.name = "--http",
                          .value = "ADDRESS:PORT",
                          .help = "By streamable HTTP, at /mcp, instead of standard input and output"},
                         {.name = "--token-file",
                          .value = "FILE",
                          .help = "File with the bearer token to ask for; needed where others can reach the address"},
                         {.name = "--allow-host",
                          .value = "NAME",
                          .help = "Name by which clients may call the server, besides localhost",
                          .occurs = Occurs::any_number},
                         {.name = "--allow-origin",
                          .value = "ORIGIN",
                          .help = "Web page that may call the server, as https://host",
                          .occurs = Occurs::any_number},
                         {.name = "--snapshot", .value = "DIR", .help = "Look at a saved cluster"}},
           .run = serve}};
}

}  // namespace agent::cli
