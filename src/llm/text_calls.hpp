#pragma once

#include "llm/dialect.hpp"
#include "llm/model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::llm {

/// What a text holds.
struct TextCalls {
  std::string text;  ///< What is left of it.
  std::vector<RawCall> calls;
};

/// The calls of `tools` that a model wrote as text, in their order, and the text without them:
/// Llama's `[pods_log(namespace="ci", name="web-0")]`, with <|python_tag|> before it or not; objects of `name` and
/// `parameters` or `arguments`, alone, several, or in fences; Hermes' and Qwen's <tool_call>…</tool_call>;
/// <function=pods_log>{…}</function>, and the same with <parameter=name>web-0</parameter>; Mistral's [TOOL_CALLS].
/// Only calls of one of `tools` are some; Python's only at the start of a line. Looks at the first 256 KiB.
[[nodiscard]] TextCalls calls_in_text(std::string_view text, const std::vector<ToolDescription>& tools);

/// The one of `tools` that is meant by `name`: the same, or without what is before its last '.', "functions.pods_log",
/// or behind its ':', "pods_log:0". Empty: none.
[[nodiscard]] std::string_view tool_meant(std::string_view name, const std::vector<ToolDescription>& tools);

}  // namespace agent::llm
