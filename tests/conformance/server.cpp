// What the official conformance suite asks: conformance_server serves, over the `mcp` room alone, the tools that the
// suite's scenarios call by name. It prints its URL on the first line, listens on a loopback port of its choice, and
// ends on SIGTERM. Only tools are declared: what the suite asks of resources, prompts and the like is not about us.

#include "mcp/serve_http.hpp"
#include "mcp/serve_stdio.hpp"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace agent::mcp;

/// One red pixel.
constexpr std::string_view png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// No sample at all.
constexpr std::string_view wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

Json no_arguments() { return {{"type", "object"}, {"additionalProperties", false}}; }

Json text_block(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

Json image_block() { return {{"type", "image"}, {"data", png}, {"mimeType", "image/png"}}; }

Json resource_block(const std::string& uri, const std::string& type, const std::string& text) {
  return {{"type", "resource"}, {"resource", {{"uri", uri}, {"mimeType", type}, {"text", text}}}};
}

ServedTool fixed(const std::string& name, const std::string& description, std::vector<Json> blocks) {
  return {.name = name,
          .description = description,
          .input_schema = no_arguments(),
          .call = [blocks = std::move(blocks)](const ServedCall&) { return Json{{"content", blocks}}; }};
}

/// Waits in vain, until `stop` or for so long.
void pass(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex guard;
  std::condition_variable_any never;
  std::unique_lock lock(guard);
  static_cast<void>(never.wait_for(lock, stop, time, [] { return false; }));
}

Json with_progress(const ServedCall& call) {
  constexpr std::chrono::milliseconds pause{50};
  for (const double done : {0.0, 50.0, 100.0}) {
    call.progress(done, 100.0, "");
    pass(pause, call.stop);
  }
  return text_result("progress was told");
}

/// Keywords of JSON Schema that a list of tools has to keep.
Json rich_schema() {
  return Json::parse(R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
    "$defs":{"address":{"$anchor":"addressDef","type":"object",
                        "properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
    "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},
                  "contactMethod":{"type":"string","enum":["phone","email"]},
                  "phone":{"type":"string"},"email":{"type":"string"}},
    "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
    "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},
    "then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false})",
                     nullptr, false);
}

std::vector<ServedTool> suite_tools() {
  std::vector<ServedTool> tools;
  tools.push_back(fixed("test_simple_text", "A text", {text_block("This is a simple text response for testing.")}));
  tools.push_back(fixed("test_image_content", "An image", {image_block()}));
  tools.push_back(
      fixed("test_audio_content", "Audio", {{{"type", "audio"}, {"data", wav}, {"mimeType", "audio/wav"}}}));
  tools.push_back(
      fixed("test_embedded_resource", "A resource within the result",
            {resource_block("test://embedded-resource", "text/plain", "This is an embedded resource content.")}));
  tools.push_back(
      fixed("test_multiple_content_types", "A text, an image and a resource",
            {text_block("Multiple content types test:"), image_block(),
             resource_block("test://mixed-content-resource", "application/json", R"({"test":"data","value":123})")}));
  tools.push_back({.name = "test_error_handling",
                   .description = "Fails",
                   .input_schema = no_arguments(),
                   .call = [](const ServedCall&) {
                     return text_result("This tool intentionally returns an error for testing", true);
                   }});
  tools.push_back({.name = "test_tool_with_progress",
                   .description = "Tells its progress",
                   .input_schema = no_arguments(),
                   .call = with_progress});
  tools.push_back(fixed("test_missing_capability", "Needs a client that samples", {text_block("never said")}));
  tools.back().asks = {"sampling"};
  tools.push_back(fixed("test_streaming_elicitation", "Asks for nothing", {text_block("nothing was asked")}));
  tools.push_back(fixed("test_logging_tool", "Logs nothing", {text_block("nothing was logged")}));
  tools.push_back({.name = "test_header_parameter",
                   .description = "Has an argument that HTTP repeats",
                   .input_schema = {{"type", "object"},
                                    {"properties", {{"region", {{"type", "string"}, {"x-mcp-header", "Region"}}}}},
                                    {"required", {"region"}}},
                   .call = [](const ServedCall& call) { return text_result(text_at(call.arguments, "region")); }});
  tools.push_back(fixed("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features", {text_block("listed")}));
  tools.back().input_schema = rich_schema();
  return tools;
}

}  // namespace

int main(int count, char** words) {
  const auto tools = std::make_shared<ToolServer>(ServerIdentity{.name = "conformance", .version = "1"}, suite_tools());
  std::signal(SIGPIPE, SIG_IGN);
  if (count > 1 && std::string_view(words[1]) == "--stdio") {
    return serve_stdio(*tools, STDIN_FILENO, STDOUT_FILENO, {}) ? 0 : 1;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are threads
  auto server = HttpToolServer::listen(tools, {});
  if (!server) {
    std::cerr << agent::describe(server.error());
    return 1;
  }
  std::cout << server->url() << '\n' << std::flush;
  int number = 0;
  sigwait(&ends, &number);
  server->stop();
  return 0;
}
