#include "llm/tools_in_text.hpp"

#include "llm/dialect.hpp"

#include <string>
#include <utility>

namespace agent::llm {
namespace {

// The form of Hermes and Qwen, which many open models were trained on.
std::string call_text(const ToolCall& call) {
  return "<tool_call>" + json_text({{"name", call.name}, {"arguments", argument_object(call)}}) + "</tool_call>";
}

std::string described(const ModelRequest& request) {
  std::string text =
      "You can call tools. To call one, write nothing but\n"
      R"(<tool_call>{"name": "NAME", "arguments": {}}</tool_call>)"
      "\nwith its name and arguments, once for each call, and wait for the <tool_response>. Tools, with the JSON "
      "Schema "
      "of their arguments:\n";
  for (const ToolDescription& tool : request.tools)
    text += "- " + tool.name + ": " + tool.description + "\n  " + json_text(tool.input_schema) + "\n";
  if (request.tool_choice == ToolChoice::required) text += "Call a tool now.\n";
  return text;
}

Message in_text(const Message& message) {
  Message written{.role = message.role, .text = message.text};
  for (const ToolCall& call : message.tool_calls) written.text += (written.text.empty() ? "" : "\n") + call_text(call);
  if (message.role != Role::tool) return written;
  written.role = Role::user;
  written.text = "<tool_response>" + message.text + "</tool_response>";
  return written;
}

}  // namespace

std::vector<Message> with_tools_in_text(const ModelRequest& request) {
  std::vector<Message> messages;
  const auto add = [&messages](Message message) {
    if (!messages.empty() && messages.back().role == message.role)
      messages.back().text += "\n\n" + message.text;
    else
      messages.push_back(std::move(message));
  };
  for (const Message& message : request.messages)
    if (message.role == Role::system) add(in_text(message));
  if (!request.tools.empty() && request.tool_choice != ToolChoice::none)
    add({.role = Role::system, .text = described(request)});
  for (const Message& message : request.messages)
    if (message.role != Role::system) add(in_text(message));
  return messages;
}

}  // namespace agent::llm
