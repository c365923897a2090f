#pragma once

#include "mcp/message.hpp"
#include "tools/tool.hpp"
#include "tools/toolbox.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::mcp {

/// One call of a tool that we serve.
struct ServedCall {
  const Json& arguments;  ///< An object that fits the tool's schema.
  /// Tells the client how far the call is, if it wants to know. Only while the call runs.
  std::function<void(double progress, std::optional<double> total, const std::string& message)> progress;
  std::stop_token stop;  ///< Asked when the client cancelled the call or went away.
};

/// A tool as we serve it. `call` is called by several threads at once, never throws, and gives a CallToolResult:
/// {content: […], structuredContent?, isError?}.
struct ServedTool {
  std::string name;  ///< 1 to 128 of [A-Za-z0-9_.-].
  std::string description;
  Json input_schema;                   ///< A JSON Schema object.
  Json output_schema = {};             ///< Null: none.
  Json annotations = {};               ///< Null: none.
  std::vector<std::string> asks = {};  ///< What the client must be able to ("sampling"), from 2026-07-28 on.
  std::function<Json(const ServedCall&)> call;
};

/// A CallToolResult of one text.
[[nodiscard]] Json text_result(const std::string& text, bool is_error = false);

/// `tool` as it is served; `call` does the call, for who wants policies and an audit around it.
[[nodiscard]] ServedTool served(
    const tools::Tool& tool, std::function<tools::ToolResult(const Json& arguments, const std::stop_token& stop)> call);

/// The tools of `box` that may be called, each by the box.
[[nodiscard]] std::vector<ServedTool> served(const std::shared_ptr<tools::Toolbox>& box);

}  // namespace agent::mcp
