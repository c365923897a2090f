#pragma once

#include "mcp/message.hpp"
#include "tools/tool.hpp"

#include <string>

namespace agent::mcp {

/// The text of content blocks, each from a new line: texts and embedded texts as they are; what is no text as one line,
/// "[image image/png, 12345 bytes]", "[link NAME URI]", "[content of unknown kind 'video']". A block without what its
/// kind needs is "[malformed …]". `content` is a list of blocks or one block (a prompt's message has one); else
/// nothing.
[[nodiscard]] std::string content_text(const Json& content);

/// The text of prompts/get: each message as content_text() has it, after a line "[user]" or "[assistant]".
[[nodiscard]] std::string prompt_text(const Json& result);

/// The text of resources/read.
[[nodiscard]] std::string resource_text(const Json& result);

/// What a tools/call gave. The text is that of its content; without any, it is its structured content as JSON, so that
/// a reader of texts misses nothing. `error`: the tool says so (`isError`); the result is not complete or no
/// CallToolResult; its structured content does not fit `output_schema` (null: none), or is missing though there is one.
/// A schema that could not be checked in full is told in the text and held against nobody. Annotations decide nothing.
/// Rule: MCP 2026-07-28, "Tool Result" and "ResultType".
[[nodiscard]] tools::ToolResult to_tool_result(const Json& result, const Json& output_schema);

}  // namespace agent::mcp
