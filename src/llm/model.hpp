#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <nlohmann/json.hpp>

#include <functional>
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

/// What the model asks to be called. `arguments` is what it wrote, repaired where that was possible, else a string.
struct ToolCall {
  std::string id, name;
  nlohmann::json arguments;
};

enum class Role { system, user, assistant, tool };

struct Message {
  Role role = Role::user;
  std::string text;
  std::vector<ToolCall> tool_calls;  ///< Of an assistant.
  std::string tool_call_id;          ///< Of a tool's answer.
  nlohmann::json carried;            ///< What the dialect must see again next time (thinking blocks); else null.
};

struct ModelRequest {
  std::vector<Message> messages;
  std::vector<ToolDescription> tools;
  int max_output_tokens = 4096;
  std::function<void(std::string_view)> on_text;  ///< Text as it streams; may be empty.
};

struct ModelAnswer {
  Message message;
  Usage usage;
};

/// A language model: one answer to one conversation. Retries and time-outs are inside.
/// Errors: `unreachable`, `unauthorised`, `forbidden`, `model_failed`, `deadline`.
class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual Result<ModelAnswer> ask(const ModelRequest& request, std::stop_token stop) = 0;
  [[nodiscard]] virtual std::string name() const = 0;  ///< As the server knows it.
  [[nodiscard]] virtual int context_window_tokens() const = 0;
};

}  // namespace agent::llm
