#include "cli/mcp_view.hpp"

#include "sinks/display.hpp"
#include "sinks/text_writer.hpp"

#include <fmt/format.h>

namespace agent::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string milliseconds(std::chrono::microseconds took) {
  return fmt::format("{:.1f} ms", static_cast<double>(took.count()) / 1000);
}

std::string joined(std::initializer_list<std::string> words, const std::string& between) {
  std::string text;
  for (const std::string& word : words)
    if (!word.empty()) text += (text.empty() ? "" : between) + word;
  return text;
}

/// "kubernetes · streamable-http · modern, 2026-07-28 · kubernetes-mcp-server 0.0.67 · 18 tools · 12.0 ms".
std::string headline(const ServerView& server) {
  if (server.error) return joined({server.name, "FAILED", milliseconds(server.took)}, " · ");
  return joined({server.name, server.transport, joined({server.era, server.revision}, ", "),
                 joined({server.server, server.version}, " "),
                 std::to_string(server.tools.size()) + (server.tools.size() == 1 ? " tool" : " tools"),
                 milliseconds(server.took)},
                " · ");
}

void write_error(const Error& error, sinks::TextWriter& writer, std::size_t indent) {
  const std::string blanks(indent, ' ');
  writer.prose(blanks, error.what, indent);
  if (!error.where.empty()) writer.prose(blanks + "at: ", error.where, indent + 4);
  if (!error.fix.empty()) writer.prose(blanks + "try: ", error.fix, indent + 5);
}

void write_place(const ServerView& server, sinks::TextWriter& writer) {
  writer.prose("  ", server.place + (server.named_by.empty() ? "" : "  (" + server.named_by + ")"), 4);
}

std::string names_of(const ServerView& server) {
  std::string names;
  for (const ToolView& tool : server.tools)
    names += (names.empty() ? "" : ", ") + tool.name + (tool.denied.empty() ? "" : " (denied)");
  return names;
}

std::vector<std::string> last_lines(const std::string& text) {
  constexpr std::size_t most = 10;
  std::vector<std::string> lines = sinks::safe_lines(text);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - most);
  return lines;
}

void write_step(const StepView& step, sinks::TextWriter& writer) {
  writer.prose(fmt::format("  {:<6} {:>10}  ", step.error ? "FAILED" : "ok", milliseconds(step.took)),
               joined({step.what, step.outcome}, ": "), 21);
  if (step.error) write_error(*step.error, writer, 21);
  if (step.last_words.empty()) return;
  writer.line(std::string(21, ' ') + "its last words:");
  for (const std::string& line : last_lines(step.last_words)) writer.row(std::string(23, ' ') + line);
}

Json as_json(const Error& error) {
  return {{"kind", traits(error.kind).name}, {"what", error.what}, {"at", error.where}, {"try", error.fix}};
}

Json as_json(const StepView& step) {
  Json json{{"step", step.what}, {"ok", !step.error}, {"ms", static_cast<double>(step.took.count()) / 1000}};
  if (!step.outcome.empty()) json["outcome"] = step.outcome;
  if (step.error) json["error"] = as_json(*step.error);
  if (!step.last_words.empty()) json["last_words"] = step.last_words;
  return json;
}

Json as_json(const ServerView& server) {
  Json json{{"name", server.name},         {"place", server.place},
            {"named_by", server.named_by}, {"ok", !server.error},
            {"required", server.required}, {"ms", static_cast<double>(server.took.count()) / 1000}};
  if (server.error) json["error"] = as_json(*server.error);
  if (!server.revision.empty()) {
    json["transport"] = server.transport;
    json["era"] = server.era;
    json["revision"] = server.revision;
    json["server"] = {{"name", server.server}, {"version", server.version}};
    json["tools"] = Json::array();
  }
  for (const ToolView& tool : server.tools) {
    Json one{{"name", tool.name}, {"description", tool.description}, {"reads", tool.reads}};
    if (!tool.denied.empty()) one["denied"] = tool.denied;
    json["tools"].push_back(std::move(one));
  }
  for (const StepView& step : server.steps) json["steps"].push_back(as_json(step));
  return json;
}

}  // namespace

void for_each_text(ServerView& server, const std::function<void(std::string&)>& use) {
  const auto use_all = [&use](std::initializer_list<std::string*> texts) {
    for (std::string* text : texts) use(*text);
  };
  const auto use_error = [&use_all](std::optional<Error>& error) {
    if (error) use_all({&error->what, &error->where, &error->fix});
  };
  use_all({&server.place, &server.named_by, &server.revision, &server.server, &server.version});
  use_error(server.error);
  for (ToolView& tool : server.tools) use_all({&tool.name, &tool.description, &tool.denied});
  for (StepView& step : server.steps) {
    use_all({&step.what, &step.outcome, &step.last_words});
    use_error(step.error);
  }
}

std::string list_text(const std::vector<ServerView>& servers, const ViewStyle& style) {
  sinks::TextWriter writer({.width = style.width, .defuse_commands = style.defuse_commands});
  for (const ServerView& server : servers) {
    if (&server != &servers.front()) writer.line("");
    writer.prose("", headline(server), 2);
    write_place(server, writer);
    if (server.error)
      write_error(*server.error, writer, 2);
    else if (!server.tools.empty())
      writer.prose("  ", names_of(server), 2);
  }
  return writer.take();
}

std::string doctor_text(const std::vector<ServerView>& servers, const ViewStyle& style) {
  sinks::TextWriter writer({.width = style.width, .defuse_commands = style.defuse_commands});
  for (const ServerView& server : servers) {
    if (&server != &servers.front()) writer.line("");
    writer.prose("", server.name, 2);
    write_place(server, writer);
    for (const StepView& step : server.steps) write_step(step, writer);
    if (!server.error) writer.prose("  ", "ready: " + headline(server), 2);
  }
  return writer.take();
}

Json servers_json(const std::vector<ServerView>& servers) {
  Json list = Json::array();
  for (const ServerView& server : servers) list.push_back(as_json(server));
  return {{"servers", list}};
}

}  // namespace agent::cli
