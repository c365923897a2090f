#pragma once

#include "llm/dialect.hpp"
#include "llm/model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::llm {

/// Where a call stands in the text.
struct WrittenCall {
  std::string_view arguments = {};  ///< Empty: not apart from the rest.
  std::string_view whole;           ///< From its name to its end; of a list, all of it.
};

/// What a text holds.
struct TextCalls {
  std::string text;  ///< What is left of it.
  std::vector<RawCall> calls;
  std::vector<WrittenCall> written;  ///< Of each call.
};

/// The calls of `tools` that a model wrote as text, in their order, and the text without them:
/// Llama's `[pods_log(namespace="ci", name="web-0")]`, with <|python_tag|> before it or not; objects of `name` and
/// `parameters` or `arguments`, alone, several, or in fences; Hermes' and Qwen's <tool_call>…</tool_call>;
/// <function=pods_log>{…}</function>, and the same with <parameter=name>web-0</parameter>; Mistral's [TOOL_CALLS].
/// Only calls of one of `tools` are some; Python's only at the start of a line. A text that speaks of calls makes none:
/// nothing but further calls, their marks and fences may follow the first; 400 bytes may come before it, more where its
/// form is no other thing's (marks, Python, <function=…>, `parameters`); and submit_report stands alone. None in more
/// than 256 KiB of text, and none where there are more than 64.
[[nodiscard]] TextCalls calls_in_text(std::string_view text, const std::vector<ToolDescription>& tools);

/// The one of `tools` that is meant by `name`: the same, or without what is before its last '.', "functions.pods_log",
/// or behind its ':', "pods_log:0". Empty: none.
[[nodiscard]] std::string_view tool_meant(std::string_view name, const std::vector<ToolDescription>& tools);

}  // namespace agent::llm
