#include "mcp/http_guard.hpp"
#include "mcp/running_calls.hpp"
#include "mcp/server.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace agent::mcp;

const ToolServer& server() {
  static const ToolServer one = [] {
    std::vector<ServedTool> tools;
    tools.push_back({.name = "echo",
                     .input_schema = Json::parse(R"({"type":"object","properties":{"a":{"type":"string"},
                       "b":{"type":"integer","x-mcp-header":"B"}},"additionalProperties":false})",
                                                 nullptr, false),
                     .call = [](const ServedCall& call) {
                       call.progress(1, 2, text_at(call.arguments, "a"));
                       return text_result(text_at(call.arguments, "a"));
                     }});
    return ToolServer({.page_size = 1}, std::move(tools));
  }();
  return one;
}

/// One JSON-RPC message in one line.
void require_message(const std::string& text) {
  if (text.contains('\n') || !parse_messages(text)) std::abort();
}

}  // namespace

/// Whatever a client says, by HTTP with any headers or by lines, each request has one answer, and nothing else any.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const std::string named(text.substr(0, end));
  const auto messages = parse_messages(end == std::string_view::npos ? text : text.substr(end + 1));
  const std::vector<agent::net::Header> headers{
      {"Host", named},      {"Origin", "http://" + named}, {"MCP-Protocol-Version", "2026-07-28"},
      {"Mcp-Name", "echo"}, {"Mcp-Method", "tools/call"},  {"Mcp-Param-B", named}};
  static_cast<void>(HttpGuard("127.0.0.1", "t", {}, {}).why_refused(headers));
  if (!messages) return 0;
  RunningCalls calls;
  for (const auto& message : *messages) {
    calls.take("s", message);
    const auto call = calls.begin("s", message.id, {});
    for (const auto* given : {&headers, static_cast<const std::vector<agent::net::Header>*>(nullptr)}) {
      const auto reaction =
          server().react(message, {.headers = given, .notify = require_message, .stop = call->stop()});
      if (reaction.text.empty() == message.is_request()) std::abort();
      if (message.is_request()) require_message(reaction.text);
    }
  }
  return 0;
}
