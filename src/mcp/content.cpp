#include "mcp/content.hpp"

#include "mcp/schema.hpp"
#include "mcp/schema_values.hpp"
#include "tools/tool_result.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace agent::mcp {
namespace {

using tools::ToolResult;
using tools::ToolStatus;

constexpr std::size_t most_label_bytes = 200;

/// A name or address of the server's in a line of ours: short, and no line break in it.
std::string label(const std::string& text) {
  std::string line = shortened(text, most_label_bytes);
  std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, ' ');
  return line;
}

/// How many bytes base64 text stands for, without decoding it.
std::size_t decoded_size(std::string_view base64) {
  const auto digits = std::min(base64.size(), base64.find_last_not_of('=') + 1);
  return digits * 3 / 4;
}

std::string binary_line(const std::string& what, const std::string& type, const std::string& data) {
  const auto told = type.empty() ? what : what + " " + label(type);
  return "[" + told + ", " + std::to_string(decoded_size(data)) + " bytes]";
}

std::string malformed(const std::string& kind) { return "[malformed " + kind + "]"; }

/// An image or audio.
std::string media_text(const std::string& kind, const Json& block) {
  if (!value_at(block, "data").is_string()) return malformed(kind);
  return binary_line(kind, text_at(block, "mimeType"), text_at(block, "data"));
}

/// The contents of a resource: text, or a blob.
std::string contents_text(const Json& resource) {
  if (value_at(resource, "text").is_string()) return text_at(resource, "text");
  if (!value_at(resource, "blob").is_string()) return malformed("resource");
  return binary_line("resource " + label(text_at(resource, "uri")), text_at(resource, "mimeType"),
                     text_at(resource, "blob"));
}

std::string link_text(const Json& block) {
  const auto uri = text_at(block, "uri"), name = text_at(block, "name");
  if (uri.empty()) return malformed("resource_link");
  return "[link " + (name.empty() ? "" : label(name) + " ") + label(uri) + "]";
}

std::string block_text(const Json& block) {
  const auto kind = text_at(block, "type");
  if (kind == "text") return value_at(block, "text").is_string() ? text_at(block, "text") : malformed(kind);
  if (kind == "image" || kind == "audio") return media_text(kind, block);
  if (kind == "resource") return contents_text(value_at(block, "resource"));
  if (kind == "resource_link") return link_text(block);
  return kind.empty() ? malformed("content") : "[content of unknown kind '" + label(kind) + "']";
}

/// Adds `more` from a new line.
void append(std::string& text, const std::string& more) {
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  text += more;
}

std::string json_text(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace); }

ToolResult refused(const std::string& why) {
  return tools::make_result(ToolStatus::error, "the server's answer to the call is invalid: " + why);
}

/// Why `result` is no complete CallToolResult; nothing when it is one. Before 2026-07-28 there is no `resultType`.
std::optional<std::string> why_no_result(const Json& result) {
  if (!result.is_object()) return "it is no object";
  if (const auto type = result.find("resultType"); type != result.end() && *type != "complete") {
    return "its 'resultType' is " + (type->is_string() ? "'" + label(text_at(result, "resultType")) + "'" : "no text");
  }
  if (const auto content = result.find("content"); content != result.end() && !content->is_array()) {
    return "its 'content' is no list";
  }
  if (const auto error = result.find("isError"); error != result.end() && !error->is_boolean()) {
    return "its 'isError' is no boolean";
  }
  if (!result.contains("content") && !result.contains("structuredContent")) return "it has no 'content'";
  return std::nullopt;
}

/// What the schema has against the structured content, as the last lines of the text.
void check_structured(ToolResult& result, const Json& output_schema) {
  if (!result.structured) {
    result.status = ToolStatus::error;
    return append(result.text, "[the result has no structured content, though the tool has an output schema]");
  }
  const auto checked = check(output_schema, *result.structured);
  if (!checked.unchecked.empty()) append(result.text, "[the tool's output schema " + checked.unchecked + "]");
  for (const auto& [at, reason] : checked.violations) {
    result.status = ToolStatus::error;
    const auto where = at.empty() ? "the structured content" : "'" + label(at) + "' of the structured content";
    append(result.text, "[against the tool's output schema: " + where + " " + reason + "]");
  }
}

}  // namespace

std::string content_text(const Json& content) {
  if (content.is_object()) return block_text(content);
  std::string text;
  if (!content.is_array()) return text;
  for (const Json& block : content) append(text, block_text(block));
  return text;
}

std::string prompt_text(const Json& result) {
  std::string text;
  const Json& messages = value_at(result, "messages");
  for (std::size_t at = 0; messages.is_array() && at < messages.size(); ++at) {
    append(text, "[" + label(text_at(messages[at], "role")) + "]");
    append(text, content_text(value_at(messages[at], "content")));
  }
  return text;
}

std::string resource_text(const Json& result) {
  std::string text;
  const Json& contents = value_at(result, "contents");
  for (std::size_t at = 0; contents.is_array() && at < contents.size(); ++at) append(text, contents_text(contents[at]));
  return text;
}

ToolResult to_tool_result(const Json& result, const Json& output_schema) {
  if (const auto why = why_no_result(result)) return refused(*why);
  ToolResult told{.text = content_text(value_at(result, "content"))};
  if (result.contains("structuredContent")) told.structured = result.find("structuredContent").value();
  if (told.structured && told.text.empty()) told.text = json_text(*told.structured);
  if (value_at(result, "isError") == true) {
    told.status = ToolStatus::error;  // an error owes no structured content
  } else if (!output_schema.is_null()) {
    check_structured(told, output_schema);
  }
  told.bytes_total = told.text.size();
  return told;
}

}  // namespace agent::mcp
