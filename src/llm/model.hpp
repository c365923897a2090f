#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::llm {

/// A tool as the model is told of it.
struct ToolDescription {
  std::string name, description;
  nlohmann::json input_schema;
};

/// What the model asks to be called. `arguments` is the object it wrote, repaired where that was possible; else what it
/// wrote, as a string.
struct ToolCall {
  std::string id, name;
  nlohmann::json arguments;
};

enum class Role { system, user, assistant, tool };

struct Message {
  Role role = Role::user;
  std::string text = {};
  std::vector<ToolCall> tool_calls = {};  ///< Of an assistant.
  std::string tool_call_id = {};          ///< Of a tool's answer.
  bool failed = false;                    ///< Of a tool's answer: the tool failed.
  nlohmann::json carried = {};            ///< What the dialect must see again next time (thinking blocks); else null.
};

/// Whether the model may, must or must not call tools.
enum class ToolChoice { automatic, required, none };

struct ModelRequest {
  std::vector<Message> messages;
  std::vector<ToolDescription> tools = {};
  ToolChoice tool_choice = ToolChoice::automatic;
  int max_output_tokens = 4096;
  std::function<void(std::string_view)> on_text = {};  ///< Text as it streams; may be empty.
  /// When there is no time left for an answer: `deadline`. None: only the model's own time-out.
  std::optional<std::chrono::steady_clock::time_point> until = {};
};

/// One answer. A turn without text and tool calls is none: it is asked for again, then `model_failed`.
struct ModelAnswer {
  Message message;        ///< Of the assistant.
  std::string reasoning;  ///< What the model lets see of its thinking; for display only.
  Usage usage;            ///< `calls` 1; `model` as it was asked for.
  bool cut_off = false;   ///< It ended at the limit of its output.
  /// What had to be mended, one word each: "text_tool_call", "arguments", "empty_turn", "retry", "fallback".
  std::vector<std::string> repairs;
  std::chrono::milliseconds took{0};
};

/// Why there is no answer.
struct ModelFailure {
  Error error;  ///< `unreachable`, `unauthorised`, `forbidden`, `settings` (no such model), `model_failed`, `deadline`,
                ///< `interrupted`.
  bool too_long = false;  ///< The conversation does not fit the model's window; a shorter one may.
  Usage usage = {};       ///< What was spent all the same.
};

/// US dollars a million tokens.
struct Price {
  double input = 0, cached = 0, output = 0;
};

/// What that usage costs; `cached_tokens` are among `input_tokens`.
[[nodiscard]] constexpr double cost_usd(const Price& price, const Usage& usage) {
  const auto fresh = static_cast<double>(usage.input_tokens - usage.cached_tokens);
  return (fresh * price.input + static_cast<double>(usage.cached_tokens) * price.cached +
          static_cast<double>(usage.output_tokens) * price.output) /
         1e6;
}

/// A language model: one answer to one conversation. Retries, time-outs and the mending of what it wrote are inside.
class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual std::expected<ModelAnswer, ModelFailure> ask(const ModelRequest& request,
                                                                     std::stop_token stop) = 0;
  [[nodiscard]] virtual std::string name() const = 0;  ///< As the server knows it.
  [[nodiscard]] virtual int context_window_tokens() const = 0;
  [[nodiscard]] virtual std::optional<Price> price() const = 0;  ///< None: not known.
};

}  // namespace agent::llm
